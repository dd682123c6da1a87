//! Sums: those of a convolution, and the gradient by its input.
//!
//! Three ways to share out the work give the same bits, since each sum is computed from start to end in the same
//! order by one thread:
//!
//! - [by tiles](by_tiles): each thread takes a block of tiles through all stages, while the block stays in its
//!   cache. Weights, which are few, are read for each block;
//! - [by targets](by_targets): all threads transform a block of tiles, and then each multiplies all of it by some
//!   of the weights. Weights are read once for many tiles;
//! - [by slabs](by_slabs): as by targets, but each thread transforms its weights itself, as many at once as stay in
//!   its cache. What is read is a quarter of what it would be otherwise.

use super::cut::{Cut, GROUP, PART, Slabs};
use super::input::{self, Frequencies, apart};
use super::output::Finish;
use super::product::{Next, Product};
use super::scheme::Scheme;
use super::tiles::Tiles;
use super::weights;
use crate::cpu::Cpu;
use crate::geometry::LANES;
use crate::kernels::conv::scan::Scan;
use crate::kernels::pieces;
use crate::kernels::scratch::Bench;
use crate::kernels::shared::Shared;
use crate::kernels::simd::{self, Kernel, Simd};
use std::marker::PhantomData;
use std::ops::Range;

/// All that a convolution takes.
#[derive(Clone, Copy)]
pub(super) struct Work<'w, F> {
    pub(super) scheme: PhantomData<F>,
    pub(super) scan: &'w Scan,
    pub(super) cpu: Cpu,
    pub(super) tiles: Tiles,
    pub(super) source: &'w [f32],
    /// Weights: [transformed](weights::transform) if the work is cut by tiles, [packed](weights::pack) if not.
    pub(super) weights: &'w [f32],
    pub(super) finish: Finish<'w>,
}

/// Computes all sums.
pub(super) fn run<F: Scheme<T, P>, const T: usize, const P: usize>(
    work: &Work<'_, F>,
    cut: Cut,
    bench: &mut Bench,
) {
    if work.tiles.count == 0 {
        return;
    }
    match cut {
        Cut::Tiles(each) => by_tiles(work, each, bench),
        Cut::Targets(together) => by_targets(work, together, bench),
        Cut::Slabs(slabs) => by_slabs(work, slabs, bench),
    }
}

/// How transformed tiles lie: `[frequency, block of channels, tile, channel]`.
#[derive(Clone, Copy)]
struct Layout {
    /// The floats from one block of channels to the next.
    block: usize,
    /// The floats from one frequency to the next.
    frequency: usize,
}

impl Layout {
    fn new(scan: &Scan, tiles: usize) -> Layout {
        let block = tiles * LANES;
        Layout { block, frequency: apart(scan.source.blocks() * block) }
    }
}

/// The floats of the products of some tiles with a group of targets.
fn products_size<const P: usize>(group: usize, tiles: usize) -> usize {
    group * P * P * apart(tiles * LANES)
}

fn by_tiles<F: Scheme<T, P>, const T: usize, const P: usize>(
    work: &Work<'_, F>,
    each: usize,
    bench: &mut Bench,
) {
    let layout = Layout::new(work.scan, each);
    let size = P * P * layout.frequency;
    let (_, lanes) = bench.floats_and_lanes(0, size + products_size::<P>(GROUP, each), usize::MAX);
    let (count, threads) = (work.tiles.count, lanes.count());
    let tiles_of = |piece: usize| (piece * each).min(count)..count.min((piece + 1) * each);
    pieces::for_each_with_scratch(0..count.div_ceil(each), lanes, |scratch, piece| {
        let (range, next) = (tiles_of(piece), tiles_of(piece + threads));
        let (transformed, products) = scratch.split_at_mut(size);
        let to = Shared::new(&mut *transformed);
        simd::run(
            work.cpu,
            Transform::<F, T, P> { work, range: range.clone(), first: range.start, layout, to },
        );
        let targets = 0..work.scan.target.blocks();
        simd::run(
            work.cpu,
            Multiply::<F, T, P> {
                work,
                first: range.start,
                range,
                next,
                targets,
                layout,
                transformed,
                products,
            },
        );
    });
}

