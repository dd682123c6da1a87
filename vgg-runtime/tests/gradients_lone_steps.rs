//! Steps that fuse nothing against the twins of their layers, forward and backward.

mod samples;

use ndarray::{Array1, Array4};
use samples::step::{BATCH, FROM, INPUT, NORM, NormTensors, SHARE, TO, TRAINING, memory, place};
use samples::{assert_close, blocked, exact, normal, planes, shape_of};
use vgg_runtime::activation::Activation;
use vgg_runtime::geometry::{Extent, PoolWindow};
use vgg_runtime::ops::{ActivationOp, DropoutOp, FlattenOp, GapOp, NormGradients, NormOp, PoolOp};
use vgg_runtime::pass::{Mode, Pass};
use vgg_runtime::random::{Stream, uniform};
use vgg_runtime::reference;

/// Runs a step without weights in training, and gives what it writes and the gradient by its input. What has
/// an area is stored in blocks of channels, and so is what comes out if `by_output` has one.
fn run(
    x: &Array4<f32>,
    by_output: &Array4<f32>,
    forward: impl Fn(&mut Pass<'_>),
    backward: impl Fn(&mut Pass<'_>),
) -> (Vec<f32>, Vec<f32>) {
    let stored = |values: &Array4<f32>| match extent_of(values) {
        Extent::Maps(_) => blocked(values),
        Extent::Vector(_) => values.as_slice().unwrap().to_vec(),
    };
    let values = |like: &Array4<f32>, stored: &[f32]| match extent_of(like) {
        Extent::Maps(maps) => planes(maps, stored),
        Extent::Vector(_) => stored.to_vec(),
    };
    let mut memory = memory();
    let mut pass = memory.pass(BATCH, TRAINING);
    place(&mut pass, FROM, &stored(x));
    forward(&mut pass);
    let gradient = stored(by_output);
    let output = values(by_output, pass.values(TO, gradient.len() / BATCH));
    pass.gradient_mut(TO, gradient.len() / BATCH).copy_from_slice(&gradient);
    backward(&mut pass);
    let by_input = pass.gradient(FROM, extent_of(x).stored());
    // Where nothing was written, there is nothing to unpack.
    let untouched = by_input.iter().all(|value| value.is_nan());
    (output, if untouched { by_input.to_vec() } else { values(x, by_input) })
}

/// Maps, or vectors if there is one value a channel.
fn extent_of(values: &Array4<f32>) -> Extent {
    let shape = shape_of(values);
    if shape.area() == 1 { Extent::Vector(shape.channels) } else { Extent::Maps(shape) }
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
            extent: extent_of(&x),
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
            &by_output,
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
        let (found, by_input) = run(&images(), &by_output, |pass| op.forward(pass), |pass| op.backward(pass));
        assert_close("output", &found, expected.as_slice().unwrap(), SHARE);
        let expected = reference::pool::backward(&exact(&images()), pool, &exact(&by_output));
        assert_close("gradient", &by_input, expected.as_slice().unwrap(), SHARE);
    }
}

#[test]
fn global_average_pool() {
    let op = GapOp { input: INPUT, from: FROM, to: TO, needs_input_gradient: true };
    let by_output: Array4<f32> = normal(1, (BATCH, INPUT.channels, 1, 1));
    let (found, by_input) = run(&images(), &by_output, |pass| op.forward(pass), |pass| op.backward(pass));
    let expected = reference::pool::global_average(&exact(&images()));
    assert_close("output", &found, expected.as_slice().unwrap(), SHARE);
    let expected = exact(&by_output).into_shape_with_order((BATCH, INPUT.channels)).unwrap();
    let expected = reference::pool::global_average_backward(&expected, INPUT.height, INPUT.width);
    assert_close("gradient", &by_input, expected.as_slice().unwrap(), SHARE);
}

#[test]
fn lone_activations() {
    let extent = Extent::Maps(INPUT);
    for activation in [Activation::Elu { alpha: 1.0 }, Activation::Gelu] {
        let op = ActivationOp { extent, activation, from: FROM, to: TO, needs_input_gradient: true };
        let by_output = normal(1, images().dim());
        let (found, by_input) = run(&images(), &by_output, |pass| op.forward(pass), |pass| op.backward(pass));
        let expected = exact(&images()).mapv(|value| reference::activation::forward(activation, value));
        assert_close("output", &found, expected.as_slice().unwrap(), SHARE);
        let derivative = exact(&images()).mapv(|value| reference::activation::derivative(activation, value));
        let expected = derivative * exact(&by_output);
        assert_close("gradient", &by_input, expected.as_slice().unwrap(), SHARE);
    }
}

/// The mask is that of the stream, forward and backward.
#[test]
fn dropout() {
    let extent = Extent::Maps(INPUT);
    let op = DropoutOp { extent, rate: 0.4, stream: 3, from: FROM, to: TO, needs_input_gradient: true };
    let by_output: Array4<f32> = normal(1, images().dim());
    let (found, by_input) = run(&images(), &by_output, |pass| op.forward(pass), |pass| op.backward(pass));
    let dropped: Array1<bool> =
        Stream::new(5, 9, 3).words().take(by_output.len()).map(|word| uniform(word) < 0.4).collect();
    let expected = reference::dropout::forward(&exact(&images()).flatten().to_owned(), &dropped, 0.4);
    assert_close("output", &found, expected.as_slice().unwrap(), SHARE);
    let expected = reference::dropout::forward(&exact(&by_output).flatten().to_owned(), &dropped, 0.4);
    assert_close("gradient", &by_input, expected.as_slice().unwrap(), SHARE);
}

/// In one and the same slot, and in inference, dropout leaves values alone.
#[test]
fn steps_in_place() {
    let (extent, stored) = (Extent::Maps(INPUT), INPUT.stored());
    let dropout =
        DropoutOp { extent, rate: 0.4, stream: 3, from: FROM, to: FROM, needs_input_gradient: true };
    let activation = Activation::Relu;
    let relu = ActivationOp { extent, activation, from: FROM, to: FROM, needs_input_gradient: true };
    let mut memory = memory();
    let mut pass = memory.pass(BATCH, Mode::Inference);
    place(&mut pass, FROM, &blocked(&images()));
    dropout.forward(&mut pass);
    assert_eq!(pass.values(FROM, stored), blocked(&images()));
    relu.forward(&mut pass);
    assert_eq!(pass.values(FROM, stored), blocked(&images().mapv(|value| value.max(0.0))));

    let mut pass = memory.pass(BATCH, TRAINING);
    place(&mut pass, FROM, &blocked(&images()));
    relu.forward(&mut pass);
    pass.gradient_mut(FROM, stored).fill(2.0);
    relu.backward(&mut pass);
    let expected = images().mapv(|value| if value > 0.0 { 2.0 } else { 0.0 });
    assert_eq!(pass.gradient(FROM, stored), blocked(&expected));
}

/// A flattened map is its channels, one behind the other, and its gradient finds back into the blocks.
#[test]
fn flatten() {
    let op = FlattenOp { input: INPUT, from: FROM, to: TO, needs_input_gradient: true };
    let by_output: Array4<f32> = normal(1, (BATCH, INPUT.elements(), 1, 1));
    let (found, by_input) = run(&images(), &by_output, |pass| op.forward(pass), |pass| op.backward(pass));
    assert_eq!(found, images().as_slice().unwrap());
    assert_eq!(by_input, by_output.as_slice().unwrap());
}

/// Images have no gradient: a step that reads them must not write one.
#[test]
fn images_get_no_gradient() {
    let pool = PoolWindow::max(2, 2);
    let op = PoolOp { input: INPUT, pool, from: FROM, to: TO, needs_input_gradient: false };
    let output = op.output().unwrap();
    let by_output = Array4::ones((BATCH, output.channels, output.height, output.width));
    let (_, by_input) = run(&images(), &by_output, |pass| op.forward(pass), |pass| op.backward(pass));
    assert!(by_input.iter().all(|value| value.is_nan()));
}
