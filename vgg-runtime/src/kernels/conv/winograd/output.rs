//! From frequencies to sums, and what is done to them before they are stored.

use super::scheme::Scheme;
use super::tiles::Tile;
use crate::activation::Activation;
use crate::geometry::{LANES, MapShape};
use crate::kernels::Epilogue;
use crate::kernels::shared::Shared;
use crate::kernels::simd::Simd;

/// What is done to sums, and where they go.
#[derive(Clone, Copy)]
pub(super) struct Finish<'f> {
    pub(super) epilogue: Epilogue<'f>,
    /// The maps of sums.
    pub(super) sums: MapShape,
    /// Whether the largest of every two by two values is stored instead of all.
    pub(super) halves: bool,
    pub(super) target: Shared<'f>,
}

/// One block of channels, to be finished on vectors that fit into one register.
pub(super) struct Block<'f, S: Simd> {
    finish: Finish<'f>,
    block: usize,
    /// Channels that are no padding.
    channels: usize,
    factors: [f32; LANES],
    summands: [f32; LANES],
    simd: S,
}

impl<'f> Finish<'f> {
    /// The maps that are stored.
    fn stored(&self) -> MapShape {
        let MapShape { channels, height, width } = self.sums;
        if self.halves { MapShape::new(channels, height / 2, width / 2) } else { self.sums }
    }

    /// One block of channels.
    #[inline(always)]
    pub(super) fn block<S: Simd>(self, simd: S, block: usize) -> Block<'f, S::Narrow> {
        let [factors, summands] = self.epilogue.block(block, self.sums.channels);
        let channels = self.sums.channels - block * LANES;
        Block { finish: self, block, channels, factors, summands, simd: simd.narrow() }
    }
}

impl<S: Simd> Block<'_, S> {
    /// Turns products `[frequency, tile, channel]` into sums, finishes and stores them.
    ///
    /// # Safety
    /// Products of all frequencies, `frequency` floats apart, can be read from `products`, and no one else
    /// writes this tile.
    #[inline(always)]
    pub(super) unsafe fn store<F: Scheme<T, P>, const T: usize, const P: usize>(
        &self,
        tile: Tile,
        products: *const f32,
        frequency: usize,
        lane: usize,
    ) {
        let simd = self.simd;
        let mut rows = [[simd.zero(); P]; T];
        for column in 0..P {
            let mut along = [simd.zero(); P];
            for (index, value) in along.iter_mut().enumerate() {
                // SAFETY: as the caller says.
                *value = unsafe { simd.load(products.add((index * P + column) * frequency)) };
            }
            for (row, value) in rows.iter_mut().zip(F::sums(simd, along)) {
                row[column] = value;
            }
        }
        for (pair, rows) in rows.as_chunks::<2>().0.iter().enumerate() {
            let upper = self.finished(F::sums(simd, rows[0]), lane);
            let lower = self.finished(F::sums(simd, rows[1]), lane);
            if self.finish.halves {
                self.store_row(tile.row / 2 + pair, tile, self.largest(upper, lower), T / 2, lane);
            } else {
                self.store_row(tile.row + 2 * pair, tile, upper, T, lane);
                self.store_row(tile.row + 2 * pair + 1, tile, lower, T, lane);
            }
        }
    }

    /// What becomes of a row of sums.
    #[inline(always)]
    fn finished<const T: usize>(&self, mut sums: [S::Vector; T], lane: usize) -> [S::Vector; T] {
        let simd = self.simd;
        // SAFETY: a narrow vector from a lane on lies in the sixteen values.
        let (factors, summands) =
            unsafe { (simd.load(self.factors[lane..].as_ptr()), simd.load(self.summands[lane..].as_ptr())) };
        for sum in &mut sums {
            *sum = simd.mul_add(*sum, factors, summands);
        }
        match self.finish.epilogue.activation {
            Activation::None => {}
            Activation::Relu => {
                for sum in &mut sums {
                    *sum = simd.rectify(*sum);
                }
            }
            Activation::LeakyRelu { slope } => {
                for sum in &mut sums {
                    *sum = simd.where_positive(*sum, *sum, simd.mul(*sum, simd.splat(slope)));
                }
            }
            other => {
                for sum in &mut sums {
                    *sum = self.activate(other, *sum, lane);
                }
            }
        }
        sums
    }

    /// Applies an activation value by value; padding stays zero.
    #[inline(always)]
    fn activate(&self, activation: Activation, sum: S::Vector, lane: usize) -> S::Vector {
        let mut values = [0.0; LANES];
        // SAFETY: there is room for a vector that is at most so wide.
        unsafe { self.simd.store(sum, values.as_mut_ptr()) };
        activate_all(activation, &mut values[..self.channels.saturating_sub(lane).min(S::WIDTH)]);
        // SAFETY: as above.
        unsafe { self.simd.load(values.as_ptr()) }
    }

    /// The largest of every two by two values of two rows; behind them is nothing.
    #[inline(always)]
    fn largest<const T: usize>(&self, upper: [S::Vector; T], lower: [S::Vector; T]) -> [S::Vector; T] {
        let simd = self.simd;
        let mut largest = [simd.zero(); T];
        let pairs = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
        for (largest, (upper, lower)) in largest.iter_mut().zip(pairs) {
            *largest = simd.larger(simd.larger(upper[0], upper[1]), simd.larger(lower[0], lower[1]));
        }
        largest
    }

    /// Stores the first `count` values in a row of the maps, as far as they lie inside.
    #[inline(always)]
    fn store_row<const T: usize>(
        &self,
        row: usize,
        tile: Tile,
        values: [S::Vector; T],
        count: usize,
        lane: usize,
    ) {
        let (maps, column) = (self.finish.stored(), tile.column / (T / count));
        if row >= maps.height {
            return;
        }
        let columns = count.min(maps.width.saturating_sub(column));
        let plane = (tile.image * maps.blocks() + self.block) * maps.area();
        let start = (plane + row * maps.width + column) * LANES;
        // SAFETY: no one else writes this tile, and this part is used up before the next is asked for.
        let target = unsafe { self.finish.target.part(start..start + columns * LANES) };
        for (index, value) in values.into_iter().take(count).enumerate() {
            if index < columns {
                // SAFETY: from a lane on, a vector of sixteen values has room for a narrow one.
                unsafe { self.simd.store(value, target[index * LANES + lane..].as_mut_ptr()) };
            }
        }
    }
}

/// Applies an activation that is not worth being part of every loop.
#[inline(never)]
fn activate_all(activation: Activation, values: &mut [f32]) {
    crate::activation::apply(activation, values);
}