fn by_targets<F: Scheme<T, P>, const T: usize, const P: usize>(
    work: &Work<'_, F>,
    together: usize,
    bench: &mut Bench,
) {
    let layout = Layout::new(work.scan, together);
    let (size, need) = (P * P * layout.frequency, products_size::<P>(GROUP, together));
    let (transformed, mut lanes) = bench.floats_and_lanes(size, need, usize::MAX);
    for first in (0..work.tiles.count).step_by(together) {
        let range = first..work.tiles.count.min(first + together);
        transform_together::<F, T, P>(work, range.clone(), layout, transformed);
        let pieces = groups(work.scan.target.blocks(), range.clone());
        pieces::for_each_with_scratch(pieces, lanes.again(), |products, (targets, part)| {
            let (first, next) = (range.start, 0..0);
            simd::run(
                work.cpu,
                Multiply::<F, T, P> {
                    work,
                    range: part,
                    first,
                    next,
                    targets,
                    layout,
                    transformed,
                    products,
                },
            );
        });
    }
}

/// Blocks of targets in groups, for tiles. The last are single ones, if there are many tiles for half of them each, so that
/// no thread waits long for another.
fn groups(blocks: usize, tiles: Range<usize>) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
    /// Tiles for which it does not pay to read the weights twice.
    const FEW: usize = 40;
    let whole = blocks.saturating_sub(2 * GROUP) / GROUP * GROUP;
    let all = tiles.clone();
    let groups = (0..whole).step_by(GROUP).map(move |first| (first..first + GROUP, all.clone()));
    let each = if tiles.len() > FEW { tiles.len().div_ceil(2) } else { tiles.len().max(1) };
    groups.chain((whole..blocks).flat_map(move |block| {
        let end = tiles.end;
        let parts = tiles.clone().step_by(each).map(move |start| start..end.min(start + each));
        parts.map(move |part| (block..block + 1, part))
    }))
}

fn by_slabs<F: Scheme<T, P>, const T: usize, const P: usize>(
    work: &Work<'_, F>,
    slabs: Slabs,
    bench: &mut Bench,
) {
    let layout = Layout::new(work.scan, slabs.together);
    let size = P * P * layout.frequency;
    let slab = slabs.group * P * P * slab_frequency(&slabs);
    let need = slab + products_size::<P>(slabs.group, slabs.together);
    let (transformed, mut lanes) = bench.floats_and_lanes(size, need, usize::MAX);
    let threads = lanes.count();
    for first in (0..work.tiles.count).step_by(slabs.together) {
        let range = first..work.tiles.count.min(first + slabs.together);
        transform_together::<F, T, P>(work, range.clone(), layout, transformed);
        let groups = (0..work.scan.target.blocks()).step_by(slabs.group);
        pieces::for_each_with_scratch(groups, lanes.again(), |scratch, group| {
            let (slab, products) = scratch.split_at_mut(slab);
            // Some other thread may be faster; then what was asked for is at least near.
            let share = Share { slabs, range: range.clone(), group, next: group + threads * slabs.group };
            simd::run(
                work.cpu,
                MultiplySlabs::<F, T, P> { work, share, layout, transformed, slab, products },
            );
        });
    }
}

/// The floats from one frequency of transformed weights to the next.
fn slab_frequency(slabs: &Slabs) -> usize {
    apart(slabs.blocks * LANES * LANES)
}

/// Transforms tiles, by all threads.
fn transform_together<F: Scheme<T, P>, const T: usize, const P: usize>(
    work: &Work<'_, F>,
    range: Range<usize>,
    layout: Layout,
    transformed: &mut [f32],
) {
    let (to, first, piece) = (Shared::new(transformed), range.start, range.len().div_ceil(32).min(8));
    let pieces = range.clone().step_by(piece).map(|start| start..range.end.min(start + piece));
    pieces::for_each(pieces, usize::MAX, |range| {
        simd::run(work.cpu, Transform::<F, T, P> { work, range, first, layout, to });
    });
}

/// Transforms some tiles, into the place of tiles from `first` on.
struct Transform<'p, F, const T: usize, const P: usize> {
    work: &'p Work<'p, F>,
    range: Range<usize>,
    first: usize,
    layout: Layout,
    to: Shared<'p>,
}

