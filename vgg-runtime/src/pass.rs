//! One pass over a batch: forward, and in training backward.

use crate::arena::Slot;
use crate::kernels::Scratch;

/// What a pass is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Only the logits are wanted: norms use their running statistics, dropout does nothing.
    Inference,
    /// A backward pass follows: norms use the statistics of the batch, dropout drops.
    Training {
        /// The seed of the run, of which dropout masks are a function.
        seed: u64,
        /// The number of the step, of which they are another.
        step: u64,
    },
}

/// One pass over a batch of images, and the memory that it runs in.
///
/// [`Memory::pass`](crate::arena::Memory::pass) begins one. The images go into the network's input
/// slot; [`Network::forward`](crate::network::Network::forward) then fills the slots of all layers.
#[derive(Debug)]
pub struct Pass<'a> {
    floats: &'a mut [f32],
    statistics: &'a mut [f32],
    scratch: &'a mut Scratch,
    batch: usize,
    mode: Mode,
}

/// What a step works on: some buffers of the arena, none of which overlaps another, the batch
/// statistics, and scratch.
pub(crate) struct Workspace<'p, const N: usize> {
    pub(crate) buffers: [&'p mut [f32]; N],
    pub(crate) statistics: &'p mut [f32],
    pub(crate) scratch: &'p mut Scratch,
}

/// A buffer of the arena, in floats per image.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Buffer {
    place: Place,
    elements: usize,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Values(Slot),
    Gradient(Slot),
}

impl Buffer {
    /// What lies in a slot: `elements` floats an image.
    pub(crate) fn values(slot: Slot, elements: usize) -> Buffer {
        Buffer { place: Place::Values(slot), elements }
    }

    /// The gradient by what lies in a slot.
    pub(crate) fn gradient(slot: Slot, elements: usize) -> Buffer {
        Buffer { place: Place::Gradient(slot), elements }
    }
}

impl<'a> Pass<'a> {
    pub(crate) fn new(
        floats: &'a mut [f32],
        statistics: &'a mut [f32],
        scratch: &'a mut Scratch,
        batch: usize,
        mode: Mode,
    ) -> Pass<'a> {
        Pass { floats, statistics, scratch, batch, mode }
    }

    /// The number of images.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// What the pass is for.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether a backward pass follows.
    pub fn is_training(&self) -> bool {
        matches!(self.mode, Mode::Training { .. })
    }

    /// What lies in a slot: `elements` floats for each image, one image behind the other.
    pub fn values(&self, slot: Slot, elements: usize) -> &[f32] {
        &self.floats[self.range(Buffer::values(slot, elements))]
    }

    /// What lies in a slot, to be changed.
    pub fn values_mut(&mut self, slot: Slot, elements: usize) -> &mut [f32] {
        let range = self.range(Buffer::values(slot, elements));
        &mut self.floats[range]
    }

    /// What lies in a slot, for as long as the memory is borrowed.
    pub fn into_values(self, slot: Slot, elements: usize) -> &'a [f32] {
        let range = self.range(Buffer::values(slot, elements));
        &self.floats[range]
    }

    /// The gradient by what lies in a slot, laid out like that.
    ///
    /// # Panics
    /// In inference, where there are no gradients.
    pub fn gradient(&self, slot: Slot, elements: usize) -> &[f32] {
        &self.floats[self.range(Buffer::gradient(slot, elements))]
    }

    /// The gradient by what lies in a slot, to be changed.
    ///
    /// # Panics
    /// In inference, where there are no gradients.
    pub fn gradient_mut(&mut self, slot: Slot, elements: usize) -> &mut [f32] {
        let range = self.range(Buffer::gradient(slot, elements));
        &mut self.floats[range]
    }

    /// What lies in a slot, and the gradient by it, to be changed: what a loss works on.
    ///
    /// # Panics
    /// In inference, where there are no gradients, and if the two overlap.
    pub fn values_and_gradient(&mut self, slot: Slot, elements: usize) -> (&[f32], &mut [f32]) {
        let buffers = [Buffer::values(slot, elements), Buffer::gradient(slot, elements)];
        let [values, gradient] = self.workspace(buffers).buffers;
        (values, gradient)
    }

    /// The batch statistics of a norm over `channels` channels: their means, then their variances
    /// (divided by the number of values, not by one less).
    pub fn statistics(&self, offset: usize, floats: usize) -> &[f32] {
        &self.statistics[offset..][..floats]
    }

    /// Several buffers at once.
    ///
    /// # Panics
    /// If two of them overlap, or one reaches beyond the arena. Offsets come from the planner, never from
    /// a user.
    pub(crate) fn workspace<const N: usize>(&mut self, buffers: [Buffer; N]) -> Workspace<'_, N> {
        let ranges = buffers.map(|buffer| self.range(buffer));
        match self.floats.get_disjoint_mut(ranges.clone()) {
            Ok(buffers) => Workspace { buffers, statistics: self.statistics, scratch: self.scratch },
            Err(error) => panic!("buffers {ranges:?} of a step: {error}"),
        }
    }

    /// Whether two buffers are one and the same in this pass.
    pub(crate) fn is_same(&self, a: Buffer, b: Buffer) -> bool {
        self.range(a) == self.range(b)
    }

    /// Where a buffer lies in this pass.
    fn range(&self, buffer: Buffer) -> std::ops::Range<usize> {
        let offset = match (buffer.place, self.mode) {
            (Place::Values(slot), Mode::Inference) => slot.inference,
            (Place::Values(slot), Mode::Training { .. }) => slot.training,
            (Place::Gradient(slot), Mode::Training { .. }) => slot.gradient,
            (Place::Gradient(_), Mode::Inference) => panic!("there are no gradients in inference"),
        };
        self.batch * offset..self.batch * (offset + buffer.elements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arena::{ArenaSize, Memory};

    const TRAINING: Mode = Mode::Training { seed: 0, step: 0 };

    fn memory() -> Memory {
        Memory::training(ArenaSize { inference: 32, training: 64, statistics: 4 }, 3)
    }

    #[test]
    fn offsets_scale_with_the_batch() {
        let mut memory = memory();
        let slot = Slot::new(16, 32, 48);
        let mut pass = memory.pass(3, TRAINING);
        pass.values_mut(slot, 2).fill(1.0);
        pass.gradient_mut(slot, 2).fill(2.0);
        let all = pass.values(Slot::new(0, 0, 0), 64);
        assert_eq!((all[95], &all[96..103]), (0.0, &[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0][..]));
        assert_eq!((all[143], &all[144..151]), (0.0, &[2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 0.0][..]));
        let pass = memory.pass(3, Mode::Inference);
        assert_eq!(pass.into_values(slot, 16).len(), 48);
    }

    #[test]
    #[should_panic(expected = "overlap")]
    fn overlapping_buffers_are_refused() {
        let buffers = [Buffer::values(Slot::new(0, 0, 0), 17), Buffer::values(Slot::new(16, 16, 16), 4)];
        memory().pass(2, TRAINING).workspace(buffers);
    }

    #[test]
    #[should_panic(expected = "no gradients in inference")]
    fn inference_has_no_gradients() {
        memory().pass(1, Mode::Inference).gradient(Slot::new(0, 0, 0), 1);
    }
}
