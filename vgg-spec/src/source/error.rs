//! Why texts cannot be read.

use super::MAX_BYTES;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a file could not be read as the text of a spec.
#[derive(Debug, Error)]
pub enum SourceError {
    /// The ending of its name says neither.
    #[error("`{}` is no spec: its name must end in .yaml, .yml or .vgg", path.display())]
    UnknownEnding {
        /// The file.
        path: PathBuf,
    },
    /// A folder.
    #[error("`{}` is a folder: name a spec in it", path.display())]
    AFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A pipe, a device.
    #[error("`{}` is no regular file", path.display())]
    NotAFile {
        /// What it is not.
        path: PathBuf,
    },
    /// More than [`MAX_BYTES`].
    #[error("`{}` is too large for a spec: it has {bytes} bytes, {MAX_BYTES} are allowed", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// Not UTF-8.
    #[error("{}:{line}:{column}: the text is not UTF-8 from here on; save it as UTF-8", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// Line of the first wrong byte, from 1.
        line: usize,
        /// Characters in front of it on its line, and one.
        column: usize,
    },
    /// The system cannot read it.
    #[error("cannot read `{}`: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
}

impl SourceError {
    /// The same error of a file that is called otherwise.
    pub(super) fn of(mut self, name: &Path) -> SourceError {
        let (SourceError::UnknownEnding { path }
        | SourceError::AFolder { path }
        | SourceError::NotAFile { path }
        | SourceError::TooLarge { path, .. }
        | SourceError::NotUtf8 { path, .. }
        | SourceError::Io { path, .. }) = &mut self;
        name.clone_into(path);
        self
    }
}

/// Why a file that a text names cannot be read.
#[derive(Debug, Error)]
pub(crate) enum RelatedError {
    #[error("this spec is not in a file that the path could be relative to")]
    NoFolder,
    #[error("the path must be relative to this file")]
    Absolute,
    #[error("the path leads out of the folder that specs may lie in")]
    Outside,
    #[error(transparent)]
    Source(#[from] SourceError),
}
