//! PyTorch's state dicts: a zip archive, or the format before that. Nothing in them is run: see [`pickle`].

mod archive;
mod legacy;
mod pickle;
mod storage;
mod tensors;

use crate::error::Problem;
use crate::state::State;

pub(crate) use archive::read as read_archive;
pub(crate) use legacy::{is_likely as is_likely_legacy, read as read_legacy};

const ORIGIN: &str = "From a PyTorch state dict";

/// More is no pickle of a state dict: that holds names and shapes only.
const MOST_PICKLE: usize = 16 << 20;

fn damaged(reason: impl std::fmt::Display) -> Problem {
    Problem::damaged("PyTorch", reason)
}

fn state(tensors: Vec<(String, crate::tensor::Tensor)>) -> Result<State, Problem> {
    State::new(ORIGIN.to_owned(), tensors)
}
