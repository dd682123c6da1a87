//! The mean over windows that share maps out among a given number of outputs.
//!
//! Window `i` of `n` goes from `floor(i * extent / n)` to `ceil((i + 1) * extent / n)`, as in PyTorch: where `n` does not
//! divide the extent, windows differ in size and overlap; where it is larger, values are taken several times.

use super::{Covered, lanes, lanes_mut, mean, spread_mean};
use crate::geometry::{LANES, MapShape};
use crate::kernels::pieces;

/// The shapes of an adaptive pool over a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdaptiveShape {
    /// Images.
    pub batch: usize,
    /// What comes in.
    pub input: MapShape,
    /// Rows and columns that go out, at least one each.
    pub size: [usize; 2],
}

impl AdaptiveShape {
    /// The shape of what goes out.
    pub const fn output(&self) -> MapShape {
        MapShape::new(self.input.channels, self.size[0], self.size[1])
    }

    fn check(&self, input: &[f32], output: &[f32]) {
        let expected = (self.batch * self.input.stored(), self.batch * self.output().stored());
        assert_eq!((input.len(), output.len()), expected, "lengths of input and output of {self:?}");
    }

    /// The places of the output of one block of channels, row by row, each with what its window covers.
    fn windows(&self) -> impl Iterator<Item = Covered> {
        let MapShape { height, width, .. } = self.input;
        let [rows, columns] = self.size;
        let along = |index: usize, count: usize, extent: usize| {
            index * extent / count..((index + 1) * extent).div_ceil(count)
        };
        (0..rows).flat_map(move |row| {
            (0..columns).map(move |column| (along(row, rows, height), along(column, columns, width)))
        })
    }
}

/// Takes the means.
pub fn forward(shape: &AdaptiveShape, input: &[f32], output: &mut [f32]) {
    shape.check(input, output);
    let (input_block, output_block) = (LANES * shape.input.area(), LANES * shape.output().area());
    let blocks = input.chunks_exact(input_block).zip(output.chunks_exact_mut(output_block));
    pieces::for_each(blocks, input.len(), |(input, output)| {
        for (output, covered) in lanes_mut(output).iter_mut().zip(shape.windows()) {
            *output = mean(shape.input.width, lanes(input), covered);
        }
    });
}

/// Computes the gradient by the maps out of that by the means.
pub fn backward(shape: &AdaptiveShape, output_gradient: &[f32], input_gradient: &mut [f32]) {
    shape.check(input_gradient, output_gradient);
    let (input_block, output_block) = (LANES * shape.input.area(), LANES * shape.output().area());
    let volume = input_gradient.len();
    let blocks = input_gradient.chunks_exact_mut(input_block).zip(output_gradient.chunks_exact(output_block));
    pieces::for_each(blocks, volume, |(target, gradient)| {
        let target = lanes_mut(target);
        target.fill([0.0; LANES]);
        for (gradient, covered) in lanes(gradient).iter().zip(shape.windows()) {
            spread_mean(shape.input.width, covered, gradient, target);
        }
    });
}
