//! What every reader makes of a file: a list of layers with their weights, planes of channels throughout.
//!
//! Here nothing depends on a format any more: convolution weights are `[filter, channel, row, column]`,
//! matrices are `[unit, feature]`, and features come in the order of channels, rows and columns.

use crate::tensor::Tensor;
use vgg_spec::ir::{Activation, Lrn, PoolMode, Window};

/// A network as a list of layers. Only a `Builder` makes one, so each layer fits
/// the one before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// What the file calls the network; empty if it does not.
    pub name: String,
    /// Where it comes from, as a comment says it: `ONNX, written by pytorch 2.15.0`.
    pub origin: String,
    /// Channels, height and width of one image.
    pub input: [usize; 3],
    /// The layers in the order in which data passes through them.
    pub layers: Vec<Layer>,
}

/// One layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// The node or layer as the file names it, for messages.
    pub source: String,
    /// The name its author gave it; `None` if an exporter made it up.
    pub name: Option<String>,
    /// Channels, height and width of what comes in; of a vector the features and ones.
    pub input: [usize; 3],
    /// What it does.
    pub op: Op,
}

/// The operations, with weights.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// A convolution.
    Conv {
        /// Where the kernel is laid.
        window: Window,
        /// Groups of filters, each of which looks at as many channels.
        groups: usize,
        /// `[filter, channel of the group, row, column]`.
        weight: Tensor,
        /// One value a filter.
        bias: Option<Tensor>,
    },
    /// Batch normalisation.
    Norm(Norm),
    /// Local response normalisation.
    Lrn(Lrn),
    /// An activation.
    Activation(Activation),
    /// A pool over windows.
    Pool {
        /// What is taken from each window.
        mode: PoolMode,
        /// Where the windows lie.
        window: Window,
        /// Whether a window that reaches over the end counts.
        ceil: bool,
    },
    /// An average pool to maps of this height and width.
    AdaptiveAverage([usize; 2]),
    /// Dropout, which does nothing but in training.
    Dropout(f64),
    /// Maps to a vector.
    Flatten,
    /// The mean of each map.
    GlobalAverage,
    /// The largest value of each map.
    GlobalMax,
    /// A fully connected layer.
    Dense {
        /// `[unit, feature]`.
        weight: Tensor,
        /// One value a unit.
        bias: Option<Tensor>,
    },
    /// Probabilities out of logits.
    Softmax,
}

/// Batch normalisation.
#[derive(Debug, Clone, PartialEq)]
pub struct Norm {
    /// Multiplied by.
    pub scale: Tensor,
    /// Added.
    pub shift: Tensor,
    /// Running mean.
    pub mean: Tensor,
    /// Running variance.
    pub variance: Tensor,
    /// Added to the variance.
    pub epsilon: f64,
    /// Share of a new batch in the running statistics.
    pub momentum: f64,
}
