//! Fused steps against the twins of the layers that they fuse, forward and backward, in training and in
//! inference.

mod samples;

use ndarray::{Array1, Array2, Array4};
use samples::{assert_close, exact, normal};
use vgg_runtime::activation::Activation;
use vgg_runtime::arena::{ArenaSize, Memory, Slot};
use vgg_runtime::geometry::{MapShape, Norm, PoolWindow, Window};
use vgg_runtime::ops::{
    ActivationOp, ConvOp, DenseOp, DropoutOp, FlattenOp, GapOp, Gradients, NormGradients, NormOp,
    NormWeights, PoolOp, Weights,
};
use vgg_runtime::pass::{Mode, Pass};
use vgg_runtime::random::{Stream, uniform};
use vgg_runtime::reference::{self, norm::Statistics};

const BATCH: usize = 3;
const INPUT: MapShape = MapShape::new(2, 7, 6);
const FILTERS: usize = 4;
const NORM: Norm = Norm { epsilon: 1e-3, momentum: 0.2 };
const TRAINING: Mode = Mode::Training { seed: 5, step: 9 };

/// How far a step may be from its twins, as a share of the largest value.
const SHARE: f64 = 2e-5;

/// Buffers of 512 floats an image, one behind the other.
const fn buffer(number: usize) -> Slot {
    Slot::new(512 * number, 512 * number, 512 * (number + 4))
}

const FROM: Slot = buffer(0);
const TO: Slot = buffer(1);

/// Memory full of what is not a number.
fn memory() -> Memory {
    let size = ArenaSize { inference: 4096, training: 4096, statistics: 64 };
    let mut memory = Memory::training(size, BATCH);
    memory.pass(BATCH, TRAINING).values_mut(Slot::new(0, 0, 0), 4096).fill(f32::NAN);
    memory
}

fn place(pass: &mut Pass<'_>, slot: Slot, values: &[f32]) {
    pass.values_mut(slot, values.len() / BATCH).copy_from_slice(values);
}

/// The tensors of a norm.
struct NormTensors {
    scale: Array1<f32>,
    shift: Array1<f32>,
    mean: Array1<f32>,
    variance: Array1<f32>,
}

impl NormTensors {
    fn new(channels: usize) -> NormTensors {
        NormTensors {
            scale: normal(20, channels),
            shift: normal(21, channels),
            mean: normal(22, channels),
            variance: normal(23, channels).mapv(|value: f32| value * value + 0.5),
        }
    }

    fn weights(&self) -> NormWeights<'_> {
        NormWeights {
            scale: self.scale.as_slice().unwrap(),
            shift: self.shift.as_slice().unwrap(),
            mean: self.mean.as_slice().unwrap(),
            variance: self.variance.as_slice().unwrap(),
        }
    }

    fn running(&self) -> Statistics<f64> {
        Statistics { mean: exact(&self.mean), variance: exact(&self.variance) }
    }

    fn apply(&self, x: &Array4<f64>, statistics: &Statistics<f64>) -> Array4<f64> {
        reference::norm::forward(x, &exact(&self.scale), &exact(&self.shift), statistics, NORM)
    }
}

