//! From the gradient of the output to that of the input.

use super::super::{Scratch, gemm, pieces};
use super::columns::{self, Patch};
use super::forward::reads_in_place;
use super::{ConvShape, Tiling};
use ndarray::{ArrayView2, s};
use std::ops::Range;

/// Computes the gradient by the images out of the gradient by what [`forward`](super::forward) sums up.
///
/// A piece is a group of images, or some channels of one: nothing is written by two pieces.
pub fn input_gradient(
    shape: &ConvShape,
    output_gradient: &[f32],
    weight: &[f32],
    input_gradient: &mut [f32],
    scratch: &mut Scratch,
) {
    shape.check(input_gradient, weight, output_gradient);
    if shape.batch == 0 {
        return;
    }
    let tiling = shape.tiling();
    let channels = channels_of_a_piece(shape, tiling);
    let size = tiling.columns(shape) * (channels * shape.window.area() + shape.output.channels);
    let lanes = scratch.lanes(size, shape.volume());
    let group = tiling.images * shape.input.elements();
    let piece = tiling.images * channels * shape.input.area();
    let pieces = input_gradient.chunks_mut(group).enumerate().flat_map(|(group, images)| {
        images.chunks_mut(piece).enumerate().map(move |(part, values)| (group, part, values))
    });
    pieces::for_each_with_scratch(pieces, lanes, |scratch, (group, part, values)| {
        let first = part * channels;
        let channels = first..(first + channels).min(shape.input.channels);
        let output_gradient = &output_gradient[group * tiling.images * shape.output.elements()..];
        compute_piece(shape, tiling, channels, output_gradient, weight, values, scratch);
    });
}

/// Several images are taken with all their channels; the channels of one are shared out if there are not
/// enough images for all threads.
fn channels_of_a_piece(shape: &ConvShape, tiling: Tiling) -> usize {
    if tiling.images > 1 {
        return shape.input.channels;
    }
    shape.input.channels.div_ceil(pieces::WANTED.div_ceil(shape.batch))
}

/// The gradient by some channels of one or more images.
fn compute_piece(
    shape: &ConvShape,
    tiling: Tiling,
    channels: Range<usize>,
    output_gradient: &[f32],
    weight: &[f32],
    values: &mut [f32],
    scratch: &mut [f32],
) {
    let (area, width) = (shape.window.area(), shape.output.width);
    let weight = gemm::matrix(weight, shape.depth());
    let weight = weight.slice(s![.., channels.start * area..channels.end * area]).reversed_axes();
    let images = values.len() / (channels.len() * shape.input.area());
    if reads_in_place(shape, images) {
        let output_gradient = &output_gradient[..shape.output.elements()];
        let output_gradient = gemm::matrix(output_gradient, shape.output.area());
        return gemm::multiply(weight, output_gradient, gemm::matrix_mut(values, shape.input.area()));
    }
    values.fill(0.0);
    for first in (0..shape.output.height).step_by(tiling.rows) {
        let rows = first..(first + tiling.rows).min(shape.output.height);
        let patch = Patch { images, channels: channels.clone(), rows };
        let (positions, depth) = (patch.columns(shape), patch.depth(shape));
        let (columns, gathered) = scratch.split_at_mut(depth * positions);
        let band = patch.rows.start * width..patch.rows.end * width;
        let output_gradient = gather(shape, images, band, output_gradient, gathered);
        gemm::multiply(weight, output_gradient, gemm::matrix_mut(columns, positions));
        columns::fold_add(shape, &patch, columns, values);
    }
}

/// Some positions of the gradient of the output, as `[filter, image and position]`: in place for one image,
/// put together in `scratch` for more.
pub(super) fn gather<'a>(
    shape: &ConvShape,
    images: usize,
    positions: Range<usize>,
    output_gradient: &'a [f32],
    scratch: &'a mut [f32],
) -> ArrayView2<'a, f32> {
    let area = shape.output.area();
    if images == 1 {
        let image = gemm::matrix(&output_gradient[..shape.output.elements()], area);
        return image.slice_move(s![.., positions]);
    }
    let columns = images * positions.len();
    let scratch = &mut scratch[..shape.output.channels * columns];
    for (filter, row) in scratch.chunks_exact_mut(columns).enumerate() {
        for (image, values) in row.chunks_exact_mut(positions.len()).enumerate() {
            let plane = (image * shape.output.channels + filter) * area;
            values.copy_from_slice(&output_gradient[plane..][positions.clone()]);
        }
    }
    gemm::matrix(scratch, columns)
}
