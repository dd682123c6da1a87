//! What convolutions and dense layers have in common: the norm and the activation behind their sums.

use super::norm::BoundNorm;
use super::{NormGradients, Weights};
use crate::activation::Activation;
use crate::arena::Slot;
use crate::geometry::{Extent, Norm};
use crate::kernels::channels::Channels;
use crate::kernels::{Epilogue, activation, channels};
use crate::pass::{Buffer, Pass};

/// The end of a fused step: from the sums to the activated values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tail<'w> {
    bias: Option<&'w [f32]>,
    norm: Option<BoundNorm<'w>>,
    activation: Activation,
    layout: Channels,
    /// Where the sums lie if they are kept, which they are only in training.
    linear: Option<Slot>,
    /// Where the activated values go.
    activated: Slot,
}

/// The settings of a step that its tail depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct TailSettings {
    pub(super) norm: Option<Norm>,
    pub(super) statistics: usize,
    pub(super) activation: Activation,
    pub(super) linear: Option<Slot>,
    pub(super) activated: Slot,
    pub(super) extent: Extent,
}

impl TailSettings {
    /// The tail of a step in a pass.
    pub(super) fn bind<'w>(self, pass: &Pass<'_>, weights: Weights<'w>) -> Tail<'w> {
        let TailSettings { activation, activated, extent, .. } = self;
        let layout = Channels::new(pass.batch(), extent);
        let norm = match (self.norm, weights.norm) {
            (Some(norm), Some(weights)) => {
                Some(BoundNorm { norm, weights, layout, statistics: self.statistics })
            }
            (None, None) => None,
            (Some(_), None) => panic!("this step has a norm, but was given none"),
            (None, Some(_)) => panic!("this step has no norm, but was given one"),
        };
        let linear = self.linear.filter(|_| pass.is_training());
        let needed = pass.is_training() && (norm.is_some() || activation.needs_input());
        assert!(linear.is_some() || !needed, "this step needs a slot for its sums in training");
        Tail { bias: weights.bias, norm, activation, layout, linear, activated }
    }
}

impl<'w> Tail<'w> {
    /// Where the sums go.
    pub(super) fn sums(&self) -> Slot {
        self.linear.unwrap_or(self.activated)
    }

    /// What is done to the sums before they are stored: all there is, unless they are kept as they are.
    pub(super) fn epilogue(&self) -> Epilogue<'w> {
        match self.linear {
            Some(_) => Epilogue { bias: self.bias, norm: None, activation: Activation::None },
            None => Epilogue {
                bias: self.bias,
                norm: self.norm.map(BoundNorm::with_running_statistics),
                activation: self.activation,
            },
        }
    }

    /// Does what the epilogue left to do.
    pub(super) fn forward(&self, pass: &mut Pass<'_>) {
        match (self.linear, self.norm) {
            (None, _) => {}
            (Some(linear), Some(norm)) => norm.forward(pass, self.activation, linear, self.activated),
            (Some(linear), None) => {
                let buffers = [linear, self.activated].map(|slot| Buffer::values(slot, self.elements()));
                let [sums, activated] = pass.workspace(buffers).buffers;
                activation::forward(self.activation, self.layout, sums, activated);
            }
        }
    }

    /// Turns the gradient by the activated values into that by the sums, in place, and computes those by
    /// the norm's weights and by the bias.
    pub(super) fn backward(
        &self,
        pass: &mut Pass<'_>,
        bias: Option<&mut [f32]>,
        norm_gradients: Option<NormGradients<'_>>,
    ) {
        match (self.norm, self.linear, norm_gradients) {
            (Some(norm), Some(linear), Some(gradients)) => {
                norm.backward(pass, self.activation, linear, self.activated, gradients);
            }
            (Some(_), ..) => panic!("a step with a norm needs a place for its gradients"),
            (None, ..) => return self.activation_backward(pass, bias),
        }
        self.bias_gradient(pass, bias);
    }

    /// The gradient by the bias out of that by the sums.
    fn bias_gradient(&self, pass: &Pass<'_>, bias: Option<&mut [f32]>) {
        if let Some(bias) = bias {
            channels::sum(self.layout, pass.gradient(self.activated, self.elements()), bias);
        }
    }

    /// [`backward`](Tail::backward) without a norm.
    fn activation_backward(&self, pass: &mut Pass<'_>, bias: Option<&mut [f32]>) {
        if self.activation == Activation::None {
            return self.bias_gradient(pass, bias);
        }
        let at = if self.activation.needs_input() { self.sums() } else { self.activated };
        let buffers =
            [Buffer::values(at, self.elements()), Buffer::gradient(self.activated, self.elements())];
        let [at, gradient] = pass.workspace(buffers).buffers;
        match bias {
            Some(bias) => {
                channels::multiply_derivative_and_sum(self.layout, self.activation, at, gradient, bias);
            }
            None => activation::multiply_derivative(self.activation, at, gradient),
        }
    }

    /// The number of floats of one image.
    fn elements(&self) -> usize {
        self.layout.extent().stored()
    }
}
