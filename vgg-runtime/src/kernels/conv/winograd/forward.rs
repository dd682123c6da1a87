//! Sums: those of a convolution, and the gradient by its input.
//!
//! Two ways to share out the work give the same bits, since each sum is computed from start to end by one
//! thread in the same order:
//!
//! - by tiles: each thread takes a block of tiles through all stages, while the block stays in its cache;
//! - by targets: all threads transform a block of tiles, and then each multiplies all of it by some of the
//!   weights. Weights that do not fit into a cache are then read once for many tiles.

use super::input::{self, FREQUENCIES, Frequencies};
use super::output::Finish;
use super::product::Product;
use super::tiles::Tiles;
use super::weights;
use crate::cpu::Cpu;
use crate::geometry::LANES;
use crate::kernels::conv::scan::Scan;
use crate::kernels::pieces;
use crate::kernels::scratch::Bench;
use crate::kernels::shared::Shared;
use crate::kernels::simd::{self, Kernel, Simd};
use std::ops::Range;

/// Blocks of targets whose products are kept at once.
const GROUP: usize = 2;

/// All that a convolution takes.
#[derive(Clone, Copy)]
pub(super) struct Work<'w> {
    pub(super) scan: &'w Scan,
    pub(super) cpu: Cpu,
    pub(super) batch: usize,
    pub(super) source: &'w [f32],
    /// Transformed weights.
    pub(super) weights: &'w [f32],
    pub(super) finish: Finish<'w>,
}

/// How the work is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// Into blocks of so many tiles.
    Tiles(usize),
    /// Into groups of targets, for so many tiles at once.
    Targets(usize),
}

impl Cut {
    /// Floats of the cache of second level that transformed tiles and products may fill.
    const NEAR: usize = 100 << 10;
    /// Floats of the cache that all share that transformed tiles may fill.
    const FAR: usize = 2 << 20;
    /// Weights that are read for every block of tiles.
    const FEW_WEIGHTS: usize = 1 << 20;

    fn new(scan: &Scan, tiles: usize) -> Cut {
        let channels = scan.source.blocks() * LANES;
        let each = FREQUENCIES * channels;
        if weights::size(scan) <= Cut::FEW_WEIGHTS {
            let most = (Cut::NEAR / (each + FREQUENCIES * GROUP * LANES)).clamp(6, 48);
            return Cut::Tiles(even(tiles, most.min(tiles.div_ceil(pieces::WANTED))));
        }
        Cut::Targets(even(tiles, (Cut::FAR / each).clamp(6, 196)))
    }
}

/// The size of parts that are as even as can be, none more than `most`.
fn even(count: usize, most: usize) -> usize {
    count.div_ceil(count.div_ceil(most.max(1)).max(1))
}

/// Computes all sums.
pub(super) fn run(work: &Work<'_>, bench: &mut Bench) {
    let tiles = Tiles::new(work.batch, work.scan.target);
    if tiles.count == 0 {
        return;
    }
    match Cut::new(work.scan, tiles.count) {
        Cut::Tiles(each) => by_tiles(work, tiles, each, bench),
        Cut::Targets(each) => by_targets(work, tiles, each, bench),
    }
}

/// The floats of transformed tiles.
fn transformed_size(scan: &Scan, tiles: usize) -> usize {
    FREQUENCIES * scan.source.blocks() * tiles * LANES
}

/// The floats of the products of some tiles with a group of targets.
fn products_size(tiles: usize) -> usize {
    GROUP * FREQUENCIES * tiles * LANES
}

fn by_tiles(work: &Work<'_>, tiles: Tiles, each: usize, bench: &mut Bench) {
    let size = transformed_size(work.scan, each);
    let (_, lanes) = bench.floats_and_lanes(0, size + products_size(each), usize::MAX);
    let pieces = 0..tiles.count.div_ceil(each);
    pieces::for_each_with_scratch(pieces, lanes, |scratch, piece| {
        let range = piece * each..tiles.count.min((piece + 1) * each);
        let (transformed, products) = scratch.split_at_mut(size);
        simd::run(
            work.cpu,
            Transform {
                work,
                tiles,
                range: range.clone(),
                first: range.start,
                transformed: Shared::new(&mut *transformed),
            },
        );
        for group in 0..work.scan.target.blocks().div_ceil(GROUP) {
            simd::run(
                work.cpu,
                Multiply { work, tiles, range: range.clone(), transformed, group, products: &mut *products },
            );
        }
    });
}

