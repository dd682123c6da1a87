//! Random arrays, and how two of them are compared.
#![allow(dead_code, unreachable_pub, reason = "every test that includes this is a crate of its own")]

pub mod step;

use ndarray::{Array, Dimension, ShapeBuilder};
use vgg_runtime::random::Stream;

/// Normally distributed values, a function of the seed.
pub fn normal<S: ShapeBuilder>(seed: u64, shape: S) -> Array<f32, S::Dim> {
    let mut values = Stream::new(seed, 0, 0).normals();
    Array::from_shape_simple_fn(shape, || values.next().expect("there are enough") as f32)
}

/// The same in `f64`; not rounded to `f32`.
pub fn normal64<S: ShapeBuilder>(seed: u64, shape: S) -> Array<f64, S::Dim> {
    let mut values = Stream::new(seed, 1, 0).normals();
    Array::from_shape_simple_fn(shape, || values.next().expect("there are enough"))
}

/// The values in `f64`.
pub fn exact<D: Dimension>(array: &Array<f32, D>) -> Array<f64, D> {
    array.mapv(f64::from)
}

/// Holds values to a twin's within an absolute bound for each.
pub fn assert_within<'b>(
    what: &str,
    found: &[f32],
    expected: &[f64],
    bounds: impl IntoIterator<Item = &'b f64>,
) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (index, ((&found, &expected), &bound)) in found.iter().zip(expected).zip(bounds).enumerate() {
        let error = (f64::from(found) - expected).abs();
        assert!(
            error <= bound,
            "{what}[{index}] is {found}, not {expected}: off by {error:e}, bound {bound:e}"
        );
    }
}

/// Holds values to a twin's within a share of the largest of them.
pub fn assert_close(what: &str, found: &[f32], expected: &[f64], share: f64) {
    let largest = expected.iter().fold(1e-30, |largest: f64, value| largest.max(value.abs()));
    assert_within(what, found, expected, std::iter::repeat_n(&(share * largest), found.len()));
}
