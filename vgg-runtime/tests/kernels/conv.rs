//! Convolutions.

use super::samples::{ACTIVATIONS, assert_close, assert_within, blocked, exact, normal, planes};
use super::{bounds, plain, poisoned, windows};
use ndarray::{Array1, Array4};
use proptest::prelude::*;
use vgg_runtime::cpu::Cpu;
use vgg_runtime::geometry::{Extent, MapShape, Norm, Padding, PoolWindow, Window};
use vgg_runtime::kernels::channels::{self, Channels};
use vgg_runtime::kernels::conv::{self, Algorithm, ConvShape};
use vgg_runtime::kernels::pool::{self, PoolShape};
use vgg_runtime::kernels::{Epilogue, FoldedNorm};
use vgg_runtime::reference;

/// Mostly few, so that many cases are tried, and up to more than four blocks of channels.
fn channels() -> impl Strategy<Value = usize> {
    prop_oneof![3 => 1..=9_usize, 1 => 10..=67_usize]
}

/// Mostly few, and up to more than a tile, a block of tiles and a cache hold.
fn extent() -> impl Strategy<Value = usize> {
    prop_oneof![3 => 1..=24_usize, 1 => 25..=65_usize]
}

/// Convolutions of which the twin does not take too long.
fn conv_shape(batch: usize, input: MapShape, filters: usize, window: Window) -> Option<ConvShape> {
    const PRODUCTS: usize = 2_000_000;
    let shape = ConvShape::new(batch, input, filters, window)?;
    let products = batch * filters * shape.output().area() * shape.depth();
    (products <= PRODUCTS).then_some(shape)
}

fn conv_shapes() -> impl Strategy<Value = ConvShape> {
    let image = (channels(), extent(), extent());
    let shape = (1..=5_usize, image, channels(), windows(7));
    shape.prop_filter_map("the window must fit", |(batch, (channels, height, width), filters, window)| {
        conv_shape(batch, MapShape::new(channels, height, width), filters, window)
    })
}

/// What Winograd's algorithm computes.
fn tiled_shapes() -> impl Strategy<Value = ConvShape> {
    let padding = [0..=2_usize, 0..=2, 0..=2, 0..=2];
    let shape = (1..=5_usize, 16..=67_usize, extent(), extent(), 16..=67_usize, padding);
    shape.prop_filter_map("the window must fit", |(batch, channels, height, width, filters, padding)| {
        let [top, bottom, left, right] = padding;
        let window = Window::same(3, 3).with_padding(Padding { top, bottom, left, right });
        let shape = conv_shape(batch, MapShape::new(channels, height, width), filters, window)?;
        (conv::algorithm(&shape) != Algorithm::Direct).then_some(shape)
    })
}

/// The bound for Winograd's algorithm: a sum takes part in rounding what its neighbours are made of, so it is a
/// share of the largest sum of magnitudes. The transforms enlarge an error some twenty times; the sums of the
/// channels are as long as without them, but each only a channel's.
fn winograd_bounds(terms: usize, magnitudes: &Array4<f64>) -> Vec<f64> {
    let largest = magnitudes.iter().copied().fold(0.0, f64::max);
    let rounding = (20.0 + (terms as f64).sqrt()) * f64::from(f32::EPSILON) / 2.0;
    vec![rounding * largest; magnitudes.len()]
}

