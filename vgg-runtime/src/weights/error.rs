//! What can be wrong with a file of weights.

use std::io;
use std::path::PathBuf;

/// How many names a message holds at most.
const MOST_NAMES: usize = 8;

/// A file of weights that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct WeightsError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a file of weights.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A folder, a device, a pipe.
    #[error("this is no regular file")]
    NoRegularFile,
    /// The system gave an error.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Not a safetensors file, or its header is damaged.
    #[error("this is no intact safetensors file: {reason}")]
    Header {
        /// What is wrong with the header.
        reason: String,
    },
    /// More or less data than the header says.
    #[error("the header announces {expected} bytes, but the file has {found}")]
    Length {
        /// Bytes of a file with this header.
        expected: u64,
        /// Bytes of the file.
        found: u64,
    },
    /// Tensors of the network are not in the file, or the other way round.
    #[error(
        "the tensors are not those of the network:{}{}",
        list("missing", missing),
        list("unknown", unknown)
    )]
    Names {
        /// Tensors of the network that the file lacks.
        missing: Vec<String>,
        /// Tensors of the file that the network lacks.
        unknown: Vec<String>,
    },
    /// A tensor of another type than `f32`.
    #[error("tensor `{tensor}` has values of type {found}, not F32")]
    Type {
        /// The name of the tensor.
        tensor: String,
        /// The type, as safetensors names it.
        found: String,
    },
    /// A tensor of another shape than the network's.
    #[error("tensor `{tensor}` has the shape {found:?}, but the network needs {expected:?}")]
    Shape {
        /// The name of the tensor.
        tensor: String,
        /// The shape in the network.
        expected: Vec<usize>,
        /// The shape in the file.
        found: Vec<usize>,
    },
    /// A value that is infinite or not a number.
    #[error("value {index} of tensor `{tensor}` is {value}")]
    NotFinite {
        /// The name of the tensor.
        tensor: String,
        /// Which value.
        index: usize,
        /// The value.
        value: f32,
    },
    /// The contents are not those that were written.
    #[error("the file is damaged: its checksum is {found}, not {expected}")]
    Checksum {
        /// The checksum in the file.
        expected: String,
        /// The checksum of what is in the file.
        found: String,
    },
    /// Two tensors of the network have the same name.
    #[error("the network has two tensors of the name `{tensor}`")]
    Twice {
        /// The name.
        tensor: String,
    },
}

/// ` KIND a, b, c and N more.`, or nothing.
fn list(kind: &str, names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(MOST_NAMES).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(MOST_NAMES) {
        _ if names.is_empty() => String::new(),
        0 => format!(" {kind} {}.", shown.join(", ")),
        more => format!(" {kind} {} and {more} more.", shown.join(", ")),
    }
}
