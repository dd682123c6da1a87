//! Batch normalisation (Ioffe & Szegedy, 2015).
//!
//! With the mean `m` and the variance `v` of a channel over the batch, and `x̂ = (x - m) / √(v + ε)`, the
//! norm is `y = γ x̂ + β`. With `g` the gradient by `y` and means over the batch,
//! `dβ = Σ g`, `dγ = Σ g x̂` and `dx = γ / √(v + ε) · (g - mean(g) - x̂ mean(g x̂))`.

use super::activation::{Apply, MultiplyDerivative};
use super::channels::{Channels, HOT, Plane};
use super::epilogue::{FoldedNorm, inverse_deviation};
use super::rows::{Function, Map, Sum, Terms};
use super::simd::{self, Simd};
use crate::activation::Activation;
use crate::cpu::Cpu;
use crate::geometry::LANES;

/// The mean and the variance of each channel over the batch; the variance is divided by the number of
/// values, not by one less.
pub fn statistics(layout: Channels, values: &[f32], mean: &mut [f32], variance: &mut [f32]) {
    assert_eq!(values.len(), layout.stored());
    let (cpu, count) = (Cpu::active(), layout.count() as f64);
    // Squares are taken of the distance from a number near the mean, so that their sum is of the variance's size.
    layout.sample(values, mean);
    layout.reduce(
        [mean, variance],
        |plane, range, [centers, _], totals| {
            let (rows, terms) = ([&values[range]], Distances { centers: *centers });
            simd::run(cpu, Sum { width: plane.width, rows, terms, totals });
        },
        |[distances, squares], _, [center, _]| {
            let distance = distances / count;
            let variance = squares / count - distance * distance;
            [(f64::from(center) + distance) as f32, variance.max(0.0) as f32]
        },
    );
}

/// The distances from given numbers, and their squares.
#[derive(Clone, Copy)]
struct Distances {
    centers: [f32; LANES],
}

impl Terms<1, 2> for Distances {
    #[inline(always)]
    fn of<S: Simd>(&self, simd: S, [value]: [S::Vector; 1]) -> [S::Vector; 2] {
        let distance = simd.sub(value, simd.of(&self.centers));
        [distance, simd.mul(distance, distance)]
    }
}

/// Normalises with given statistics, then applies an activation.
pub fn forward(
    layout: Channels,
    norm: FoldedNorm<'_>,
    activation: Activation,
    input: &[f32],
    output: &mut [f32],
) {
    assert_eq!(input.len(), layout.stored());
    let cpu = Cpu::active();
    layout.for_each_plane(output, |plane, range, output| {
        let function = Affine { coefficients: affine(&norm, plane) };
        let size = HOT * plane.width;
        for (target, input) in output.chunks_mut(size).zip(input[range].chunks(size)) {
            let rows = [input];
            simd::run(cpu, Map { width: plane.width, rows, function, target: &mut *target });
            simd::run(cpu, Apply { activation, values: target });
        }
        plane.clear_padding(output);
    });
}

/// A multiple and a summand.
#[derive(Clone, Copy)]
struct Affine {
    coefficients: [[f32; LANES]; 2],
}

impl Function<1> for Affine {
    #[inline(always)]
    fn of<S: Simd>(&self, simd: S, _: S::Vector, [value]: [S::Vector; 1]) -> S::Vector {
        let [factors, summands] = &self.coefficients;
        simd.mul_add(value, simd.of(factors), simd.of(summands))
    }
}

/// Multiplies the gradient by what [`forward`] puts out by the derivative of the activation: the gradient
/// by the norm's own output. The activation's input is computed anew where it is needed.
pub fn activation_gradient(
    layout: Channels,
    norm: FoldedNorm<'_>,
    activation: Activation,
    input: &[f32],
    gradient: &mut [f32],
) {
    assert_eq!(input.len(), layout.stored());
    let cpu = Cpu::active();
    layout.for_each_plane(gradient, |plane, range, gradient| {
        let function = Affine { coefficients: affine(&norm, plane) };
        let mut normed = [0.0; HOT * LANES];
        let size = HOT * plane.width;
        for (gradient, input) in gradient.chunks_mut(size).zip(input[range].chunks(size)) {
            let normed = &mut normed[..input.len()];
            simd::run(cpu, Map { width: plane.width, rows: [input], function, target: &mut *normed });
            simd::run(cpu, MultiplyDerivative { activation, at: normed, gradient });
        }
    });
}

