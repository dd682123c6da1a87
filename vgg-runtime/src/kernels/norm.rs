//! Batch normalisation (Ioffe & Szegedy, 2015).
//!
//! With the mean `m` and the variance `v` of a channel over the batch, and `x̂ = (x - m) / √(v + ε)`, the
//! norm is `y = γ x̂ + β`. With `g` the gradient by `y` and means over the batch,
//! `dβ = Σ g`, `dγ = Σ g x̂` and `dx = γ / √(v + ε) · (g - mean(g) - x̂ mean(g x̂))`.

use super::channels::{Channels, Plane, add_rows, add_rows_of_two};
use super::epilogue::{FoldedNorm, inverse_deviation};
use crate::activation::{self, Activation};
use crate::geometry::LANES;

/// The mean and the variance of each channel over the batch; the variance is divided by the number of
/// values, not by one less.
pub fn statistics(layout: Channels, values: &[f32], mean: &mut [f32], variance: &mut [f32]) {
    assert_eq!(values.len(), layout.stored());
    let count = layout.count() as f64;
    // The mean is rounded: what that adds to the squares is kept in place of the variance, and taken back.
    layout.reduce(
        [&mut *mean, &mut *variance],
        |plane, range, [sums, _]| add_rows(plane, &values[range], sums, |_, value| value),
        |[total, _], _, _| {
            let mean = (total / count) as f32;
            [mean, (total / count - f64::from(mean)) as f32]
        },
    );
    let mean = &*mean;
    layout.reduce(
        [variance],
        |plane, range, [sums]| {
            let centers = plane.of(mean);
            add_rows(plane, &values[range], sums, |lane, value| {
                (value - centers[lane]) * (value - centers[lane])
            });
        },
        |[squares], _, [shift]| {
            let shift = f64::from(shift);
            [(squares / count - shift * shift).max(0.0) as f32]
        },
    );
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
    layout.for_each_plane(output, |plane, range, output| {
        let [factors, summands] = affine(&norm, plane);
        zip_rows(plane, output, &input[range], |lane, _, value| value * factors[lane] + summands[lane]);
        activation::apply(activation, output);
        plane.clear_padding(output);
    });
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
    layout.for_each_plane(gradient, |plane, range, gradient| {
        let [factors, summands] = affine(&norm, plane);
        zip_rows(plane, gradient, &input[range], |lane, gradient, value| {
            gradient * activation.derivative(value * factors[lane] + summands[lane])
        });
    });
}

/// The gradients by scale and shift, out of the gradient by the norm's output.
pub fn weight_gradient(
    layout: Channels,
    norm: FoldedNorm<'_>,
    input: &[f32],
    gradient: &[f32],
    scale: &mut [f32],
    shift: &mut [f32],
) {
    assert_eq!((input.len(), gradient.len()), (layout.stored(), layout.stored()));
    layout.reduce(
        [scale, shift],
        |plane, range, [products, sums]| {
            let (centers, gradient) = (plane.of(norm.mean), &gradient[range.clone()]);
            add_rows(plane, gradient, sums, |_, gradient| gradient);
            add_rows_of_two(plane, [gradient, &input[range]], products, |lane, gradient, value| {
                gradient * (value - centers[lane])
            });
        },
        |[products, sum], channel, _| {
            let inverse = inverse_deviation(norm.variance[channel], norm.epsilon);
            [(products * f64::from(inverse)) as f32, sum as f32]
        },
    );
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
    let count = layout.count() as f32;
    layout.for_each_plane(gradient, |plane, range, gradient| {
        let (means, mut factors) = (plane.of(norm.mean), plane.of(norm.scale));
        let (mut levels, mut slopes) = (plane.of(shift), plane.of(scale));
        for lane in 0..plane.channels {
            let inverse = inverse_deviation(norm.variance[plane.first + lane], norm.epsilon);
            factors[lane] *= inverse;
            levels[lane] /= count;
            slopes[lane] *= inverse / count;
        }
        zip_rows(plane, gradient, &input[range], |lane, gradient, value| {
            factors[lane] * (gradient - levels[lane] - (value - means[lane]) * slopes[lane])
        });
    });
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

/// Replaces each value of some rows by a function of itself and another.
#[inline(always)]
fn zip_rows(plane: Plane, values: &mut [f32], others: &[f32], function: impl Fn(usize, f32, f32) -> f32) {
    if plane.width == LANES {
        for (row, others) in values.as_chunks_mut::<LANES>().0.iter_mut().zip(others.as_chunks::<LANES>().0) {
            for lane in 0..LANES {
                row[lane] = function(lane, row[lane], others[lane]);
            }
        }
        return;
    }
    for (row, others) in values.chunks_exact_mut(plane.width).zip(others.chunks_exact(plane.width)) {
        for (lane, (value, &other)) in row.iter_mut().zip(others).enumerate() {
            *value = function(lane, *value, other);
        }
    }
}
