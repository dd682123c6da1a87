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
        let mut sums = [[simd.zero(); T]; T];
        for (sums, row) in sums.iter_mut().zip(rows) {
            *sums = F::sums(simd, row);
        }
        self.finish_rows(&mut sums, lane);
        if self.finish.halves {
            self.store_largest(tile, &sums, lane);
        } else {
            self.store_all(tile, &sums, lane);
        }
    }

    #[inline(always)]
    fn finish_rows<const T: usize>(&self, sums: &mut [[S::Vector; T]; T], lane: usize) {
        let simd = self.simd;
        // SAFETY: a narrow vector from a lane on lies in the sixteen values.
        let (factors, summands) =
            unsafe { (simd.load(self.factors[lane..].as_ptr()), simd.load(self.summands[lane..].as_ptr())) };
        for sum in sums.as_flattened_mut() {
            *sum = simd.mul_add(*sum, factors, summands);
        }
        match self.finish.epilogue.activation {
            Activation::None => {}
            Activation::Relu => {
                for sum in sums.as_flattened_mut() {
                    *sum = simd.rectify(*sum);
                }
            }
            Activation::LeakyRelu { slope } => {
                for sum in sums.as_flattened_mut() {
                    *sum = simd.where_positive(*sum, *sum, simd.mul(*sum, simd.splat(slope)));
                }
            }
            other => {
                for sum in sums.as_flattened_mut() {
                    self.activate(other, sum, lane);
                }
            }
        }
    }

    /// Applies an activation value by value; padding stays zero.
    #[inline(always)]
    fn activate(&self, activation: Activation, sum: &mut S::Vector, lane: usize) {
        let mut values = [0.0; LANES];
        // SAFETY: there is room for a vector that is at most so wide.
        unsafe { self.simd.store(*sum, values.as_mut_ptr()) };
        activate_all(activation, &mut values[..self.channels.saturating_sub(lane).min(S::WIDTH)]);
        // SAFETY: as above.
        *sum = unsafe { self.simd.load(values.as_ptr()) };
    }

    /// Stores the sums that lie inside the maps.
    #[inline(always)]
    fn store_all<const T: usize>(&self, tile: Tile, sums: &[[S::Vector; T]; T], lane: usize) {
        let maps = self.finish.sums;
        let columns = T.min(maps.width - tile.column);
        for (row, sums) in (tile.row..maps.height).zip(sums) {
            let start = self.place(maps, tile.image, row, tile.column);
            // SAFETY: no one else writes this tile, and this part is used up before the next is asked for.
            let target = unsafe { self.finish.target.part(start..start + columns * LANES) };
            for (target, sum) in target.chunks_exact_mut(LANES).zip(sums) {
                // SAFETY: from a lane on, a vector of sixteen values has room for a narrow one.
                unsafe { self.simd.store(*sum, target[lane..].as_mut_ptr()) };
            }
        }
    }

    /// Stores the largest of every two by two sums.
    #[inline(always)]
    fn store_largest<const T: usize>(&self, tile: Tile, sums: &[[S::Vector; T]; T], lane: usize) {
        let (maps, simd) = (self.finish.stored(), self.simd);
        let (row, column) = (tile.row / 2, tile.column / 2);
        let columns = (T / 2).min(maps.width.saturating_sub(column));
        for (row, sums) in (row..maps.height).zip(sums.as_chunks::<2>().0) {
            let start = self.place(maps, tile.image, row, column);
            // SAFETY: as in `store_all`.
            let target = unsafe { self.finish.target.part(start..start + columns * LANES) };
            for (index, target) in target.chunks_exact_mut(LANES).enumerate() {
                let [upper, lower] = sums.each_ref().map(|sums| &sums[2 * index..]);
                let largest = simd.larger(simd.larger(upper[0], upper[1]), simd.larger(lower[0], lower[1]));
                // SAFETY: as in `store_all`.
                unsafe { simd.store(largest, target[lane..].as_mut_ptr()) };
            }
        }
    }

    /// Where the values of this block at a place of the maps lie.
    #[inline(always)]
    fn place(&self, maps: MapShape, image: usize, row: usize, column: usize) -> usize {
        let plane = (image * maps.blocks() + self.block) * maps.area();
        (plane + row * maps.width + column) * LANES
    }
}

/// Applies an activation that is not worth being part of every loop.
#[inline(never)]
fn activate_all(activation: Activation, values: &mut [f32]) {
    crate::activation::apply(activation, values);
}