/// The gradients by scale and shift, out of the gradient by the norm's output, which is first multiplied by
/// the derivative of an activation at `output`, if that is not yet done.
pub fn weight_gradient(
    layout: Channels,
    norm: FoldedNorm<'_>,
    input: &[f32],
    undone: Option<(Activation, &[f32])>,
    gradient: &mut [f32],
    scale: &mut [f32],
    shift: &mut [f32],
) {
    assert_eq!(input.len(), layout.stored());
    let cpu = Cpu::active();
    layout.reduce_changed(
        gradient,
        [scale, shift],
        |plane, range, gradient, totals| {
            if let Some((activation, output)) = undone {
                let at = &output[range.clone()];
                simd::run(cpu, MultiplyDerivative { activation, at, gradient: &mut *gradient });
            }
            let (rows, terms) = ([&*gradient, &input[range]], Products { centers: plane.of(norm.mean) });
            simd::run(cpu, Sum { width: plane.width, rows, terms, totals });
        },
        |[products, sum], channel, _| {
            let inverse = inverse_deviation(norm.variance[channel], norm.epsilon);
            [(products * f64::from(inverse)) as f32, sum as f32]
        },
    );
}

/// A gradient times the distance of a value from the mean, and the gradient itself.
#[derive(Clone, Copy)]
struct Products {
    centers: [f32; LANES],
}

impl Terms<2, 2> for Products {
    #[inline(always)]
    fn of<S: Simd>(&self, simd: S, [gradient, value]: [S::Vector; 2]) -> [S::Vector; 2] {
        let distance = simd.sub(value, simd.of(&self.centers));
        [simd.mul(gradient, distance), gradient]
    }
}

/// The gradient by the norm's input, in place of that by its output; `scale` and `shift` are the
/// gradients of [`weight_gradient`].
pub fn input_gradient(
    layout: Channels,
    norm: FoldedNorm<'_>,
    input: &[f32],
    scale: &[f32],
    shift: &[f32],
    gradient: &mut [f32],
) {
    assert_eq!(input.len(), layout.stored());
    let (cpu, count) = (Cpu::active(), layout.count() as f32);
    layout.for_each_plane(gradient, |plane, range, gradient| {
        let (means, mut factors) = (plane.of(norm.mean), plane.of(norm.scale));
        let (mut levels, mut slopes) = (plane.of(shift), plane.of(scale));
        for lane in 0..plane.channels {
            let inverse = inverse_deviation(norm.variance[plane.first + lane], norm.epsilon);
            factors[lane] *= inverse;
            levels[lane] /= count;
            slopes[lane] *= inverse / count;
        }
        let function = ByInput { means, factors, levels, slopes };
        simd::run(cpu, Map { width: plane.width, rows: [&input[range]], function, target: gradient });
    });
}

/// The gradient by the norm's input where statistics are given numbers, in place of that by its output.
pub fn scaled_gradient(layout: Channels, norm: FoldedNorm<'_>, gradient: &mut [f32]) {
    assert_eq!(gradient.len(), layout.stored());
    let cpu = Cpu::active();
    layout.for_each_plane(gradient, |plane, _, gradient| {
        let [factors, _] = affine(&norm, plane);
        let function = Scaled { factors };
        simd::run(cpu, Map { width: plane.width, rows: [], function, target: gradient });
    });
}

/// A multiple.
#[derive(Clone, Copy)]
struct Scaled {
    factors: [f32; LANES],
}

impl Function<0> for Scaled {
    #[inline(always)]
    fn of<S: Simd>(&self, simd: S, old: S::Vector, []: [S::Vector; 0]) -> S::Vector {
        simd.mul(old, simd.of(&self.factors))
    }
}

/// The gradient by the norm's input out of that by its output.
#[derive(Clone, Copy)]
struct ByInput {
    means: [f32; LANES],
    factors: [f32; LANES],
    levels: [f32; LANES],
    slopes: [f32; LANES],
}

impl Function<1> for ByInput {
    #[inline(always)]
    fn of<S: Simd>(&self, simd: S, gradient: S::Vector, [value]: [S::Vector; 1]) -> S::Vector {
        let distance = simd.sub(value, simd.of(&self.means));
        let rest =
            simd.sub(simd.sub(gradient, simd.of(&self.levels)), simd.mul(distance, simd.of(&self.slopes)));
        simd.mul(simd.of(&self.factors), rest)
    }
}

/// Factors and summands of the channels of a group; zero for padding.
fn affine(norm: &FoldedNorm<'_>, plane: Plane) -> [[f32; LANES]; 2] {
    let [mut factors, mut summands] = [[0.0; LANES]; 2];
    let lanes = factors.iter_mut().zip(&mut summands).take(plane.channels);
    for (channel, (factor, summand)) in (plane.first..).zip(lanes) {
        [*factor, *summand] = norm.affine(channel);
    }
    [factors, summands]
}
