//! From the gradient of the output to that of the weights.

use super::super::blocks::{Block, Blocks};
use super::super::{Scratch, gemm, pieces};
use super::columns::{self, Patch};
use super::forward::reads_in_place;
use super::input_gradient::gather;
use super::{ConvShape, Tiling};
use ndarray::{ArrayViewMut2, ArrayViewMut3, Axis, s};
use std::ops::Range;

/// Computes the gradient by the weights out of the images and the gradient by what
/// [`forward`](super::forward) sums up.
///
/// A piece is the share of some images in the gradient of some channels. Few weights are summed up for
/// several parts of the batch, and the parts then in order; many would take too much memory for that, but
/// have channels enough for all threads.
pub fn weight_gradient(
    shape: &ConvShape,
    input: &[f32],
    output_gradient: &[f32],
    weight_gradient: &mut [f32],
    scratch: &mut Scratch,
) {
    shape.check(input, weight_gradient, output_gradient);
    if shape.batch == 0 {
        return weight_gradient.fill(0.0);
    }
    let (tiling, cut) = (shape.tiling(), Cut::new(shape));
    let size = tiling.columns(shape) * (cut.channels * shape.window.area() + shape.output.channels);
    let partial = if cut.parts == 1 { 0 } else { cut.parts * shape.weights() };
    let (partial, lanes) = scratch.floats_and_lanes(partial, size, shape.volume());

    let sums = if cut.parts == 1 { &mut *weight_gradient } else { &mut *partial };
    let blocks = Blocks::new(by_part(shape, cut, sums), 1, cut.channels * shape.window.area());
    pieces::for_each_with_scratch(blocks, lanes, |scratch, block| {
        compute_block(shape, tiling, cut, input, output_gradient, scratch, block);
    });
    if cut.parts > 1 {
        add_parts(partial, weight_gradient);
    }
}

/// How the work is shared out.
#[derive(Clone, Copy)]
struct Cut {
    /// Into how many parts the batch is cut.
    parts: usize,
    /// How many channels a piece has.
    channels: usize,
}

impl Cut {
    /// With at most so many weights, the batch is cut; the sums of all parts take up to 16 MiB.
    const FEW_WEIGHTS: usize = 1 << 19;

    fn new(shape: &ConvShape) -> Cut {
        let parts = if shape.weights() <= Cut::FEW_WEIGHTS { pieces::WANTED.min(shape.batch) } else { 1 };
        Cut { parts, channels: shape.input.channels.div_ceil(pieces::WANTED.div_ceil(parts)) }
    }

    /// The images of one part. The parts are as even as can be, and none is empty.
    fn images(self, shape: &ConvShape, part: usize) -> Range<usize> {
        part * shape.batch / self.parts..(part + 1) * shape.batch / self.parts
    }
}

/// Sums up one block: a part of the batch, and some channels.
fn compute_block(
    shape: &ConvShape,
    tiling: Tiling,
    cut: Cut,
    input: &[f32],
    output_gradient: &[f32],
    scratch: &mut [f32],
    block: Block<'_>,
) {
    let area = shape.window.area();
    let mut sums = block.view.index_axis_move(Axis(0), 0);
    sums.fill(0.0);
    let channels = block.inner / area..(block.inner + sums.ncols()) / area;
    let part = cut.images(shape, block.outer);
    for image in part.clone().step_by(tiling.images) {
        let images = tiling.images.min(part.end - image);
        let input = &input[image * shape.input.elements()..];
        let output_gradient = &output_gradient[image * shape.output.elements()..];
        for row in (0..shape.output.height).step_by(tiling.rows) {
            let rows = row..(row + tiling.rows).min(shape.output.height);
            let patch = Patch { images, channels: channels.clone(), rows };
            add_patch(shape, &patch, input, output_gradient, scratch, sums.view_mut());
        }
    }
}

/// Adds the share of one patch.
fn add_patch(
    shape: &ConvShape,
    patch: &Patch,
    input: &[f32],
    output_gradient: &[f32],
    scratch: &mut [f32],
    sums: ArrayViewMut2<'_, f32>,
) {
    let (positions, depth, width) = (patch.columns(shape), patch.depth(shape), shape.output.width);
    let band = patch.rows.start * width..patch.rows.end * width;
    let (columns, gathered) = scratch.split_at_mut(depth * positions);
    let output_gradient = gather(shape, patch.images, band.clone(), output_gradient, gathered);
    if reads_in_place(shape, patch.images) {
        let image = gemm::matrix(&input[..shape.input.elements()], shape.input.area());
        let columns = image.slice(s![patch.channels.clone(), band]);
        return gemm::multiply_add(output_gradient, columns.reversed_axes(), sums);
    }
    columns::unfold(shape, patch, input, columns);
    gemm::multiply_add(output_gradient, gemm::matrix(columns, positions).reversed_axes(), sums);
}

/// Adds up the parts, the first one first.
fn add_parts(parts: &[f32], total: &mut [f32]) {
    const CHUNK: usize = 4096;
    let weights = total.len();
    pieces::for_each(total.chunks_mut(CHUNK).enumerate(), parts.len(), |(chunk, total)| {
        for (index, part) in parts.chunks_exact(weights).enumerate() {
            let part = &part[chunk * CHUNK..][..total.len()];
            match index {
                0 => total.copy_from_slice(part),
                _ => total.iter_mut().zip(part).for_each(|(total, &value)| *total += value),
            }
        }
    });
}

/// Sums as `[part, filter, value under the kernel]`.
fn by_part<'a>(shape: &ConvShape, cut: Cut, sums: &'a mut [f32]) -> ArrayViewMut3<'a, f32> {
    match ArrayViewMut3::from_shape((cut.parts, shape.output.channels, shape.depth()), sums) {
        Ok(view) => view,
        Err(error) => panic!("weight gradient of {shape:?}: {error}"),
    }
}
