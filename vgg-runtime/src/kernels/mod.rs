//! The loops. All work on plain slices in NCHW and know nothing of layers or arenas.
//!
//! Work is cut into pieces by its shape alone, and every sum has a fixed order: results are the same
//! bits for any number of threads. Outputs are overwritten unless a function says that it adds.
//!
//! Slices must have the lengths that the shapes give; a function panics if they have not, since shapes
//! come from the compiler and never from a user.

pub mod activation;
pub mod channels;
pub mod conv;
pub mod dense;
pub mod dropout;
pub mod norm;
pub mod pool;
pub mod softmax;

mod blocks;
mod epilogue;
mod gemm;
mod pieces;
mod scratch;
mod sums;

pub use epilogue::{Epilogue, FoldedNorm};
pub use scratch::Scratch;
