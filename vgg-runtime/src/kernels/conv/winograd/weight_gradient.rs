//! The gradient by the weights, by F(3x3, 4x4): tiles of the gradient by the output are kernels of 4x4 that slide
//! over what lies under them.
//!
//! Chunks of tiles are transformed by all threads; then each thread adds up the products of some frequencies over
//! the tiles of the chunk. Chunks are cut, and tiles added, in an order that depends on the shape alone.

use super::input::{self, FREQUENCIES, Frequencies};
use super::points::{self, KernelOfFour, POINTS, Values};
use super::tiles::{SIDE, Square, Tiles};
use crate::cpu::Cpu;
use crate::geometry::{LANES, MapShape};
use crate::kernels::conv::ConvShape;
use crate::kernels::conv::scan::Scan;
use crate::kernels::shared::Shared;
use crate::kernels::simd::{self, Kernel, Simd};
use crate::kernels::{Scratch, pieces};
use std::ops::Range;

/// Computes the gradient by the weights.
pub(in crate::kernels::conv) fn weight_gradient(
    shape: &ConvShape,
    input: &[f32],
    output_gradient: &[f32],
    weight_gradient: &mut [f32],
    scratch: &mut Scratch,
) {
    let (scan, cpu) = (Scan::forward(shape), shape.cpu());
    let tiles = Tiles::new(shape.batch, shape.output);
    let work = Work { scan: &scan, cpu, tiles, input, output_gradient };
    let each = work.chunk();
    let [sums, inputs, gradients] = [
        FREQUENCIES * scan.source.blocks() * scan.target.blocks() * LANES * LANES,
        FREQUENCIES * scan.source.blocks() * each * LANES,
        FREQUENCIES * scan.target.blocks() * each * LANES,
    ];
    let (floats, _) = scratch.bench().floats_and_lanes(sums + inputs + gradients, 0, 0);
    let (sums, rest) = floats.split_at_mut(sums);
    let (inputs, gradients) = rest.split_at_mut(inputs);
    for first in (0..tiles.count).step_by(each) {
        let range = first..tiles.count.min(first + each);
        work.transform(range.clone(), inputs, gradients);
        work.add_products(range, inputs, gradients, sums);
    }
    work.finish(sums, weight_gradient);
}

struct Work<'w> {
    scan: &'w Scan,
    cpu: Cpu,
    tiles: Tiles,
    input: &'w [f32],
    output_gradient: &'w [f32],
}

impl Work<'_> {
    /// The tiles of a chunk: so many that transformed tiles take as much memory as the cache that all share, or
    /// somewhat less than the sums, which are read and written once for each chunk.
    fn chunk(&self) -> usize {
        const SHARED: usize = 2 << 20;
        let blocks = [self.scan.source.blocks(), self.scan.target.blocks()];
        let sums = FREQUENCIES * blocks[0] * blocks[1] * LANES * LANES;
        let each = FREQUENCIES * (blocks[0] + blocks[1]) * LANES;
        let most = (SHARED.max(sums / 4 * 3) / each).max(16);
        self.tiles.count.div_ceil(self.tiles.count.div_ceil(most))
    }

    /// Transforms a chunk of tiles: what lies under them, and the gradients in them.
    fn transform(&self, range: Range<usize>, inputs: &mut [f32], gradients: &mut [f32]) {
        const PIECE: usize = 8;
        let (inputs, gradients) = (Shared::new(inputs), Shared::new(gradients));
        let pieces = range.clone().step_by(PIECE).flat_map(|start| {
            let part = start..range.end.min(start + PIECE);
            [(part.clone(), true), (part, false)]
        });
        pieces::for_each(pieces, usize::MAX, |(part, of_input)| {
            let to = if of_input { inputs } else { gradients };
            simd::run(self.cpu, Transform { work: self, range: part, first: range.start, of_input, to });
        });
    }

    /// Adds the products of a chunk to the sums.
    fn add_products(&self, range: Range<usize>, inputs: &[f32], gradients: &[f32], sums: &mut [f32]) {
        let each = self.scan.source.blocks() * self.scan.target.blocks() * LANES * LANES;
        pieces::for_each(sums.chunks_exact_mut(each).enumerate(), usize::MAX, |(frequency, sums)| {
            let [inputs, gradients] = [inputs, gradients]
                .map(|values| values.chunks_exact(values.len() / FREQUENCIES).nth(frequency));
            let (inputs, gradients) = (inputs.unwrap_or_default(), gradients.unwrap_or_default());
            simd::run(self.cpu, Products { work: self, range: range.clone(), inputs, gradients, sums });
        });
    }

    /// Turns sums into gradients of weights.
    fn finish(&self, sums: &[f32], weight_gradient: &mut [f32]) {
        let volume = sums.len();
        let filters = LANES * self.scan.source.channels * 9;
        pieces::for_each(weight_gradient.chunks_mut(filters).enumerate(), volume, |(block, gradient)| {
            simd::run(self.cpu, Finish { scan: self.scan, sums, block, gradient });
        });
    }
}

