//! Every kernel against its naive twin in `f64`, over odd and degenerate shapes.
//!
//! Sums of products are held to the bound that holds for any order of summation (Higham, *Accuracy and
//! Stability of Numerical Algorithms*, section 3.1): with `n` products and `u = 2⁻²⁴`, the error is at most
//! `n u / (1 - n u) Σ |a b|`. The twin computes that sum of magnitudes too. Everything else is held to a
//! share of the largest value.

mod samples;

use ndarray::{Array1, Array2, Array4};
use proptest::prelude::*;
use samples::{assert_close, assert_within, blocked, exact, normal, planes};
use vgg_runtime::activation::Activation;
use vgg_runtime::cpu::Cpu;
use vgg_runtime::geometry::{Extent, MapShape, Norm, Padding, PoolMode, PoolWindow, Window};
use vgg_runtime::kernels::channels::{self, Channels};
use vgg_runtime::kernels::conv::{self, Algorithm, ConvShape};
use vgg_runtime::kernels::dense::{self, DenseShape};
use vgg_runtime::kernels::pool::{self, PoolShape};
use vgg_runtime::kernels::{self, Epilogue, FoldedNorm, Scratch, softmax};
use vgg_runtime::reference;

const ACTIVATIONS: [Activation; 8] = [
    Activation::None,
    Activation::Relu,
    Activation::LeakyRelu { slope: 0.1 },
    Activation::Elu { alpha: 0.7 },
    Activation::Gelu,
    Activation::Silu,
    Activation::Sigmoid,
    Activation::Tanh,
];

/// No norm and no activation.
fn plain(bias: Option<&[f32]>) -> Epilogue<'_> {
    Epilogue { bias, norm: None, activation: Activation::None }
}

/// Bounds for sums of `terms` products, whose magnitudes add up to `magnitudes`.
fn bounds(terms: usize, magnitudes: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let rounding = terms as f64 * f64::from(f32::EPSILON) / 2.0;
    magnitudes.into_iter().map(|magnitude| rounding / (1.0 - rounding) * magnitude).collect()
}

/// Scratch full of what is not a number.
fn poisoned() -> Scratch {
    let mut scratch = Scratch::default();
    scratch.poison(1 << 18);
    scratch
}

fn windows(most: usize) -> impl Strategy<Value = Window> {
    let extent = move || (1..=most, 1..=3_usize, 0..=3_usize, 0..=3_usize);
    (extent(), extent()).prop_map(|((kh, sh, top, bottom), (kw, sw, left, right))| Window {
        kernel: [kh, kw],
        stride: [sh, sw],
        padding: Padding { top, bottom, left, right },
    })
}

