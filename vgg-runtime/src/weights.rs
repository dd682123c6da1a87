//! Weights in files: the safetensors format, written so that nothing is ever lost and read so that
//! nothing wrong comes in.
//!
//! A file holds every tensor of a network under its name, as little-endian `f32`, and a map of strings:
//! the name of the model, the names of the classes, whatever else was put there, and a checksum. The
//! same weights and metadata give the same bytes.

mod error;
mod header;
mod metadata;
mod tensors;
mod transfer;

pub use error::{Problem, WeightsError};
pub use metadata::Metadata;
pub(crate) use tensors::{STATE, Tensors};
pub use transfer::{Kept, Transfer, transfer, transfer_bytes};

use crate::atomic;
use crate::network::Network;
use header::{Extra, Header};
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use tensors::OfNetwork;

/// Writes the weights and statistics of a network to a file, with metadata to which the network's name is
/// added.
///
/// The file is [replaced](atomic::replace) as a whole: at any moment, also in a power cut, `path` holds
/// either what it held before or all of the new weights.
///
/// # Errors
/// If a value is not finite, so that good weights are never replaced by such; if the file cannot be
/// written. Then `path` is as it was.
pub fn save<N: Network>(network: &N, path: &Path, metadata: &Metadata) -> Result<(), WeightsError> {
    save_tensors(&OfNetwork(network), network.name(), path, metadata)
}

/// Does what [`save`] does with any tensors.
pub(crate) fn save_tensors(
    holder: &dyn Tensors,
    model: &str,
    path: &Path,
    metadata: &Metadata,
) -> Result<(), WeightsError> {
    let save = || {
        let mut metadata = metadata.clone();
        metadata.set_model(model);
        let header = Header::describe(holder, metadata)?;
        atomic::replace(path, |file| write(holder, &header, file))?;
        Ok(())
    };
    save().map_err(|problem| WeightsError { path: path.into(), problem })
}

/// Replaces the weights and statistics of a network by those in a file, and gives back the metadata.
///
/// # Errors
/// If the file is damaged, or does not hold exactly the tensors of this network: the same names, the same
/// shapes, `f32`, all finite; what a [checkpoint](crate::train::Trainer::save_checkpoint) holds of the state
/// of training is left aside. After an error the network is as it was.
pub fn load<N: Network>(network: &mut N, path: &Path) -> Result<Metadata, WeightsError> {
    load_tensors(&mut OfNetwork(network), Extra::StateIsIgnored, path)
}

/// Replaces the network and the state of training by those in a file.
pub(crate) fn load_state(holder: &mut dyn Tensors, path: &Path) -> Result<Metadata, WeightsError> {
    load_tensors(holder, Extra::IsRefused, path)
}

fn load_tensors(holder: &mut dyn Tensors, extra: Extra, path: &Path) -> Result<Metadata, WeightsError> {
    let mut load = || open(path).and_then(|(file, length)| read(holder, extra, file, length));
    load().map_err(|problem| WeightsError { path: path.into(), problem })
}

/// Reads the metadata of a file without its tensors: what must be known before there is a network to load
/// it into. The checksum is not looked at; [`load`] does that.
///
/// # Errors
/// If the file cannot be read, or its header is damaged.
pub fn metadata(path: &Path) -> Result<Metadata, WeightsError> {
    let load = || {
        let (mut file, length) = open(path)?;
        Ok(Header::read(&mut file, length)?.into_metadata())
    };
    load().map_err(|problem| WeightsError { path: path.into(), problem })
}

/// Does what [`load`] does with a file that is in memory, for one that is embedded in a program.
///
/// # Errors
/// As [`load`].
pub fn load_bytes<N: Network>(network: &mut N, file: &[u8]) -> Result<Metadata, Problem> {
    read(&mut OfNetwork(network), Extra::StateIsIgnored, file, file.len() as u64)
}

fn write(holder: &dyn Tensors, header: &Header, file: &mut dyn Write) -> io::Result<()> {
    file.write_all(&header.to_bytes()?)?;
    let mut result = Ok(());
    holder.each(&mut |tensor| {
        if result.is_ok() {
            result = file.write_all(&header::little_endian(tensor.values));
        }
    });
    result
}

/// Opens a regular file; gives its length, too.
fn open(path: &Path) -> Result<(BufReader<File>, u64), Problem> {
    let metadata = fs::metadata(path)?;
    // Opening a FIFO would wait for a writer.
    if !metadata.is_file() {
        return Err(Problem::NoRegularFile);
    }
    Ok((BufReader::new(File::open(path)?), metadata.len()))
}

/// The values of all tensors, as they stand in a file.
fn read_data(header: &Header, file: &mut impl Read) -> Result<Vec<u8>, Problem> {
    // The header was checked against the length of the file, so this is no larger than the file.
    let mut data = vec![0; header.data_length()];
    file.read_exact(&mut data)?;
    Ok(data)
}

fn read(
    holder: &mut dyn Tensors,
    extra: Extra,
    mut file: impl Read,
    length: u64,
) -> Result<Metadata, Problem> {
    let header = Header::read(&mut file, length)?;
    header.check_tensors(holder, extra)?;
    let data = read_data(&header, &mut file)?;
    header.check_data(holder, &data)?;
    holder.each_mut(&mut |tensor| {
        let values = header.floats(tensor.name, &data);
        tensor.values.iter_mut().zip(values).for_each(|(place, value)| *place = value);
    });
    Ok(header.into_metadata())
}