/// Runs a convolution with all that may be behind it, and its twins.
fn check_conv(norm: bool, activation: Activation, pool: Option<PoolWindow>) {
    let what = format!("norm {norm}, {activation:?}, {pool:?}");
    let keeps = norm || activation.needs_input();
    let op = ConvOp {
        input: INPUT,
        filters: FILTERS,
        window: Window::same(3, 3),
        norm: norm.then_some(NORM),
        activation,
        pool,
        from: FROM,
        to: TO,
        linear: keeps.then_some(buffer(2)),
        activated: pool.map(|_| buffer(3)),
        statistics: 16,
        needs_input_gradient: true,
    };
    let output = op.output().unwrap();
    let x: Array4<f32> = normal(0, (BATCH, INPUT.channels, INPUT.height, INPUT.width));
    let weight: Array4<f32> = normal(1, (FILTERS, INPUT.channels, 3, 3));
    let bias: Array1<f32> = normal(2, FILTERS);
    let by_output = normal(3, (BATCH, FILTERS, output.height, output.width));
    let tensors = NormTensors::new(FILTERS);
    let weights = Weights {
        weight: weight.as_slice().unwrap(),
        bias: bias.as_slice(),
        norm: norm.then(|| tensors.weights()),
    };

    // Forward, by the twins.
    let sums = reference::conv::forward(&exact(&x), &exact(&weight), Some(&exact(&bias)), op.window);
    let forward = |statistics: &Statistics<f64>| {
        let normed = if norm { tensors.apply(&sums, statistics) } else { sums.clone() };
        let activated = normed.mapv(|value| reference::activation::forward(activation, value));
        let pooled = pool.map_or(activated.clone(), |pool| reference::pool::forward(&activated, pool));
        (normed, activated, pooled)
    };
    let mut memory = memory();
    let mut pass = memory.pass(BATCH, Mode::Inference);
    place(&mut pass, FROM, x.as_slice().unwrap());
    op.forward(&mut pass, weights);
    let (.., expected) = forward(&tensors.running());
    let found = pass.values(TO, output.elements());
    assert_close(&format!("{what}: inference"), found, expected.as_slice().unwrap(), SHARE);

    let mut pass = memory.pass(BATCH, TRAINING);
    place(&mut pass, FROM, x.as_slice().unwrap());
    op.forward(&mut pass, weights);
    let (normed, activated, expected) = forward(&reference::norm::statistics(&sums));
    let found = pass.values(TO, output.elements());
    assert_close(&format!("{what}: training"), found, expected.as_slice().unwrap(), SHARE);

    // Backward.
    let mut found = (vec![f32::NAN; weight.len()], [(); 3].map(|()| vec![f32::NAN; FILTERS]));
    let [bias_gradient, scale, shift] = &mut found.1;
    pass.gradient_mut(TO, output.elements()).copy_from_slice(by_output.as_slice().unwrap());
    let norm_gradients = norm.then_some(NormGradients { scale, shift });
    op.backward(
        &mut pass,
        weights,
        Gradients { weight: &mut found.0, bias: Some(bias_gradient), norm: norm_gradients },
    );
    let mut gradient = exact(&by_output);
    if let Some(pool) = pool {
        gradient = reference::pool::backward(&activated, pool, &gradient);
    }
    gradient = gradient * normed.mapv(|value| reference::activation::derivative(activation, value));
    if norm {
        let gradients = reference::norm::backward(&sums, &exact(&tensors.scale), NORM, &gradient);
        assert_close(&format!("{what}: scale"), &found.1[1], gradients.scale.as_slice().unwrap(), SHARE);
        assert_close(&format!("{what}: shift"), &found.1[2], gradients.shift.as_slice().unwrap(), SHARE);
        gradient = gradients.input;
    }
    let gradients = reference::conv::backward(&exact(&x), &exact(&weight), op.window, &gradient);
    assert_close(&format!("{what}: weight"), &found.0, gradients.weight.as_slice().unwrap(), SHARE);
    if !norm {
        // Behind a norm a bias has no effect, and its gradient is nothing but rounding.
        assert_close(&format!("{what}: bias"), &found.1[0], gradients.bias.as_slice().unwrap(), SHARE);
    }
    let by_input = pass.gradient(FROM, INPUT.elements());
    assert_close(&format!("{what}: input"), by_input, gradients.input.as_slice().unwrap(), SHARE);

    if norm {
        let (mut mean, mut variance) = (tensors.mean.to_vec(), tensors.variance.to_vec());
        op.update_statistics(&pass, &mut mean, &mut variance);
        let updated = reference::norm::updated(&tensors.running(), &sums, NORM);
        assert_close(&format!("{what}: mean"), &mean, updated.mean.as_slice().unwrap(), 1e-6);
        assert_close(&format!("{what}: variance"), &variance, updated.variance.as_slice().unwrap(), 1e-6);
    }
}

#[test]
fn convolution_with_all_that_may_follow() {
    for activation in [
        Activation::None,
        Activation::Relu,
        Activation::LeakyRelu { slope: 0.1 },
        Activation::Elu { alpha: 0.7 },
        Activation::Gelu,
        Activation::Silu,
        Activation::Sigmoid,
        Activation::Tanh,
    ] {
        for norm in [false, true] {
            for pool in [None, Some(PoolWindow::max(2, 2)), Some(PoolWindow::average(3, 2))] {
                check_conv(norm, activation, pool);
            }
        }
    }
}

