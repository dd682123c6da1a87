//! Products of transformed tiles and transformed weights, one frequency at a time.

use crate::geometry::LANES;
use crate::kernels::simd::Simd;
use std::ops::Range;

/// One product of matrices: `[tile, channel]`, the channels in blocks, times `[channel, target]`.
#[derive(Clone, Copy)]
pub(super) struct Product {
    /// Transformed tiles of one frequency, `[block of channels, tile, channel]`.
    pub(super) tiles: *const f32,
    /// The floats from one block of channels to the next.
    pub(super) block: usize,
    /// The blocks of channels.
    pub(super) blocks: usize,
    /// The number of tiles.
    pub(super) count: usize,
    /// Transformed weights of one frequency, `[channel, target]`.
    pub(super) weights: *const f32,
    /// The floats from one block of targets to the next.
    pub(super) weights_block: usize,
    /// Where the products go, `[tile, target]`.
    pub(super) to: *mut f32,
    /// The floats from one block of targets to the next.
    pub(super) to_block: usize,
    /// Whether the products are added to what is there.
    pub(super) adds: bool,
    /// What the next product will read.
    pub(super) next: Next,
}

/// What is asked for while something else is multiplied.
#[derive(Clone, Copy)]
pub(super) enum Next {
    /// As many tiles as those of this product, and as far apart.
    Tiles(*const f32),
    /// As many weights as those of this product.
    Weights(*const f32),
}

/// Channels that are multiplied without a branch in between.
const UNROLLED: usize = 4;

/// Parts that ask for what the next product will read: the last of a product, so that it is still there then.
const ASKING: usize = 6;

impl Product {
    /// Multiplies by `columns` blocks of targets, 1 or as many as registers are best used with.
    ///
    /// Every product is summed up channel by channel, however many tiles are taken at once: it does not depend on
    /// how tiles are shared out.
    ///
    /// # Safety
    /// All that the fields say can be read, and written by no one else.
    #[inline(always)]
    pub(super) unsafe fn compute<S: Simd>(&self, simd: S, columns: usize) {
        // Parts that are as even as can be: some have one row more.
        let parts = self.count.div_ceil(S::ROWS);
        let (rows, longer) = (self.count / parts.max(1), self.count % parts.max(1));
        // SAFETY: these are all tiles that the caller gives.
        unsafe {
            match columns {
                2 if S::COLUMNS >= 2 => {
                    self.parts::<S, 2>(simd, rows + 1, 0..longer, parts);
                    self.parts::<S, 2>(simd, rows, longer..parts, parts);
                }
                _ => {
                    self.parts::<S, 1>(simd, rows + 1, 0..longer, parts);
                    self.parts::<S, 1>(simd, rows, longer..parts, parts);
                }
            }
        }
    }

    /// Multiplies some of the parts, of so many rows each; those before them have one row more.
    ///
    /// # Safety
    /// As [`compute`](Product::compute).
    #[inline(always)]
    unsafe fn parts<S: Simd, const N: usize>(&self, simd: S, rows: usize, range: Range<usize>, parts: usize) {
        let before = range.start * (rows + 1);
        macro_rules! of {
            ($($rows:literal)*) => {
                match rows {
                    $($rows if $rows <= S::ROWS => for (number, part) in range.enumerate() {
                        let offset = (before + number * $rows) * LANES;
                        // SAFETY: as the caller says; the part lies within the tiles.
                        unsafe {
                            let (tiles, to) = (self.tiles.add(offset), self.to.add(offset));
                            let next = self.next.of_part(part, parts, self.block, offset);
                            Product { tiles, to, ..*self }.tile::<S, $rows, N>(simd, next);
                        }
                    },)*
                    _ => debug_assert!(range.is_empty(), "at most as many rows as fit into the registers"),
                }
            };
        }
        of!(1 2 3 4 5 6 7 8 9 10 11 12 13 14);
    }

    /// # Safety
    /// As [`compute`](Product::compute).
    #[inline(always)]
    unsafe fn tile<S: Simd, const R: usize, const N: usize>(&self, simd: S, next: Ahead) {
        let mut sums = [[simd.zero(); N]; R];
        if self.adds {
            for (row, sums) in sums.iter_mut().enumerate() {
                for (column, sum) in sums.iter_mut().enumerate() {
                    // SAFETY: as the caller says.
                    *sum = unsafe { simd.load(self.to.add(column * self.to_block + row * LANES)) };
                }
            }
        }
        let (mut tiles, mut weights, mut ahead) = (self.tiles, self.weights, next.from);
        for _ in 0..self.blocks {
            for some in 0..LANES / UNROLLED {
                if next.some {
                    simd.prefetch(ahead.wrapping_add(some * LANES));
                }
                if next.all {
                    for line in 1..UNROLLED {
                        simd.prefetch(ahead.wrapping_add((some + line * LANES / UNROLLED) * LANES));
                    }
                }
                for channel in some * UNROLLED..(some + 1) * UNROLLED {
                    // SAFETY: the channel is one of a block, of which there are so many.
                    unsafe {
                        let mut weight = [simd.zero(); N];
                        for (column, weight) in weight.iter_mut().enumerate() {
                            *weight = simd.load(weights.add(column * self.weights_block + channel * LANES));
                        }
                        for (row, sums) in sums.iter_mut().enumerate() {
                            let value = simd.splat(*tiles.add(row * LANES + channel));
                            for (sum, weight) in sums.iter_mut().zip(weight) {
                                *sum = simd.mul_add(value, weight, *sum);
                            }
                        }
                    }
                }
            }
            tiles = tiles.wrapping_add(self.block);
            weights = weights.wrapping_add(LANES * LANES);
            ahead = ahead.wrapping_add(next.step);
        }
        for (row, sums) in sums.into_iter().enumerate() {
            for (column, sum) in sums.into_iter().enumerate() {
                // SAFETY: as the caller says.
                unsafe { simd.store(sum, self.to.add(column * self.to_block + row * LANES)) };
            }
        }
    }
}

impl Next {
    /// What one part of a product asks for, whose tiles lie `offset` behind the first.
    #[inline(always)]
    fn of_part(self, part: usize, parts: usize, block: usize, offset: usize) -> Ahead {
        match self {
            Next::Tiles(from) => {
                Ahead { from: from.wrapping_add(offset), step: block, some: true, all: false }
            }
            Next::Weights(from) => {
                // The parts take turns with the lines of each block of channels.
                let line = part * LANES / UNROLLED % LANES;
                Ahead {
                    from: from.wrapping_add(line * LANES),
                    step: LANES * LANES,
                    some: part + ASKING >= parts,
                    all: parts < UNROLLED && part == 0,
                }
            }
        }
    }
}

/// Cache lines that will be needed soon: for each block of channels, one with every few channels that are multiplied.
#[derive(Clone, Copy)]
struct Ahead {
    /// The first of the first block.
    from: *const f32,
    /// The floats from one block of channels to the next.
    step: usize,
    /// Whether these lines are asked for.
    some: bool,
    /// Whether all sixteen lines of a block are asked for.
    all: bool,
}
