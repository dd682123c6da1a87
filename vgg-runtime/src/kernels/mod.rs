//! The loops. All work on plain slices in NCHW and know nothing of layers or arenas.
//!
//! Work is cut into pieces by its shape alone, and every sum has a fixed order: results are the same
//! bits for any number of threads.

mod scratch;

pub use scratch::Scratch;
