//! Dense layer, norm and activation as one step.

use super::linear::TailSettings;
use super::{Gradients, Weights, norm};
use crate::activation::Activation;
use crate::arena::Slot;
use crate::geometry::{Extent, Norm};
use crate::kernels::dense::{self, DenseShape};
use crate::pass::{Buffer, Pass, Workspace};

/// A dense layer with what is fused behind it: a norm, an activation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DenseOp {
    /// The number of values that come in.
    pub features: usize,
    /// The number of values that go out.
    pub units: usize,
    /// The norm behind the layer.
    pub norm: Option<Norm>,
    /// The activation behind those.
    pub activation: Activation,
    /// What is read.
    pub from: Slot,
    /// What is written.
    pub to: Slot,
    /// Where the sums are kept in training. There must be one if there is a norm, or an activation whose
    /// derivative [needs its input](Activation::needs_input).
    pub linear: Option<Slot>,
    /// Where the norm's batch means and variances go: see [`Pass::statistics`].
    pub statistics: usize,
    /// Whether the gradient by the input is wanted.
    pub needs_input_gradient: bool,
    /// Whether training leaves the weights as they are: then no gradient by them is computed.
    pub frozen: bool,
}

impl DenseOp {
    /// Computes what goes out.
    pub fn forward(&self, pass: &mut Pass<'_>, weights: Weights<'_>) {
        let tail = self.tail().bind(pass, weights);
        let (shape, epilogue) = (self.shape(pass), tail.epilogue());
        let sums = Buffer::values(tail.sums(), self.units);
        let Workspace { buffers: [input, sums], scratch, .. } = pass.workspace([self.input_values(), sums]);
        dense::forward(shape, input, weights.weight, epilogue, sums, scratch);
        tail.forward(pass);
    }

    /// Computes the gradients by input and weights.
    pub fn backward(&self, pass: &mut Pass<'_>, weights: Weights<'_>, gradients: Gradients<'_>) {
        let shape = self.shape(pass);
        let bias = gradients.bias.filter(|_| !self.frozen);
        self.tail().bind(pass, weights).backward(pass, bias, gradients.norm);
        let by_sums = Buffer::gradient(self.to, self.units);
        if !self.frozen {
            let Workspace { buffers: [input, gradient], scratch, .. } =
                pass.workspace([self.input_values(), by_sums]);
            dense::weight_gradient(shape, input, gradient, gradients.weight, scratch);
        }
        if self.needs_input_gradient {
            let by_input = Buffer::gradient(self.from, self.features);
            let Workspace { buffers: [gradient, input_gradient], scratch, .. } =
                pass.workspace([by_sums, by_input]);
            dense::input_gradient(shape, gradient, weights.weight, input_gradient, scratch);
        }
    }

    /// Moves the norm's running statistics towards those of the batch; without a norm, does nothing.
    pub fn update_statistics(&self, pass: &Pass<'_>, mean: &mut [f32], variance: &mut [f32]) {
        if let Some(norm) = self.norm {
            norm::update_statistics(norm, self.statistics, 1, pass, mean, variance);
        }
    }

    /// What comes in.
    fn input_values(&self) -> Buffer {
        Buffer::values(self.from, self.features)
    }

    fn shape(&self, pass: &Pass<'_>) -> DenseShape {
        DenseShape { batch: pass.batch(), features: self.features, units: self.units }
    }

    fn tail(&self) -> TailSettings {
        TailSettings {
            norm: self.norm,
            statistics: self.statistics,
            activation: self.activation,
            linear: self.linear,
            activated: self.to,
            extent: Extent::Vector(self.units),
        }
    }
}
