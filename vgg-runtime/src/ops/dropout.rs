//! Dropout.

use super::reshape::copy;
use crate::arena::Slot;
use crate::geometry::Extent;
use crate::kernels::dropout;
use crate::pass::{Buffer, Mode, Pass};
use crate::random::Stream;

/// Sets a share of the values to zero in training, and scales up the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DropoutOp {
    /// What is read and written.
    pub extent: Extent,
    /// The share that is set to zero, at least 0 and less than 1.
    pub rate: f32,
    /// The number of the step in the network, of which the random numbers are a function.
    pub stream: u32,
    /// What is read.
    pub from: Slot,
    /// What is written; may be the same.
    pub to: Slot,
    /// Whether the gradient by the input is wanted.
    pub needs_input_gradient: bool,
}

impl DropoutOp {
    /// Drops values in training; in inference, copies them if they are to lie elsewhere.
    pub fn forward(&self, pass: &mut Pass<'_>) {
        let [from, to] = [self.from, self.to].map(|slot| Buffer::values(slot, self.extent.stored()));
        copy(pass, from, to);
        if let Mode::Training { seed, step } = pass.mode() {
            let stream = Stream::new(seed, step, self.stream);
            let values = pass.values_mut(self.to, self.extent.stored());
            dropout::apply(self.rate, stream, self.extent, values);
        }
    }

    /// Drops the gradients of the values that were dropped.
    pub fn backward(&self, pass: &mut Pass<'_>) {
        let Mode::Training { seed, step } = pass.mode() else { return };
        if self.needs_input_gradient {
            let [from, to] = [self.from, self.to].map(|slot| Buffer::gradient(slot, self.extent.stored()));
            copy(pass, to, from);
            let stream = Stream::new(seed, step, self.stream);
            let gradient = pass.gradient_mut(self.from, self.extent.stored());
            dropout::apply(self.rate, stream, self.extent, gradient);
        }
    }
}
