//! The memory that a network runs in: one block of floats, laid out by the compiler.
//!
//! A plan gives every buffer an offset *per image*. A batch of `n` images multiplies all of them by
//! `n`, which keeps buffers apart for every batch size, so one layout serves them all.

use crate::cpu::{Cpu, CpuError};
use crate::floats::Floats;
use crate::kernels::Scratch;
use crate::pass::{Mode, Pass};

pub use crate::floats::OutOfMemory;

/// Where a buffer lies, in floats per image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// The offset in inference.
    pub inference: usize,
    /// The offset in training.
    pub training: usize,
    /// The offset in training of the gradient of the loss by what lies in this slot.
    pub gradient: usize,
}

impl Slot {
    /// Offsets in inference, in training, and of the gradient.
    pub const fn new(inference: usize, training: usize, gradient: usize) -> Slot {
        Slot { inference, training, gradient }
    }
}

/// How large an arena is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArenaSize {
    /// Floats per image in inference.
    pub inference: usize,
    /// Floats per image in training.
    pub training: usize,
    /// Floats for the batch statistics of norms, whatever the batch.
    pub statistics: usize,
}

/// The memory of a network: its arena, the batch statistics of its norms, and scratch for kernels.
///
/// It is taken once and used for any number of passes.
///
/// ```
/// use vgg_runtime::arena::{ArenaSize, Memory, Slot};
/// use vgg_runtime::pass::Mode;
///
/// let size = ArenaSize { inference: 32, training: 64, statistics: 0 };
/// let mut memory = Memory::inference(size, 8);
/// let mut pass = memory.pass(5, Mode::Inference); // five images, of the eight that there is room for
/// pass.values_mut(Slot::new(16, 0, 0), 10).fill(1.0);
/// assert_eq!(pass.values(Slot::new(16, 0, 0), 10).len(), 50);
/// ```
#[derive(Debug)]
pub struct Memory {
    floats: Floats,
    statistics: Floats,
    scratch: Scratch,
    size: ArenaSize,
}

impl Memory {
    /// Memory for inference on up to `batch` images.
    ///
    /// # Panics
    /// If there is not so much memory; [`try_inference`](Memory::try_inference) returns the error.
    pub fn inference(size: ArenaSize, batch: usize) -> Memory {
        Memory::try_inference(size, batch).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Memory for training on up to `batch` images at once, and for inference on as many.
    ///
    /// # Panics
    /// If there is not so much memory; [`try_training`](Memory::try_training) returns the error.
    pub fn training(size: ArenaSize, batch: usize) -> Memory {
        Memory::try_training(size, batch).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Memory for inference on up to `batch` images.
    ///
    /// # Errors
    /// If there is not so much memory, or `VGG_CPU` asks for what this machine has not.
    pub fn try_inference(size: ArenaSize, batch: usize) -> Result<Memory, MemoryError> {
        Memory::new(size, size.inference, 0, batch)
    }

    /// Memory for training on up to `batch` images at once, and for inference on as many.
    ///
    /// # Errors
    /// If there is not so much memory, or `VGG_CPU` asks for what this machine has not.
    pub fn try_training(size: ArenaSize, batch: usize) -> Result<Memory, MemoryError> {
        Memory::new(size, size.training.max(size.inference), size.statistics, batch)
    }

    fn new(
        size: ArenaSize,
        per_image: usize,
        statistics: usize,
        batch: usize,
    ) -> Result<Memory, MemoryError> {
        Cpu::selected()?;
        Ok(Memory {
            floats: Floats::zeros(per_image.saturating_mul(batch))?,
            statistics: Floats::zeros(statistics)?,
            scratch: Scratch::default(),
            size,
        })
    }

    /// Says that all passes are by a network whose weights stay as they are, and where they are: then packed
    /// weights are kept.
    pub(crate) fn for_fixed_weights(mut self) -> Memory {
        self.scratch.keep_packs(true);
        self
    }

    /// Begins a pass over `batch` images. What earlier passes left behind is still there.
    ///
    /// # Panics
    /// If the memory was taken for fewer images, or for inference and the pass is to train.
    pub fn pass(&mut self, batch: usize, mode: Mode) -> Pass<'_> {
        let (per_image, statistics) = match mode {
            Mode::Inference => (self.size.inference, 0),
            Mode::Training { .. } => (self.size.training, self.size.statistics),
        };
        let (floats, held) = (self.floats.as_mut_slice(), self.statistics.as_mut_slice());
        assert!(
            per_image.saturating_mul(batch) <= floats.len() && statistics <= held.len(),
            "a pass over {batch} images in {mode:?} needs more than the {} floats of its memory",
            floats.len(),
        );
        Pass::new(floats, held, &mut self.scratch, batch, mode)
    }
}

/// Why there is no memory to run a network in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MemoryError {
    /// There is not enough.
    #[error(transparent)]
    OutOfMemory(#[from] OutOfMemory),
    /// Kernels that this machine cannot run were asked for.
    #[error(transparent)]
    Cpu(#[from] CpuError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_at_a_cache_line() {
        let mut memory = Memory::training(ArenaSize { inference: 8, training: 24, statistics: 5 }, 3);
        let pass = memory.pass(3, Mode::Training { seed: 0, step: 0 });
        assert_eq!(pass.values(Slot::new(0, 0, 0), 24).as_ptr() as usize % 64, 0);
        assert_eq!(pass.statistics(0, 5), [0.0; 5]);
    }

    #[test]
    fn too_much_memory_is_an_error() {
        let size = ArenaSize { inference: usize::MAX / 8, training: 1 << 50, statistics: 0 };
        assert!(Memory::try_inference(size, 1).is_err());
        let error = Memory::try_training(size, usize::MAX).unwrap_err();
        assert!(error.to_string().contains("GiB"), "{error}");
    }

    #[test]
    #[should_panic(expected = "needs more than the 32 floats of its memory")]
    fn a_pass_that_does_not_fit_is_refused() {
        Memory::inference(ArenaSize { inference: 16, training: 16, statistics: 0 }, 2)
            .pass(3, Mode::Inference);
    }
}
