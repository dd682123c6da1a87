//! Zip archives that lie in memory: both PyTorch and Keras store their weights in such, uncompressed and each with
//! its checksum, so that a damaged weight is not taken for one that was learned.

use crate::error::Problem;
use std::collections::HashMap;
use std::io::Cursor;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

/// Stands in place of a checksum where PyTorch was told to compute none.
const NO_CHECKSUM: u32 = 0;

/// An archive.
pub(crate) struct Archive<'f> {
    bytes: &'f [u8],
    archive: ZipArchive<Cursor<&'f [u8]>>,
}

/// Whether a file looks like one.
pub(crate) fn is_likely(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

impl<'f> Archive<'f> {
    pub(crate) fn open(bytes: &'f [u8]) -> Result<Archive<'f>, Problem> {
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| match error {
            ZipError::InvalidArchive(_) => damaged(format_args!(
                "the list of its files, which stands at its end, is missing or wrong, as in a file that was cut \
                 short ({error})"
            )),
            other => damaged(other),
        })?;
        Ok(Archive { bytes, archive })
    }

    /// Bytes of the archive.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        self.archive.file_names().filter_map(|name| Some(name.ok()?.into_owned()))
    }

    /// The bytes of a file that must be there, stored as it is.
    pub(crate) fn stored(&mut self, name: &str) -> Result<&'f [u8], Problem> {
        self.find(name)?.ok_or_else(|| damaged(format_args!("it has no `{name}`")))
    }

    /// The bytes of a file that is stored as it is; `None` if there is no such file.
    pub(crate) fn find(&mut self, name: &str) -> Result<Option<&'f [u8]>, Problem> {
        let Some(index) = self.archive.index_for_name(name) else { return Ok(None) };
        match self.at(index)? {
            Some((_, bytes)) => Ok(Some(bytes)),
            None => Err(Problem::unsupported(format_args!("`{name}` in it is compressed"))),
        }
    }

    /// The bytes of all files that are stored as they are, by name.
    pub(crate) fn places(&mut self) -> Result<HashMap<String, &'f [u8]>, Problem> {
        let mut places = HashMap::new();
        for index in 0..self.archive.len() {
            places.extend(self.at(index)?);
        }
        Ok(places)
    }

    fn at(&mut self, index: usize) -> Result<Option<(String, &'f [u8])>, Problem> {
        let file = self.archive.by_index_raw(index).map_err(damaged)?;
        if file.compression() != CompressionMethod::Stored || file.encrypted() {
            return Ok(None);
        }
        let start = file.data_start().and_then(|start| usize::try_from(start).ok());
        let length = usize::try_from(file.size()).ok();
        let bytes = start.zip(length).and_then(|(start, length)| {
            let end = start.checked_add(length)?;
            self.bytes.get(start..end)
        });
        let name = file.name().map_err(damaged)?.into_owned();
        let bytes = bytes.ok_or_else(|| damaged(format_args!("`{name}` lies outside of it")))?;
        let (stored, found) = (file.crc32(), crc32fast::hash(bytes));
        if stored != NO_CHECKSUM && stored != found {
            return Err(damaged(format_args!(
                "the checksum of `{name}` is {found:08x}, but {stored:08x} was stored with it: its bytes are not \
                 those that were written"
            )));
        }
        Ok(Some((name, bytes)))
    }
}

fn damaged(reason: impl std::fmt::Display) -> Problem {
    Problem::damaged("zip", reason)
}