#[test]
fn dense_layer_with_all_that_may_follow() {
    const FEATURES: usize = 9;
    for activation in [Activation::None, Activation::Relu, Activation::Gelu, Activation::Tanh] {
        for norm in [false, true] {
            let what = format!("norm {norm}, {activation:?}");
            let keeps = norm || activation.needs_input();
            let op = DenseOp {
                features: FEATURES,
                units: FILTERS,
                norm: norm.then_some(NORM),
                activation,
                from: FROM,
                to: TO,
                linear: keeps.then_some(buffer(2)),
                statistics: 0,
                needs_input_gradient: true,
            };
            let (x, weight): (Array2<f32>, Array2<f32>) =
                (normal(0, (BATCH, FEATURES)), normal(1, (FILTERS, FEATURES)));
            let by_output: Array2<f32> = normal(3, (BATCH, FILTERS));
            let tensors = NormTensors::new(FILTERS);
            let norm_weights = norm.then(|| tensors.weights());
            let weights = Weights { weight: weight.as_slice().unwrap(), bias: None, norm: norm_weights };

            let as_maps = |values: Array2<f64>| values.into_shape_with_order((BATCH, FILTERS, 1, 1)).unwrap();
            let as_rows = |values: Array4<f64>| values.into_shape_with_order((BATCH, FILTERS)).unwrap();
            let sums = as_maps(reference::dense::forward(&exact(&x), &exact(&weight), None));
            let forward = |statistics: &Statistics<f64>| {
                if norm { tensors.apply(&sums, statistics) } else { sums.clone() }
            };
            let activate =
                |values: &Array4<f64>| values.mapv(|x| reference::activation::forward(activation, x));
            let mut memory = memory();
            let mut pass = memory.pass(BATCH, Mode::Inference);
            place(&mut pass, FROM, x.as_slice().unwrap());
            op.forward(&mut pass, weights);
            let expected = activate(&forward(&tensors.running()));
            assert_close(&what, pass.values(TO, FILTERS), expected.as_slice().unwrap(), SHARE);

            let mut pass = memory.pass(BATCH, TRAINING);
            place(&mut pass, FROM, x.as_slice().unwrap());
            op.forward(&mut pass, weights);
            let normed = forward(&reference::norm::statistics(&sums));
            let expected = activate(&normed);
            assert_close(&what, pass.values(TO, FILTERS), expected.as_slice().unwrap(), SHARE);

            let mut by_weight = vec![f32::NAN; weight.len()];
            let mut by_norm = [(); 2].map(|()| vec![f32::NAN; FILTERS]);
            let [scale, shift] = &mut by_norm;
            let norm_gradients = norm.then_some(NormGradients { scale, shift });
            pass.gradient_mut(TO, FILTERS).copy_from_slice(by_output.as_slice().unwrap());
            let gradients = Gradients { weight: &mut by_weight, bias: None, norm: norm_gradients };
            op.backward(&mut pass, weights, gradients);
            let mut gradient = as_maps(exact(&by_output))
                * normed.mapv(|value| reference::activation::derivative(activation, value));
            if norm {
                let gradients = reference::norm::backward(&sums, &exact(&tensors.scale), NORM, &gradient);
                assert_close(&what, &by_norm[0], gradients.scale.as_slice().unwrap(), SHARE);
                assert_close(&what, &by_norm[1], gradients.shift.as_slice().unwrap(), SHARE);
                gradient = gradients.input;
            }
            let gradients = reference::dense::backward(&exact(&x), &exact(&weight), &as_rows(gradient));
            assert_close(&what, &by_weight, gradients.weight.as_slice().unwrap(), SHARE);
            assert_close(&what, pass.gradient(FROM, FEATURES), gradients.input.as_slice().unwrap(), SHARE);
        }
    }
}

