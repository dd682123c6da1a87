//! Convolution by kernels of 3x3 at a stride of one, by Winograd's algorithm: 36 products where the definition
//! has 144.
//!
//! Sums are computed in tiles of 4x4. What lies under a tile, 6x6 values, is transformed to 36 frequencies,
//! and so are the weights. For each frequency, the products are those of matrices; back-transformed, they are
//! the sums.

mod forward;
mod input;
mod output;
mod points;
mod product;
mod tiles;
mod weight_gradient;
mod weights;

pub(super) use weight_gradient::weight_gradient;

use super::ConvShape;
use super::scan::Scan;
use crate::activation::Activation;
use crate::kernels::packs::Purpose;
use crate::kernels::shared::Shared;
use crate::kernels::{Epilogue, Scratch};
use forward::Work;
use output::Finish;

/// Whether the algorithm computes this.
pub(super) fn fits(shape: &ConvShape) -> bool {
    !shape.planes && shape.window.kernel == [3, 3] && shape.window.stride == [1, 1]
}

/// Convolves maps. If `halves`, the largest of every two by two values is stored.
pub(super) fn forward(
    shape: &ConvShape,
    input: &[f32],
    weight: &[f32],
    epilogue: Epilogue<'_>,
    halves: bool,
    output: &mut [f32],
    scratch: &mut Scratch,
) {
    let scan = Scan::forward(shape);
    let finish = Finish { epilogue, sums: shape.output, halves, target: Shared::new(output) };
    run(shape, &scan, false, input, weight, finish, scratch);
}

/// Computes the gradient by the maps.
pub(super) fn input_gradient(
    shape: &ConvShape,
    output_gradient: &[f32],
    weight: &[f32],
    input_gradient: &mut [f32],
    scratch: &mut Scratch,
) {
    let scan = Scan::input_gradient(shape);
    let epilogue = Epilogue { bias: None, norm: None, activation: Activation::None };
    let target = Shared::new(input_gradient);
    let finish = Finish { epilogue, sums: shape.input, halves: false, target };
    run(shape, &scan, true, output_gradient, weight, finish, scratch);
}

fn run(
    shape: &ConvShape,
    scan: &Scan,
    transposed: bool,
    source: &[f32],
    weight: &[f32],
    finish: Finish<'_>,
    scratch: &mut Scratch,
) {
    let cpu = shape.cpu();
    let purpose = if transposed { Purpose::WinogradTransposed } else { Purpose::Winograd };
    let (weights, bench) = scratch.packed(weight, purpose, weights::size(scan), |to| {
        weights::transform(scan, cpu, transposed, weight, to);
    });
    forward::run(&Work { scan, cpu, batch: shape.batch, source, weights, finish }, bench);
}
