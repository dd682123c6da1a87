//! Batch normalisation (Ioffe & Szegedy, 2015).
//!
//! With the mean `m` and the variance `v` of a channel over the batch, and `x̂ = (x - m) / √(v + ε)`, the
//! norm is `y = γ x̂ + β`. With `g` the gradient by `y` and means over the batch,
//! `dβ = Σ g`, `dγ = Σ g x̂` and `dx = γ / √(v + ε) · (g - mean(g) - x̂ mean(g x̂))`.

use super::channels::Channels;
use super::epilogue::{FoldedNorm, affine, inverse_deviation};
use super::{pieces, sums};
use crate::activation::{self, Activation};

/// The mean and the variance of each channel over the batch; the variance is divided by the number of
/// values, not by one less.
pub fn statistics(layout: Channels, values: &[f32], mean: &mut [f32], variance: &mut [f32]) {
    assert_eq!(values.len(), layout.elements());
    let count = layout.count() as f64;
    layout.for_each(mean.iter_mut().zip(variance), |channel, (mean, variance)| {
        let total: f64 = layout.planes(channel).map(|plane| sums::sum(&values[plane])).sum();
        *mean = (total / count) as f32;
        // The mean was rounded: take back what that adds to the squares.
        let shift = total / count - f64::from(*mean);
        let squares: f64 = layout.planes(channel).map(|plane| sums::squares(&values[plane], *mean)).sum();
        *variance = (squares / count - shift * shift).max(0.0) as f32;
    });
}

/// Normalises with given statistics, then applies an activation.
pub fn forward(
    layout: Channels,
    norm: FoldedNorm<'_>,
    activation: Activation,
    input: &[f32],
    output: &mut [f32],
) {
    assert_eq!((input.len(), output.len()), (layout.elements(), layout.elements()));
    for_each_image(layout, output, |image, output| {
        let input = &input[image * output.len()..][..output.len()];
        for_each_channel(layout, output, |channel, range, output| {
            affine(norm.affine(channel), &input[range], output);
        });
        activation::apply(activation, output);
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
    assert_eq!((input.len(), gradient.len()), (layout.elements(), layout.elements()));
    for_each_image(layout, gradient, |image, gradient| {
        let input = &input[image * gradient.len()..][..gradient.len()];
        for_each_channel(layout, gradient, |channel, range, gradient| {
            let [factor, summand] = norm.affine(channel);
            for (gradient, &value) in gradient.iter_mut().zip(&input[range]) {
                *gradient *= activation.derivative(value * factor + summand);
            }
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
    assert_eq!((input.len(), gradient.len()), (layout.elements(), layout.elements()));
    layout.for_each(scale.iter_mut().zip(shift), |channel, (scale, shift)| {
        let mean = norm.mean[channel];
        let inverse = inverse_deviation(norm.variance[channel], norm.epsilon);
        let planes = || layout.planes(channel);
        *shift = planes().map(|plane| sums::sum(&gradient[plane])).sum::<f64>() as f32;
        let products =
            planes().map(|plane| sums::dot_centered(&gradient[plane.clone()], &input[plane], mean));
        *scale = (products.sum::<f64>() * f64::from(inverse)) as f32;
    });
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
    assert_eq!((input.len(), gradient.len()), (layout.elements(), layout.elements()));
    let count = layout.count() as f32;
    for_each_image(layout, gradient, |image, gradient| {
        let input = &input[image * gradient.len()..][..gradient.len()];
        for_each_channel(layout, gradient, |channel, range, gradient| {
            let inverse = inverse_deviation(norm.variance[channel], norm.epsilon);
            let (mean, factor) = (norm.mean[channel], norm.scale[channel] * inverse);
            let (level, slope) = (shift[channel] / count, scale[channel] * inverse / count);
            for (gradient, &value) in gradient.iter_mut().zip(&input[range]) {
                *gradient = factor * (*gradient - level - (value - mean) * slope);
            }
        });
    });
}

/// Does work for each image in parallel.
fn for_each_image(layout: Channels, values: &mut [f32], work: impl Fn(usize, &mut [f32]) + Sync) {
    let images = values.chunks_exact_mut(layout.channels * layout.area).enumerate();
    pieces::for_each(images, layout.elements(), |(image, values)| work(image, values));
}

/// Does work for each channel of an image, which it gets with its place in the image.
fn for_each_channel(
    layout: Channels,
    image: &mut [f32],
    mut work: impl FnMut(usize, std::ops::Range<usize>, &mut [f32]),
) {
    for (channel, values) in image.chunks_exact_mut(layout.area).enumerate() {
        let start = channel * layout.area;
        work(channel, start..start + layout.area, values);
    }
}
