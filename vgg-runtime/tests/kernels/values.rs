//! Norms, activations and softmax.

use super::samples::{ACTIVATIONS, assert_close, assert_within, blocked, exact, normal, planes};
use ndarray::{Array1, Array2, Array4};
use proptest::prelude::*;
use vgg_runtime::geometry::{Extent, MapShape, Norm};
use vgg_runtime::kernels::channels::Channels;
use vgg_runtime::kernels::{self, FoldedNorm, softmax};
use vgg_runtime::reference;

/// Holds a norm to its twin.
///
/// The values have a mean of 10, which is known to some 10⁻⁶: that much is lost in the distance
/// of a value from the mean, which is then divided by the deviation.
fn check_norm(batch: usize, extent: Extent, seed: u64) {
    let layout = Channels::new(batch, extent);
    let (channels, area) = (extent.channels(), extent.area());
    let x = normal(seed, (batch, channels, area, 1)).mapv(|value: f32| 0.5 * value + 10.0);
    let (scale, shift) = (normal(seed + 1, channels), normal(seed + 2, channels));
    let gradient = normal(seed + 3, (batch, channels, area, 1));
    let settings = Norm::default();
    let stored = |values: &Array4<f32>| match extent {
        Extent::Maps(_) => blocked(values),
        Extent::Vector(_) => values.as_slice().unwrap().to_vec(),
    };
    let values = |stored: &[f32]| match extent {
        Extent::Maps(maps) => planes(maps, stored),
        Extent::Vector(_) => stored.to_vec(),
    };
    let (x64, gradient64) = (exact(&x), exact(&gradient));
    let (x, gradient) = (stored(&x), stored(&gradient));
    let (mut mean, mut variance) = (vec![f32::NAN; channels], vec![f32::NAN; channels]);
    kernels::norm::statistics(layout, &x, &mut mean, &mut variance);
    let statistics = reference::norm::statistics(&x64);
    let what = |part: &str| format!("{part} of {layout:?}");
    assert_close(&what("mean"), &mean, statistics.mean.as_slice().unwrap(), 3e-7);
    let deviations = statistics.variance.mapv(|variance| (variance + f64::from(settings.epsilon)).sqrt());
    let lost = 2e-6 + 4e-6 / deviations.iter().copied().fold(f64::INFINITY, f64::min);
    assert_close(&what("variance"), &variance, statistics.variance.as_slice().unwrap(), lost);

    let norm = FoldedNorm {
        scale: scale.as_slice().unwrap(),
        shift: shift.as_slice().unwrap(),
        mean: &mean,
        variance: &variance,
        epsilon: settings.epsilon,
    };
    let normed = reference::norm::forward(&x64, &exact(&scale), &exact(&shift), &statistics, settings);
    for activation in ACTIVATIONS {
        let mut y = vec![f32::NAN; x.len()];
        kernels::norm::forward(layout, norm, activation, &x, &mut y);
        let expected = normed.mapv(|value| reference::activation::forward(activation, value));
        let bounds = vec![6.0 * lost; expected.len()];
        assert_within(&what("output"), &values(&y), expected.as_slice().unwrap(), &bounds);
        if activation.needs_input() {
            let mut by_norm = gradient.clone();
            kernels::norm::activation_gradient(layout, norm, activation, &x, &mut by_norm);
            let derivative = normed.mapv(|value| reference::activation::derivative(activation, value));
            let expected = derivative * &gradient64;
            let found = values(&by_norm);
            assert_close(&what("activation gradient"), &found, expected.as_slice().unwrap(), 6.0 * lost);
        }
    }

    let expected = reference::norm::backward(&x64, &exact(&scale), settings, &gradient64);
    let (mut by_scale, mut by_shift) = (vec![f32::NAN; channels], vec![f32::NAN; channels]);
    let mut by_input = gradient;
    kernels::norm::weight_gradient(layout, norm, &x, None, &mut by_input, &mut by_scale, &mut by_shift);
    kernels::norm::input_gradient(layout, norm, &x, &by_scale, &by_shift, &mut by_input);
    let summands = vec![4.0 * lost * layout.count() as f64; channels];
    assert_within(&what("scale gradient"), &by_scale, expected.scale.as_slice().unwrap(), &summands);
    assert_within(&what("shift gradient"), &by_shift, expected.shift.as_slice().unwrap(), &summands);
    let bounds = Array4::from_shape_fn((batch, channels, area, 1), |(_, channel, ..)| {
        8.0 * lost * f64::from(scale[channel]).abs() / deviations[channel]
    });
    assert_within(&what("input gradient"), &values(&by_input), expected.input.as_slice().unwrap(), &bounds);
}

