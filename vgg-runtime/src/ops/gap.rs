//! Global average pooling.

use crate::arena::Slot;
use crate::geometry::MapShape;
use crate::kernels::pool;
use crate::pass::{Buffer, Pass};

/// The mean of each map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GapOp {
    /// The shape of what comes in.
    pub input: MapShape,
    /// What is read.
    pub from: Slot,
    /// What is written: one value a channel.
    pub to: Slot,
    /// Whether the gradient by the input is wanted.
    pub needs_input_gradient: bool,
}

impl GapOp {
    /// Takes the means.
    pub fn forward(&self, pass: &mut Pass<'_>) {
        let input = Buffer::values(self.from, self.input.stored());
        let output = Buffer::values(self.to, self.input.channels);
        let [input, output] = pass.workspace([input, output]).buffers;
        pool::global_average(self.input, input, output);
    }

    /// Computes the gradient by the input.
    pub fn backward(&self, pass: &mut Pass<'_>) {
        if self.needs_input_gradient {
            let by_output = Buffer::gradient(self.to, self.input.channels);
            let by_input = Buffer::gradient(self.from, self.input.stored());
            let [by_output, by_input] = pass.workspace([by_output, by_input]).buffers;
            pool::global_average_backward(self.input, by_output, by_input);
        }
    }
}
