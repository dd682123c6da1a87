//! Sums: those of a convolution, and the gradient by its input.

use super::super::ConvShape;
use super::band::{self, Band};
use super::weights::{self, Order};
use crate::activation::{self, Activation};
use crate::geometry::LANES;
use crate::kernels::conv::scan::Scan;
use crate::kernels::packs::Purpose;
use crate::kernels::shared::Shared;
use crate::kernels::simd::{self, Kernel, Simd};
use crate::kernels::{Epilogue, Scratch, pieces};
use std::ops::Range;

/// Convolves maps.
pub(in super::super) fn forward(
    shape: &ConvShape,
    input: &[f32],
    weight: &[f32],
    epilogue: Epilogue<'_>,
    output: &mut [f32],
    scratch: &mut Scratch,
) {
    run(shape, &Scan::forward(shape), Order::Forward, input, weight, epilogue, output, scratch);
}

/// Computes the gradient by the maps.
pub(in super::super) fn input_gradient(
    shape: &ConvShape,
    output_gradient: &[f32],
    weight: &[f32],
    input_gradient: &mut [f32],
    scratch: &mut Scratch,
) {
    let scan = Scan::input_gradient(shape);
    let epilogue = Epilogue { bias: None, norm: None, activation: Activation::None };
    run(shape, &scan, Order::Transposed, output_gradient, weight, epilogue, input_gradient, scratch);
}

/// Computes all sums of a scan. A piece is a band of rows of one image.
#[allow(clippy::too_many_arguments, reason = "all that a convolution takes")]
fn run(
    shape: &ConvShape,
    scan: &Scan,
    order: Order,
    source: &[f32],
    weight: &[f32],
    epilogue: Epilogue<'_>,
    target: &mut [f32],
    scratch: &mut Scratch,
) {
    let (rows, cpu) = (scan.rows(shape.batch), shape.cpu());
    let bands = scan.target.height.div_ceil(rows);
    let purpose = match order {
        Order::Forward => Purpose::Direct,
        Order::Transposed => Purpose::DirectTransposed,
    };
    let (packed, bench) = scratch.packed(weight, purpose, weights::size(scan), |packed| {
        weights::pack(scan, order, weight, packed);
    });
    let (_, lanes) = bench.floats_and_lanes(0, band::size(scan, rows), shape.volume());
    let target = Shared::new(target);
    pieces::for_each_with_scratch(0..shape.batch * bands, lanes, |scratch, piece| {
        let (image, first) = (piece / bands, piece % bands * rows);
        let rows = first..(first + rows).min(scan.target.height);
        let source = &source[image * scan.source_stored()..][..scan.source_stored()];
        let band = band::of(scan, source, rows.clone(), scratch);
        simd::run(cpu, Piece { scan, band, image, rows, packed, epilogue, target });
    });
}

/// Some rows of the sums of one image.
struct Piece<'p> {
    scan: &'p Scan,
    band: Band<'p>,
    image: usize,
    rows: Range<usize>,
    packed: &'p [f32],
    epilogue: Epilogue<'p>,
    target: Shared<'p>,
}

impl Kernel for Piece<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (scan, width) = (self.scan, self.scan.target.width);
        let (blocks, rectifies) = (scan.target.blocks(), self.epilogue.activation == Activation::Relu);
        let block_weights = scan.depth() * LANES;
        for block in 0..blocks {
            let [factors, summands] = self.epilogue.block(block, scan.target.channels);
            let (factors, summands) = (simd.of(&factors), simd.of(&summands));
            let weights = &self.packed[block * block_weights..][..block_weights];
            let start = (self.image * blocks + block) * scan.target.height;
            let range = (start + self.rows.start) * width * LANES..(start + self.rows.end) * width * LANES;
            // SAFETY: no other piece has these rows of this image, and this one looks at a block at a time.
            let target = unsafe { self.target.part(range) };
            for (number, row) in target.chunks_exact_mut(width * LANES).enumerate() {
                let offset = number * scan.stride[0] * self.band.row;
                for columns in even_parts(width, S::ROWS) {
                    let values = &self.band.values[offset + columns.start * self.band.step..];
                    let sums = &mut row[columns.start * LANES..columns.end * LANES];
                    let look = Look { scan, band: &self.band, values, weights };
                    look.tile(simd, sums, Finish { factors, summands, rectifies });
                }
            }
            if !rectifies {
                finish(self.epilogue.activation, scan, block, target);
            }
        }
    }
}