#[test]
fn norms_of_maps_and_vectors() {
    let maps = [(1, 1, 1), (1, 3, 50), (8, 5, 49), (64, 67, 1), (4, 16, 1600)];
    let maps = maps.map(|(batch, channels, area)| (batch, Extent::Maps(MapShape::new(channels, area, 1))));
    let vectors = [(1, 1), (5, 16), (64, 67), (300, 20)];
    let vectors = vectors.map(|(batch, features)| (batch, Extent::Vector(features)));
    for (seed, (batch, extent)) in maps.into_iter().chain(vectors).enumerate() {
        check_norm(batch, extent, 100 * seed as u64);
    }
}

#[test]
fn activations_and_their_derivatives() {
    let x: Array1<f32> = normal(0, 20_000) * 3.0;
    let gradient = normal(1, 20_000);
    for activation in ACTIVATIONS {
        let expected = exact(&x).mapv(|value| reference::activation::forward(activation, value));
        let mut y = vec![f32::NAN; x.len()];
        let layout = Channels::new(1, Extent::Vector(x.len()));
        kernels::activation::forward(activation, layout, x.as_slice().unwrap(), &mut y);
        assert_close(&format!("{activation:?}"), &y, expected.as_slice().unwrap(), 1e-6);
        let mut in_place = x.clone();
        kernels::activation::forward_in_place(activation, layout, in_place.as_slice_mut().unwrap());
        assert_eq!(in_place.as_slice().unwrap(), y);

        let derivative = exact(&x).mapv(|value| reference::activation::derivative(activation, value));
        let expected = derivative * exact(&gradient);
        let at = if activation.needs_input() { x.as_slice().unwrap() } else { &y };
        let mut by_input = gradient.clone();
        let by_input = by_input.as_slice_mut().unwrap();
        kernels::activation::multiply_derivative(activation, at, by_input);
        assert_close(&format!("gradient of {activation:?}"), by_input, expected.as_slice().unwrap(), 1e-6);
    }
}

/// The sigmoid of zero is not zero.
#[test]
fn activations_leave_padding_alone() {
    let x: Array4<f32> = normal(0, (2, 19, 3, 5));
    let layout = Channels::new(2, Extent::Maps(MapShape::new(19, 3, 5)));
    for activation in ACTIVATIONS {
        let mut y = blocked(&x);
        kernels::activation::forward_in_place(activation, layout, &mut y);
        let expected = exact(&x).mapv(|value| reference::activation::forward(activation, value));
        let found = planes(MapShape::new(19, 3, 5), &y);
        assert_close(&format!("{activation:?}"), &found, expected.as_slice().unwrap(), 1e-6);
    }
}

#[test]
fn softmax_of_rows() {
    let logits: Array2<f32> = normal(0, (7, 5)) * 20.0;
    let mut probabilities = logits.clone();
    softmax::forward(5, probabilities.as_slice_mut().unwrap());
    let expected = reference::loss::softmax(&exact(&logits));
    assert_close("softmax", probabilities.as_slice().unwrap(), expected.as_slice().unwrap(), 1e-6);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn norms(batch in 2..=6_usize, channels in 1..=67_usize, area in 1..=40_usize, seed in 0..1000_u64) {
        check_norm(batch, Extent::Maps(MapShape::new(channels, area, 1)), seed);
    }
}
