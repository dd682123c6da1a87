//! Batch normalisation (Ioffe & Szegedy, 2015).

use super::Real;
use crate::geometry::Norm;
use ndarray::{Array1, Array4, Axis};

/// The statistics of a batch or of many, one value a channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistics<T> {
    /// The mean.
    pub mean: Array1<T>,
    /// The variance.
    pub variance: Array1<T>,
}

/// The gradients of a norm.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradients<T> {
    /// By the input, `[image, channel, row, column]`.
    pub input: Array4<T>,
    /// By the scale, `[channel]`.
    pub scale: Array1<T>,
    /// By the shift, `[channel]`.
    pub shift: Array1<T>,
}

/// The mean and the variance of each channel over a batch, the variance divided by the number of values.
pub fn statistics<T: Real>(x: &Array4<T>) -> Statistics<T> {
    let mean = means(x);
    let squares = Array4::from_shape_fn(x.dim(), |(image, channel, row, column)| {
        let distance = x[[image, channel, row, column]] - mean[channel];
        distance * distance
    });
    Statistics { mean, variance: means(&squares) }
}

/// `scale · (x - mean) / √(variance + ε) + shift`: in inference with running statistics, in training with
/// those of the batch.
pub fn forward<T: Real>(
    x: &Array4<T>,
    scale: &Array1<T>,
    shift: &Array1<T>,
    statistics: &Statistics<T>,
    norm: Norm,
) -> Array4<T> {
    let normalised = normalised(x, statistics, norm);
    Array4::from_shape_fn(x.dim(), |at| scale[at.1] * normalised[at] + shift[at.1])
}

/// The gradients in training. The input also acts through the statistics: with `m` values a channel,
/// `∂x̂ⱼ/∂xᵢ = (δᵢⱼ - 1/m - x̂ᵢ x̂ⱼ / m) / √(variance + ε)`.
pub fn backward<T: Real>(x: &Array4<T>, scale: &Array1<T>, norm: Norm, gradient: &Array4<T>) -> Gradients<T> {
    assert_eq!(gradient.dim(), x.dim(), "shape of the gradient");
    let statistics = statistics(x);
    let normalised = normalised(x, &statistics, norm);
    let products = gradient * &normalised;
    let (mean_gradient, mean_product) = (means(gradient), means(&products));
    let input = Array4::from_shape_fn(x.dim(), |at| {
        let deviation = (statistics.variance[at.1] + T::of(norm.epsilon.into())).sqrt();
        let centered = gradient[at] - mean_gradient[at.1] - normalised[at] * mean_product[at.1];
        scale[at.1] * centered / deviation
    });
    let count = T::of((x.len() / scale.len()) as f64);
    Gradients { input, scale: mean_product * count, shift: mean_gradient * count }
}

/// Running statistics after a batch: the old ones and those of the batch, mixed by the momentum. The variance
/// that goes in is divided by one less than the number of values.
pub fn updated<T: Real>(running: &Statistics<T>, x: &Array4<T>, norm: Norm) -> Statistics<T> {
    let batch = statistics(x);
    let count = (x.len() / running.mean.len()) as f64;
    let unbiased = if count > 1.0 { count / (count - 1.0) } else { 1.0 };
    let momentum = T::of(norm.momentum.into());
    let mix = |old: &Array1<T>, new: Array1<T>| old * (T::one() - momentum) + new * momentum;
    Statistics {
        mean: mix(&running.mean, batch.mean),
        variance: mix(&running.variance, batch.variance * T::of(unbiased)),
    }
}

fn normalised<T: Real>(x: &Array4<T>, statistics: &Statistics<T>, norm: Norm) -> Array4<T> {
    Array4::from_shape_fn(x.dim(), |at| {
        let deviation = (statistics.variance[at.1] + T::of(norm.epsilon.into())).sqrt();
        (x[at] - statistics.mean[at.1]) / deviation
    })
}

/// The mean of each channel.
fn means<T: Real>(x: &Array4<T>) -> Array1<T> {
    x.axis_iter(Axis(1))
        .map(|channel| {
            let sum = channel.iter().fold(T::zero(), |sum, &value| sum + value);
            sum / T::of(channel.len() as f64)
        })
        .collect()
}
