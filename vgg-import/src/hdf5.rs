//! HDF5, as far as Keras writes it through h5py: groups, attributes that are text, and datasets of
//! floating-point numbers, in one piece or in chunks that may be deflated.
//!
//! [`object`] reads the headers of objects, [`group`] finds the objects of a file, [`dataset`] decodes numbers
//! and [`attribute`] text. Everything is read in place from a file in memory. What is looked at and what is
//! made is paid for out of a budget that grows with the file, so no crossing of pointers costs more than a
//! small multiple of it.

mod attribute;
mod cursor;
mod dataset;
mod group;
mod object;

pub(crate) use group::Entry;

use crate::error::Problem;
use cursor::{Cursor, Sizes};
use std::cell::Cell;

const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

/// How many bytes may be looked at and made for each byte of the file, and whatever its size.
const BUDGET: usize = 16;
const LEAST_BUDGET: usize = 4 << 20;

/// A file.
#[derive(Debug)]
pub(crate) struct File<'f> {
    bytes: &'f [u8],
    sizes: Sizes,
    /// What all addresses are counted from.
    base: u64,
    /// Where the header of the root group is.
    root: u64,
    budget: Cell<usize>,
}

/// Whether a file looks like one.
pub(crate) fn is_likely(bytes: &[u8]) -> bool {
    bytes.starts_with(SIGNATURE)
}

impl<'f> File<'f> {
    /// Reads the head of a file.
    pub(crate) fn open(bytes: &'f [u8]) -> Result<File<'f>, Problem> {
        let rest = bytes.strip_prefix(SIGNATURE).ok_or_else(|| damaged("it does not begin like one"))?;
        let mut head = Cursor::new(rest, Sizes { offset: 8, length: 8 });
        let Head { sizes, base, end, root } = match head.u8()? {
            version @ (0 | 1) => classic_superblock(&mut head, version)?,
            2 | 3 => new_superblock(&mut head)?,
            version => {
                return Err(Problem::unsupported(format_args!("version {version} of HDF5 is not read")));
            }
        };
        let length = usize::try_from(end).ok().filter(|&end| end <= bytes.len());
        length.ok_or_else(|| damaged(format_args!("it has {} bytes of {end}", bytes.len())))?;
        let budget = bytes.len().saturating_mul(BUDGET).saturating_add(LEAST_BUDGET);
        Ok(File { bytes, sizes, base, root, budget: Cell::new(budget) })
    }

    /// What lies at an address.
    fn at(&self, address: u64) -> Result<Cursor<'f>, Problem> {
        let place = self.base.checked_add(address).and_then(|place| usize::try_from(place).ok());
        let bytes = place.and_then(|place| self.bytes.get(place..));
        let bytes = bytes.ok_or_else(|| damaged(format_args!("it ends before address {address}")))?;
        Ok(Cursor::new(bytes, self.sizes))
    }

    /// Pays for bytes.
    fn spend(&self, bytes: usize) -> Result<(), Problem> {
        let left = self.budget.get().checked_sub(bytes);
        self.budget.set(left.ok_or_else(|| damaged("it refers to the same bytes again and again"))?);
        Ok(())
    }
}

/// What the head of a file says.
struct Head {
    sizes: Sizes,
    base: u64,
    /// How long the file is.
    end: u64,
    root: u64,
}

/// Versions 0 and 1: the root group is an entry as those of groups are.
fn classic_superblock(head: &mut Cursor<'_>, version: u8) -> Result<Head, Problem> {
    head.skip(4)?;
    let sizes = Sizes::new(head.u8()?, head.u8()?)?;
    head.skip(1 + 2 + 2 + 4)?;
    head.skip(if version == 1 { 4 } else { 0 })?;
    let base = head.uint(sizes.offset)?;
    head.skip(sizes.offset)?;
    let end = head.uint(sizes.offset)?;
    head.skip(2 * sizes.offset)?;
    Ok(Head { sizes, base, end, root: head.uint(sizes.offset)? })
}

/// Versions 2 and 3.
fn new_superblock(head: &mut Cursor<'_>) -> Result<Head, Problem> {
    let sizes = Sizes::new(head.u8()?, head.u8()?)?;
    head.skip(1)?;
    let base = head.uint(sizes.offset)?;
    head.skip(sizes.offset)?;
    let end = head.uint(sizes.offset)?;
    Ok(Head { sizes, base, end, root: head.uint(sizes.offset)? })
}

fn damaged(reason: impl std::fmt::Display) -> Problem {
    Problem::damaged("HDF5", reason)
}
