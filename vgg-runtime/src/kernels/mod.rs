//! The loops. All work on plain slices and know nothing of layers or arenas.
//!
//! Feature maps lie in blocks of 16 channels, see [`layout`]; only the images of the input lie plane by
//! plane. Vectors are rows, one an image.
//!
//! Work is cut into pieces by its shape alone, and every sum has a fixed order: results are the same
//! bits for any number of threads, which is that of the current rayon pool. Outputs are overwritten
//! unless a function says that it adds.
//!
//! Slices must have the lengths that the shapes give; a function panics if they have not, since shapes
//! come from the compiler and never from a user.

pub mod activation;
#[allow(unsafe_code, reason = "threads write the channels of one buffer")]
pub mod channels;
#[allow(unsafe_code, reason = "loops over pointers; the wrappers check their bounds")]
pub mod conv;
#[allow(unsafe_code, reason = "loops over pointers; the wrappers check their bounds")]
pub mod dense;
pub mod dropout;
pub mod layout;
#[allow(unsafe_code, reason = "threads write the places of one image")]
pub mod lrn;
pub mod norm;
pub mod peak;
pub mod pool;
pub mod softmax;

mod caches;
mod epilogue;
mod finite;
mod packs;
pub(crate) mod pieces;
mod rows;
mod scratch;
#[allow(unsafe_code, reason = "threads write parts of one buffer")]
mod shared;
#[allow(unsafe_code, reason = "instructions that not every CPU has")]
pub(crate) mod simd;
#[allow(unsafe_code, reason = "threads borrow the work of another")]
mod team;

pub use epilogue::{Epilogue, FoldedNorm};
pub(crate) use finite::is_finite;
pub use scratch::Scratch;
