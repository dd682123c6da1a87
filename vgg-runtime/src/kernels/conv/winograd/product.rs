//! Products of transformed tiles and transformed weights, one frequency at a time.

use crate::geometry::LANES;
use crate::kernels::simd::Simd;

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
}

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
        let parts = self.count.div_ceil(S::ROWS);
        // The weights of the next frequency lie behind those of this one.
        let ahead = self.blocks * LANES * LANES;
        let lines = LANES.div_ceil(parts);
        for part in 0..parts {
            let first = part * self.count / parts;
            let rows = (part + 1) * self.count / parts - first;
            // SAFETY: the part lies within what the caller gives.
            unsafe {
                let part =
                    Product { tiles: self.tiles.add(first * LANES), to: self.to.add(first * LANES), ..*self };
                let next =
                    Next { weights: self.weights.wrapping_add(ahead + part_lines(first, self.count)), lines };
                match columns {
                    2 if S::COLUMNS >= 2 => part.of_rows::<S, 2>(simd, rows, next),
                    _ => part.of_rows::<S, 1>(simd, rows, next),
                }
            }
        }
    }

    /// # Safety
    /// As [`compute`](Product::compute).
    #[inline(always)]
    unsafe fn of_rows<S: Simd, const N: usize>(&self, simd: S, rows: usize, next: Next) {
        macro_rules! of {
            ($($rows:literal)*) => {
                match rows {
                    // SAFETY: as the caller says.
                    $($rows if $rows <= S::ROWS => unsafe { self.tile::<S, $rows, N>(simd, next) },)*
                    _ => unreachable!("at most as many rows as fit into the registers"),
                }
            };
        }
        of!(1 2 3 4 5 6 7 8 9 10 11 12 13 14)
    }

    /// # Safety
    /// As [`compute`](Product::compute).
    #[inline(always)]
    unsafe fn tile<S: Simd, const R: usize, const N: usize>(&self, simd: S, next: Next) {
        let mut sums = [[simd.zero(); N]; R];
        let (mut tiles, mut weights, mut next_weights) = (self.tiles, self.weights, next.weights);
        for _ in 0..self.blocks {
            for line in 0..next.lines {
                simd.prefetch(next_weights.wrapping_add(line * LANES));
            }
            for channel in 0..LANES {
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
            tiles = tiles.wrapping_add(self.block);
            weights = weights.wrapping_add(LANES * LANES);
            next_weights = next_weights.wrapping_add(LANES * LANES);
        }
        for (row, sums) in sums.into_iter().enumerate() {
            for (column, sum) in sums.into_iter().enumerate() {
                // SAFETY: as the caller says.
                unsafe { simd.store(sum, self.to.add(column * self.to_block + row * LANES)) };
            }
        }
    }
}

/// Weights that will be needed soon: some lines of each block of channels.
#[derive(Clone, Copy)]
struct Next {
    weights: *const f32,
    lines: usize,
}

/// Where the lines begin that a part from a tile on asks for: all parts together ask for all lines.
#[inline(always)]
fn part_lines(first: usize, count: usize) -> usize {
    first * LANES / count * LANES
}
