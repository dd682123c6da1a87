//! The sums of a convolution.

use super::super::blocks::{Block, Blocks};
use super::super::{Epilogue, Scratch, gemm, pieces};
use super::columns::{self, Patch};
use super::{ConvShape, Tiling};
use ndarray::{ArrayView2, ArrayViewMut3, s};

/// Convolves images `[image, channel, row, column]` with weights `[filter, channel, row, column]`.
pub fn forward(
    shape: &ConvShape,
    input: &[f32],
    weight: &[f32],
    epilogue: Epilogue<'_>,
    output: &mut [f32],
    scratch: &mut Scratch,
) {
    shape.check(input, weight, output);
    if shape.batch == 0 {
        return;
    }
    let tiling = shape.tiling();
    let size = TileSize::new(shape, tiling);
    let lanes = scratch.lanes(size.columns + size.sums, shape.volume());
    let blocks = Blocks::new(by_image(shape, output), tiling.images, tiling.rows * shape.output.width);
    pieces::for_each_with_scratch(blocks, lanes, |scratch, block| {
        let (columns, sums) = scratch.split_at_mut(size.columns);
        compute_block(shape, input, weight, columns, sums, &block);
        finish_block(epilogue, sums, block);
    });
}

/// Scratch for one tile, in floats.
struct TileSize {
    columns: usize,
    sums: usize,
}

impl TileSize {
    fn new(shape: &ConvShape, tiling: Tiling) -> TileSize {
        let columns = tiling.columns(shape);
        let unfolded = if reads_in_place(shape, tiling.images) { 0 } else { shape.depth() * columns };
        TileSize { columns: unfolded, sums: shape.output.channels * columns }
    }
}

/// Whether the images are their own columns.
pub(super) fn reads_in_place(shape: &ConvShape, images: usize) -> bool {
    shape.window.is_pointwise() && images == 1
}

/// The sums of a block of the output, `[filter, image, position]`.
fn compute_block(
    shape: &ConvShape,
    input: &[f32],
    weight: &[f32],
    columns: &mut [f32],
    sums: &mut [f32],
    block: &Block<'_>,
) {
    let (images, filters, positions) = block.view.dim();
    let input = &input[block.outer * shape.input.elements()..];
    let sums = gemm::matrix_mut(&mut sums[..filters * images * positions], images * positions);
    let weight = gemm::matrix(weight, shape.depth());
    if reads_in_place(shape, images) {
        let image = gemm::matrix(&input[..shape.input.elements()], shape.input.area());
        let band: ArrayView2<'_, f32> = image.slice_move(s![.., block.inner..block.inner + positions]);
        return gemm::multiply(weight, band, sums);
    }
    let width = shape.output.width;
    let rows = block.inner / width..(block.inner + positions) / width;
    let patch = Patch { images, channels: 0..shape.input.channels, rows };
    let columns = &mut columns[..shape.depth() * images * positions];
    columns::unfold(shape, &patch, input, columns);
    gemm::multiply(weight, gemm::matrix(columns, images * positions), sums);
}

/// Finishes sums `[filter, image, position]` and stores them in their block.
fn finish_block(epilogue: Epilogue<'_>, sums: &[f32], mut block: Block<'_>) {
    let (images, filters, positions) = block.view.dim();
    for image in 0..images {
        for filter in 0..filters {
            let sums = &sums[(filter * images + image) * positions..][..positions];
            if let Some(output) = block.view.slice_mut(s![image, filter, ..]).as_slice_mut() {
                epilogue.finish(filter, sums, output);
            }
        }
    }
}

/// The output as `[image, filter, position]`.
fn by_image<'a>(shape: &ConvShape, output: &'a mut [f32]) -> ArrayViewMut3<'a, f32> {
    let dimensions = (shape.batch, shape.output.channels, shape.output.area());
    match ArrayViewMut3::from_shape(dimensions, output) {
        Ok(view) => view,
        Err(error) => panic!("output of {shape:?}: {error}"),
    }
}
