//! Convolution by kernels of 3x3 at a stride of one, by Winograd's algorithm: 36 products where the definition
//! has 144.
//!
//! Sums are computed in tiles of 4x4. What lies under a tile, 6x6 values, is transformed to 36 frequencies,
//! and so are the weights. For each frequency, the products are those of matrices; back-transformed, they are
//! the sums. Maps that are smaller than that are computed in tiles of 2x2, with 16 products where the definition
//! has 36.

mod cut;
mod forward;
mod four;
mod input;
mod output;
mod product;
mod scheme;
mod tiles;
mod two;
mod weight_gradient;
mod weights;

use super::ConvShape;
use super::scan::Scan;
use crate::activation::Activation;
use crate::kernels::packs::Purpose;
use crate::kernels::shared::Shared;
use crate::kernels::{Epilogue, Scratch};
use cut::Cut;
use forward::Work;
use output::Finish;
use scheme::{Four, Scheme, Two};
use std::marker::PhantomData;
use tiles::Tiles;

/// The sums of a tile along one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Tiles of 2x2.
    Two,
    /// Tiles of 4x4.
    Four,
}

/// Whether the algorithm computes this.
pub(super) fn fits(shape: &ConvShape) -> bool {
    !shape.planes && shape.window.kernel == [3, 3] && shape.window.stride == [1, 1]
}

/// What a convolution by tiles takes.
pub(super) struct Sums<'s> {
    pub(super) shape: &'s ConvShape,
    pub(super) side: Side,
    pub(super) source: &'s [f32],
    pub(super) weight: &'s [f32],
}

impl Sums<'_> {
    /// Convolves maps. If `halves`, the largest of every two by two values is stored.
    pub(super) fn forward(
        &self,
        epilogue: Epilogue<'_>,
        halves: bool,
        output: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let scan = Scan::forward(self.shape);
        let finish = Finish { epilogue, sums: self.shape.output, halves, target: Shared::new(output) };
        self.run(&scan, false, finish, scratch);
    }

    /// Computes the gradient by the maps.
    pub(super) fn input_gradient(&self, input_gradient: &mut [f32], scratch: &mut Scratch) {
        let scan = Scan::input_gradient(self.shape);
        let epilogue = Epilogue { bias: None, norm: None, activation: Activation::None };
        let target = Shared::new(input_gradient);
        let finish = Finish { epilogue, sums: self.shape.input, halves: false, target };
        self.run(&scan, true, finish, scratch);
    }

    fn run(&self, scan: &Scan, transposed: bool, finish: Finish<'_>, scratch: &mut Scratch) {
        match self.side {
            Side::Two => self.run_by(Two, scan, transposed, finish, scratch),
            Side::Four => self.run_by(Four, scan, transposed, finish, scratch),
        }
    }

    fn run_by<F: Scheme<T, P>, const T: usize, const P: usize>(
        &self,
        scheme: F,
        scan: &Scan,
        transposed: bool,
        finish: Finish<'_>,
        scratch: &mut Scratch,
    ) {
        let Sums { shape, source, weight, .. } = *self;
        let (cpu, tiles) = (shape.cpu(), Tiles::new(T, shape.batch, scan.target));
        let cut = Cut::new::<P>(scan, tiles.count, scratch.keeps_packs(), cpu);
        let (weights, bench) = if cut.transforms_beforehand() {
            let purpose = Purpose::Winograd { points: P, transposed };
            scratch.packed(weight, purpose, weights::size::<P>(scan), |to| {
                weights::transform(scheme, scan, cpu, transposed, weight, to);
            })
        } else {
            let purpose = Purpose::Taps { transposed };
            scratch.packed(weight, purpose, weights::packed_size(scan), |to| {
                weights::pack(scan, transposed, weight, to);
            })
        };
        forward::run(
            &Work { scheme: PhantomData::<F>, scan, cpu, tiles, source, weights, finish },
            cut,
            bench,
        );
    }
}

/// Computes the gradient by the weights.
pub(super) fn weight_gradient(
    shape: &ConvShape,
    side: Side,
    input: &[f32],
    output_gradient: &[f32],
    weight_gradient: &mut [f32],
    scratch: &mut Scratch,
) {
    let tensors = (input, output_gradient, weight_gradient);
    match side {
        Side::Two => weight_gradient::run(Two, shape, tensors, scratch),
        Side::Four => weight_gradient::run(Four, shape, tensors, scratch),
    }
}