/// Activates what has been stored; padding stays zero.
fn finish(activation: Activation, scan: &Scan, block: usize, target: &mut [f32]) {
    activation::apply(activation, target);
    let channels = scan.target.channels - block * LANES;
    if channels < LANES && activation.apply(0.0) != 0.0 {
        target.chunks_exact_mut(LANES).for_each(|row| row[channels..].fill(0.0));
    }
}

/// Cuts a range into the fewest parts of at most `most`, which are as even as can be.
#[inline(always)]
pub(super) fn even_parts(length: usize, most: usize) -> impl Iterator<Item = Range<usize>> {
    let parts = length.div_ceil(most);
    (0..parts).map(move |part| part * length / parts..(part + 1) * length / parts)
}

/// What is done to sums before they are stored. No closure, since that need not become a part of the loop.
#[derive(Clone, Copy)]
struct Finish<S: Simd> {
    factors: S::Vector,
    summands: S::Vector,
    rectifies: bool,
}

impl<S: Simd> Finish<S> {
    #[inline(always)]
    fn apply(self, simd: S, total: S::Vector) -> S::Vector {
        let sum = simd.mul_add(total, self.factors, self.summands);
        if self.rectifies { simd.rectify(sum) } else { sum }
    }
}

/// What the sums of one block at some positions in a row are computed from.
#[derive(Clone, Copy)]
struct Look<'l> {
    scan: &'l Scan,
    band: &'l Band<'l>,
    /// The band from the first position on.
    values: &'l [f32],
    /// Weights of the block.
    weights: &'l [f32],
}

impl Look<'_> {
    /// Computes as many sums as there are rows in `sums`, and finishes them before they are stored.
    #[inline(always)]
    fn tile<S: Simd>(self, simd: S, sums: &mut [f32], finish: Finish<S>) {
        macro_rules! of_rows {
            ($($rows:literal)*) => {
                match sums.len() / LANES {
                    $($rows if $rows <= S::ROWS => self.tile_of::<S, $rows>(simd, sums, finish),)*
                    rows => panic!("a tile of {rows} rows"),
                }
            };
        }
        of_rows!(1 2 3 4 5 6 7 8 9 10 11 12 13 14);
    }

    /// [`tile`](Look::tile) of a number of positions that is known beforehand.
    #[inline(always)]
    fn tile_of<S: Simd, const R: usize>(self, simd: S, sums: &mut [f32], finish: Finish<S>) {
        let Look { scan, band, values, weights } = self;
        let (groups, stretch) = (scan.groups(), scan.stretch());
        let last =
            (groups - 1) * band.group + (scan.kernel[0] - 1) * band.row + stretch + (R - 1) * band.step;
        assert!(last <= values.len() && weights.len() == scan.depth() * LANES && sums.len() == R * LANES);
        let mut totals = [simd.zero(); R];
        let mut weights = weights.as_ptr();
        for group in 0..groups {
            for row in 0..scan.kernel[0] {
                // SAFETY: the farthest value that is read, that of the last position under the end of the last
                // row of the kernel in the last group, lies in `values`, and there is a row of weights for each.
                unsafe {
                    let mut value = values.as_ptr().add(group * band.group + row * band.row);
                    for _ in 0..stretch {
                        let weight = simd.load(weights);
                        for (position, total) in totals.iter_mut().enumerate() {
                            let value = simd.splat(*value.add(position * band.step));
                            *total = simd.mul_add(value, weight, *total);
                        }
                        value = value.add(1);
                        weights = weights.add(LANES);
                    }
                }
            }
        }
        for (sum, total) in sums.as_chunks_mut::<LANES>().0.iter_mut().zip(totals) {
            *sum = simd.to_array(finish.apply(simd, total));
        }
    }
}
