//! The binary files of CIFAR-10 and CIFAR-100 (A. Krizhevsky, 2009): a record an image, of its labels and
//! of 32x32 bytes each of red, green and blue.

use super::{DataError, Images, Split};
use ndarray::Array4;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const SHAPE: (usize, usize, usize) = (3, 32, 32);
const PIXELS: usize = 3 * 32 * 32;

/// No file has more records than these.
const MOST_RECORDS: u64 = 1 << 20;

const FILE_OF_TEN: &str = "data_batch_1.bin";
const FILE_OF_HUNDRED: &str = "train.bin";

/// One of the two data sets.
struct Kind {
    train: &'static [&'static str],
    test: &'static str,
    /// The file with a name a line, and how many classes there are.
    names: &'static str,
    classes: usize,
    /// Bytes before the pixels of a record; the last of them is the label.
    labels: usize,
}

const TEN: Kind = Kind {
    train: &[FILE_OF_TEN, "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"],
    test: "test_batch.bin",
    names: "batches.meta.txt",
    classes: 10,
    labels: 1,
};

const HUNDRED: Kind = Kind {
    train: &[FILE_OF_HUNDRED],
    test: "test.bin",
    names: "fine_label_names.txt",
    classes: 100,
    labels: 2,
};

/// Whether a folder holds the binary files of CIFAR-10 or CIFAR-100.
pub fn is_here(folder: &Path) -> bool {
    [FILE_OF_TEN, FILE_OF_HUNDRED].iter().any(|name| folder.join(name).is_file())
}

/// Reads the binary version of CIFAR-10 (`data_batch_1.bin` ... `test_batch.bin`) or of CIFAR-100
/// (`train.bin`, `test.bin`; the fine labels) from a folder. What is held out is the test set.
///
/// Pixels are divided by 255. Classes have the names that the text file beside the data gives them, or
/// numbers if it is missing.
///
/// # Errors
/// Names the file that is missing or that is not what it should be.
pub fn load(folder: &Path) -> Result<Split, CifarError> {
    let kind = if folder.join(FILE_OF_TEN).is_file() { TEN } else { HUNDRED };
    let classes = classes(&folder.join(kind.names), kind.classes)?;
    let mut records = Vec::new();
    for name in kind.train {
        records.extend(read(&folder.join(name), &kind)?);
    }
    let test = read(&folder.join(kind.test), &kind)?;
    let images = |records: &[u8], name: &str| {
        images(records, &kind, classes.clone())
            .map_err(|problem| CifarError::Data { path: folder.join(name), problem })
    };
    Ok(Split { train: images(&records, kind.train[0])?, held_out: images(&test, kind.test)? })
}

fn images(records: &[u8], kind: &Kind, classes: Vec<String>) -> Result<Images, DataError> {
    let records = records.chunks_exact(kind.labels + PIXELS);
    let labels = records.clone().map(|record| u32::from(record[kind.labels - 1])).collect();
    let pixels = records.clone().flat_map(|record| &record[kind.labels..]);
    let (channels, height, width) = SHAPE;
    let shape = (records.len(), channels, height, width);
    let pixels = pixels.map(|&value| f32::from(value) / 255.0).collect();
    // There are so many pixels, by construction.
    Images::new(Array4::from_shape_vec(shape, pixels).unwrap_or_default(), labels, classes)
}

/// The bytes of a file, which must be whole records.
fn read(path: &Path, kind: &Kind) -> Result<Vec<u8>, CifarError> {
    let record = (kind.labels + PIXELS) as u64;
    let io = |error| CifarError::Io { path: path.into(), error };
    let metadata = fs::metadata(path).map_err(io)?;
    let bytes = metadata.len();
    if !metadata.is_file() || bytes == 0 || bytes % record != 0 || bytes / record > MOST_RECORDS {
        return Err(CifarError::Length { path: path.into(), bytes, record });
    }
    fs::read(path).map_err(io)
}

/// The names of the classes, or numbers.
fn classes(path: &Path, count: usize) -> Result<Vec<String>, CifarError> {
    if !path.is_file() {
        return Ok((0..count).map(|class| class.to_string()).collect());
    }
    let text = fs::read_to_string(path).map_err(|error| CifarError::Io { path: path.into(), error })?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let names: Vec<String> = lines.map(str::to_owned).collect();
    match names.len() == count {
        true => Ok(names),
        false => Err(CifarError::Names { path: path.into(), found: names.len(), expected: count }),
    }
}

/// Why a folder of CIFAR files cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CifarError {
    /// A file is missing, or cannot be read.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A file that is not made of whole records.
    #[error("{}: a file of records of {record} bytes was expected, but it has {bytes} bytes", path.display())]
    Length {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        bytes: u64,
        /// Bytes of a record.
        record: u64,
    },
    /// A file of names with too few or too many.
    #[error("{}: {found} names of classes, not {expected}", path.display())]
    Names {
        /// The file.
        path: PathBuf,
        /// Lines with a name.
        found: usize,
        /// The number of classes.
        expected: usize,
    },
    /// Records that make no sense.
    #[error("{}: {problem}", path.display())]
    Data {
        /// The file, or the first of several.
        path: PathBuf,
        /// What is wrong.
        problem: DataError,
    },
}
