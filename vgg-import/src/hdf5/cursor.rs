//! Numbers out of bytes, one behind the other, never beyond the end.

use super::damaged;
use crate::error::Problem;

/// How many bytes addresses and lengths take in a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    pub(super) offset: usize,
    pub(super) length: usize,
}

impl Sizes {
    pub(super) fn new(offset: u8, length: u8) -> Result<Sizes, Problem> {
        match [offset, length].iter().all(|size| matches!(size, 2 | 4 | 8)) {
            true => Ok(Sizes { offset: offset.into(), length: length.into() }),
            false => {
                Err(damaged(format_args!("its addresses would have {offset} bytes, its lengths {length}")))
            }
        }
    }
}

/// A place in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'f> {
    bytes: &'f [u8],
    sizes: Sizes,
}

impl<'f> Cursor<'f> {
    pub(super) fn new(bytes: &'f [u8], sizes: Sizes) -> Cursor<'f> {
        Cursor { bytes, sizes }
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'f [u8] {
        self.bytes
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'f [u8], Problem> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or_else(|| damaged("it ends too early"))?;
        self.bytes = rest;
        Ok(taken)
    }

    /// So many bytes as a cursor of their own.
    pub(super) fn part(&mut self, count: usize) -> Result<Cursor<'f>, Problem> {
        Ok(Cursor { bytes: self.take(count)?, sizes: self.sizes })
    }

    pub(super) fn skip(&mut self, count: usize) -> Result<(), Problem> {
        self.take(count).map(drop)
    }

    /// Checks that these bytes come next.
    pub(super) fn expect(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        match self.take(bytes.len())? == bytes {
            true => Ok(()),
            false => Err(damaged(format_args!("there is no {} where there should be", bytes.escape_ascii()))),
        }
    }

    /// A little-endian number of up to 8 bytes.
    pub(super) fn uint(&mut self, count: usize) -> Result<u64, Problem> {
        let bytes = self.take(count)?;
        Ok(bytes.iter().rev().take(8).fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    pub(super) fn u8(&mut self) -> Result<u8, Problem> {
        Ok(self.take(1)?[0])
    }

    pub(super) fn u16(&mut self) -> Result<usize, Problem> {
        self.uint(2).map(|number| number as usize)
    }

    pub(super) fn u32(&mut self) -> Result<usize, Problem> {
        self.size(4)
    }

    /// A number that counts bytes or values.
    pub(super) fn size(&mut self, count: usize) -> Result<usize, Problem> {
        usize::try_from(self.uint(count)?).map_err(|_| damaged("a size in it is too large"))
    }

    /// An address; `None` if there is nothing.
    pub(super) fn address(&mut self) -> Result<Option<u64>, Problem> {
        let bytes = self.sizes.offset;
        let address = self.uint(bytes)?;
        Ok((address != u64::MAX >> (64 - 8 * bytes)).then_some(address))
    }

    /// An address at which there must be something.
    pub(super) fn place(&mut self) -> Result<u64, Problem> {
        self.address()?.ok_or_else(|| damaged("an address in it is missing"))
    }

    pub(super) fn length(&mut self) -> Result<usize, Problem> {
        self.size(self.sizes.length)
    }

    pub(super) fn sizes(&self) -> Sizes {
        self.sizes
    }
}
