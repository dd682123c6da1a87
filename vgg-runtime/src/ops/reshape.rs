//! Steps that leave values as they are, and at most put them elsewhere.

use crate::arena::Slot;
use crate::pass::{Buffer, Pass};

/// Maps to a vector: channel by channel, row by row, the order in which they lie anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlattenOp {
    /// The number of values of an image.
    pub elements: usize,
    /// What is read.
    pub from: Slot,
    /// What is written; may be the same.
    pub to: Slot,
    /// Whether the gradient by the input is wanted.
    pub needs_input_gradient: bool,
}

impl FlattenOp {
    /// Copies the values if they are to lie elsewhere.
    pub fn forward(&self, pass: &mut Pass<'_>) {
        let [from, to] = [self.from, self.to].map(|slot| Buffer::values(slot, self.elements));
        copy(pass, from, to);
    }

    /// Copies the gradient if it is to lie elsewhere.
    pub fn backward(&self, pass: &mut Pass<'_>) {
        if self.needs_input_gradient {
            let [from, to] = [self.from, self.to].map(|slot| Buffer::gradient(slot, self.elements));
            copy(pass, to, from);
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