/// Runs a step without weights on maps in training, and gives what it writes and the gradient by its input.
fn run(
    x: &Array4<f32>,
    by_output: &[f32],
    forward: impl Fn(&mut Pass<'_>),
    backward: impl Fn(&mut Pass<'_>),
) -> (Vec<f32>, Vec<f32>) {
    let mut memory = memory();
    let mut pass = memory.pass(BATCH, TRAINING);
    place(&mut pass, FROM, x.as_slice().unwrap());
    forward(&mut pass);
    let elements = by_output.len() / BATCH;
    let output = pass.values(TO, elements).to_vec();
    pass.gradient_mut(TO, elements).copy_from_slice(by_output);
    backward(&mut pass);
    (output, pass.gradient(FROM, x.len() / BATCH).to_vec())
}

fn images() -> Array4<f32> {
    normal(0, (BATCH, INPUT.channels, INPUT.height, INPUT.width))
}

#[test]
fn lone_norms_of_maps_and_vectors() {
    for (shape, activation) in [
        ((BATCH, 2, 7, 6), Activation::Relu),
        ((BATCH, 2, 7, 6), Activation::Silu),
        ((BATCH, 20, 1, 1), Activation::None),
    ] {
        let (x, by_output): (Array4<f32>, Array4<f32>) = (normal(0, shape), normal(1, shape));
        let tensors = NormTensors::new(shape.1);
        let op = NormOp {
            channels: shape.1,
            area: shape.2 * shape.3,
            norm: NORM,
            activation,
            statistics: 0,
            from: FROM,
            to: TO,
            needs_input_gradient: true,
        };
        let (scale, shift) = (vec![f32::NAN; shape.1], vec![f32::NAN; shape.1]);
        let weight_gradients = std::cell::RefCell::new((scale, shift));
        let (found, by_input) = run(
            &x,
            by_output.as_slice().unwrap(),
            |pass| op.forward(pass, tensors.weights()),
            |pass| {
                let (scale, shift) = &mut *weight_gradients.borrow_mut();
                op.backward(pass, tensors.weights(), NormGradients { scale, shift });
            },
        );
        let normed = tensors.apply(&exact(&x), &reference::norm::statistics(&exact(&x)));
        let expected = normed.mapv(|value| reference::activation::forward(activation, value));
        assert_close("output", &found, expected.as_slice().unwrap(), SHARE);
        let gradient =
            exact(&by_output) * normed.mapv(|value| reference::activation::derivative(activation, value));
        let expected = reference::norm::backward(&exact(&x), &exact(&tensors.scale), NORM, &gradient);
        let (scale, shift) = weight_gradients.into_inner();
        assert_close("scale", &scale, expected.scale.as_slice().unwrap(), SHARE);
        assert_close("shift", &shift, expected.shift.as_slice().unwrap(), SHARE);
        assert_close("input", &by_input, expected.input.as_slice().unwrap(), 10.0 * SHARE);
    }
}

#[test]
fn lone_pools() {
    for pool in [PoolWindow::max(2, 2), PoolWindow::average(3, 3).with_stride(2, 1)] {
        let op = PoolOp { input: INPUT, pool, from: FROM, to: TO, needs_input_gradient: true };
        let expected = reference::pool::forward(&exact(&images()), pool);
        let by_output = normal(1, expected.dim());
        let slice = by_output.as_slice().unwrap();
        let (found, by_input) = run(&images(), slice, |pass| op.forward(pass), |pass| op.backward(pass));
        assert_close("output", &found, expected.as_slice().unwrap(), SHARE);
        let expected = reference::pool::backward(&exact(&images()), pool, &exact(&by_output));
        assert_close("gradient", &by_input, expected.as_slice().unwrap(), SHARE);
    }
}

#[test]
fn global_average_pool() {
    let op = GapOp { input: INPUT, from: FROM, to: TO, needs_input_gradient: true };
    let by_output = normal(1, (BATCH, INPUT.channels));
    let slice = by_output.as_slice().unwrap();
    let (found, by_input) = run(&images(), slice, |pass| op.forward(pass), |pass| op.backward(pass));
    let expected = reference::pool::global_average(&exact(&images()));
    assert_close("output", &found, expected.as_slice().unwrap(), SHARE);
    let expected = reference::pool::global_average_backward(&exact(&by_output), INPUT.height, INPUT.width);
    assert_close("gradient", &by_input, expected.as_slice().unwrap(), SHARE);
}

#[test]
fn lone_activations() {
    let elements = INPUT.elements();
    for activation in [Activation::Elu { alpha: 1.0 }, Activation::Gelu] {
        let op = ActivationOp { elements, activation, from: FROM, to: TO, needs_input_gradient: true };
        let by_output = normal(1, BATCH * elements);
        let slice = by_output.as_slice().unwrap();
        let (found, by_input) = run(&images(), slice, |pass| op.forward(pass), |pass| op.backward(pass));
        let expected = exact(&images()).mapv(|value| reference::activation::forward(activation, value));
        assert_close("output", &found, expected.as_slice().unwrap(), SHARE);
        let derivative = exact(&images()).mapv(|value| reference::activation::derivative(activation, value));
        let expected = derivative.flatten().to_owned() * exact(&by_output);
        assert_close("gradient", &by_input, expected.as_slice().unwrap(), SHARE);
    }
}

/// The mask is that of the stream, forward and backward.
#[test]
fn dropout() {
    let elements = INPUT.elements();
    let op = DropoutOp { elements, rate: 0.4, stream: 3, from: FROM, to: TO, needs_input_gradient: true };
    let by_output: Array1<f32> = normal(1, BATCH * elements);
    let slice = by_output.as_slice().unwrap();
    let (found, by_input) = run(&images(), slice, |pass| op.forward(pass), |pass| op.backward(pass));
    let dropped: Array1<bool> =
        Stream::new(5, 9, 3).words().take(slice.len()).map(|word| uniform(word) < 0.4).collect();
    let expected = reference::dropout::forward(&exact(&images()).flatten().to_owned(), &dropped, 0.4);
    assert_close("output", &found, expected.as_slice().unwrap(), SHARE);
    let expected = reference::dropout::forward(&exact(&by_output), &dropped, 0.4);
    assert_close("gradient", &by_input, expected.as_slice().unwrap(), SHARE);
}

/// In one and the same slot, and in inference, dropout leaves values alone.
#[test]
fn steps_in_place() {
    let elements = INPUT.elements();
    let dropout =
        DropoutOp { elements, rate: 0.4, stream: 3, from: FROM, to: FROM, needs_input_gradient: true };
    let flatten = FlattenOp { elements, from: FROM, to: FROM, needs_input_gradient: true };
    let relu = ActivationOp {
        elements,
        activation: Activation::Relu,
        from: FROM,
        to: FROM,
        needs_input_gradient: true,
    };
    let mut memory = memory();
    let mut pass = memory.pass(BATCH, Mode::Inference);
    place(&mut pass, FROM, images().as_slice().unwrap());
    dropout.forward(&mut pass);
    flatten.forward(&mut pass);
    assert_eq!(pass.values(FROM, elements), images().as_slice().unwrap());
    relu.forward(&mut pass);
    assert_eq!(pass.values(FROM, elements), images().mapv(|value| value.max(0.0)).as_slice().unwrap());

    let mut pass = memory.pass(BATCH, TRAINING);
    place(&mut pass, FROM, images().as_slice().unwrap());
    relu.forward(&mut pass);
    pass.gradient_mut(FROM, elements).fill(2.0);
    flatten.backward(&mut pass);
    relu.backward(&mut pass);
    let expected = images().mapv(|value| if value > 0.0 { 2.0 } else { 0.0 });
    assert_eq!(pass.gradient(FROM, elements), expected.as_slice().unwrap());
}

/// Images have no gradient: a step that reads them must not write one.
#[test]
fn images_get_no_gradient() {
    let pool = PoolWindow::max(2, 2);
    let op = PoolOp { input: INPUT, pool, from: FROM, to: TO, needs_input_gradient: false };
    let output = op.output().unwrap();
    let by_output = vec![1.0; BATCH * output.elements()];
    let (_, by_input) = run(&images(), &by_output, |pass| op.forward(pass), |pass| op.backward(pass));
    assert!(by_input.iter().all(|value| value.is_nan()));
}

#[test]
#[should_panic(expected = "has a norm, but was given none")]
fn a_missing_norm_is_named() {
    let op = DenseOp {
        features: 1,
        units: 1,
        norm: Some(NORM),
        activation: Activation::None,
        from: FROM,
        to: TO,
        linear: None,
        statistics: 0,
        needs_input_gradient: true,
    };
    let mut memory = memory();
    op.forward(&mut memory.pass(1, Mode::Inference), Weights { weight: &[1.0], bias: None, norm: None });
}
