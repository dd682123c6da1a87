//! From tiles to frequencies.

use super::scheme::{Along, Scheme, Values};
use super::tiles::{Square, Tile, Tiles};
use crate::geometry::{LANES, MapShape};
use crate::kernels::conv::scan::Scan;
use crate::kernels::simd::Simd;
use std::ops::Range;

/// Where transformed tiles go: `[frequency, block of channels, tile, channel]`.
#[derive(Clone, Copy)]
pub(super) struct Frequencies {
    /// The place of the first tile.
    pub(super) start: *mut f32,
    /// The floats from one block of channels to the next: sixteen for each tile.
    pub(super) block: usize,
    /// The floats from one frequency to the next.
    pub(super) frequency: usize,
}

/// The floats from one frequency to the next, if there are so many values of each: an odd number of cache lines,
/// since frequencies that are a power of two apart would drive each other out of the cache of first level.
pub(super) const fn apart(length: usize) -> usize {
    (length.div_ceil(LANES) | 1) * LANES
}

/// Transforms what lies under some tiles of the sums of a scan.
///
/// # Safety
/// There is room at `to` for the tiles in all blocks of channels and all frequencies, and no one else uses it.
#[inline(always)]
pub(super) unsafe fn transform<S: Simd, F: Scheme<T, P>, const T: usize, const P: usize>(
    simd: S,
    scan: &Scan,
    source: &[f32],
    tiles: &Tiles,
    range: Range<usize>,
    to: Frequencies,
) {
    let mut copy = [[[0.0; LANES]; P]; P];
    for block in 0..scan.source.blocks() {
        for (index, tile) in tiles.of(range.clone()).enumerate() {
            let square = Square::under(scan, tile);
            // SAFETY: the caller says that there is room for this tile in this block.
            unsafe {
                let to = Frequencies { start: to.start.add(block * to.block + index * LANES), ..to };
                transform_tile::<S, Values<F, T>, P, P>(
                    simd,
                    scan.source,
                    source,
                    &square,
                    block,
                    &mut copy,
                    to,
                );
            }
        }
    }
}

/// Transforms a square of `N` by `N` values of one block of channels to `P` by `P` points. What reaches
/// beyond the maps is put together in `copy`.
///
/// # Safety
/// Sixteen floats can be written at the start and at each further frequency.
#[inline(always)]
pub(super) unsafe fn transform_tile<S: Simd, A: Along<N, P>, const N: usize, const P: usize>(
    simd: S,
    maps: MapShape,
    source: &[f32],
    square: &Square,
    block: usize,
    copy: &mut [[[f32; LANES]; N]; N],
    to: Frequencies,
) {
    let (from, row) = square.find(simd, maps, source, block, copy);
    let simd = simd.narrow();
    for lane in (0..LANES).step_by(<S::Narrow as Simd>::WIDTH) {
        let mut rows = [[simd.zero(); N]; P];
        for column in 0..N {
            let mut values = [simd.zero(); N];
            for (index, value) in values.iter_mut().enumerate() {
                // SAFETY: `from` is where a square of so many values begins.
                *value = unsafe { simd.load(from.add(index * row + column * LANES + lane)) };
            }
            let transformed = A::apply(simd, values);
            for (row, value) in rows.iter_mut().zip(transformed) {
                row[column] = value;
            }
        }
        for (index, row) in rows.into_iter().enumerate() {
            for (column, value) in A::apply(simd, row).into_iter().enumerate() {
                // SAFETY: as the caller says.
                unsafe { simd.store(value, to.start.add((index * P + column) * to.frequency + lane)) };
            }
        }
    }
}

/// Asks for what will be read for a tile and for none before it: the square of the maps where its sums lie.
#[inline(always)]
pub(super) fn prefetch<S: Simd, const T: usize>(
    simd: S,
    scan: &Scan,
    source: &[f32],
    tile: Tile,
    block: usize,
) {
    let (blocks, height, width) = (scan.source.blocks(), scan.source.height, scan.source.width);
    let plane = (tile.image * blocks + block) * height;
    for row in tile.row..height.min(tile.row + T) {
        let start = ((plane + row) * width + tile.column) * LANES;
        for column in 0..T {
            simd.prefetch_far(source.as_ptr().wrapping_add(start + column * LANES));
        }
    }
}
