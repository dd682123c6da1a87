//! Why a file cannot be brought in.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

/// A file that cannot be brought in.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct ImportError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: Problem,
}

impl ImportError {
    pub(crate) fn new(path: &Path, problem: Problem) -> ImportError {
        ImportError { path: path.into(), problem }
    }

    /// What to do about it, if there is something to be done.
    pub fn help(&self) -> Option<&str> {
        match &self.problem {
            Problem::Unsupported { help, .. } => help.as_deref(),
            Problem::Io(_) | Problem::NoRegularFile | Problem::Damaged { .. } | Problem::Layer { .. } => None,
        }
    }
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The system gave an error.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A folder, a device, a pipe.
    #[error("this is no regular file")]
    NoRegularFile,
    /// The file is not what its format says.
    #[error("this is no intact {format} file: {reason}")]
    Damaged {
        /// The format that it seems to have.
        format: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A layer that is not part of a VGG-like chain.
    #[error("{layer}: {reason}")]
    Layer {
        /// The node or layer, as the file names it.
        layer: String,
        /// Why it cannot be brought in.
        reason: String,
    },
    /// The file is intact, but holds something else than a VGG-like network.
    #[error("{reason}")]
    Unsupported {
        /// Why it cannot be brought in.
        reason: String,
        /// What to do about it.
        help: Option<String>,
    },
}

impl Problem {
    pub(crate) fn damaged(format: &'static str, reason: impl Display) -> Problem {
        Problem::Damaged { format, reason: reason.to_string() }
    }

    pub(crate) fn layer(layer: impl Display, reason: impl Display) -> Problem {
        Problem::Layer { layer: layer.to_string(), reason: reason.to_string() }
    }

    pub(crate) fn unsupported(reason: impl Display) -> Problem {
        Problem::Unsupported { reason: reason.to_string(), help: None }
    }

    pub(crate) fn helped(reason: impl Display, help: impl Display) -> Problem {
        Problem::Unsupported { reason: reason.to_string(), help: Some(help.to_string()) }
    }
}