/// Transforms some tiles, into the place of tiles from `first` on.
struct Transform<'p> {
    work: &'p Work<'p>,
    range: Range<usize>,
    first: usize,
    of_input: bool,
    to: Shared<'p>,
}

impl Kernel for Transform<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Work { scan, tiles, input, output_gradient, .. } = *self.work;
        let maps: MapShape = if self.of_input { scan.source } else { scan.target };
        let block = self.to.len() / (FREQUENCIES * maps.blocks());
        let offset = (self.range.start - self.first) * LANES;
        assert!(offset + self.range.len() * LANES <= block, "more tiles than there is room for");
        let (mut under, mut inside) = ([[[0.0; LANES]; POINTS]; POINTS], [[[0.0; LANES]; SIDE]; SIDE]);
        for channels in 0..maps.blocks() {
            for (index, number) in self.range.clone().enumerate() {
                let tile = tiles.get(number);
                let start = self.to.start().wrapping_add(channels * block + offset + index * LANES);
                let to = Frequencies { start, block, frequency: block * maps.blocks() };
                // SAFETY: there is room for the tiles in every block and frequency, and each is in one piece.
                unsafe {
                    if self.of_input {
                        let square = Square::under(scan, tile);
                        input::transform_tile::<S, Values, POINTS>(
                            simd, maps, input, &square, channels, &mut under, to,
                        );
                    } else {
                        let square = Square::of(tile);
                        input::transform_tile::<S, KernelOfFour, SIDE>(
                            simd,
                            maps,
                            output_gradient,
                            &square,
                            channels,
                            &mut inside,
                            to,
                        );
                    }
                }
            }
        }
    }
}

/// Adds the products of one frequency over a chunk of tiles to `[block of filters, channel, filter]`.
struct Products<'p> {
    work: &'p Work<'p>,
    range: Range<usize>,
    inputs: &'p [f32],
    gradients: &'p [f32],
    sums: &'p mut [f32],
}

impl Kernel for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Work { scan, .. } = *self.work;
        let (sources, targets) = (scan.source.blocks(), scan.target.blocks());
        let (inputs_block, gradients_block) = (self.inputs.len() / sources, self.gradients.len() / targets);
        let (count, adds) = (self.range.len(), self.range.start > 0);
        assert!(count * LANES <= inputs_block.min(gradients_block));
        let sums_block = sources * LANES * LANES;
        assert!(self.sums.len() == targets * sums_block);
        let parts = LANES.div_ceil(S::ROWS);
        for target in (0..targets).step_by(S::COLUMNS) {
            let columns = S::COLUMNS.min(targets - target);
            let gradients = self.gradients[target * gradients_block..].as_ptr();
            for source in 0..sources {
                for part in 0..parts {
                    let (first, last) = (part * LANES / parts, (part + 1) * LANES / parts);
                    let start = target * sums_block + (source * LANES + first) * LANES;
                    let product = Product {
                        inputs: self.inputs[source * inputs_block + first..].as_ptr(),
                        gradients,
                        gradients_block,
                        count,
                        sums: self.sums[start..].as_mut_ptr(),
                        sums_block,
                        adds,
                    };
                    // SAFETY: each block holds `count` tiles of sixteen values, of which the channels from `first`
                    // to `last` are taken, and there is a row of sums for each channel in every block of filters.
                    unsafe {
                        match columns {
                            2 if S::COLUMNS >= 2 => product.of_rows::<S, 2>(simd, last - first),
                            _ => product.of_rows::<S, 1>(simd, last - first),
                        }
                    }
                }
            }
        }
    }
}

