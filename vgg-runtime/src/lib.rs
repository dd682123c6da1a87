//! What generated networks run on.

pub mod activation;
pub mod arena;
pub mod atomic;
pub mod cpu;
pub mod data;
mod elementary;
pub mod evaluate;
mod floats;
pub mod geometry;
pub mod init;
pub mod kernels;
pub mod layers;
pub mod loss;
pub mod network;
pub mod ops;
pub mod optim;
pub mod pass;
pub mod predict;
pub mod random;
pub mod reference;
pub mod tensor;
pub mod train;
pub mod weights;

pub use activation::Activation;
pub use arena::{ArenaSize, Memory, Slot};
pub use cpu::Cpu;
pub use data::Images;
pub use geometry::{Extent, Lrn, MapShape, Norm, Padding, PoolMode, PoolWindow, Window};
pub use network::{LayerInfo, Network, Role, Tensor, TensorMut};
pub use pass::{Mode, Pass};
pub use predict::Predictor;
pub use tensor::{FeatureMaps, Logits, ShapeError};
pub use train::{TrainSettings, Trainer};
