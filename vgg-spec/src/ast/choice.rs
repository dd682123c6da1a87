//! One of several: pools, paddings, activations, norms.

use super::Extent;
use crate::span::Spanned;

/// `pool: ...`.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "a spec has few of them, and most are windows")]
pub enum Pool {
    /// The block ends without a pool.
    None,
    /// Sliding windows.
    Window(PoolWindow),
}

/// A pool over sliding windows.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolWindow {
    /// What is taken from each window.
    pub mode: PoolMode,
    /// Height and width of the window; 2x2 unless given.
    pub size: Option<Spanned<Extent>>,
    /// Steps between two windows; the size unless given.
    pub stride: Option<Spanned<Extent>>,
    /// Rows and columns around the input; none unless given. Padding never wins a maximum and never
    /// counts in an average.
    pub padding: Option<Spanned<Padding>>,
    /// Whether a window that reaches over the end counts, too; no unless given.
    pub ceil: Option<Spanned<bool>>,
}

/// What a pool takes from each window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PoolMode {
    /// The largest value.
    Max,
    /// The mean of the values inside the image.
    Average,
}

/// Zeros around an image.
#[derive(Debug, Clone, PartialEq)]
pub enum Padding {
    /// As much as gives `ceil(input / stride)` outputs; an odd total puts the extra row at the
    /// bottom and the extra column at the right.
    Same,
    /// None at all.
    Valid,
    /// So many rows above and below, so many columns left and right.
    Explicit(Extent),
}

/// The function behind a convolution, a norm or a dense layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// `x`.
    None,
    /// `max(x, 0)`.
    Relu,
    /// `x` if positive, `slope * x` otherwise.
    LeakyRelu {
        /// Slope of the negative side; 0.01 unless given.
        slope: f64,
    },
    /// `x` if positive, `alpha * (exp(x) - 1)` otherwise.
    Elu {
        /// Scale of the negative side; 1 unless given.
        alpha: f64,
    },
    /// `x * Phi(x)` with the normal distribution function, by `erf`.
    Gelu,
    /// `x * sigmoid(x)`.
    Silu,
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
}

/// Normalisation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Norm {
    /// The layer has none (overrides an outer default).
    None,
    /// Batch normalisation.
    Batch {
        /// Added to the variance; 1e-5 unless given.
        epsilon: f64,
        /// Share of the new batch in the running statistics, as PyTorch counts it; 0.1 unless given.
        momentum: f64,
    },
    /// Local response normalisation, behind the activation: a value times `(k + alpha / n * s)^-beta`, `s` the sum
    /// of the squares of `n` channels around it.
    Lrn {
        /// The channels that are seen, an odd number; 5 unless given.
        n: f64,
        /// What is added; 1 unless given.
        k: f64,
        /// Factor of the mean square; 1e-4 unless given. The paper does not divide it by `n`, PyTorch, Caffe and
        /// ONNX do.
        alpha: f64,
        /// The power; 0.75 unless given.
        beta: f64,
    },
}