/// Sums over tiles for some channels and one or more blocks of filters.
#[derive(Clone, Copy)]
struct Product {
    inputs: *const f32,
    gradients: *const f32,
    gradients_block: usize,
    count: usize,
    sums: *mut f32,
    sums_block: usize,
    /// Whether there are sums of chunks before.
    adds: bool,
}

impl Product {
    /// # Safety
    /// All that the fields say can be read and written, and no one else uses the sums.
    #[inline(always)]
    unsafe fn of_rows<S: Simd, const N: usize>(self, simd: S, rows: usize) {
        macro_rules! of {
            ($($rows:literal)*) => {
                match rows {
                    // SAFETY: as the caller says.
                    $($rows if $rows <= S::ROWS => unsafe { self.compute::<S, $rows, N>(simd) },)*
                    _ => unreachable!("at most as many rows as fit into the registers"),
                }
            };
        }
        of!(5 6 8 2)
    }

    /// # Safety
    /// As [`of_rows`](Product::of_rows).
    #[inline(always)]
    unsafe fn compute<S: Simd, const R: usize, const N: usize>(self, simd: S) {
        let mut sums = [[simd.zero(); N]; R];
        // SAFETY: as the caller says.
        unsafe {
            if self.adds {
                for (row, sums) in sums.iter_mut().enumerate() {
                    for (column, sum) in sums.iter_mut().enumerate() {
                        *sum = simd.load(self.sums.add(column * self.sums_block + row * LANES));
                    }
                }
            }
            for tile in 0..self.count {
                let mut gradient = [simd.zero(); N];
                for (column, gradient) in gradient.iter_mut().enumerate() {
                    *gradient = simd.load(self.gradients.add(column * self.gradients_block + tile * LANES));
                }
                for (row, sums) in sums.iter_mut().enumerate() {
                    let value = simd.splat(*self.inputs.add(tile * LANES + row));
                    for (sum, gradient) in sums.iter_mut().zip(gradient) {
                        *sum = simd.mul_add(value, gradient, *sum);
                    }
                }
            }
            for (row, sums) in sums.into_iter().enumerate() {
                for (column, sum) in sums.into_iter().enumerate() {
                    simd.store(sum, self.sums.add(column * self.sums_block + row * LANES));
                }
            }
        }
    }
}

/// Turns sums of all frequencies into the gradients of the weights of one block of filters.
struct Finish<'p> {
    scan: &'p Scan,
    sums: &'p [f32],
    block: usize,
    gradient: &'p mut [f32],
}

impl Kernel for Finish<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let channels = self.scan.source.channels;
        let block = self.scan.source.blocks() * LANES * LANES;
        let frequency = self.scan.target.blocks() * block;
        for channel in 0..channels {
            let start = self.block * block + channel * LANES;
            let mut rows = [[simd.zero(); POINTS]; 3];
            for column in 0..POINTS {
                let mut along = [simd.zero(); POINTS];
                for (index, value) in along.iter_mut().enumerate() {
                    let at = (index * POINTS + column) * frequency + start;
                    *value = simd.of(self.sums[at..].first_chunk().unwrap_or(&[0.0; LANES]));
                }
                for (row, value) in rows.iter_mut().zip(points::three_sums(simd, along)) {
                    row[column] = value;
                }
            }
            let mut taps = [[0.0; LANES]; 9];
            for (row, taps) in rows.into_iter().zip(taps.as_chunks_mut::<3>().0) {
                for (tap, value) in taps.iter_mut().zip(points::three_sums(simd, row)) {
                    *tap = simd.to_array(value);
                }
            }
            for (lane, filter) in self.gradient.chunks_exact_mut(channels * 9).enumerate() {
                let kernel = &mut filter[channel * 9..][..9];
                for (value, tap) in kernel.iter_mut().zip(&taps) {
                    *value = tap[lane];
                }
            }
        }
    }
}
