//! Objects: groups and datasets are lists of messages.

use super::cursor::Cursor;
use super::{File, damaged};
use crate::error::Problem;

/// The messages that are read, by their numbers.
pub(super) mod kind {
    pub(crate) const DATASPACE: u16 = 0x01;
    pub(crate) const LINK_INFO: u16 = 0x02;
    pub(crate) const DATATYPE: u16 = 0x03;
    pub(crate) const LINK: u16 = 0x06;
    pub(crate) const LAYOUT: u16 = 0x08;
    pub(crate) const FILTERS: u16 = 0x0b;
    pub(crate) const ATTRIBUTE: u16 = 0x0c;
    pub(crate) const CONTINUATION: u16 = 0x10;
    pub(crate) const SYMBOL_TABLE: u16 = 0x11;
}

/// The flag of a message that lies elsewhere.
const SHARED: u8 = 2;

/// A header is in no more pieces than these.
const MOST_PIECES: usize = 1 << 12;

/// A message of an object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'f> {
    pub(super) kind: u16,
    flags: u8,
    pub(super) body: Cursor<'f>,
}

/// A group or dataset.
#[derive(Debug, Clone)]
pub(crate) struct Object<'f> {
    messages: Vec<Message<'f>>,
}

impl<'f> Object<'f> {
    /// The messages of a kind.
    pub(super) fn all(&self, kind: u16) -> impl Iterator<Item = Result<Cursor<'f>, Problem>> {
        self.messages.iter().filter(move |message| message.kind == kind).map(|message| {
            match message.flags & SHARED {
                0 => Ok(message.body),
                _ => Err(Problem::unsupported("parts of the file that several objects share are not read")),
            }
        })
    }

    /// The first message of a kind.
    pub(super) fn first(&self, kind: u16) -> Result<Option<Cursor<'f>>, Problem> {
        self.all(kind).next().transpose()
    }

    /// Whether it is a dataset.
    pub(crate) fn is_dataset(&self) -> bool {
        self.messages.iter().any(|message| message.kind == kind::LAYOUT)
    }
}

/// What the messages of a header have in front of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two {
        /// Whether each message says when it was made.
        is_ordered: bool,
    },
}

impl<'f> File<'f> {
    /// The object whose header is at an address.
    pub(super) fn object(&self, address: u64) -> Result<Object<'f>, Problem> {
        let mut header = self.at(address)?;
        let (version, first) = match header.rest() {
            [b'O', b'H', b'D', b'R', ..] => second_header(&mut header)?,
            [1, ..] => first_header(&mut header)?,
            _ => return Err(damaged(format_args!("there is no object at address {address}"))),
        };
        let mut messages = Vec::new();
        let mut pieces = vec![first];
        let mut count = 0;
        while let Some(mut piece) = pieces.pop() {
            count += 1;
            if count > MOST_PIECES {
                return Err(damaged("the header of an object has too many pieces"));
            }
            self.spend(piece.rest().len())?;
            while let Some(message) = message(&mut piece, version)? {
                if message.kind == kind::CONTINUATION {
                    let mut body = message.body;
                    let mut piece = self.at(body.place()?)?.part(body.length()?)?;
                    if version != Version::One {
                        piece.expect(b"OCHK")?;
                        piece = without_checksum(piece)?;
                    }
                    pieces.push(piece);
                } else {
                    messages.push(message);
                }
            }
        }
        Ok(Object { messages })
    }
}

fn first_header<'f>(header: &mut Cursor<'f>) -> Result<(Version, Cursor<'f>), Problem> {
    header.skip(8)?;
    let size = header.u32()?;
    header.skip(4)?;
    Ok((Version::One, header.part(size)?))
}

fn second_header<'f>(header: &mut Cursor<'f>) -> Result<(Version, Cursor<'f>), Problem> {
    header.skip(4)?;
    let (version, flags) = (header.u8()?, header.u8()?);
    if version != 2 {
        return Err(damaged(format_args!("the header of an object has version {version}")));
    }
    header.skip(if flags & 0x20 == 0 { 0 } else { 16 })?;
    header.skip(if flags & 0x10 == 0 { 0 } else { 4 })?;
    let size = header.size(1 << (flags & 3))?;
    Ok((Version::Two { is_ordered: flags & 4 != 0 }, header.part(size)?))
}

fn without_checksum(mut piece: Cursor<'_>) -> Result<Cursor<'_>, Problem> {
    let length = piece.rest().len().checked_sub(4).ok_or_else(|| damaged("it ends too early"))?;
    piece.part(length)
}

/// The next message; what is left at the end may be too little for one.
fn message<'f>(piece: &mut Cursor<'f>, version: Version) -> Result<Option<Message<'f>>, Problem> {
    let head = match version {
        Version::One => 8,
        Version::Two { is_ordered } => 4 + 2 * usize::from(is_ordered),
    };
    if piece.rest().len() < head {
        return Ok(None);
    }
    let (kind, size, flags);
    match version {
        Version::One => {
            (kind, size, flags) = (piece.u16()? as u16, piece.u16()?, piece.u8()?);
            piece.skip(3)?;
        }
        Version::Two { is_ordered } => {
            (kind, size, flags) = (piece.u8()?.into(), piece.u16()?, piece.u8()?);
            piece.skip(2 * usize::from(is_ordered))?;
        }
    }
    Ok(Some(Message { kind, flags, body: piece.part(size)? }))
}
