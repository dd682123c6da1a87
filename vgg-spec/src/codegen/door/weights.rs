//! Weights that a program embeds, checked while it is compiled.

use crate::ir::Model;
use crate::tensors;
use flate2::Crc;
use safetensors::{Dtype, SafeTensors};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

/// What the names of tensors begin with that belong to the state of training, as the runtime writes it.
const STATE: char = '@';

/// The key of the checksum in the metadata: CRC-32 of the tensors' bytes, then of every other key and value
/// in the order of the keys, each with a zero byte behind it.
const CHECKSUM: &str = "crc32";

/// Checks that a file holds the weights of a model: the same names, the same shapes, `f32`, all finite, and
/// the bytes that its checksum was made of, if it has one. The runtime checks the same when it reads them.
///
/// # Errors
/// Says which tensor is wrong, and how.
pub(super) fn check(path: &Path, written: &str, model: &Model) -> Result<(), String> {
    let unreadable = |error: std::io::Error| format!("cannot read `{written}`: {error}");
    // Opening a FIFO would wait for a writer.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(format!("`{written}` is no regular file"));
    }
    check_bytes(&fs::read(path).map_err(unreadable)?, model)
        .map_err(|problem| format!("`{written}`: {problem}"))
}

fn check_bytes(bytes: &[u8], model: &Model) -> Result<(), String> {
    let damaged = |error| format!("this is no intact safetensors file: {error}");
    let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
    let views: Vec<_> = file.tensors();
    let shapes: BTreeMap<&str, &[usize]> = views
        .iter()
        .map(|(name, view)| (name.as_ref(), view.shape()))
        .filter(|(name, _): &(&str, _)| !name.starts_with(STATE))
        .collect();
    tensors::check(model, |name| shapes.get(name).copied(), shapes.keys().copied())
        .map_err(|mismatch| mismatch.to_string())?;
    for (name, view) in &views {
        if view.dtype() != Dtype::F32 {
            return Err(format!("`{name}` is {}, but the model needs F32", view.dtype()));
        }
        let mut values = view.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes));
        if let Some(value) = values.find(|value| !value.is_finite()) {
            return Err(format!("`{name}` holds {value}, which is no weight"));
        }
    }
    match header.metadata() {
        Some(metadata) => {
            check_sum(metadata, bytes, file.tensors().iter().map(|(_, view)| view.data().len()).sum())
        }
        None => Ok(()),
    }
}

/// Compares the checksum, if there is one; the last `length` bytes are those of the tensors.
fn check_sum(metadata: &HashMap<String, String>, bytes: &[u8], length: usize) -> Result<(), String> {
    let Some(expected) = metadata.get(CHECKSUM) else { return Ok(()) };
    let mut crc = Crc::new();
    crc.update(&bytes[bytes.len().saturating_sub(length)..]);
    let others: BTreeMap<&String, &String> = metadata.iter().filter(|(key, _)| *key != CHECKSUM).collect();
    for text in others.into_iter().flat_map(|(key, value)| [key, value]) {
        crc.update(text.as_bytes());
        crc.update(&[0]);
    }
    let found = format!("{:08x}", crc.sum());
    match *expected == found {
        true => Ok(()),
        false => Err(format!(
            "its bytes have the checksum {found}, but were written with {expected}: it is damaged"
        )),
    }
}