fn conv_shapes() -> impl Strategy<Value = ConvShape> {
    let image = (1..=9_usize, 1..=24_usize, 1..=24_usize);
    let shape = (1..=5_usize, image, 1..=9_usize, windows(7));
    shape.prop_filter_map("the window must fit", |(batch, (channels, height, width), filters, window)| {
        ConvShape::new(batch, MapShape::new(channels, height, width), filters, window)
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
fn no_images() {
    let shape = ConvShape::new(0, MapShape::new(2, 5, 5), 3, Window::same(3, 3)).unwrap();
    let (weight, mut by_weight, mut scratch) = ([1.0; 54], [f32::NAN; 54], poisoned());
    conv::forward(&shape, &[], &weight, plain(None), &mut [], &mut scratch);
    conv::input_gradient(&shape, &[], &weight, &mut [], &mut scratch);
    conv::weight_gradient(&shape, &[], &[], &mut by_weight, &mut scratch);
    assert_eq!(by_weight, [0.0; 54]);

    let shape = DenseShape { batch: 0, features: 2, units: 3 };
    let (weight, mut by_weight) = ([1.0; 6], [f32::NAN; 6]);
    dense::forward(shape, &[], &weight, plain(None), &mut [], &mut scratch);
    dense::input_gradient(shape, &[], &weight, &mut [], &mut scratch);
    dense::weight_gradient(shape, &[], &[], &mut by_weight, &mut scratch);
    assert_eq!(by_weight, [0.0; 6]);

    let pool = PoolShape::new(0, MapShape::new(2, 5, 5), PoolWindow::max(2, 2)).unwrap();
    pool::forward(&pool, &[], &mut []);
    pool::backward(&pool, Activation::None, &[], &[], &mut []);
    pool::global_average(MapShape::new(2, 5, 5), &[], &mut []);
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

/// Holds a pool to its twin; both take the same values, so only means are rounded.
fn check_pool(batch: usize, input: MapShape, pool: PoolWindow, seed: u64) {
    let Some(shape) = PoolShape::new(batch, input, pool) else { return };
    let output = shape.output();
    // Few different values, so that there are ties.
    let x: Array4<f32> = normal(seed, (batch, input.channels, input.height, input.width)).mapv(f32::round);
    let gradient = normal(seed + 1, (batch, output.channels, output.height, output.width));
    let mut y = vec![f32::NAN; batch * output.stored()];
    pool::forward(&shape, &blocked(&x), &mut y);
    let expected = reference::pool::forward(&exact(&x), pool);
    assert_close(&format!("output of {shape:?}"), &planes(output, &y), expected.as_slice().unwrap(), 1e-6);

    let mut by_input = vec![f32::NAN; batch * input.stored()];
    pool::backward(&shape, Activation::None, &blocked(&x), &blocked(&gradient), &mut by_input);
    let expected = reference::pool::backward(&exact(&x), pool, &exact(&gradient));
    let found = planes(input, &by_input);
    assert_close(&format!("gradient of {shape:?}"), &found, expected.as_slice().unwrap(), 1e-6);

    if !pool::passes_through(pool, Activation::Relu) {
        return;
    }
    let rectified = x.mapv(|value| value.max(0.0));
    pool::backward(&shape, Activation::Relu, &blocked(&rectified), &blocked(&gradient), &mut by_input);
    let expected = reference::pool::backward(&exact(&rectified), pool, &exact(&gradient));
    let expected = expected * rectified.mapv(|value| if value > 0.0 { 1.0 } else { 0.0 });
    let found = planes(input, &by_input);
    assert_close(&format!("gradient through {shape:?}"), &found, expected.as_slice().unwrap(), 1e-6);

    if pool.halves() {
        let mut replaced = blocked(&rectified);
        pool::backward_in_place(&shape, &blocked(&gradient), &mut replaced);
        assert_eq!(replaced, by_input, "gradient in place of {shape:?}");
    }
}

/// The same tests once more by each set of instructions that is not the one in use.
#[test]
fn every_instruction_set() {
    if std::env::var_os("VGG_CPU").is_some() {
        return;
    }
    let active = Cpu::selected().unwrap();
    for cpu in Cpu::available().filter(|&cpu| cpu != active) {
        let mut tests = std::process::Command::new(std::env::current_exe().unwrap());
        let output = tests.env("VGG_CPU", cpu.name()).output().unwrap();
        assert!(output.status.success(), "{cpu}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn halving_pools() {
    for (seed, (height, width)) in [(2, 2), (3, 3), (7, 12), (12, 7), (64, 65)].into_iter().enumerate() {
        for pool in [PoolWindow::max(2, 2), PoolWindow::average(2, 2)] {
            check_pool(3, MapShape::new(4, height, width), pool, seed as u64);
        }
    }
}

/// What is not a number must not get lost in a pool.
#[test]
fn pools_keep_what_is_not_a_number() {
    for pool in [PoolWindow::max(2, 2), PoolWindow::max(3, 3), PoolWindow::average(2, 2)] {
        let shape = PoolShape::new(1, MapShape::new(1, 3, 3), pool).unwrap();
        for place in [0, 1, 3, 4] {
            let mut x = [1.0; 9 * 16];
            x[place * 16 + 3] = f32::NAN;
            let mut y = [0.0; 16];
            pool::forward(&shape, &x, &mut y);
            assert!(y[3].is_nan() && y[4] == 1.0, "{pool:?}, {place}");
        }
    }
}

#[test]
fn global_average_pools() {
    for (seed, (batch, channels, height, width)) in
        [(1, 1, 1, 1), (3, 5, 7, 9), (2, 64, 40, 40)].into_iter().enumerate()
    {
        let (x, gradient) =
            (normal(seed as u64, (batch, channels, height, width)), normal(9, (batch, channels)));
        let shape = MapShape::new(channels, height, width);
        let mut y = vec![f32::NAN; batch * channels];
        pool::global_average(shape, &blocked(&x), &mut y);
        assert_close("means", &y, reference::pool::global_average(&exact(&x)).as_slice().unwrap(), 1e-6);
        let mut by_input = vec![f32::NAN; batch * shape.stored()];
        pool::global_average_backward(shape, gradient.as_slice().unwrap(), &mut by_input);
        let expected = reference::pool::global_average_backward(&exact(&gradient), height, width);
        assert_close("gradient", &planes(shape, &by_input), expected.as_slice().unwrap(), 1e-6);
    }
}

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
    fn convolution(shape in conv_shapes(), seed in 0..1000_u64) {
        check_conv(shape, seed);
    }

    #[test]
    fn dense_layers(batch in 1..=70_usize, features in 1..=90_usize, units in 1..=90_usize, seed in 0..1000_u64) {
        check_dense(DenseShape { batch, features, units }, seed);
    }

    #[test]
    fn pools(
        batch in 1..=3_usize,
        (channels, height, width) in (1..=4_usize, 1..=13_usize, 1..=13_usize),
        window in windows(5),
        max in any::<bool>(),
        seed in 0..1000_u64,
    ) {
        let mode = if max { PoolMode::Max } else { PoolMode::Average };
        check_pool(batch, MapShape::new(channels, height, width), PoolWindow { mode, window }, seed);
    }

    #[test]
    fn norms(batch in 2..=6_usize, channels in 1..=5_usize, area in 1..=40_usize, seed in 0..1000_u64) {
        check_norm(batch, Extent::Maps(MapShape::new(channels, area, 1)), seed);
    }
}
