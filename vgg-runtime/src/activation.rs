//! Activations: functions of one value.

use crate::elementary::{exp, exp_m1, normal_distribution, sigmoid, tanh};

/// An activation.
///
/// The derivatives are functions of the output `y` where that is enough, so that the input need not be
/// kept for the backward pass; see [`needs_input`](Activation::needs_input).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// `x`.
    None,
    /// `max(x, 0)`. The derivative at 0 is 0.
    Relu,
    /// `x` if positive, `slope * x` otherwise.
    LeakyRelu {
        /// Slope of the negative side, not negative.
        slope: f32,
    },
    /// `x` if positive, `alpha * (exp(x) - 1)` otherwise (Clevert et al., 2016).
    Elu {
        /// Scale of the negative side, not negative.
        alpha: f32,
    },
    /// `x * Phi(x)` with the normal distribution function, by `erf` (Hendrycks & Gimpel, 2016).
    Gelu,
    /// `x * sigmoid(x)` (Elfwing et al., 2017).
    Silu,
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
}

impl Activation {
    /// Whether the derivative is a function of the input rather than of the output.
    pub const fn needs_input(self) -> bool {
        matches!(self, Activation::Gelu | Activation::Silu)
    }

    /// The activation of one value.
    ///
    /// ```
    /// use vgg_runtime::activation::Activation;
    /// assert_eq!(Activation::LeakyRelu { slope: 0.5 }.apply(-3.0), -1.5);
    /// ```
    #[inline(always)]
    pub fn apply(self, x: f32) -> f32 {
        match self {
            Activation::None => x,
            Activation::Relu => relu(x),
            Activation::LeakyRelu { slope } => leaky_relu(x, slope),
            Activation::Elu { alpha } => elu(x, alpha),
            Activation::Gelu => gelu(x),
            Activation::Silu => x * sigmoid(x),
            Activation::Sigmoid => sigmoid(x),
            Activation::Tanh => tanh(x),
        }
    }

    /// The derivative as a function of the output `y`; of the input where
    /// [`needs_input`](Activation::needs_input) says so.
    #[inline(always)]
    pub fn derivative(self, at: f32) -> f32 {
        match self {
            Activation::None => 1.0,
            Activation::Relu => relu_derivative(at),
            Activation::LeakyRelu { slope } => leaky_relu_derivative(at, slope),
            Activation::Elu { alpha } => elu_derivative(at, alpha),
            Activation::Gelu => gelu_derivative(at),
            Activation::Silu => silu_derivative(at),
            Activation::Sigmoid => at * (1.0 - at),
            Activation::Tanh => 1.0 - at * at,
        }
    }
}

/// Applies an activation to every value. The choice lies outside the loops, so that they are vectorised.
#[inline(always)]
pub(crate) fn apply(activation: Activation, values: &mut [f32]) {
    #[inline(always)]
    fn each(values: &mut [f32], function: impl Fn(f32) -> f32) {
        values.iter_mut().for_each(|value| *value = function(*value));
    }
    match activation {
        Activation::None => {}
        Activation::Relu => each(values, relu),
        Activation::LeakyRelu { slope } => each(values, |x| leaky_relu(x, slope)),
        Activation::Elu { alpha } => each(values, |x| elu(x, alpha)),
        Activation::Gelu => each(values, gelu),
        Activation::Silu => each(values, |x| x * sigmoid(x)),
        Activation::Sigmoid => each(values, sigmoid),
        Activation::Tanh => each(values, tanh),
    }
}

/// Multiplies gradients by the derivative: `at` holds outputs, or inputs where the activation
/// [needs them](Activation::needs_input).
#[inline(always)]
pub(crate) fn multiply_derivative(activation: Activation, at: &[f32], gradient: &mut [f32]) {
    #[inline(always)]
    fn each(at: &[f32], gradient: &mut [f32], derivative: impl Fn(f32) -> f32) {
        gradient.iter_mut().zip(at).for_each(|(gradient, &at)| *gradient *= derivative(at));
    }
    match activation {
        Activation::None => {}
        Activation::Relu => each(at, gradient, relu_derivative),
        Activation::LeakyRelu { slope } => each(at, gradient, |y| leaky_relu_derivative(y, slope)),
        Activation::Elu { alpha } => each(at, gradient, |y| elu_derivative(y, alpha)),
        Activation::Gelu => each(at, gradient, gelu_derivative),
        Activation::Silu => each(at, gradient, silu_derivative),
        Activation::Sigmoid => each(at, gradient, |y| y * (1.0 - y)),
        Activation::Tanh => each(at, gradient, |y| 1.0 - y * y),
    }
}

// What is not a number stays so: a network that diverges must show it.
#[inline(always)]
fn relu(x: f32) -> f32 {
    if x < 0.0 { 0.0 } else { x }
}

#[inline(always)]
fn relu_derivative(y: f32) -> f32 {
    if y > 0.0 { 1.0 } else { 0.0 }
}

#[inline(always)]
fn leaky_relu(x: f32, slope: f32) -> f32 {
    if x > 0.0 { x } else { slope * x }
}

#[inline(always)]
fn leaky_relu_derivative(y: f32, slope: f32) -> f32 {
    if y > 0.0 { 1.0 } else { slope }
}

#[inline(always)]
fn elu(x: f32, alpha: f32) -> f32 {
    if x > 0.0 { x } else { alpha * exp_m1(x) }
}

#[inline(always)]
fn elu_derivative(y: f32, alpha: f32) -> f32 {
    if y > 0.0 { 1.0 } else { y + alpha }
}

#[inline(always)]
fn silu_derivative(x: f32) -> f32 {
    let sigmoid = sigmoid(x);
    sigmoid * (1.0 + x * (1.0 - sigmoid))
}

#[inline(always)]
fn gelu(x: f32) -> f32 {
    x * normal_distribution(x)
}

#[inline(always)]
fn gelu_derivative(x: f32) -> f32 {
    /// One over the root of two pi.
    const DENSITY: f32 = 0.398_942_3;
    normal_distribution(x) + x * DENSITY * exp(-0.5 * x * x)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Activation; 8] = [
        Activation::None,
        Activation::Relu,
        Activation::LeakyRelu { slope: 0.1 },
        Activation::Elu { alpha: 0.7 },
        Activation::Gelu,
        Activation::Silu,
        Activation::Sigmoid,
        Activation::Tanh,
    ];

    #[test]
    fn loops_do_what_the_functions_do() {
        let inputs: Vec<f32> = (-40..=40).map(|i| i as f32 / 8.0).collect();
        for activation in ALL {
            let mut outputs = inputs.clone();
            apply(activation, &mut outputs);
            let expected: Vec<f32> = inputs.iter().map(|&x| activation.apply(x)).collect();
            assert_eq!(outputs, expected, "{activation:?}");

            let mut gradient = vec![3.0; inputs.len()];
            multiply_derivative(activation, &inputs, &mut gradient);
            let expected: Vec<f32> = inputs.iter().map(|&at| 3.0 * activation.derivative(at)).collect();
            assert_eq!(gradient, expected, "{activation:?}");
        }
    }

    #[test]
    fn extremes_stay_finite_and_nan_stays_nan() {
        for activation in ALL {
            for x in [-1e4, -100.0, 0.0, 100.0, 1e4] {
                let y = activation.apply(x);
                let at = if activation.needs_input() { x } else { y };
                assert!(y.is_finite() && activation.derivative(at).is_finite(), "{activation:?} of {x}");
            }
            assert!(activation.apply(f32::NAN).is_nan(), "{activation:?}");
        }
    }
}
