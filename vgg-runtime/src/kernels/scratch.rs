//! Memory for what kernels compute in between.

use super::packs::{Packs, Purpose};
use super::pieces;
use crate::floats::Floats;

/// Memory for what kernels compute in between, packed weights among it; it grows to the most that was ever
/// asked for, and is kept.
#[derive(Debug, Default)]
pub struct Scratch {
    bench: Bench,
    packs: Packs,
}

/// Memory for what a kernel computes in between.
#[derive(Debug, Default)]
pub(super) struct Bench {
    floats: Floats,
}

/// Scratch for each thread that shares a work. Whatever was left in it is still there.
pub(super) struct Lanes<'s> {
    /// All lanes, one behind the other.
    pub(super) floats: &'s mut [f32],
    /// The floats of one.
    pub(super) each: usize,
}

impl Lanes<'_> {
    /// The number of threads that share the work.
    pub(super) fn count(&self) -> usize {
        self.floats.len().checked_div(self.each).unwrap_or(1).max(1)
    }

    /// The same lanes, to be used before these are used once more.
    pub(super) fn again(&mut self) -> Lanes<'_> {
        Lanes { floats: &mut *self.floats, each: self.each }
    }
}

impl Scratch {
    /// Says whether weights stay as they are, and where they are, from now on: then packed weights are kept.
    pub fn keep_packs(&mut self, keeps: bool) {
        self.packs.keeps = keeps;
    }

    /// Whether packed weights are kept.
    pub(super) fn keeps_packs(&self) -> bool {
        self.packs.keeps
    }

    /// Packed weights, `length` floats, and memory for the kernel that reads them. `fill` packs them if that
    /// has not been done.
    pub(super) fn packed(
        &mut self,
        weight: &[f32],
        purpose: Purpose,
        length: usize,
        fill: impl FnOnce(&mut [f32]),
    ) -> (&[f32], &mut Bench) {
        (self.packs.get(weight, purpose, length, fill), &mut self.bench)
    }

    /// Memory for a kernel that reads no packed weights.
    pub(super) fn bench(&mut self) -> &mut Bench {
        &mut self.bench
    }

    /// Fills the first `length` floats with what is not a number, so that a kernel that reads scratch
    /// before it has written there is found out.
    pub fn poison(&mut self, length: usize) {
        self.bench.floats.at_least(length).fill(f32::NAN);
    }
}

impl Bench {
    /// At least `length` floats for all, and at least `need` for each thread that shares work on `volume`
    /// values. All begin at a multiple of 64 bytes.
    pub(super) fn floats_and_lanes(
        &mut self,
        length: usize,
        need: usize,
        volume: usize,
    ) -> (&mut [f32], Lanes<'_>) {
        const LINE: usize = 16;
        let (shared, each) = (length.next_multiple_of(LINE), need.next_multiple_of(LINE));
        let floats = self.floats.at_least(shared + each * pieces::lanes(volume));
        let (shared, floats) = floats.split_at_mut(shared);
        (&mut shared[..length], Lanes { floats, each })
    }
}
