//! Local response normalisation (Krizhevsky, Sutskever & Hinton, 2012).

use super::Real;
use crate::geometry::Lrn;
use ndarray::Array4;
use std::ops::RangeInclusive;

/// `x · (k + α/n · Σ x²)^-β`, the sum over `n` channels around each, as far as there are any.
pub fn forward<T: Real>(x: &Array4<T>, lrn: Lrn) -> Array4<T> {
    let scales = scales(x, lrn);
    Array4::from_shape_fn(x.dim(), |at| x[at] * scales[at].powf(T::of(-f64::from(lrn.beta))))
}

/// The gradient by the input: directly, and by way of the sums of all channels around.
pub fn backward<T: Real>(x: &Array4<T>, lrn: Lrn, gradient: &Array4<T>) -> Array4<T> {
    assert_eq!(gradient.dim(), x.dim(), "shape of the gradient");
    let scales = scales(x, lrn);
    let beta = T::of(lrn.beta.into());
    let slope = T::of(2.0 * f64::from(lrn.alpha) / lrn.size as f64) * beta;
    let mut by_input = Array4::zeros(x.dim());
    for (at @ (image, channel, row, column), &gradient) in gradient.indexed_iter() {
        by_input[at] += gradient * scales[at].powf(-beta);
        for other in around(channel, lrn, x.dim().1) {
            let to = [image, other, row, column];
            by_input[to] -= gradient * slope * x[at] * x[to] * scales[at].powf(-beta - T::one());
        }
    }
    by_input
}

/// `k + α/n · Σ x²` of each value.
fn scales<T: Real>(x: &Array4<T>, lrn: Lrn) -> Array4<T> {
    let share = T::of(f64::from(lrn.alpha) / lrn.size as f64);
    Array4::from_shape_fn(x.dim(), |(image, channel, row, column)| {
        let squares = around(channel, lrn, x.dim().1).map(|other| x[[image, other, row, column]].powi(2));
        T::of(lrn.k.into()) + share * squares.fold(T::zero(), |sum, square| sum + square)
    })
}

/// The channels that count for one.
fn around(channel: usize, lrn: Lrn, channels: usize) -> RangeInclusive<usize> {
    let reach = lrn.size / 2;
    channel.saturating_sub(reach)..=(channel + reach).min(channels - 1)
}
