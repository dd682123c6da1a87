//! Event files as TensorBoard reads them: records of protocol buffers, each with checksums.
//!
//! A record is the length of its data as a `u64`, the masked CRC-32C of these eight bytes, the data, and the
//! masked CRC-32C of the data, all little-endian (TensorFlow, `tensorflow/core/lib/io/record_writer.h`). The
//! data is an `Event` of `event.proto`, of which four fields are needed: `wall_time` (1), `step` (2),
//! `file_version` (3), and `summary` (5), which holds values (1) of a `tag` (1) and a `simple_value` (2).

use crate::failure::Failure;
use crc::{CRC_32_ISCSI, Crc};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);
const VERSION: &str = "brain.Event:2";

/// Kinds of fields in a protocol buffer.
const VARINT: u8 = 0;
const FIXED_64: u8 = 1;
const LENGTH: u8 = 2;
const FIXED_32: u8 = 5;

/// An event file that is being written.
#[derive(Debug)]
pub(crate) struct EventFile {
    path: PathBuf,
    file: File,
}

impl EventFile {
    /// Begins a new file in a folder, which is made if it is not there.
    pub(crate) fn create(folder: &Path) -> Result<EventFile, Failure> {
        fs::create_dir_all(folder).map_err(|error| Failure::io(folder, &error))?;
        let seconds = wall_time();
        let name = format!("events.out.tfevents.{:010}.vggc.{}", seconds as u64, std::process::id());
        let path = folder.join(name);
        let opened = OpenOptions::new().create(true).append(true).open(&path);
        let file = opened.map_err(|error| Failure::io(&path, &error))?;
        let mut events = EventFile { path, file };
        let mut event = Message::default();
        event.double(1, seconds);
        event.bytes(3, VERSION.as_bytes());
        events.write(&event)?;
        Ok(events)
    }

    /// Adds values with their names at a step.
    pub(crate) fn add(&mut self, step: u64, values: &[(&str, f64)]) -> Result<(), Failure> {
        self.write(&scalars(wall_time(), step, values))
    }

    fn write(&mut self, event: &Message) -> Result<(), Failure> {
        let written = self.file.write_all(&record(&event.0));
        written.map_err(|error| Failure::io(&self.path, &error))
    }
}

/// Seconds since 1970.
fn wall_time() -> f64 {
    SystemTime::UNIX_EPOCH.elapsed().map_or(0.0, |elapsed| elapsed.as_secs_f64())
}

fn scalars(wall_time: f64, step: u64, values: &[(&str, f64)]) -> Message {
    let mut summary = Message::default();
    for &(tag, value) in values {
        let mut scalar = Message::default();
        scalar.bytes(1, tag.as_bytes());
        scalar.float(2, value as f32);
        summary.bytes(1, &scalar.0);
    }
    let mut event = Message::default();
    event.double(1, wall_time);
    event.varint(2, step);
    event.bytes(5, &summary.0);
    event
}

fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    [&length[..], &masked_crc(&length), data, &masked_crc(data)].concat()
}

/// A checksum that does not look like one: data that holds checksums of itself weakens them.
fn masked_crc(data: &[u8]) -> [u8; 4] {
    CRC.checksum(data).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

/// A protocol buffer.
#[derive(Debug, Default)]
struct Message(Vec<u8>);

impl Message {
    fn key(&mut self, field: u8, kind: u8) {
        self.0.push(field << 3 | kind);
    }

    fn double(&mut self, field: u8, value: f64) {
        self.key(field, FIXED_64);
        self.0.extend(value.to_le_bytes());
    }

    fn float(&mut self, field: u8, value: f32) {
        self.key(field, FIXED_32);
        self.0.extend(value.to_le_bytes());
    }

    fn varint(&mut self, field: u8, value: u64) {
        self.key(field, VARINT);
        self.number(value);
    }

    fn bytes(&mut self, field: u8, bytes: &[u8]) {
        self.key(field, LENGTH);
        self.number(bytes.len() as u64);
        self.0.extend(bytes);
    }

    /// Seven bits a byte, the lowest first.
    fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of CRC-32C, and what `tensorboard`'s own `masked_crc32c` gives.
    #[test]
    fn checksums_are_those_of_the_format() {
        assert_eq!(CRC.checksum(b"123456789"), 0xe306_9283);
        assert_eq!(u32::from_le_bytes(masked_crc(b"foo")), 0xfebe_8a61);
    }

    /// What `tensorboard.compat.proto.event_pb2.Event` serialises of the same values.
    #[test]
    fn messages_are_those_of_the_protocol() {
        let event = scalars(1.5, 300, &[("loss", 0.25)]);
        let expected = [
            &[0x09, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0x10, 0xac, 0x02, 0x2a, 0x0d, 0x0a, 0x0b, 0x0a, 0x04][..],
            b"loss",
            &[0x15, 0, 0, 0x80, 0x3e],
        ];
        assert_eq!(event.0, expected.concat());
    }

    #[test]
    fn a_file_begins_with_its_version() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut events = EventFile::create(&folder.path().join("events")).unwrap();
        events.add(1, &[("a", 1.0), ("b", 2.0)]).unwrap();
        let bytes = fs::read(&events.path).unwrap();
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        assert_eq!(length, 1 + 8 + 2 + VERSION.len());
        assert!(bytes[12..12 + length].ends_with(VERSION.as_bytes()));
        assert_eq!(bytes[8..12], masked_crc(&bytes[..8]));
        assert_eq!(bytes[12 + length..16 + length], masked_crc(&bytes[12..12 + length]));
    }
}
