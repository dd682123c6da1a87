//! The same bits, whatever the number of threads.

mod samples;

use ndarray::{Array1, Array4};
use rayon::ThreadPoolBuilder;
use samples::{blocked, normal};
use vgg_runtime::activation::Activation;
use vgg_runtime::arena::{ArenaSize, Memory, Slot};
use vgg_runtime::geometry::{Extent, MapShape, Norm, PoolWindow, Window};
use vgg_runtime::kernels::conv::{self, ConvShape};
use vgg_runtime::kernels::dense::{self, DenseShape};
use vgg_runtime::kernels::{Epilogue, Scratch};
use vgg_runtime::ops::{ConvOp, DenseOp, DropoutOp, GapOp, Gradients, NormGradients, NormWeights, Weights};
use vgg_runtime::pass::Mode;

/// Runs work on 1, 2, 3 and 8 threads, several times, and holds all results to the first.
fn assert_same(what: &str, work: impl Fn() -> Vec<f32> + Sync) {
    let bits = |threads| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| work().into_iter().map(f32::to_bits).collect::<Vec<u32>>())
    };
    let expected = bits(1);
    assert!(expected.iter().all(|&bits| f32::from_bits(bits).is_finite()), "{what}");
    for threads in [2, 3, 8, 2, 3, 8] {
        assert!(bits(threads) == expected, "{what} on {threads} threads");
    }
}

#[test]
fn convolutions() {
    for (batch, [channels, height, width], filters, window) in [
        (1, [16, 56, 57], 32, Window::same(3, 3)),
        (13, [24, 7, 7], 40, Window::same(3, 3)),
        (3, [256, 6, 6], 256, Window::same(3, 3)),
        (1, [64, 112, 112], 64, Window::same(3, 3)),
        (2, [352, 14, 15], 340, Window::same(3, 3)),
        (5, [512, 2, 2], 528, Window::same(3, 3)),
        (5, [64, 30, 31], 48, Window::same(1, 1)),
        (17, [3, 32, 32], 16, Window::same(5, 5).with_stride(2, 2)),
    ] {
        let image = MapShape::new(channels, height, width);
        let shape = ConvShape::new(batch, image, filters, window).unwrap();
        let x: Array1<f32> = normal(0, batch * image.stored());
        let weight: Array1<f32> = normal(1, shape.weights());
        let gradient: Array1<f32> = normal(2, batch * shape.output().stored());
        let (x, weight, gradient) =
            (x.as_slice().unwrap(), weight.as_slice().unwrap(), gradient.as_slice().unwrap());
        assert_same(&format!("{shape:?}"), || {
            let mut scratch = Scratch::default();
            let mut results = [vec![0.0; gradient.len()], vec![0.0; x.len()], vec![0.0; weight.len()]];
            let [y, by_input, by_weight] = &mut results;
            let epilogue = Epilogue { bias: None, norm: None, activation: Activation::Relu };
            conv::forward(&shape, x, weight, epilogue, y, &mut scratch);
            conv::input_gradient(&shape, gradient, weight, by_input, &mut scratch);
            conv::weight_gradient(&shape, x, gradient, by_weight, &mut scratch);
            results.concat()
        });
    }
}

/// Weights that are kept may be transformed at another time.
#[test]
fn weights_that_are_kept() {
    for [channels, height, width, filters] in [[352, 21, 24, 340], [64, 12, 12, 64]] {
        let shape = ConvShape::new(1, MapShape::new(channels, height, width), filters, Window::same(3, 3));
        let shape = shape.unwrap();
        let x: Array1<f32> = normal(0, shape.input().stored());
        let weight: Array1<f32> = normal(1, shape.weights());
        let (x, weight) = (x.as_slice().unwrap(), weight.as_slice().unwrap());
        let epilogue = Epilogue { bias: None, norm: None, activation: Activation::Relu };
        let [kept, not_kept] = [true, false].map(|keeps| {
            let (mut scratch, mut y) = (Scratch::default(), vec![0.0; shape.output().stored()]);
            scratch.keep_packs(keeps);
            for _ in 0..2 {
                conv::forward(&shape, x, weight, epilogue, &mut y, &mut scratch);
            }
            y.into_iter().map(f32::to_bits).collect::<Vec<u32>>()
        });
        assert!(kept == not_kept, "{shape:?}");
    }
}

