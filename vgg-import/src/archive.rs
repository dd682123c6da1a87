//! Zip archives that lie in memory: both PyTorch and Keras store their weights in such, uncompressed.

use crate::error::Problem;
use std::collections::HashMap;
use std::io::Cursor;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

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

    /// The bytes of a file that is stored as it is.
    pub(crate) fn stored(&mut self, name: &str) -> Result<&'f [u8], Problem> {
        let index = self.archive.index_for_name(name);
        let index = index.ok_or_else(|| damaged(format_args!("it has no `{name}`")))?;
        self.at(index)?
            .map(|(_, bytes)| bytes)
            .ok_or_else(|| Problem::unsupported(format_args!("`{name}` in it is compressed")))
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
        Ok(Some((name, bytes)))
    }
}

fn damaged(reason: impl std::fmt::Display) -> Problem {
    Problem::damaged("zip", reason)
}
