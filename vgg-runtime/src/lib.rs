//! What generated networks run on.

pub mod activation;
pub mod arena;
pub mod data;
pub mod evaluate;
pub mod geometry;
pub mod init;
pub mod kernels;
pub mod loss;
pub mod network;
pub mod optim;
pub mod ops;
pub mod pass;
pub mod predict;
pub mod random;
pub mod train;
pub mod weights;
