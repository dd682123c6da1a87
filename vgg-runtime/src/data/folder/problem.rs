//! What is wrong with a folder of images.

use super::super::PictureProblem;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// How many files a message names.
const MOST_NAMED: usize = 20;

/// A folder of images that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// A folder that cannot be read.
    #[error("{}: {error}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A network that does not read pictures.
    #[error("image files have 1 channel (grey) or 3 (colour), but images of {channels} are asked for")]
    Channels {
        /// Channels asked for.
        channels: usize,
    },
    /// There are no class folders.
    #[error("{}: there are no folders in it, but each class needs one", path.display())]
    NoClasses {
        /// The folder.
        path: PathBuf,
    },
    /// No image can be used.
    #[error("{}: there are no images in its class folders", path.display())]
    NoImages {
        /// The folder.
        path: PathBuf,
    },
    /// Some files cannot be used.
    #[error("{}", Listed(.0))]
    Problems(Vec<FolderProblem>),
}

/// A file or folder that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {kind}", path.display())]
pub struct FolderProblem {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong with it.
    pub kind: FolderProblemKind,
}

/// What is wrong with a file or folder among images.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderProblemKind {
    /// No image, or a damaged one.
    #[error(transparent)]
    Picture(#[from] PictureProblem),
    /// A class without images.
    #[error("this class has no images")]
    EmptyClass,
    /// A folder within a class.
    #[error("a class folder holds images, not folders")]
    Nested,
    /// A file beside the class folders.
    #[error("this file is in no class folder")]
    Stray,
    /// A folder beside `train` and `val`.
    #[error("beside `train` there may be `val` and `test`, and nothing else")]
    Part,
    /// A class that is not among those to learn.
    #[error("there is no class of this name in `train`")]
    UnknownClass,
}

/// Problems, one a line.
struct Listed<'a>(&'a [FolderProblem]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [problem] => return problem.fmt(f),
            problems => write!(f, "{} files or folders cannot be used:", problems.len())?,
        }
        self.0.iter().take(MOST_NAMED).try_for_each(|problem| write!(f, "\n  {problem}"))?;
        match self.0.len().saturating_sub(MOST_NAMED) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}
