//! Activations, and their derivatives as functions of the input.

use super::Real;
use crate::activation::Activation;
use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// The activation of one value.
pub fn forward<T: Real>(activation: Activation, x: T) -> T {
    let negative = |value: T| if x > T::zero() { x } else { value };
    match activation {
        Activation::None => x,
        Activation::Relu => negative(T::zero()),
        Activation::LeakyRelu { slope } => negative(T::of(slope.into()) * x),
        Activation::Elu { alpha } => negative(T::of(alpha.into()) * (x.exp() - T::one())),
        Activation::Gelu => x * normal_distribution(x),
        Activation::Silu => x * sigmoid(x),
        Activation::Sigmoid => sigmoid(x),
        Activation::Tanh => x.tanh(),
    }
}

/// The derivative at an input; at a kink, that from the left.
pub fn derivative<T: Real>(activation: Activation, x: T) -> T {
    let one = T::one();
    let negative = |value: T| if x > T::zero() { one } else { value };
    match activation {
        Activation::None => one,
        Activation::Relu => negative(T::zero()),
        Activation::LeakyRelu { slope } => negative(T::of(slope.into())),
        Activation::Elu { alpha } => negative(T::of(alpha.into()) * x.exp()),
        Activation::Gelu => {
            let density = (-x * x / T::of(2.0)).exp() / T::of((2.0 * PI).sqrt());
            normal_distribution(x) + x * density
        }
        Activation::Silu => sigmoid(x) + x * sigmoid(x) * (one - sigmoid(x)),
        Activation::Sigmoid => sigmoid(x) * (one - sigmoid(x)),
        Activation::Tanh => one - x.tanh() * x.tanh(),
    }
}

fn sigmoid<T: Real>(x: T) -> T {
    T::one() / (T::one() + (-x).exp())
}

fn normal_distribution<T: Real>(x: T) -> T {
    T::of(0.5 * (1.0 + libm::erf(x.as_f64() * FRAC_1_SQRT_2)))
}
