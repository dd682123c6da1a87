//! Brings networks and weights in from other engines: ONNX, Keras, PyTorch and safetensors files.
//!
//! Every reader makes one of two things: a [`Chain`], where the file describes the layers, or
//! a [`State`], where it holds tensors by name only. A chain is written as a
//! spec, and its weights get the names of that spec; a state is fitted to a
//! spec that is there already.
//!
//! Files are hostile: every size is checked before memory is taken, nothing in a file is run, and what is
//! read never needs more than a few times the memory of the file itself.

pub mod chain;
pub mod differences;
pub mod error;
pub mod params;
pub mod state;
pub mod tensor;
pub mod write;

mod archive;
mod build;
mod file;
mod hdf5;
mod keras;
mod onnx;
mod pytorch;
mod safetensors;

use archive::Archive;
use chain::Chain;
use error::{ImportError, Problem};
use state::State;
use std::path::Path;

/// What a file holds.
#[derive(Debug, Clone)]
pub enum Imported {
    /// Layers and their weights.
    Network(Chain),
    /// Weights by name.
    Weights(State),
}

/// Reads a file of any of the formats: its contents tell which.
///
/// # Errors
/// If it cannot be read, is damaged, or holds something else than a VGG-like network; the message names the
/// node or tensor.
pub fn read(path: &Path) -> Result<Imported, ImportError> {
    let read = || read_bytes(&file::read(path)?, Some(path.parent().unwrap_or(Path::new(""))));
    read().map_err(|problem| ImportError::new(path, problem))
}

/// Reads a file that is in memory. The weights of an ONNX model may lie in other files of `folder`.
///
/// # Errors
/// As [`read`].
pub fn read_bytes(bytes: &[u8], folder: Option<&Path>) -> Result<Imported, Problem> {
    if archive::is_likely(bytes) {
        let mut archive = Archive::open(bytes)?;
        if keras::is_likely(&archive) {
            return keras::read_archive(&mut archive);
        }
        if onnx::is_likely_archive(&archive) {
            return onnx::read_archive(&mut archive).map(Imported::Network);
        }
        return pytorch::read_archive(&mut archive).map(Imported::Weights);
    }
    if hdf5::is_likely(bytes) {
        return keras::read_h5(bytes);
    }
    if pytorch::is_likely_legacy(bytes) {
        return pytorch::read_legacy(bytes).map(Imported::Weights);
    }
    if safetensors::is_likely(bytes) {
        return safetensors::read(bytes).map(Imported::Weights);
    }
    if onnx::is_likely(bytes) {
        return onnx::read(bytes, folder).map(Imported::Network);
    }
    Err(Problem::helped(
        "this is none of the formats that are read",
        "bring an ONNX model, a Keras model or its weights, a PyTorch state dict, or a safetensors file",
    ))
}
