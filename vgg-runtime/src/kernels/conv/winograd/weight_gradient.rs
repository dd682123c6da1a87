//! The gradient by the weights, by F(3x3, 4x4): tiles of the gradient by the output are kernels of 4x4 that slide
//! over what lies under them.
//!
//! The work is done for some channels and some filters at a time, so that their sums stay in the cache that all
//! threads share. For them, chunks of tiles are transformed by all threads; then each thread adds up the products
//! of some frequencies over the tiles of the chunk. However the work is cut, each sum takes the tiles one by one
//! and in order.

use super::cut::even;
use super::input::{self, Frequencies, apart};
use super::scheme::{Gradients, Scheme, Values};
use super::tiles::{Square, Tiles};
use crate::cpu::Cpu;
use crate::geometry::LANES;
use crate::kernels::caches::Caches;
use crate::kernels::conv::ConvShape;
use crate::kernels::conv::scan::Scan;
use crate::kernels::shared::Shared;
use crate::kernels::simd::{self, Kernel, Simd};
use crate::kernels::{Scratch, pieces};
use std::marker::PhantomData;
use std::ops::Range;

/// Computes the gradient by the weights, out of the input and the gradient by the output.
pub(super) fn run<F: Scheme<T, P>, const T: usize, const P: usize>(
    _scheme: F,
    shape: &ConvShape,
    (input, output_gradient, weight_gradient): (&[f32], &[f32], &mut [f32]),
    scratch: &mut Scratch,
) {
    let scan = Scan::forward(shape);
    let tiles = Tiles::new(T, shape.batch, shape.output);
    let work = Work { scan: &scan, cpu: shape.cpu(), tiles, input, output_gradient };
    let cut = Cut::new::<P>(&scan, tiles.count);
    let sizes = [
        P * P * apart(cut.sources * cut.targets * LANES * LANES),
        P * P * apart(cut.sources * cut.tiles * LANES),
        P * P * apart(cut.targets * cut.tiles * LANES),
    ];
    let (floats, _) = scratch.bench().floats_and_lanes(sizes.iter().sum(), 0, 0);
    let (sums, rest) = floats.split_at_mut(sizes[0]);
    let (inputs, gradients) = rest.split_at_mut(sizes[1]);
    for targets in parts(scan.target.blocks(), cut.targets) {
        for sources in parts(scan.source.blocks(), cut.sources) {
            let part = Part { scheme: PhantomData::<F>, work: &work, sources, targets: targets.clone() };
            for range in parts(tiles.count, cut.tiles) {
                part.transform::<T, P>(range.clone(), inputs, gradients);
                part.add_products::<P>(range, inputs, gradients, sums);
            }
            part.finish::<T, P>(sums, weight_gradient);
        }
    }
}

/// Parts of a range, of a size; the last one may be smaller.
fn parts(count: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    (0..count).step_by(size).map(move |start| start..count.min(start + size))
}

struct Work<'w> {
    scan: &'w Scan,
    cpu: Cpu,
    tiles: Tiles,
    input: &'w [f32],
    output_gradient: &'w [f32],
}

/// What is done at a time.
#[derive(Debug)]
struct Cut {
    /// Blocks of channels.
    sources: usize,
    /// Blocks of filters.
    targets: usize,
    /// Tiles that are transformed together.
    tiles: usize,
}

impl Cut {
    /// Sums take a third of the cache that all threads share, and so do transformed tiles.
    fn new<const P: usize>(scan: &Scan, tiles: usize) -> Cut {
        let line = P * P * LANES;
        let far = (Caches::get().third / 4).min(8 << 20);
        let blocks = (far / 10 * 3 / (line * LANES)).isqrt().max(1);
        let (sources, targets) = (even(scan.source.blocks(), blocks), even(scan.target.blocks(), blocks));
        let together = (far / 10 * 3 / (line * (sources + targets))).max(16);
        Cut { sources, targets, tiles: even(tiles, together) }
    }
}

/// Some channels and some filters.
#[derive(Clone)]
struct Part<'p, F> {
    scheme: PhantomData<F>,
    work: &'p Work<'p>,
    sources: Range<usize>,
    targets: Range<usize>,
}

impl<F> Part<'_, F> {
    /// Transforms a chunk of tiles: what lies under them, and the gradients in them.
    fn transform<const T: usize, const P: usize>(
        &self,
        range: Range<usize>,
        inputs: &mut [f32],
        gradients: &mut [f32],
    ) where
        F: Scheme<T, P>,
    {
        const PIECE: usize = 8;
        let (inputs, gradients) = (Shared::new(inputs), Shared::new(gradients));
        let pieces = range.clone().step_by(PIECE).flat_map(|start| {
            let part = start..range.end.min(start + PIECE);
            [(part.clone(), true), (part, false)]
        });
        pieces::for_each(pieces, usize::MAX, |(tiles, of_input)| {
            let to = if of_input { inputs } else { gradients };
            let chunk = range.clone();
            simd::run(self.work.cpu, Transform::<F, T, P> { part: self, chunk, tiles, of_input, to });
        });
    }

    /// Adds the products of a chunk to the sums.
    fn add_products<const P: usize>(
        &self,
        range: Range<usize>,
        inputs: &[f32],
        gradients: &[f32],
        sums: &mut [f32],
    ) {
        let (sources, targets) = (self.sources.len(), self.targets.len());
        let (count, adds) = (range.len(), range.start > 0);
        let sums = sums.chunks_exact_mut(apart(sources * targets * LANES * LANES));
        let inputs = inputs.chunks_exact(apart(sources * count * LANES));
        let gradients = gradients.chunks_exact(apart(targets * count * LANES));
        let pieces = sums.zip(inputs).zip(gradients).take(P * P);
        pieces::for_each(pieces, usize::MAX, |((sums, inputs), gradients)| {
            simd::run(self.work.cpu, Products { sources, targets, count, adds, inputs, gradients, sums });
        });
    }

    /// Turns sums into gradients of weights.
    fn finish<const T: usize, const P: usize>(&self, sums: &[f32], weight_gradient: &mut [f32])
    where
        F: Scheme<T, P>,
    {
        let filters = LANES * self.work.scan.source.channels * 9;
        let blocks = weight_gradient.chunks_mut(filters).skip(self.targets.start).take(self.targets.len());
        pieces::for_each(blocks.enumerate(), sums.len(), |(block, gradient)| {
            simd::run(self.work.cpu, Finish::<F, T, P> { part: self, sums, block, gradient });
        });
    }
}