fn by_targets(work: &Work<'_>, tiles: Tiles, each: usize, bench: &mut Bench) {
    let size = transformed_size(work.scan, each);
    let (transformed, lanes) = bench.floats_and_lanes(size, products_size(each), usize::MAX);
    let (lane, floats) = (lanes.each, lanes.floats);
    for first in (0..tiles.count).step_by(each) {
        let range = first..tiles.count.min(first + each);
        let shared = Shared::new(&mut *transformed);
        const PIECE: usize = 4;
        let pieces = range.clone().step_by(PIECE).map(|start| start..range.end.min(start + PIECE));
        pieces::for_each(pieces, usize::MAX, |piece| {
            simd::run(work.cpu, Transform { work, tiles, range: piece, first, transformed: shared });
        });
        let lanes = pieces::lanes_of(&mut *floats, lane);
        let groups = 0..work.scan.target.blocks().div_ceil(GROUP);
        pieces::for_each_with_scratch(groups, lanes, |products, group| {
            simd::run(work.cpu, Multiply { work, tiles, range: range.clone(), transformed, group, products });
        });
    }
}

/// Transforms some tiles, into the place of tiles from `first` on.
struct Transform<'p> {
    work: &'p Work<'p>,
    tiles: Tiles,
    range: Range<usize>,
    first: usize,
    transformed: Shared<'p>,
}

impl Kernel for Transform<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Work { scan, source, .. } = *self.work;
        let block = self.transformed.len() / (FREQUENCIES * scan.source.blocks());
        let offset = (self.range.start - self.first) * LANES;
        assert!(offset + self.range.len() * LANES <= block, "more tiles than there is room for");
        let to = Frequencies {
            start: self.transformed.start().wrapping_add(offset),
            block,
            frequency: block * scan.source.blocks(),
        };
        // SAFETY: there is room for the tiles in every block and frequency, and each tile is in one piece.
        unsafe { input::transform(simd, scan, source, &self.tiles, self.range, to) };
    }
}

/// Multiplies tiles by a group of targets, and finishes the sums.
struct Multiply<'p> {
    work: &'p Work<'p>,
    tiles: Tiles,
    range: Range<usize>,
    transformed: &'p [f32],
    group: usize,
    products: &'p mut [f32],
}

impl Kernel for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Work { scan, weights, finish, .. } = *self.work;
        let (blocks, count) = (scan.source.blocks(), self.range.len());
        let block = self.transformed.len() / (FREQUENCIES * blocks);
        let (first, last) = (self.group * GROUP, scan.target.blocks().min((self.group + 1) * GROUP));
        let (weights_block, frequency) = (weights::block_size(scan), count * LANES);
        assert!(self.products.len() >= products_size(count) && weights.len() == weights::size(scan));
        assert!(count * LANES <= block);
        let products = self.products.as_mut_ptr();
        for index in 0..FREQUENCIES {
            for target in (first..last).step_by(S::COLUMNS) {
                let product = Product {
                    tiles: self.transformed[index * blocks * block..].as_ptr(),
                    block,
                    blocks,
                    count,
                    weights: weights[target * weights_block + index * blocks * LANES * LANES..].as_ptr(),
                    weights_block,
                    to: products.wrapping_add(((target - first) * FREQUENCIES + index) * frequency),
                    to_block: FREQUENCIES * frequency,
                };
                // SAFETY: transformed tiles hold `count` tiles in each of the blocks of a frequency, weights hold
                // all blocks of targets, and there is room for the products of a group.
                unsafe { product.compute(simd, S::COLUMNS.min(last - target)) };
            }
        }
        for target in first..last {
            for lane in (0..LANES).step_by(<S::Narrow as Simd>::WIDTH) {
                let block = finish.block(simd, target, lane);
                let start = (target - first) * FREQUENCIES * frequency + lane;
                for (index, tile) in self.range.clone().enumerate() {
                    // SAFETY: the products of this tile and block have just been written, and the tile and block
                    // are in no other piece.
                    unsafe {
                        let products = products.add(start + index * LANES);
                        block.store(self.tiles.get(tile), products, frequency, lane);
                    }
                }
            }
        }
    }
}
