//! Weights of another network: those that fit are taken, and it is said which are not.

use super::header::Header;
use super::tensors::{OfNetwork, STATE};
use super::{Metadata, Problem, WeightsError, open, read_data};
use crate::network::Network;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

/// What became of the weights of a file in a network that need not be theirs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Transfer {
    /// What the file says about its weights.
    pub metadata: Metadata,
    /// The tensors that were taken, in the order of the network.
    pub taken: Vec<String>,
    /// The tensors of the network that are as they were, in its order.
    pub kept: Vec<Kept>,
    /// The tensors of the file that the network does not have.
    pub unused: Vec<String>,
}

/// A tensor of the network that the file has nothing for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its name.
    pub tensor: String,
    /// Its shape in the network.
    pub shape: Vec<usize>,
    /// The shape of the tensor of this name in the file; `None` if there is none.
    pub found: Option<Vec<usize>>,
}

/// Replaces those weights and statistics of a network for which a file has a tensor of the same name and shape:
/// to go on from what another network has learned. The others stay as they are.
///
/// # Errors
/// If the file is damaged, or no tensor of it fits. After an error the network is as it was.
pub fn transfer<N: Network>(network: &mut N, path: &Path) -> Result<Transfer, WeightsError> {
    let mut load = || open(path).and_then(|(file, length)| read(network, file, length));
    load().map_err(|problem| WeightsError { path: path.into(), problem })
}

/// Does what [`transfer`] does with a file that is in memory.
///
/// # Errors
/// As [`transfer`].
pub fn transfer_bytes<N: Network>(network: &mut N, file: &[u8]) -> Result<Transfer, Problem> {
    read(network, file, file.len() as u64)
}

fn read<N: Network>(network: &mut N, mut file: impl Read, length: u64) -> Result<Transfer, Problem> {
    let header = Header::read(&mut file, length)?;
    let mut transfer = compare(network, &header);
    if transfer.taken.is_empty() {
        let missing = transfer.kept.into_iter().map(|kept| kept.tensor).collect();
        return Err(Problem::Names { missing, unknown: transfer.unused });
    }
    let data = read_data(&header, &mut file)?;
    let taken: BTreeSet<&str> = transfer.taken.iter().map(String::as_str).collect();
    header.check_data_of(&OfNetwork(&*network), &data, &|tensor| taken.contains(tensor))?;
    network.visit_mut(&mut |tensor| {
        if taken.contains(tensor.name) {
            let values = header.floats(tensor.name, &data);
            tensor.values.iter_mut().zip(values).for_each(|(place, value)| *place = value);
        }
    });
    transfer.metadata = header.into_metadata();
    Ok(transfer)
}

/// Which tensors fit. Those of another type than `f32` do not.
fn compare<N: Network>(network: &N, header: &Header) -> Transfer {
    let mut transfer = Transfer::default();
    let mut unused: BTreeSet<&str> = header.names().filter(|name| !name.starts_with(STATE)).collect();
    network.visit(&mut |tensor| {
        unused.remove(tensor.name);
        let found = header.shape(tensor.name);
        if found == Some(tensor.shape) {
            transfer.taken.push(tensor.name.to_owned());
        } else {
            transfer.kept.push(Kept {
                tensor: tensor.name.to_owned(),
                shape: tensor.shape.to_vec(),
                found: found.map(<[usize]>::to_vec),
            });
        }
    });
    transfer.unused = unused.into_iter().map(str::to_owned).collect();
    transfer
}
