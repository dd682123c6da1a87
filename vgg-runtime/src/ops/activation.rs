//! An activation on its own.

use super::reshape::copy;
use crate::activation::Activation;
use crate::arena::Slot;
use crate::geometry::Extent;
use crate::kernels::activation;
use crate::kernels::channels::Channels;
use crate::pass::{Buffer, Pass};

/// An activation that is fused into no other step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ActivationOp {
    /// What is read and written.
    pub extent: Extent,
    /// What is applied.
    pub activation: Activation,
    /// What is read.
    pub from: Slot,
    /// What is written; may be the same, in training only if the derivative does not
    /// [need the input](Activation::needs_input).
    pub to: Slot,
    /// Whether the gradient by the input is wanted.
    pub needs_input_gradient: bool,
}

impl ActivationOp {
    /// Applies the activation.
    pub fn forward(&self, pass: &mut Pass<'_>) {
        let [from, to] = [self.from, self.to].map(|slot| Buffer::values(slot, self.extent.stored()));
        copy(pass, from, to);
        let layout = Channels::new(pass.batch(), self.extent);
        activation::forward_in_place(self.activation, layout, pass.values_mut(self.to, self.extent.stored()));
    }

    /// Computes the gradient by the input.
    pub fn backward(&self, pass: &mut Pass<'_>) {
        if !self.needs_input_gradient {
            return;
        }
        let [from, to] = [self.from, self.to].map(|slot| Buffer::gradient(slot, self.extent.stored()));
        copy(pass, to, from);
        let at = if self.activation.needs_input() { self.from } else { self.to };
        let [at, gradient] = pass.workspace([Buffer::values(at, self.extent.stored()), from]).buffers;
        activation::multiply_derivative(self.activation, at, gradient);
    }
}
