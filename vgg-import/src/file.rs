//! Whole files in memory.

use crate::error::Problem;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path};

/// Reads a regular file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    // Opening a FIFO would wait for a writer.
    if !fs::metadata(path)?.is_file() {
        return Err(Problem::NoRegularFile);
    }
    let mut bytes = Vec::new();
    File::open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether a path names a file in a folder and nothing outside of it.
pub(crate) fn is_plain_name(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
}
