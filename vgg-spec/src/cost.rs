//! What a layer costs: numbers to learn, multiplications to do, values to keep.
//!
//! Counted as the literature does: a multiply-accumulate (MAC) is one multiplication of a weight with
//! an input and the addition of the product. Biases, norms, activations and pools count as none; VGG-16
//! at 224x224 then takes 15.47 GMACs.

use crate::ir::{Layer, Model, Op, Shape};

/// Bytes of one value, be it a weight or an activation: everything is `f32`.
pub const BYTES: u64 = 4;

/// What one layer costs for one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cost {
    /// Weights, biases and running statistics.
    pub(crate) parameters: u64,
    /// Those of them that gradients change.
    pub(crate) trainable: u64,
    /// Multiply-accumulates of a forward pass.
    pub(crate) macs: u64,
}

impl Cost {
    /// Counts, or `None` if a product is more than a `u64` holds. Lowering refuses such a layer, so in
    /// a [`Model`] there is none.
    pub(crate) fn of(op: &Op, input: Shape, output: Shape) -> Option<Cost> {
        let learned = |parameters, macs| Cost { parameters, trainable: parameters, macs };
        match *op {
            Op::Conv(conv) => {
                let taps =
                    product([channels(input) / conv.groups, conv.window.kernel[0], conv.window.kernel[1]])?;
                let filters = conv.filters as u64;
                let weights = taps.checked_mul(filters)?;
                let places = output.elements() as u64 / filters;
                Some(learned(
                    weights.checked_add(if conv.bias { filters } else { 0 })?,
                    weights.checked_mul(places)?,
                ))
            }
            Op::Dense(dense) => {
                let weights = product([input.elements(), dense.units])?;
                let bias = if dense.bias { dense.units as u64 } else { 0 };
                Some(learned(weights.checked_add(bias)?, weights))
            }
            Op::BatchNorm(_) => {
                let scale_and_shift = product([2, channels(input)])?;
                Some(Cost {
                    parameters: scale_and_shift.checked_mul(2)?,
                    trainable: scale_and_shift,
                    macs: 0,
                })
            }
            Op::Activation(_)
            | Op::Lrn(_)
            | Op::Pool(_)
            | Op::Dropout { .. }
            | Op::Flatten
            | Op::GlobalAveragePool
            | Op::AdaptiveAveragePool
            | Op::Softmax => Some(Cost::default()),
        }
    }

    /// Both together, or `None` if that is more than a `u64` holds.
    pub(crate) fn and(self, other: Cost) -> Option<Cost> {
        Some(Cost {
            parameters: self.parameters.checked_add(other.parameters)?,
            trainable: self.trainable.checked_add(other.trainable)?,
            macs: self.macs.checked_add(other.macs)?,
        })
    }
}

/// The numbers that have a statistic or a weight of their own: maps, or the features of a vector.
fn channels(shape: Shape) -> usize {
    match shape {
        Shape::Maps(maps) => maps.channels,
        Shape::Vector(features) => features,
    }
}

fn product<const N: usize>(factors: [usize; N]) -> Option<u64> {
    factors.into_iter().try_fold(1_u64, |product, factor| product.checked_mul(factor as u64))
}

impl Layer {
    fn cost(&self) -> Cost {
        Cost::of(&self.op, self.input, self.output).expect("lowering bounds the totals of a model")
    }

    /// Weights, biases and, for a batch norm, the running mean and variance: `4 * channels` there, as
    /// Keras counts.
    pub fn parameters(&self) -> u64 {
        self.cost().parameters
    }

    /// The [`parameters`](Self::parameters) that gradients change: all but the running statistics, and none of
    /// a layer that is frozen.
    pub fn trainable_parameters(&self) -> u64 {
        if self.trainable { self.cost().trainable } else { 0 }
    }

    /// Multiply-accumulates of a forward pass over one image: those of convolutions and dense layers.
    pub fn macs(&self) -> u64 {
        self.cost().macs
    }

    /// Bytes of the output for one image.
    pub fn activation_bytes(&self) -> u64 {
        self.output.elements() as u64 * BYTES
    }

    /// What Keras calls a layer of this kind.
    pub fn kind(&self) -> &'static str {
        use crate::ast::PoolMode;
        match &self.op {
            Op::Conv(_) => "Conv2D",
            Op::BatchNorm(_) => "BatchNormalization",
            Op::Lrn(_) => "LocalResponseNormalization",
            Op::Activation(_) => "Activation",
            Op::Pool(pool) => match pool.mode {
                PoolMode::Max => "MaxPooling2D",
                PoolMode::Average => "AveragePooling2D",
            },
            Op::Dropout { .. } => "Dropout",
            Op::Flatten => "Flatten",
            Op::GlobalAveragePool => "GlobalAveragePooling2D",
            Op::AdaptiveAveragePool => "AdaptiveAveragePooling2D",
            Op::Dense(_) => "Dense",
            Op::Softmax => "Softmax",
        }
    }
}

impl Model {
    /// Weights, biases and running statistics of all layers.
    pub fn parameters(&self) -> u64 {
        self.layers().iter().map(Layer::parameters).sum()
    }

    /// Those of the [`parameters`](Self::parameters) that gradients change.
    pub fn trainable(&self) -> u64 {
        self.layers().iter().map(Layer::trainable_parameters).sum()
    }

    /// Multiply-accumulates of a forward pass over one image.
    pub fn macs(&self) -> u64 {
        self.layers().iter().map(Layer::macs).sum()
    }
}