impl<F: Scheme<T, P>, const T: usize, const P: usize> Kernel for Transform<'_, F, T, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Work { scan, source, tiles, .. } = *self.work;
        let Layout { block, frequency } = self.layout;
        let offset = (self.range.start - self.first) * LANES;
        assert!(offset + self.range.len() * LANES <= block && self.to.len() >= P * P * frequency);
        let to = Frequencies { start: self.to.start().wrapping_add(offset), block, frequency };
        // SAFETY: there is room for the tiles in every block and frequency, and each tile is in one piece.
        unsafe { input::transform::<S, F, T, P>(simd, scan, source, &tiles, self.range, to) };
    }
}

/// Multiplies tiles by weights that were transformed beforehand, one group of targets after the other, and
/// finishes the sums.
struct Multiply<'p, F, const T: usize, const P: usize> {
    work: &'p Work<'p, F>,
    range: Range<usize>,
    /// The first tile that was transformed.
    first: usize,
    /// Tiles that will be transformed soon.
    next: Range<usize>,
    /// Blocks of targets.
    targets: Range<usize>,
    layout: Layout,
    transformed: &'p [f32],
    products: &'p mut [f32],
}

impl<F: Scheme<T, P>, const T: usize, const P: usize> Kernel for Multiply<'_, F, T, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Work { scan, weights, source, .. } = *self.work;
        let (blocks, count) = (scan.source.blocks(), self.range.len());
        let weights_block = weights::block_size::<P>(scan);
        let (weights_frequency, frequency) = (blocks * LANES * LANES, apart(count * LANES));
        assert!(self.products.len() >= products_size::<P>(GROUP, count));
        let offset = (self.range.start - self.first) * LANES;
        assert!(weights.len() == weights::size::<P>(scan) && offset + count * LANES <= self.layout.block);
        assert!(self.transformed.len() >= P * P * self.layout.frequency);
        let products = self.products.as_mut_ptr();
        let place = |target: usize, index: usize| target * weights_block + index * weights_frequency;
        let mut next =
            self.work.tiles.of(self.next).flat_map(|tile| (0..blocks).map(move |block| (tile, block)));
        for first in self.targets.clone().step_by(GROUP) {
            let last = self.targets.end.min(first + GROUP);
            for index in 0..P * P {
                let tiles = &self.transformed[index * self.layout.frequency + offset..];
                for target in (first..last).step_by(S::COLUMNS) {
                    if let Some((tile, block)) = next.next() {
                        input::prefetch::<S, T>(simd, scan, source, tile, block);
                    }
                    let columns = S::COLUMNS.min(last - target);
                    for start in (0..blocks).step_by(PART) {
                        let weight = place(target, index) + start * LANES * LANES;
                        let following = if start + PART < blocks {
                            weight + PART * LANES * LANES
                        } else if target + columns < last {
                            place(target + columns, index)
                        } else {
                            place(first, index + 1)
                        };
                        let product = Product {
                            tiles: tiles[start * self.layout.block..].as_ptr(),
                            block: self.layout.block,
                            blocks: PART.min(blocks - start),
                            count,
                            weights: weights[weight..].as_ptr(),
                            weights_block,
                            to: products.wrapping_add(((target - first) * P * P + index) * frequency),
                            to_block: P * P * frequency,
                            adds: start > 0,
                            next: Next::Weights(weights.as_ptr().wrapping_add(following)),
                        };
                        // SAFETY: transformed tiles hold `count` tiles in each of the blocks of a frequency, weights
                        // hold all blocks of targets, and there is room for the products of a group.
                        unsafe { product.compute(simd, columns) };
                    }
                }
            }
            // SAFETY: the products of these tiles and targets have just been written, and they are in no other
            // piece.
            unsafe { finish::<S, F, T, P>(simd, self.work, self.range.clone(), first..last, products) };
        }
    }
}

/// The share of one thread when weights are transformed while they are multiplied by.
struct Share {
    slabs: Slabs,
    range: Range<usize>,
    /// The first block of targets.
    group: usize,
    /// The first block of targets of what this thread will perhaps do next.
    next: usize,
}

/// Transforms the weights of a group of targets, part by part, multiplies tiles by them, and finishes the sums.
struct MultiplySlabs<'p, F, const T: usize, const P: usize> {
    work: &'p Work<'p, F>,
    share: Share,
    layout: Layout,
    transformed: &'p [f32],
    slab: &'p mut [f32],
    products: &'p mut [f32],
}

