//! The fused steps of a plan, forward and backward, in a [`Pass`](crate::pass::Pass).
//!
//! Feature maps lie in the arena in blocks of 16 channels, see [`layout`](crate::kernels::layout), vectors
//! as rows. The images of the input lie plane by plane; only a convolution reads them.
//!
//! A step knows its shapes, its settings and the slots that it reads and writes; weights come with each
//! call. An interpreter uses the steps as they are; the [typed layers](crate::layers) wrap them.
//!
//! In the backward pass every step finds the gradient by its output in the gradient buffer of its
//! output slot, and may destroy it. It overwrites the gradient by its input, unless that is an image, and
//! those by its weights.
//!
//! Settings and slots come from the planner, weights from a network that was built for it: if they do
//! not go together, a step panics and says why.

mod activation;
mod adaptive;
mod conv;
mod dense;
mod dropout;
mod gap;
mod linear;
mod lrn;
mod norm;
mod pool;
mod reshape;
mod weights;

pub use activation::ActivationOp;
pub use adaptive::AdaptiveOp;
pub use conv::ConvOp;
pub use dense::DenseOp;
pub use dropout::DropoutOp;
pub use gap::GapOp;
pub use lrn::LrnOp;
pub use norm::{NormOp, update_statistics};
pub use pool::PoolOp;
pub use reshape::FlattenOp;
pub use weights::{Gradients, NormGradients, NormWeights, Weights};
