//! The gradient by the weights: for each weight, the sum over all positions of what lies under it times the
//! gradient there.

use super::super::ConvShape;
use super::band::{self, Band};
use super::forward::even_parts;
use super::weights;
use crate::geometry::LANES;
use crate::kernels::conv::scan::Scan;
use crate::kernels::simd::{self, Kernel, Simd};
use crate::kernels::{Scratch, pieces};
use std::ops::Range;

/// Computes the gradient by the weights.
///
/// A piece is the share of some bands of rows in the gradient of some blocks of filters. Few weights are
/// summed up for several parts of the batch, and the parts then in order; many would take too much memory
/// for that, but have filters enough for all threads.
pub(in super::super) fn weight_gradient(
    shape: &ConvShape,
    input: &[f32],
    output_gradient: &[f32],
    weight_gradient: &mut [f32],
    scratch: &mut Scratch,
) {
    let (scan, cpu) = (Scan::forward(shape), shape.cpu());
    let cut = Cut::new(&scan, shape.batch);
    let (size, block) = (weights::size(&scan), scan.depth() * LANES);
    let (sums, lanes) =
        scratch.bench().floats_and_lanes(cut.parts * size, band::size(&scan, cut.rows), shape.volume());
    let pieces = sums.chunks_exact_mut(size).enumerate().flat_map(|(part, sums)| {
        sums.chunks_mut(cut.blocks * block).enumerate().map(move |(index, sums)| (part, index, sums))
    });
    pieces::for_each_with_scratch(pieces, lanes, |scratch, (part, index, sums)| {
        sums.fill(0.0);
        for band in cut.bands_of(part) {
            let (image, first) = (band / cut.bands, band % cut.bands * cut.rows);
            let rows = first..(first + cut.rows).min(scan.target.height);
            let input = &input[image * scan.source_stored()..][..scan.source_stored()];
            let gradient = &output_gradient[image * scan.target.stored()..][..scan.target.stored()];
            let band = band::of(&scan, input, rows.clone(), scratch);
            let first_block = index * cut.blocks;
            simd::run(cpu, Piece { scan: &scan, band, rows, gradient, first_block, sums: &mut *sums });
        }
    });
    weights::unpack_sums(&scan, sums, weight_gradient);
}

/// How the work is shared out.
#[derive(Clone, Copy)]
struct Cut {
    /// The rows of a band.
    rows: usize,
    /// The bands of an image.
    bands: usize,
    /// The bands of the batch.
    all: usize,
    /// Into how many parts those are cut.
    parts: usize,
    /// How many blocks of filters a piece has.
    blocks: usize,
}

impl Cut {
    /// With at most so many weights, the bands are cut; the sums of all parts take up to 16 MiB.
    const FEW_WEIGHTS: usize = 1 << 19;

    fn new(scan: &Scan, batch: usize) -> Cut {
        let rows = scan.rows(batch);
        let bands = scan.target.height.div_ceil(rows);
        let all = batch * bands;
        let few = weights::size(scan) <= Cut::FEW_WEIGHTS;
        let parts = if few { pieces::WANTED.min(all) } else { 1 };
        let blocks = scan.target.blocks().div_ceil(pieces::WANTED.div_ceil(parts));
        Cut { rows, bands, all, parts, blocks }
    }

    /// The bands of one part. The parts are as even as can be, and none is empty.
    fn bands_of(self, part: usize) -> Range<usize> {
        part * self.all / self.parts..(part + 1) * self.all / self.parts
    }
}

/// The share of some rows of one image in the gradient of some blocks of filters.
struct Piece<'p> {
    scan: &'p Scan,
    band: Band<'p>,
    rows: Range<usize>,
    gradient: &'p [f32],
    first_block: usize,
    sums: &'p mut [f32],
}

impl Kernel for Piece<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (scan, stretch) = (self.scan, self.scan.stretch());
        let width = scan.target.width * LANES;
        let blocks = self.sums.chunks_exact_mut(scan.depth() * LANES).enumerate();
        for (block, sums) in blocks {
            let start = (self.first_block + block) * scan.target.height;
            let gradient = &self.gradient[(start + self.rows.start) * width..(start + self.rows.end) * width];
            for (number, sums) in sums.chunks_exact_mut(stretch * LANES).enumerate() {
                let (group, row) = (number / scan.kernel[0], number % scan.kernel[0]);
                let values = &self.band.values[group * self.band.group + row * self.band.row..];
                for part in even_parts(stretch, S::ROWS) {
                    let values = &values[part.start..];
                    let sums = &mut sums[part.start * LANES..part.end * LANES];
                    tile(simd, scan, &self.band, values, gradient, sums);
                }
            }
        }
    }
}

/// Adds the share of some rows to the gradients of weights one behind the other, by one block of filters.
#[inline(always)]
fn tile<S: Simd>(simd: S, scan: &Scan, band: &Band<'_>, values: &[f32], gradient: &[f32], sums: &mut [f32]) {
    macro_rules! of_rows {
        ($($rows:literal)*) => {
            match sums.len() / LANES {
                $($rows if $rows <= S::ROWS => tile_of::<S, $rows>(simd, scan, band, values, gradient, sums),)*
                rows => panic!("a tile of {rows} rows"),
            }
        };
    }
    of_rows!(1 2 3 4 5 6 7 8 9 10 11 12 13 14);
}

/// [`tile`] of a number of weights that is known beforehand.
#[inline(always)]
fn tile_of<S: Simd, const R: usize>(
    simd: S,
    scan: &Scan,
    band: &Band<'_>,
    values: &[f32],
    gradient: &[f32],
    sums: &mut [f32],
) {
    let width = scan.target.width;
    let (rows, row) = (gradient.len() / (width * LANES), scan.stride[0] * band.row);
    let last = (rows - 1) * row + (width - 1) * band.step + R;
    assert!(last <= values.len() && sums.len() == R * LANES);
    let sums = sums.as_chunks_mut::<LANES>().0;
    let mut totals = [simd.zero(); R];
    for (total, sum) in totals.iter_mut().zip(&*sums) {
        *total = simd.of(sum);
    }
    for (number, gradients) in gradient.chunks_exact(width * LANES).enumerate() {
        // SAFETY: the farthest value that is read, the last under the last position of the last row, lies in
        // `values`, and `gradients` has sixteen for each position.
        unsafe {
            let values = values.as_ptr().add(number * row);
            for column in 0..width {
                let gradient = simd.load(gradients.as_ptr().add(column * LANES));
                let values = values.add(column * band.step);
                for (index, total) in totals.iter_mut().enumerate() {
                    *total = simd.mul_add(simd.splat(*values.add(index)), gradient, *total);
                }
            }
        }
    }
    for (sum, total) in sums.iter_mut().zip(totals) {
        *sum = simd.to_array(total);
    }
}
