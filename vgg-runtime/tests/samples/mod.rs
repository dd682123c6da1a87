//! Random arrays, and how two of them are compared.
#![allow(dead_code, unreachable_pub, reason = "every test that includes this is a crate of its own")]

pub mod step;

use ndarray::{Array, Array4, Dimension, ShapeBuilder};
use vgg_runtime::activation::Activation;
use vgg_runtime::geometry::MapShape;
use vgg_runtime::kernels::layout;
use vgg_runtime::random::Stream;

/// Every activation.
pub const ACTIVATIONS: [Activation; 8] = [
    Activation::None,
    Activation::Relu,
    Activation::LeakyRelu { slope: 0.1 },
    Activation::Elu { alpha: 0.7 },
    Activation::Gelu,
    Activation::Silu,
    Activation::Sigmoid,
    Activation::Tanh,
];

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

/// The shape of one image of a batch.
pub fn shape_of<T>(maps: &Array4<T>) -> MapShape {
    let (_, channels, height, width) = maps.dim();
    MapShape::new(channels, height, width)
}

/// Maps in blocks of channels, as they lie in the arena.
pub fn blocked(maps: &Array4<f32>) -> Vec<f32> {
    let shape = shape_of(maps);
    let mut blocks = vec![f32::NAN; maps.dim().0 * shape.stored()];
    layout::pack(shape, maps.as_slice().expect("planes"), &mut blocks);
    blocks
}

/// Maps taken out of their blocks, whose padding must be zero.
pub fn planes(shape: MapShape, blocks: &[f32]) -> Vec<f32> {
    let mut planes = vec![f32::NAN; blocks.len() / shape.stored() * shape.elements()];
    layout::unpack(shape, blocks, &mut planes);
    let mut clean = vec![f32::NAN; blocks.len()];
    layout::pack(shape, &planes, &mut clean);
    let same = |(a, b): (&f32, &f32)| a == b || a.is_nan() && b.is_nan();
    assert!(blocks.iter().zip(&clean).all(same), "padding of {shape} is not zero");
    planes
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
