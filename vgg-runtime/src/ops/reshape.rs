//! Steps that leave values as they are, and put them elsewhere.

use crate::arena::Slot;
use crate::geometry::MapShape;
use crate::kernels::layout;
use crate::pass::{Buffer, Pass};

/// Maps to a vector: channel by channel, row by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlattenOp {
    /// The shape of the maps.
    pub input: MapShape,
    /// What is read.
    pub from: Slot,
    /// What is written.
    pub to: Slot,
    /// Whether the gradient by the input is wanted.
    pub needs_input_gradient: bool,
}

impl FlattenOp {
    /// Takes the values out of their blocks.
    pub fn forward(&self, pass: &mut Pass<'_>) {
        let from = Buffer::values(self.from, self.input.stored());
        let to = Buffer::values(self.to, self.input.elements());
        let [maps, vectors] = pass.workspace([from, to]).buffers;
        layout::unpack(self.input, maps, vectors);
    }

    /// Puts the gradient into blocks.
    pub fn backward(&self, pass: &mut Pass<'_>) {
        if self.needs_input_gradient {
            let from = Buffer::gradient(self.from, self.input.stored());
            let to = Buffer::gradient(self.to, self.input.elements());
            let [maps, vectors] = pass.workspace([from, to]).buffers;
            layout::pack(self.input, vectors, maps);
        }
    }
}

/// Copies one buffer to another, unless they are the same.
pub(super) fn copy(pass: &mut Pass<'_>, from: Buffer, to: Buffer) {
    if !pass.is_same(from, to) {
        let [from, to] = pass.workspace([from, to]).buffers;
        to.copy_from_slice(from);
    }
}
