//! Dropout with a given mask.

use super::Real;
use ndarray::{Array, Dimension, Zip};

/// Zero where `dropped` says so, `x / (1 - rate)` elsewhere. The gradient by the input is this very function
/// of the gradient by the output.
pub fn forward<T: Real, D: Dimension>(x: &Array<T, D>, dropped: &Array<bool, D>, rate: f64) -> Array<T, D> {
    let scale = T::of(1.0 / (1.0 - rate));
    Zip::from(x).and(dropped).map_collect(|&x, &dropped| if dropped { T::zero() } else { x * scale })
}