/// Holds the three kernels of a convolution to their twin, by all instructions that the CPU has.
fn check_conv(shape: ConvShape, seed: u64) {
    let (batch, input, output, window) = (shape.batch(), shape.input(), shape.output(), shape.window());
    let x = normal(seed, (batch, input.channels, input.height, input.width));
    let each = shape.depth() / window.area();
    let weight = normal(seed + 1, (output.channels, each, window.kernel[0], window.kernel[1]));
    let bias = normal(seed + 2, output.channels);
    let gradient = normal(seed + 3, (batch, output.channels, output.height, output.width));
    let (x64, weight64, bias64, gradient64) = (exact(&x), exact(&weight), exact(&bias), exact(&gradient));
    let (x_abs, weight_abs, bias_abs) = (x64.mapv(f64::abs), weight64.mapv(f64::abs), bias64.mapv(f64::abs));
    let sums = reference::conv::forward(&x64, &weight64, Some(&bias64), window);
    let sum_magnitudes = reference::conv::forward(&x_abs, &weight_abs, Some(&bias_abs), window);
    let gradients = reference::conv::backward(&x64, &weight64, window, &gradient64);
    let magnitudes = reference::conv::backward(&x_abs, &weight_abs, window, &gradient64.mapv(f64::abs));
    let [sum_bounds, input_bounds] =
        [(shape.depth() + 1, sum_magnitudes), (shape.weights() / input.channels, magnitudes.input.clone())]
            .map(|(terms, magnitudes)| match conv::algorithm(&shape) {
                Algorithm::Direct => bounds(terms, magnitudes),
                Algorithm::Winograd | Algorithm::WinogradSmall => winograd_bounds(terms, &magnitudes),
            });
    let weight_bounds = |shape: &ConvShape| match conv::algorithm(shape) {
        Algorithm::Direct => bounds(batch * output.area(), magnitudes.weight.clone()),
        Algorithm::Winograd | Algorithm::WinogradSmall => {
            winograd_bounds(batch * output.area(), &magnitudes.weight)
        }
    };
    let (images, x, gradient) = (x.as_slice().unwrap().to_vec(), blocked(&x), blocked(&gradient));
    let weight = weight.as_slice().unwrap();
    let mut scratch = poisoned();

    for cpu in Cpu::available() {
        let shape = shape.on(cpu);
        for (shape, x) in [(shape, &x), (shape.over_images(), &images)] {
            let mut y = vec![f32::NAN; gradient.len()];
            conv::forward(&shape, x, weight, plain(bias.as_slice()), &mut y, &mut scratch);
            let what = format!("output of {shape:?}");
            assert_within(&what, &planes(output, &y), sums.as_slice().unwrap(), &sum_bounds);

            if conv::halves(&shape) {
                let pool = PoolWindow::max(2, 2);
                let halved = pool.output(output).unwrap();
                let pool = PoolShape::new(batch, output, pool).unwrap();
                let mut expected = vec![f32::NAN; batch * halved.stored()];
                pool::forward(&pool, &y, &mut expected);
                let mut found = vec![f32::NAN; expected.len()];
                let epilogue = plain(bias.as_slice());
                conv::forward_halved(&shape, x, weight, epilogue, &mut found, &mut scratch);
                assert_eq!(found, expected, "{shape:?}, halved");
            }

            let mut by_weight = vec![f32::NAN; weight.len()];
            conv::weight_gradient(&shape, x, &gradient, &mut by_weight, &mut scratch);
            let what = format!("weight gradient of {shape:?}");
            assert_within(&what, &by_weight, gradients.weight.as_slice().unwrap(), &weight_bounds(&shape));
        }
        let mut by_input = vec![f32::NAN; x.len()];
        conv::input_gradient(&shape, &gradient, weight, &mut by_input, &mut scratch);
        let what = format!("input gradient of {shape:?}");
        assert_within(&what, &planes(input, &by_input), gradients.input.as_slice().unwrap(), &input_bounds);
    }

    let mut by_bias = vec![f32::NAN; output.channels];
    channels::sum(Channels::new(batch, Extent::Maps(output)), &gradient, &mut by_bias);
    let terms = bounds(batch * output.area(), magnitudes.bias);
    let what = format!("bias gradient of {shape:?}");
    assert_within(&what, &by_bias, gradients.bias.as_slice().unwrap(), &terms);
}

/// Shapes that are cut in every way that the kernels know.
#[test]
fn convolution_of_large_and_odd_shapes() {
    let cases = [
        (1, [1, 1, 1], 1, Window::same(1, 1)),
        (2, [67, 1, 1], 3, Window::same(3, 3)),
        (1, [3, 65, 65], 67, Window::same(3, 3)),
        (5, [67, 7, 7], 5, Window::same(3, 3)),
        (40, [5, 3, 4], 7, Window::same(3, 3)),
        (2, [256, 4, 4], 256, Window::same(3, 3)),
        (1, [67, 65, 63], 18, Window::same(3, 3)),
        (3, [64, 40, 41], 17, Window::same(1, 1)),
        (20, [8, 5, 5], 6, Window::same(1, 1)),
        (9, [2, 31, 30], 3, Window::same(5, 5).with_stride(2, 2)),
        (1, [4, 20, 600], 4, Window::same(3, 3)),
        (2, [3, 64, 64], 8, Window::tiling(11, 11).with_stride(4, 4)),
        (1, [300, 9, 9], 2, Window::same(7, 7)),
    ];
    for (seed, (batch, [channels, height, width], filters, window)) in cases.into_iter().enumerate() {
        let shape = ConvShape::new(batch, MapShape::new(channels, height, width), filters, window);
        check_conv(shape.unwrap(), 100 * seed as u64);
    }
}

