//! Memory for what kernels compute in between.

use crate::arena::Floats;

/// Memory for what kernels compute in between; it grows to the most that was ever asked for, and is kept.
#[derive(Debug, Default)]
pub struct Scratch {
    floats: Floats,
}

impl Scratch {
    /// `length` floats at a multiple of 64 bytes, with whatever was left in them.
    pub(crate) fn floats(&mut self, length: usize) -> &mut [f32] {
        self.floats.at_least(length)
    }
}
