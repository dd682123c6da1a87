//! The IDX format of MNIST and its kin, plain and gzipped.
//!
//! A file is two zero bytes, a byte for the type of the values (8: unsigned bytes, the one type read
//! here), a byte for the number of dimensions, each dimension as a big-endian `u32`, then the values
//! (Y. LeCun, C. Cortes, C. Burges: *The MNIST database of handwritten digits*).

use super::{DataError, Images, Split};
use flate2::{Crc, read::GzDecoder};
use ndarray::Array4;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

/// Largest value of a pixel in MNIST and its kin.
const INK: f32 = 255.0;

/// No file with more values than this is read: as `f32`, they would take 4 GiB.
const MOST_VALUES: u64 = 1 << 30;

/// Deflate cannot expand a byte to more than this.
const MOST_EXPANSION: u64 = 1032;

const FASHION: [&str; 10] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
];

/// CRC-32 of the 10,000 labels of Fashion-MNIST's test set.
const FASHION_LABELS: u32 = 0x242b_c73f;

const TRAIN: [&str; 2] = ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"];
const HELD_OUT: [&str; 2] = ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];

/// Whether a folder holds at least one of the files that [`load`] reads.
pub fn is_here(folder: &Path) -> bool {
    let mut names = TRAIN.iter().chain(&HELD_OUT);
    names.any(|name| folder.join(name).exists() || folder.join(format!("{name}.gz")).exists())
}

/// Reads a data set from a folder with the files `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`,
/// `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`, each plain or with `.gz` behind its name (the
/// plain one is taken if there are both). The `t10k` pair is what is held out.
///
/// Pixels are divided by 255. Classes are named `0`, `1` ... up to `9` or the largest label, except those
/// of Fashion-MNIST, which is known by its labels, or by a folder whose name holds `fashion`.
///
/// # Errors
/// Names the file that is missing, that is no regular file, that cannot be read, or whose contents are
/// not what its header says. Nothing is allocated on the word of a header alone.
///
/// ```no_run
/// let fashion = vgg_runtime::data::idx::load("/usr/share/datasets/fashion-mnist".as_ref())?;
/// assert_eq!(fashion.held_out.classes()[9], "Ankle boot");
/// # Ok::<(), vgg_runtime::data::IdxError>(())
/// ```
pub fn load(folder: &Path) -> Result<Split, IdxError> {
    let train = (read(folder, TRAIN[0])?, read(folder, TRAIN[1])?);
    let held_out = (read(folder, HELD_OUT[0])?, read(folder, HELD_OUT[1])?);
    let classes = classes(folder, &train.1.values, &held_out.1.values);
    let build = |part: &str, (images, labels): (Bytes<3>, Bytes<1>)| {
        Images::new(pixels(&images, INK), self::labels(&labels), classes.clone())
            .map_err(|problem| IdxError::Data { part: folder.join(part), problem })
    };
    let split = Split { train: build("train-*", train)?, held_out: build("t10k-*", held_out)? };
    match [split.train.shape(), split.held_out.shape()] {
        [train, held_out] if train != held_out => {
            Err(IdxError::Shapes { folder: folder.into(), train, held_out })
        }
        _ => Ok(split),
    }
}

/// The names of the classes.
fn classes(folder: &Path, train: &[u8], held_out: &[u8]) -> Vec<String> {
    let largest = train.iter().chain(held_out).copied().max().unwrap_or(0);
    let named_fashion = || {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.into());
        folder.file_name().is_some_and(|name| name.to_string_lossy().to_lowercase().contains("fashion"))
    };
    let labelled_fashion = || {
        let mut crc = Crc::new();
        crc.update(held_out);
        crc.sum() == FASHION_LABELS
    };
    if largest <= 9 && (labelled_fashion() || named_fashion()) {
        return FASHION.map(str::to_string).to_vec();
    }
    (0..=largest.max(9)).map(|class| class.to_string()).collect()
}

/// An array of bytes.
#[derive(Debug)]
pub(super) struct Bytes<const D: usize> {
    extents: [usize; D],
    values: Vec<u8>,
}

/// Images of one channel, divided by their largest possible value.
pub(super) fn pixels(images: &Bytes<3>, largest: f32) -> Array4<f32> {
    let [count, height, width] = images.extents;
    // The shape fits the values, except for one like 0 x 2^32 x 2^32, which `Images` then refuses as empty.
    let pixels = images.values.iter().map(|&value| f32::from(value) / largest);
    Array4::from_shape_vec((count, 1, height, width), pixels.collect()).unwrap_or_default()
}

/// Bytes as labels.
pub(super) fn labels(labels: &Bytes<1>) -> Vec<u32> {
    labels.values.iter().map(|&label| u32::from(label)).collect()
}

/// Decodes a gzipped IDX file that is in memory.
pub(super) fn decode<const D: usize>(gzipped: &[u8]) -> Result<Bytes<D>, Problem> {
    parse(GzDecoder::new(gzipped), gzipped.len() as u64 * MOST_EXPANSION)
}

/// Reads `folder/name`, or else `folder/name.gz`.
fn read<const D: usize>(folder: &Path, name: &str) -> Result<Bytes<D>, IdxError> {
    let path = folder.join(name);
    let gzipped = folder.join(format!("{name}.gz"));
    let path = match [path.exists(), gzipped.exists()] {
        [true, _] => path,
        [false, true] => gzipped,
        [false, false] => return Err(IdxError::Missing { path }),
    };
    read_file(&path).map_err(|problem| IdxError::File { path, problem })
}

