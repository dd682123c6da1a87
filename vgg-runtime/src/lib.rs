//! What generated networks run on.

pub mod activation;
pub mod arena;
pub mod data;
pub mod geometry;
pub mod kernels;
pub mod network;
pub mod pass;
pub mod random;