impl<F: Scheme<T, P>, const T: usize, const P: usize> Kernel for MultiplySlabs<'_, F, T, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (Work { scan, weights, .. }, Share { slabs, range, .. }) = (*self.work, &self.share);
        let (blocks, count) = (scan.source.blocks(), range.len());
        let (first, last) = (self.share.group, scan.target.blocks().min(self.share.group + slabs.group));
        let (weights_frequency, frequency) = (slab_frequency(slabs), apart(count * LANES));
        let Layout { block, frequency: tiles_frequency } = self.layout;
        assert!(self.products.len() >= products_size::<P>(slabs.group, count));
        assert!(self.slab.len() >= slabs.group * P * P * weights_frequency);
        assert!(count * LANES <= block && self.transformed.len() >= P * P * tiles_frequency);
        let (slab, products) = (self.slab.as_mut_ptr(), self.products.as_mut_ptr());
        let (slab_block, products_block) = (P * P * weights_frequency, P * P * frequency);
        for start in (0..blocks).step_by(slabs.blocks) {
            let part = start..blocks.min(start + slabs.blocks);
            for (number, target) in (first..last).enumerate() {
                let packed = &weights[target * weights::packed_block(scan)..][..weights::packed_block(scan)];
                let channels = part.start * LANES..part.end * LANES;
                // SAFETY: the slab has room for so many channels in all frequencies of each target of the group.
                unsafe {
                    let to = slab.add(number * slab_block);
                    weights::slab::<S, F, T, P>(simd, packed, channels, to, weights_frequency);
                }
            }
            // Behind this part of the weights comes the next, or that of other targets.
            let (target, channel) = if part.end < blocks { (first, part.end) } else { (self.share.next, 0) };
            let next = target * weights::packed_block(scan) + weights::packed_channels(channel);
            let next = &weights[next.min(weights.len())..];
            let next = &next[..next.len().min(weights::packed_channels(slabs.blocks))];
            for index in 0..P * P {
                for line in index * next.len() / (P * P * LANES)..(index + 1) * next.len() / (P * P * LANES) {
                    simd.prefetch_far(next[line * LANES..].as_ptr());
                }
                let tiles = &self.transformed[index * tiles_frequency + part.start * block..];
                for number in (0..last - first).step_by(S::COLUMNS) {
                    let product = Product {
                        tiles: tiles.as_ptr(),
                        block,
                        blocks: part.len(),
                        count,
                        weights: slab.wrapping_add(number * slab_block + index * weights_frequency),
                        weights_block: slab_block,
                        to: products.wrapping_add(number * products_block + index * frequency),
                        to_block: products_block,
                        adds: part.start > 0,
                        next: Next::Tiles(tiles.as_ptr().wrapping_add(tiles_frequency)),
                    };
                    // SAFETY: transformed tiles hold `count` tiles in each of the blocks of a frequency, the slab has
                    // just been written, and there is room for the products of a group.
                    unsafe { product.compute(simd, S::COLUMNS.min(last - first - number)) };
                }
            }
        }
        // SAFETY: the products of these tiles and targets have just been written, and they are in no other piece.
        unsafe { finish::<S, F, T, P>(simd, self.work, range.clone(), first..last, products) };
    }
}

/// Finishes the sums of some tiles and targets.
///
/// # Safety
/// Products `[target, frequency, tile, lane]` of these tiles and targets can be read, their frequencies
/// [`apart`], and no one else writes these sums.
#[inline(always)]
unsafe fn finish<S: Simd, F: Scheme<T, P>, const T: usize, const P: usize>(
    simd: S,
    work: &Work<'_, F>,
    range: Range<usize>,
    targets: Range<usize>,
    products: *const f32,
) {
    let frequency = apart(range.len() * LANES);
    for (index, target) in targets.enumerate() {
        let block = work.finish.block(simd, target);
        for (number, tile) in work.tiles.of(range.clone()).enumerate() {
            let start = index * P * P * frequency + number * LANES;
            for lane in (0..LANES).step_by(<S::Narrow as Simd>::WIDTH) {
                // SAFETY: as the caller says.
                unsafe { block.store::<F, T, P>(tile, products.add(start + lane), frequency, lane) };
            }
        }
    }
}
