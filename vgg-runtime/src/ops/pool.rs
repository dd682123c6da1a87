//! A pool on its own.

use crate::activation::Activation;
use crate::arena::Slot;
use crate::geometry::{MapShape, PoolWindow};
use crate::kernels::pool::{self, PoolShape};
use crate::pass::{Buffer, Pass};

/// A pool that is fused into no other step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolOp {
    /// The shape of what comes in.
    pub input: MapShape,
    /// What is taken, and from where.
    pub pool: PoolWindow,
    /// What is read.
    pub from: Slot,
    /// What is written.
    pub to: Slot,
    /// Whether the gradient by the input is wanted.
    pub needs_input_gradient: bool,
}

impl PoolOp {
    /// The shape of what goes out; `None` if the window does not fit.
    pub const fn output(&self) -> Option<MapShape> {
        self.pool.output(self.input)
    }

    /// Pools.
    pub fn forward(&self, pass: &mut Pass<'_>) {
        let (shape, output) = self.shape(pass);
        let [input, output] = pass.workspace([self.input_values(), Buffer::values(self.to, output)]).buffers;
        pool::forward(&shape, input, output);
    }

    /// Computes the gradient by the input.
    pub fn backward(&self, pass: &mut Pass<'_>) {
        self.backward_through(pass, Activation::None);
    }

    /// Computes the gradient by the input of an activation before a max-pool, if
    /// [it passes that on](pool::passes_through).
    pub(super) fn backward_through(&self, pass: &mut Pass<'_>, activation: Activation) {
        if !self.needs_input_gradient {
            return;
        }
        let (shape, output) = self.shape(pass);
        let by_output = Buffer::gradient(self.to, output);
        let by_input = Buffer::gradient(self.from, self.input.stored());
        if pass.is_same(self.input_values(), by_input) {
            let [by_output, values] = pass.workspace([by_output, by_input]).buffers;
            return pool::backward_in_place(&shape, activation, by_output, values);
        }
        let [input, by_output, by_input] = pass.workspace([self.input_values(), by_output, by_input]).buffers;
        pool::backward(&shape, activation, input, by_output, by_input);
    }

    /// What comes in.
    fn input_values(&self) -> Buffer {
        Buffer::values(self.from, self.input.stored())
    }

    /// The shapes, and how many floats of an image go out.
    fn shape(&self, pass: &Pass<'_>) -> (PoolShape, usize) {
        match PoolShape::new(pass.batch(), self.input, self.pool) {
            Some(shape) => (shape, shape.output().stored()),
            None => panic!("{:?} does not fit into {}", self.pool, self.input),
        }
    }
}
