//! Dense layers: `Y = X Wᵀ` with a row for each image, `dX = dY W` and `dW = dYᵀ X`.

use super::blocks::{Block, Blocks};
use super::{Epilogue, gemm, pieces, sums};
use ndarray::{ArrayViewMut3, Axis, s};

/// With fewer images, packing the weights takes longer than multiplying by them.
const FEW_IMAGES: usize = 4;

/// With fewer columns, packing the other operand takes longer than multiplying by it.
const FEWEST_COLUMNS: usize = 64;

/// The shapes of a dense layer over a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DenseShape {
    /// The number of images.
    pub batch: usize,
    /// The number of values that come in for each.
    pub features: usize,
    /// The number of values that go out.
    pub units: usize,
}

impl DenseShape {
    /// The number of values that are read and written.
    fn volume(self) -> usize {
        self.batch * (self.features + self.units) + self.units * self.features
    }

    /// Panics if the slices have not the lengths of input, weights and output.
    fn check(self, input: &[f32], weight: &[f32], output: &[f32]) {
        let found = [input.len(), weight.len(), output.len()];
        let expected = [self.batch * self.features, self.units * self.features, self.batch * self.units];
        assert_eq!(found, expected, "lengths of input, weights and output of {self:?}");
    }
}

/// Multiplies vectors `[image, feature]` by weights `[unit, feature]`.
pub fn forward(shape: DenseShape, input: &[f32], weight: &[f32], epilogue: Epilogue<'_>, output: &mut [f32]) {
    shape.check(input, weight, output);
    let DenseShape { batch, features, units } = shape;
    let (images_step, units_step) =
        if units < batch { (columns_of_a_piece(batch), units) } else { (batch, columns_of_a_piece(units)) };
    let blocks = Blocks::new(rows(output, units), images_step, units_step);
    pieces::for_each(blocks, shape.volume(), |Block { outer, inner, view }| {
        let mut output = view.index_axis_move(Axis(1), 0);
        let (images, units) = output.dim();
        let input = &input[outer * features..][..images * features];
        let weight = &weight[inner * features..][..units * features];
        if images < FEW_IMAGES {
            for ((image, unit), sum) in output.indexed_iter_mut() {
                let input = &input[image * features..][..features];
                *sum = sums::dot(input, &weight[unit * features..][..features]) as f32;
            }
        } else {
            let (input, weight) = (gemm::matrix(input, features), gemm::matrix(weight, features));
            gemm::multiply(input, weight.reversed_axes(), output.view_mut());
        }
        for (unit, mut sums) in output.columns_mut().into_iter().enumerate() {
            sums.mapv_inplace(epilogue.finish_one(inner + unit));
        }
    });
}

/// Computes the gradient by the input out of that by the sums.
pub fn input_gradient(
    shape: DenseShape,
    output_gradient: &[f32],
    weight: &[f32],
    input_gradient: &mut [f32],
) {
    shape.check(input_gradient, weight, output_gradient);
    let (weight, output_gradient) =
        (gemm::matrix(weight, shape.features), gemm::matrix(output_gradient, shape.units));
    for_each_columns(shape, input_gradient, |Block { inner, view, .. }| {
        let gradient = view.index_axis_move(Axis(1), 0);
        let weight = weight.slice(s![.., inner..inner + gradient.ncols()]);
        gemm::multiply(output_gradient, weight, gradient);
    });
}

/// Computes the gradient by the weights out of the input and the gradient by the sums.
pub fn weight_gradient(
    shape: DenseShape,
    input: &[f32],
    output_gradient: &[f32],
    weight_gradient: &mut [f32],
) {
    shape.check(input, weight_gradient, output_gradient);
    let (input, output_gradient) =
        (gemm::matrix(input, shape.features), gemm::matrix(output_gradient, shape.units));
    for_each_columns(shape, weight_gradient, |Block { inner, view, .. }| {
        let gradient = view.index_axis_move(Axis(1), 0);
        let input = input.slice(s![.., inner..inner + gradient.ncols()]);
        gemm::multiply(output_gradient.reversed_axes(), input, gradient);
    });
}

/// Does work for pieces of some columns of a matrix that has one for each feature.
fn for_each_columns(shape: DenseShape, matrix: &mut [f32], work: impl Fn(Block<'_>) + Sync) {
    let blocks = Blocks::new(rows(matrix, shape.features), usize::MAX, columns_of_a_piece(shape.features));
    pieces::for_each(blocks, shape.volume(), work);
}

/// How many of so many columns, or rows, make a piece.
fn columns_of_a_piece(columns: usize) -> usize {
    columns.div_ceil(pieces::WANTED).max(FEWEST_COLUMNS)
}

/// A slice as `[row, 1, column]`.
fn rows(values: &mut [f32], columns: usize) -> ArrayViewMut3<'_, f32> {
    gemm::matrix_mut(values, columns).insert_axis(Axis(1))
}
