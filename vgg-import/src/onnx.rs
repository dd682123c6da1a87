//! ONNX: one path of operators from the images to the logits becomes a chain.
//!
//! [`proto`] reads the messages in place, [`constant`] knows what does not depend on data, [`axes`] follows
//! how data lies in memory, and [`walk`] goes from node to node. What an operator means stands in [`layers`]
//! (those with windows, weights or functions), in [`composed`], [`lrn`] and [`adaptive`] (what is several
//! nodes there and one layer here), and in [`moves`] (those that only move data).

mod adaptive;
mod axes;
mod composed;
mod constant;
mod layers;
mod lrn;
mod moves;
mod node;
mod proto;
mod shapes;
mod walk;
mod wire;

use crate::archive::Archive;
use crate::chain::Chain;
use crate::error::Problem;
use constant::Beside;
use std::path::Path;

/// The model in an archive that tf2onnx writes of a large one, with a file for each tensor beside it.
const IN_ARCHIVE: &str = "__MODEL_PROTO.onnx";

/// Reads a model. Weights outside of it are looked for in `folder`.
pub(crate) fn read(bytes: &[u8], folder: Option<&Path>) -> Result<Chain, Problem> {
    walk::chain(&proto::Model::read(bytes)?, Beside::folder(folder, bytes.len()))
}

/// Whether an archive is one of tf2onnx.
pub(crate) fn is_likely_archive(archive: &Archive<'_>) -> bool {
    archive.names().any(|name| name == IN_ARCHIVE)
}

/// Reads a model in an archive, which holds its weights, too.
pub(crate) fn read_archive(archive: &mut Archive<'_>) -> Result<Chain, Problem> {
    let model = proto::Model::read(archive.stored(IN_ARCHIVE)?)?;
    let size = archive.size();
    walk::chain(&model, Beside::archive(archive.places()?, size))
}

/// Whether a file looks like a model: it begins with the version of the format.
pub(crate) fn is_likely(bytes: &[u8]) -> bool {
    matches!(bytes, [0x08, 1..=30, ..])
}