fn read_file<const D: usize>(path: &Path) -> Result<Bytes<D>, Problem> {
    let metadata = fs::metadata(path)?;
    // Opening a FIFO would wait for a writer.
    if !metadata.is_file() {
        return Err(Problem::NoRegularFile);
    }
    let file = BufReader::new(File::open(path)?);
    if path.extension().is_some_and(|extension| extension == "gz") {
        parse(GzDecoder::new(file), metadata.len().saturating_mul(MOST_EXPANSION))
    } else {
        parse(file, metadata.len())
    }
}

/// Reads an array of `D` dimensions; `most` bytes are what the source can hold at most.
fn parse<const D: usize>(mut source: impl Read, most: u64) -> Result<Bytes<D>, Problem> {
    let mut magic = [0; 4];
    source.read_exact(&mut magic).map_err(Problem::in_header)?;
    if magic != [0, 0, 8, D as u8] {
        return Err(Problem::Magic { found: magic, dimensions: D });
    }
    let mut extents = [0; D];
    let mut needed = Some(1_u64);
    for extent in &mut extents {
        let mut bytes = [0; 4];
        source.read_exact(&mut bytes).map_err(Problem::in_header)?;
        let value = u32::from_be_bytes(bytes);
        needed = needed.and_then(|needed| needed.checked_mul(value.into()));
        *extent = value as usize;
    }
    let needed = needed
        .filter(|&needed| needed <= MOST_VALUES)
        .ok_or(Problem::TooLarge { extents: extents.to_vec() })?;
    if needed > most {
        return Err(Problem::Truncated { needed, found: None });
    }
    read_values(source, needed).map(|values| Bytes { extents, values })
}

/// Reads exactly `needed` bytes and the end behind them. The memory grows with what is really there.
fn read_values(mut source: impl Read, needed: u64) -> Result<Vec<u8>, Problem> {
    let mut values = Vec::new();
    match source.by_ref().take(needed).read_to_end(&mut values) {
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error.into()),
        _ if (values.len() as u64) < needed => {
            return Err(Problem::Truncated { needed, found: Some(values.len() as u64) });
        }
        _ => {}
    }
    // At its end a gzip stream checks itself, so the end must be read.
    match source.read(&mut [0]).map_err(Problem::at_end)? {
        0 => Ok(values),
        _ => Err(Problem::TooLong { needed }),
    }
}

/// Why a folder of IDX files cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdxError {
    /// Neither the file nor the gzipped file exists.
    #[error("{}: found neither this file nor the same with .gz", path.display())]
    Missing {
        /// The file, without `.gz`.
        path: PathBuf,
    },
    /// A file that cannot be read, or is not what it should be.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: Problem,
    },
    /// Images and labels that do not fit together.
    #[error("{}: {problem}", part.display())]
    Data {
        /// The pair of files.
        part: PathBuf,
        /// What does not fit.
        problem: DataError,
    },
    /// Images to train with and held-out images differ in their shape.
    #[error(
        "{}: images to train with are {}x{}, held-out images are {}x{}",
        folder.display(), train[1], train[2], held_out[1], held_out[2]
    )]
    Shapes {
        /// The folder.
        folder: PathBuf,
        /// Channels, rows and columns.
        train: [usize; 3],
        /// Channels, rows and columns.
        held_out: [usize; 3],
    },
}

/// What is wrong with an IDX file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A folder, a device, a pipe.
    #[error("this is no regular file")]
    NoRegularFile,
    /// The system, or the decompression, gave an error.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Not an IDX file of bytes with so many dimensions.
    #[error(
        "an IDX file of bytes in {dimensions} dimensions starts with [0, 0, 8, {dimensions}], not {found:?}"
    )]
    Magic {
        /// The first bytes.
        found: [u8; 4],
        /// The number of dimensions that was expected.
        dimensions: usize,
    },
    /// The file ends before its header does.
    #[error("the file ends within its header")]
    Header,
    /// Less data than the header says.
    #[error("the header announces {needed} values, but the file {}", held(*found))]
    Truncated {
        /// Bytes that the header announces.
        needed: u64,
        /// Bytes there are, if they were counted.
        found: Option<u64>,
    },
    /// More data than the header says.
    #[error("the header announces {needed} values, but the file goes on behind them")]
    TooLong {
        /// Bytes that the header announces.
        needed: u64,
    },
    /// The checksum at the end of a gzipped file is missing or wrong.
    #[error("the file is damaged: {0}")]
    Damaged(io::Error),
    /// More than is ever read.
    #[error("the header announces an array of {extents:?} values, more than the {MOST_VALUES} that are read")]
    TooLarge {
        /// The dimensions.
        extents: Vec<usize>,
    },
}

impl Problem {
    fn in_header(error: io::Error) -> Problem {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Problem::Header,
            _ => Problem::Io(error),
        }
    }

    fn at_end(error: io::Error) -> Problem {
        match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                Problem::Damaged(error)
            }
            _ => Problem::Io(error),
        }
    }
}

fn held(found: Option<u64>) -> String {
    found.map_or_else(|| "is too small to hold them".into(), |found| format!("holds {found}"))
}