/// Tiles of both sizes, with few weights, with many, and with so many that they are transformed part by part.
#[test]
fn convolution_in_tiles() {
    let cases = [
        (5, [18, 2, 2], 67),
        (1, [17, 9, 6], 33),
        (1, [352, 5, 6], 340),
        (2, [520, 2, 2], 530),
        (1, [200, 26, 9], 180),
    ];
    for (seed, (batch, [channels, height, width], filters)) in cases.into_iter().enumerate() {
        let input = MapShape::new(channels, height, width);
        let shape = ConvShape::new(batch, input, filters, Window::same(3, 3)).unwrap();
        assert_ne!(conv::algorithm(&shape), Algorithm::Direct);
        check_conv(shape, 1000 + 100 * seed as u64);
    }
}

/// Convolutions in groups: depthwise, with several filters a channel, and groups that lie across blocks.
#[test]
fn convolution_in_groups() {
    let cases = [
        (2, [3, 6, 5], 3, 3, Window::same(3, 3)),
        (1, [40, 9, 8], 40, 40, Window::same(3, 3).with_stride(2, 2)),
        (3, [17, 5, 7], 51, 17, Window::same(1, 3)),
        (2, [24, 7, 6], 12, 4, Window::same(3, 3)),
        (2, [64, 5, 5], 32, 2, Window::same(5, 5)),
        (1, [32, 6, 6], 64, 2, Window::same(1, 1)),
        (
            2,
            [12, 8, 9],
            18,
            6,
            Window::tiling(2, 3).with_padding(Padding { top: 1, bottom: 0, left: 0, right: 2 }),
        ),
        (1, [4, 3, 3], 8, 2, Window::same(7, 7)),
    ];
    for (seed, (batch, [channels, height, width], filters, groups, window)) in cases.into_iter().enumerate() {
        let shape = ConvShape::new(batch, MapShape::new(channels, height, width), filters, window);
        check_conv(shape.unwrap().in_groups(groups), 1000 + 10 * seed as u64);
    }
}

/// A batch of no images is no reason to panic.
#[test]
fn of_no_images() {
    let shape = ConvShape::new(0, MapShape::new(2, 5, 5), 3, Window::same(3, 3)).unwrap();
    let (weight, mut by_weight, mut scratch) = ([1.0; 54], [f32::NAN; 54], poisoned());
    conv::forward(&shape, &[], &weight, plain(None), &mut [], &mut scratch);
    conv::input_gradient(&shape, &[], &weight, &mut [], &mut scratch);
    conv::weight_gradient(&shape, &[], &[], &mut by_weight, &mut scratch);
    assert_eq!(by_weight, [0.0; 54]);
}

/// Norm and activation behind the sums, as in inference.
#[test]
fn convolution_with_norm_and_activation() {
    let shape = ConvShape::new(3, MapShape::new(5, 9, 8), 6, Window::same(3, 3)).unwrap();
    let (x, weight) = (normal(0, (3, 5, 9, 8)), normal(1, (6, 5, 3, 3)));
    let (bias, scale, shift, mean) = (normal(2, 6), normal(3, 6), normal(4, 6), normal(5, 6));
    let variance: Array1<f32> = normal(6, 6).mapv(|value: f32| value * value + 0.1);
    let norm = FoldedNorm {
        scale: scale.as_slice().unwrap(),
        shift: shift.as_slice().unwrap(),
        mean: mean.as_slice().unwrap(),
        variance: variance.as_slice().unwrap(),
        epsilon: 1e-3,
    };
    let settings = Norm::new(1e-3, 0.1);
    let statistics = reference::norm::Statistics { mean: exact(&mean), variance: exact(&variance) };
    let sums = reference::conv::forward(&exact(&x), &exact(&weight), Some(&exact(&bias)), Window::same(3, 3));
    let normed = reference::norm::forward(&sums, &exact(&scale), &exact(&shift), &statistics, settings);
    for activation in ACTIVATIONS {
        let expected = normed.mapv(|value| reference::activation::forward(activation, value));
        let epilogue = Epilogue { bias: bias.as_slice(), norm: Some(norm), activation };
        for cpu in Cpu::available() {
            let mut y = vec![f32::NAN; 3 * shape.output().stored()];
            let weight = weight.as_slice().unwrap();
            conv::forward(&shape.on(cpu), &blocked(&x), weight, epilogue, &mut y, &mut poisoned());
            let found = planes(shape.output(), &y);
            // What the transforms round, times a norm that divides by as little as 0.3.
            let what = format!("{activation:?} by {cpu}");
            assert_close(&what, &found, expected.as_slice().unwrap(), 2e-5);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn convolution(shape in conv_shapes(), seed in 0..1000_u64) {
        check_conv(shape, seed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn convolution_in_tiles_of_any_shape(shape in tiled_shapes(), seed in 0..1000_u64) {
        check_conv(shape, seed);
    }
}
