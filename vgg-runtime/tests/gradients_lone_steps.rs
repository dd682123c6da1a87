//! Steps that fuse nothing against the twins of their layers, forward and backward.

mod samples;

use ndarray::{Array1, Array4};
use samples::step::{BATCH, FROM, INPUT, NORM, NormTensors, SHARE, TO, TRAINING, memory, place};
use samples::{assert_close, exact, normal};
use vgg_runtime::activation::Activation;
use vgg_runtime::geometry::PoolWindow;
use vgg_runtime::ops::{ActivationOp, DropoutOp, FlattenOp, GapOp, NormGradients, NormOp, PoolOp};
use vgg_runtime::pass::{Mode, Pass};
use vgg_runtime::random::{Stream, uniform};
use vgg_runtime::reference;

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