#[test]
fn dense_layers() {
    for (batch, features, units) in [(1, 900, 1000), (3, 2000, 70), (128, 300, 200), (300, 128, 10)] {
        let shape = DenseShape { batch, features, units };
        let (x, weight) = (normal(0, batch * features), normal(1, units * features));
        let gradient: Array1<f32> = normal(2, batch * units);
        let (x, weight, gradient) =
            (x.as_slice().unwrap(), weight.as_slice().unwrap(), gradient.as_slice().unwrap());
        assert_same(&format!("{shape:?}"), || {
            let mut results = [vec![0.0; gradient.len()], vec![0.0; x.len()], vec![0.0; weight.len()]];
            let [y, by_input, by_weight] = &mut results;
            let epilogue = Epilogue { bias: None, norm: None, activation: Activation::None };
            let mut scratch = Scratch::default();
            dense::forward(shape, x, weight, epilogue, y, &mut scratch);
            dense::input_gradient(shape, gradient, weight, by_input, &mut scratch);
            dense::weight_gradient(shape, x, gradient, by_weight, &mut scratch);
            results.concat()
        });
    }
}

/// A whole step of training: every kind of kernel, one behind the other.
#[test]
fn a_training_step() {
    const BATCH: usize = 9;
    const MAPS: MapShape = MapShape::new(12, 20, 21);
    const FILTERS: usize = 16;
    const CLASSES: usize = 10;
    const ELEMENTS: usize = 16 * 20 * 21;
    /// Buffers of the largest map, one behind the other.
    const fn slot(number: usize) -> Slot {
        let offset = ELEMENTS * number;
        Slot::new(offset, offset, offset + 8 * ELEMENTS)
    }
    let conv = ConvOp {
        input: MAPS,
        filters: FILTERS,
        window: Window::same(3, 3),
        groups: 1,
        norm: Some(Norm::default()),
        activation: Activation::Silu,
        pool: Some(PoolWindow::max(3, 3).with_stride(2, 2)),
        from: slot(0),
        to: slot(3),
        linear: Some(slot(1)),
        activated: Some(slot(2)),
        statistics: 0,
        needs_input_gradient: true,
        reads_images: false,
        frozen: false,
    };
    let pooled = conv.output().unwrap();
    let gap = GapOp { input: pooled, from: slot(4), to: slot(5), needs_input_gradient: true };
    let dropout = DropoutOp {
        extent: Extent::Maps(pooled),
        rate: 0.5,
        stream: 1,
        from: slot(3),
        to: slot(4),
        needs_input_gradient: true,
    };
    let dense = DenseOp {
        features: FILTERS,
        units: CLASSES,
        norm: None,
        activation: Activation::Tanh,
        from: slot(5),
        to: slot(6),
        linear: None,
        statistics: 0,
        needs_input_gradient: true,
        frozen: false,
    };
    let x: Array4<f32> = normal(0, (BATCH, MAPS.channels, MAPS.height, MAPS.width));
    let conv_weight: Array1<f32> = normal(1, FILTERS * MAPS.channels * 9);
    let dense_weight: Array1<f32> = normal(2, CLASSES * FILTERS);
    let (bias, ones, zeros): (Array1<f32>, _, _) = (normal(3, FILTERS), [1.0; FILTERS], [0.0; FILTERS]);
    let norm = NormWeights { scale: &ones, shift: &zeros, mean: &zeros, variance: &ones };
    let conv_weights =
        Weights { weight: conv_weight.as_slice().unwrap(), bias: bias.as_slice(), norm: Some(norm) };
    let dense_weights = Weights { weight: dense_weight.as_slice().unwrap(), bias: None, norm: None };
    assert_same("a training step", || {
        let size = ArenaSize { inference: 16 * ELEMENTS, training: 16 * ELEMENTS, statistics: 2 * FILTERS };
        let mut memory = Memory::training(size, BATCH);
        let mut pass = memory.pass(BATCH, Mode::Training { seed: 1, step: 2 });
        pass.values_mut(slot(0), MAPS.stored()).copy_from_slice(&blocked(&x));
        conv.forward(&mut pass, conv_weights);
        dropout.forward(&mut pass);
        gap.forward(&mut pass);
        dense.forward(&mut pass, dense_weights);
        let (logits, gradient) = pass.values_and_gradient(slot(6), CLASSES);
        gradient.copy_from_slice(logits);

        let mut dense_gradient = vec![0.0; dense_weight.len()];
        let mut conv_gradient = vec![0.0; conv_weight.len()];
        let mut by_channel = [(); 3].map(|()| vec![0.0; FILTERS]);
        let [bias, scale, shift] = &mut by_channel;
        let gradients = Gradients { weight: &mut dense_gradient, bias: None, norm: None };
        dense.backward(&mut pass, dense_weights, gradients);
        gap.backward(&mut pass);
        dropout.backward(&mut pass);
        let norm = Some(NormGradients { scale, shift });
        let gradients = Gradients { weight: &mut conv_gradient, bias: Some(bias), norm };
        conv.backward(&mut pass, conv_weights, gradients);
        let (logits, by_input) = (pass.values(slot(6), CLASSES), pass.gradient(slot(0), MAPS.stored()));
        [logits, by_input, &dense_gradient, &conv_gradient, &by_channel.concat()].concat()
    });
}