/// Transforms some tiles of a chunk.
struct Transform<'p, F, const T: usize, const P: usize> {
    part: &'p Part<'p, F>,
    chunk: Range<usize>,
    tiles: Range<usize>,
    of_input: bool,
    to: Shared<'p>,
}

impl<F: Scheme<T, P>, const T: usize, const P: usize> Kernel for Transform<'_, F, T, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Work { scan, tiles, input, output_gradient, .. } = *self.part.work;
        let blocks = if self.of_input { &self.part.sources } else { &self.part.targets };
        let block = self.chunk.len() * LANES;
        let frequency = apart(blocks.len() * block);
        let offset = (self.tiles.start - self.chunk.start) * LANES;
        assert!(offset + self.tiles.len() * LANES <= block && self.to.len() >= P * P * frequency);
        let (mut under, mut inside) = ([[[0.0; LANES]; P]; P], [[[0.0; LANES]; T]; T]);
        for (number, channels) in blocks.clone().enumerate() {
            for (index, tile) in tiles.of(self.tiles.clone()).enumerate() {
                let start = number * block + offset + index * LANES;
                let to = Frequencies { start: self.to.start().wrapping_add(start), block, frequency };
                // SAFETY: there is room for the tiles in every block and frequency, and each is in one piece.
                unsafe {
                    if self.of_input {
                        let square = Square::under(scan, tile);
                        input::transform_tile::<S, Values<F, T>, P, P>(
                            simd,
                            scan.source,
                            input,
                            &square,
                            channels,
                            &mut under,
                            to,
                        );
                    } else {
                        let square = Square::of(tile);
                        input::transform_tile::<S, Gradients<F>, T, P>(
                            simd,
                            scan.target,
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
    /// Blocks of channels.
    sources: usize,
    /// Blocks of filters.
    targets: usize,
    /// Tiles.
    count: usize,
    /// Whether there are sums of tiles before.
    adds: bool,
    inputs: &'p [f32],
    gradients: &'p [f32],
    sums: &'p mut [f32],
}

impl Products<'_> {
    /// Tiles that are taken at once: so few that a block of gradients stays in the cache of first level.
    const TILES: usize = 160;
}

impl Kernel for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Products { sources, targets, count, .. } = self;
        let (block, sums_block) = (count * LANES, sources * LANES * LANES);
        assert!(self.inputs.len() >= sources * block && self.gradients.len() >= targets * block);
        assert!(self.sums.len() >= targets * sums_block);
        let parts = LANES.div_ceil(S::ROWS);
        let each = even(count, Products::TILES);
        for start in (0..count).step_by(each) {
            let (count, adds) = (each.min(count - start), self.adds || start > 0);
            for target in (0..targets).step_by(S::COLUMNS) {
                let columns = S::COLUMNS.min(targets - target);
                let gradients = self.gradients[target * block + start * LANES..].as_ptr();
                for source in 0..sources {
                    for part in 0..parts {
                        let (first, last) = (part * LANES / parts, (part + 1) * LANES / parts);
                        let sums = target * sums_block + (source * LANES + first) * LANES;
                        let product = Product {
                            inputs: self.inputs[source * block + start * LANES + first..].as_ptr(),
                            gradients,
                            gradients_block: block,
                            count,
                            sums: self.sums[sums..].as_mut_ptr(),
                            sums_block,
                            adds,
                        };
                        // SAFETY: from `start` on, each block holds `count` tiles of sixteen values, of which the
                        // channels from `first` to `last` are taken, and there is a row of sums for each
                        // channel in every block of filters.
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
struct Finish<'p, F, const T: usize, const P: usize> {
    part: &'p Part<'p, F>,
    sums: &'p [f32],
    /// Which of the blocks of the part.
    block: usize,
    /// The gradients of these filters for all channels.
    gradient: &'p mut [f32],
}

impl<F: Scheme<T, P>, const T: usize, const P: usize> Kernel for Finish<'_, F, T, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Part { work, sources, targets, .. } = self.part;
        let channels = work.scan.source.channels;
        let block = sources.len() * LANES * LANES;
        let frequency = apart(targets.len() * block);
        for (index, channel) in (sources.start * LANES..channels.min(sources.end * LANES)).enumerate() {
            let start = self.block * block + index * LANES;
            let mut rows = [[simd.zero(); P]; 3];
            for column in 0..P {
                let mut along = [simd.zero(); P];
                for (index, value) in along.iter_mut().enumerate() {
                    let at = (index * P + column) * frequency + start;
                    *value = simd.of(self.sums[at..].first_chunk().unwrap_or(&[0.0; LANES]));
                }
                for (row, value) in rows.iter_mut().zip(F::taps(simd, along)) {
                    row[column] = value;
                }
            }
            let mut taps = [[0.0; LANES]; 9];
            for (row, taps) in rows.into_iter().zip(taps.as_chunks_mut::<3>().0) {
                for (tap, value) in taps.iter_mut().zip(F::taps(simd, row)) {
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
