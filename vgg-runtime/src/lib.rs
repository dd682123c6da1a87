//! What generated networks run on.

pub mod random;
