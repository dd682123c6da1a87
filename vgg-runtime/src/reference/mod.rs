//! Naive twins of the kernels: what each layer kind means, in the plainest loops, in `f32` or `f64`.
//!
//! They are slow on purpose. Kernels are held to them, and they themselves to finite differences in `f64`.
//! Every `backward` takes the gradient by the output and returns those by input and weights.
//!
//! Vectors are maps of one value: `[image, feature, 1, 1]`. A twin panics if shapes do not go together.

pub mod activation;
pub mod conv;
pub mod dense;
pub mod dropout;
pub mod loss;
pub mod lrn;
pub mod norm;
pub mod pool;

mod window;

use ndarray::NdFloat;

/// The numbers that twins compute with.
pub trait Real: NdFloat {
    /// The nearest number to an `f64`.
    fn of(value: f64) -> Self;

    /// The number as an `f64`, which holds it exactly.
    fn as_f64(self) -> f64;
}

impl Real for f32 {
    fn of(value: f64) -> f32 {
        value as f32
    }

    fn as_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Real for f64 {
    fn of(value: f64) -> f64 {
        value
    }

    fn as_f64(self) -> f64 {
        self
    }
}
