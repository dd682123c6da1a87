//! Dense layers.

use super::Real;
use ndarray::{Array1, Array2};

/// The gradients of a dense layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradients<T> {
    /// By the input, `[image, feature]`.
    pub input: Array2<T>,
    /// By the weights, `[unit, feature]`.
    pub weight: Array2<T>,
    /// By the bias, `[unit]`.
    pub bias: Array1<T>,
}

/// `y[n, o] = bias[o] + Σ weight[o, i] x[n, i]`.
pub fn forward<T: Real>(x: &Array2<T>, weight: &Array2<T>, bias: Option<&Array1<T>>) -> Array2<T> {
    assert_eq!(x.ncols(), weight.ncols(), "features");
    Array2::from_shape_fn((x.nrows(), weight.nrows()), |(image, unit)| {
        let products = x.row(image).into_iter().zip(weight.row(unit)).map(|(&x, &weight)| x * weight);
        products.fold(bias.map_or(T::zero(), |bias| bias[unit]), |sum, product| sum + product)
    })
}

/// The gradients out of that by the output.
pub fn backward<T: Real>(x: &Array2<T>, weight: &Array2<T>, gradient: &Array2<T>) -> Gradients<T> {
    assert_eq!(gradient.dim(), (x.nrows(), weight.nrows()), "shape of the gradient");
    let mut gradients = Gradients {
        input: Array2::zeros(x.dim()),
        weight: Array2::zeros(weight.dim()),
        bias: Array1::zeros(weight.nrows()),
    };
    for ((image, unit), &gradient) in gradient.indexed_iter() {
        gradients.bias[unit] += gradient;
        for feature in 0..x.ncols() {
            gradients.weight[[unit, feature]] += gradient * x[[image, feature]];
            gradients.input[[image, feature]] += gradient * weight[[unit, feature]];
        }
    }
    gradients
}
