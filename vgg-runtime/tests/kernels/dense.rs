//! Dense layers.

use super::samples::{assert_within, exact, normal};
use super::{bounds, plain, poisoned};
use ndarray::Array2;
use proptest::prelude::*;
use vgg_runtime::kernels::dense::{self, DenseShape};
use vgg_runtime::reference;

/// Holds the three kernels of a dense layer to their twin.
fn check_dense(shape: DenseShape, seed: u64) {
    let DenseShape { batch, features, units } = shape;
    let (x, weight) = (normal(seed, (batch, features)), normal(seed + 1, (units, features)));
    let (bias, gradient) = (normal(seed + 2, units), normal(seed + 3, (batch, units)));
    let (x64, weight64, gradient64): (Array2<f64>, _, _) = (exact(&x), exact(&weight), exact(&gradient));
    let (x_abs, weight_abs) = (x64.mapv(f64::abs), weight64.mapv(f64::abs));
    let (x, weight) = (x.as_slice().unwrap(), weight.as_slice().unwrap());
    let gradient = gradient.as_slice().unwrap();

    let mut y = vec![f32::NAN; batch * units];
    let mut scratch = poisoned();
    dense::forward(shape, x, weight, plain(bias.as_slice()), &mut y, &mut scratch);
    let expected = reference::dense::forward(&x64, &weight64, Some(&exact(&bias)));
    let magnitudes = reference::dense::forward(&x_abs, &weight_abs, Some(&exact(&bias).mapv(f64::abs)));
    let terms = bounds(features + 1, magnitudes);
    assert_within(&format!("output of {shape:?}"), &y, expected.as_slice().unwrap(), &terms);

    let expected = reference::dense::backward(&x64, &weight64, &gradient64);
    let magnitudes = reference::dense::backward(&x_abs, &weight_abs, &gradient64.mapv(f64::abs));
    let mut by_input = vec![f32::NAN; batch * features];
    dense::input_gradient(shape, gradient, weight, &mut by_input, &mut scratch);
    let terms = bounds(units, magnitudes.input);
    let what = format!("input gradient of {shape:?}");
    assert_within(&what, &by_input, expected.input.as_slice().unwrap(), &terms);

    let mut by_weight = vec![f32::NAN; units * features];
    dense::weight_gradient(shape, x, gradient, &mut by_weight, &mut scratch);
    let terms = bounds(batch, magnitudes.weight);
    let what = format!("weight gradient of {shape:?}");
    assert_within(&what, &by_weight, expected.weight.as_slice().unwrap(), &terms);
}

#[test]
fn dense_layers_of_large_and_odd_shapes() {
    let cases = [(1, 1, 1), (1, 700, 900), (3, 1000, 65), (4, 513, 130), (200, 300, 10), (33, 67, 129)];
    for (seed, (batch, features, units)) in cases.into_iter().enumerate() {
        check_dense(DenseShape { batch, features, units }, 100 * seed as u64);
    }
}

/// A batch of no images is no reason to panic.
#[test]
fn of_no_images() {
    let shape = DenseShape { batch: 0, features: 2, units: 3 };
    let (weight, mut by_weight, mut scratch) = ([1.0; 6], [f32::NAN; 6], poisoned());
    dense::forward(shape, &[], &weight, plain(None), &mut [], &mut scratch);
    dense::input_gradient(shape, &[], &weight, &mut [], &mut scratch);
    dense::weight_gradient(shape, &[], &[], &mut by_weight, &mut scratch);
    assert_eq!(by_weight, [0.0; 6]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn dense_layers(batch in 1..=70_usize, features in 1..=90_usize, units in 1..=90_usize, seed in 0..1000_u64) {
        check_dense(DenseShape { batch, features, units }, seed);
    }
}
