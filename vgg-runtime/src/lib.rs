//! What generated networks run on.

pub mod data;
pub mod random;
