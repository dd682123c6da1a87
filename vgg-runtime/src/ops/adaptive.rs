//! An average pool to maps of a given size.

use crate::arena::Slot;
use crate::geometry::MapShape;
use crate::kernels::pool::adaptive::{self, AdaptiveShape};
use crate::pass::{Buffer, Pass};

/// An average pool whose windows share the maps out among the outputs, see
/// [`kernels::pool::adaptive`](crate::kernels::pool::adaptive). Where they come out all alike, a
/// [`PoolOp`](super::PoolOp) does the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdaptiveOp {
    /// The shape of what comes in.
    pub input: MapShape,
    /// Rows and columns that go out.
    pub size: [usize; 2],
    /// What is read.
    pub from: Slot,
    /// What is written.
    pub to: Slot,
    /// Whether the gradient by the input is wanted.
    pub needs_input_gradient: bool,
}

impl AdaptiveOp {
    /// Takes the means.
    pub fn forward(&self, pass: &mut Pass<'_>) {
        let shape = self.shape(pass);
        let output = Buffer::values(self.to, shape.output().stored());
        let [input, output] =
            pass.workspace([Buffer::values(self.from, self.input.stored()), output]).buffers;
        adaptive::forward(&shape, input, output);
    }

    /// Computes the gradient by the input.
    pub fn backward(&self, pass: &mut Pass<'_>) {
        if !self.needs_input_gradient {
            return;
        }
        let shape = self.shape(pass);
        let by_output = Buffer::gradient(self.to, shape.output().stored());
        let by_input = Buffer::gradient(self.from, self.input.stored());
        let [by_output, by_input] = pass.workspace([by_output, by_input]).buffers;
        adaptive::backward(&shape, by_output, by_input);
    }

    fn shape(&self, pass: &Pass<'_>) -> AdaptiveShape {
        AdaptiveShape { batch: pass.batch(), input: self.input, size: self.size }
    }
}
