//! From layers to work: which layers run as one fused step, and where every buffer lives.
//!
//! Two schedules are laid out: inference, where a buffer dies as soon as the next step has read
//! it, and a training step, where what the backward pass reads stays alive until then. Offsets and
//! sizes are in floats *per image*: a batch of `n` images multiplies all of them by `n`, which
//! keeps buffers apart for every batch size.

use crate::ir::Shape;

/// The fused steps of a model and the arena they share.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The steps, in order. The final softmax has none: it belongs to the loss and to the predictor.
    pub steps: Vec<Step>,
    /// The place of the input images.
    pub input: Slot,
    /// The place of the logits.
    pub logits: Slot,
    /// The size of the arena.
    pub arena: ArenaSize,
}

/// Layers that run together.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The first layer's name: what the step's constants are called.
    pub name: String,
    /// Which layers, by index into [`Model::layers`].
    pub op: Fused,
    /// The index of the block, `None` in the head.
    pub block: Option<usize>,
    /// Where it reads.
    pub input: Place,
    /// Where it writes.
    pub output: Place,
    /// Where a convolution or dense layer leaves its sum when something behind it needs it in the
    /// backward pass: a norm, or an activation whose derivative is a function of its input.
    pub linear: Option<Place>,
    /// Where the activated map lies before the pool that is fused into this step.
    pub activated: Option<Place>,
    /// Offset, in floats and whatever the batch, of a norm's batch mean and inverse deviation.
    pub statistics: Option<usize>,
}

/// The kinds of fused steps; the numbers are indices into [`Model::layers`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fused {
    /// Convolution, then perhaps norm, activation and pool.
    Conv {
        /// The convolution.
        conv: usize,
        /// Batch norm behind it.
        norm: Option<usize>,
        /// Activation behind those.
        activation: Option<usize>,
        /// Pool behind those.
        pool: Option<usize>,
    },
    /// Dense layer, then perhaps norm and activation.
    Dense {
        /// The dense layer.
        dense: usize,
        /// Batch norm behind it.
        norm: Option<usize>,
        /// Activation behind those.
        activation: Option<usize>,
    },
    /// A norm on its own, then perhaps an activation.
    Norm {
        /// The norm.
        norm: usize,
        /// Activation behind it.
        activation: Option<usize>,
    },
    /// A pool that could not be fused.
    Pool(usize),
    /// An activation on its own.
    Activation(usize),
    /// Dropout.
    Dropout(usize),
    /// Flatten.
    Flatten(usize),
    /// Global average pool.
    GlobalAveragePool(usize),
}

/// A shape and where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The shape for one image.
    pub shape: Shape,
    /// Its offsets.
    pub slot: Slot,
}

/// Offsets into the arena, in floats per image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Slot {
    /// In inference.
    pub inference: usize,
    /// In training.
    pub training: usize,
    /// Of the gradient with respect to it, in training.
    pub gradient: usize,
}

/// How large the arena must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ArenaSize {
    /// Floats per image in inference.
    pub inference: usize,
    /// Floats per image in training.
    pub training: usize,
    /// Floats for the statistics of norms, whatever the batch.
    pub statistics: usize,
}
