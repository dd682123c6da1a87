//! An activation on its own.

use super::reshape::copy;
use crate::activation::Activation;
use crate::arena::Slot;
use crate::kernels::activation;
use crate::pass::{Buffer, Pass};

/// An activation that is fused into no other step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ActivationOp {
    /// The number of values of an image.
    pub elements: usize,
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
        let [from, to] = [self.from, self.to].map(|slot| Buffer::values(slot, self.elements));
        copy(pass, from, to);
        activation::forward_in_place(self.activation, pass.values_mut(self.to, self.elements));
    }

    /// Computes the gradient by the input.
    pub fn backward(&self, pass: &mut Pass<'_>) {
        if !self.needs_input_gradient {
            return;
        }
        let [from, to] = [self.from, self.to].map(|slot| Buffer::gradient(slot, self.elements));
        copy(pass, to, from);
        let at = if self.activation.needs_input() { self.from } else { self.to };
        let [at, gradient] = pass.workspace([Buffer::values(at, self.elements), from]).buffers;
        activation::multiply_derivative(self.activation, at, gradient);
    }
}
