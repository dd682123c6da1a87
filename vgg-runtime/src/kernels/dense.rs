//! Dense layers: `Y = X Wᵀ` with a row for each image, `dX = dY W` and `dW = dYᵀ X`.
//!
//! With few images all three are bound by the memory in which the weights lie, and read or write it once;
//! with many, by multiplications.

mod dots;
mod panels;
#[cfg(test)]
mod tests;

use super::shared::Shared;
use super::simd::{self, LANES};
use super::{Epilogue, Scratch, pieces};
use crate::cpu::Cpu;
use dots::{Dots, Rows};
use panels::{Product, Spaced};

/// The most units of a piece of the forward pass.
const MOST_UNITS: usize = 64;

/// The most columns of a piece of the backward pass: what is packed of them stays in the second cache.
const MOST_COLUMNS: usize = 512;

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
    /// The number of products, or of values that are read and written, if those are more.
    fn volume(self) -> usize {
        let products = (self.batch * self.units).saturating_mul(self.features);
        products / LANES + self.batch * (self.features + self.units) + self.units * self.features
    }

    /// Panics if the slices have not the lengths of input, weights and output.
    fn check(self, input: &[f32], weight: &[f32], output: &[f32]) {
        let found = [input.len(), weight.len(), output.len()];
        let expected = [self.batch * self.features, self.units * self.features, self.batch * self.units];
        assert_eq!(found, expected, "lengths of input, weights and output of {self:?}");
    }
}

/// Multiplies vectors `[image, feature]` by weights `[unit, feature]`.
pub fn forward(
    shape: DenseShape,
    input: &[f32],
    weight: &[f32],
    epilogue: Epilogue<'_>,
    output: &mut [f32],
    scratch: &mut Scratch,
) {
    forward_by(Cpu::active(), shape, input, weight, epilogue, output, scratch);
}

/// Computes the gradient by the input out of that by the sums.
pub fn input_gradient(
    shape: DenseShape,
    output_gradient: &[f32],
    weight: &[f32],
    input_gradient: &mut [f32],
    scratch: &mut Scratch,
) {
    input_gradient_by(Cpu::active(), shape, output_gradient, weight, input_gradient, scratch);
}

/// Computes the gradient by the weights out of the input and the gradient by the sums.
pub fn weight_gradient(
    shape: DenseShape,
    input: &[f32],
    output_gradient: &[f32],
    weight_gradient: &mut [f32],
    scratch: &mut Scratch,
) {
    weight_gradient_by(Cpu::active(), shape, input, output_gradient, weight_gradient, scratch);
}

fn forward_by(
    cpu: Cpu,
    shape: DenseShape,
    input: &[f32],
    weight: &[f32],
    epilogue: Epilogue<'_>,
    output: &mut [f32],
    scratch: &mut Scratch,
) {
    shape.check(input, weight, output);
    let DenseShape { batch, features, units } = shape;
    let step = units.div_ceil(pieces::WANTED).next_multiple_of(4).min(MOST_UNITS);
    let lanes = scratch.bench().floats_and_lanes(0, step * batch, shape.volume()).1;
    let output = Shared::new(output);
    let starts = (0..units).step_by(step.max(1));
    pieces::for_each_with_scratch(starts, lanes, |sums, start| {
        let count = step.min(units - start);
        let sums = &mut sums[..count * batch];
        let weight = Rows { values: &weight[start * features..], stride: features, count, columns: features };
        let input = Rows { values: input, stride: features, count: batch, columns: features };
        simd::run(cpu, Dots { weight, input, sums });
        for (unit, sums) in sums.chunks_exact(batch.max(1)).enumerate() {
            let finish = epilogue.finish_one(start + unit);
            for (image, &sum) in sums.iter().enumerate() {
                let place = image * units + start + unit;
                // SAFETY: each unit is of one piece, so no other thread is at this place.
                let output = unsafe { output.part(place..place + 1) };
                output[0] = finish(sum);
            }
        }
    });
}

fn input_gradient_by(
    cpu: Cpu,
    shape: DenseShape,
    output_gradient: &[f32],
    weight: &[f32],
    input_gradient: &mut [f32],
    scratch: &mut Scratch,
) {
    shape.check(input_gradient, weight, output_gradient);
    let a = Spaced { values: output_gradient, row: shape.units, column: 1 };
    multiply(cpu, shape, [shape.batch, shape.units], a, weight, input_gradient, scratch);
}

fn weight_gradient_by(
    cpu: Cpu,
    shape: DenseShape,
    input: &[f32],
    output_gradient: &[f32],
    weight_gradient: &mut [f32],
    scratch: &mut Scratch,
) {
    shape.check(input, weight_gradient, output_gradient);
    let a = Spaced { values: output_gradient, row: 1, column: shape.units };
    multiply(cpu, shape, [shape.units, shape.batch], a, input, weight_gradient, scratch);
}

/// `c = a b`, where `a` is of `rows` by `depth`, and `b` and `c` have a column for each feature.
fn multiply(
    cpu: Cpu,
    shape: DenseShape,
    [rows, depth]: [usize; 2],
    a: Spaced<'_>,
    b: &[f32],
    c: &mut [f32],
    scratch: &mut Scratch,
) {
    let stride = shape.features;
    let step = stride.div_ceil(pieces::WANTED).next_multiple_of(2 * LANES).min(MOST_COLUMNS);
    let lanes = scratch.bench().floats_and_lanes(0, panels::scratch(step), shape.volume()).1;
    let c = Shared::new(c);
    pieces::for_each_with_scratch((0..stride).step_by(step.max(1)), lanes, |scratch, start| {
        let columns = start..stride.min(start + step);
        simd::run(cpu, Product { a, b, c, stride, rows, depth, columns, scratch });
    });
}
