//! Steps that training leaves as they are: gradients pass through, and nothing of them changes.

mod samples;

use ndarray::{Array1, Array4};
use samples::step::{
    BATCH, FILTERS, FROM, INPUT, NORM, NormTensors, SHARE, TO, TRAINING, buffer, memory, place_maps,
};
use samples::{assert_close, blocked, exact, normal, planes};
use vgg_runtime::activation::Activation;
use vgg_runtime::geometry::Window;
use vgg_runtime::ops::{ConvOp, Gradients, NormGradients, Weights};
use vgg_runtime::reference;

/// A convolution and its norm, both frozen: the norm is that of inference, whose derivative is a number a channel.
fn check(activation: Activation) {
    let what = format!("{activation:?}");
    let op = ConvOp {
        input: INPUT,
        filters: FILTERS,
        window: Window::same(3, 3),
        groups: 1,
        norm: Some(NORM.frozen()),
        activation,
        pool: None,
        from: FROM,
        to: TO,
        linear: Some(buffer(2)),
        activated: None,
        statistics: 16,
        needs_input_gradient: true,
        reads_images: false,
        frozen: true,
    };
    let output = op.output().unwrap();
    let x: Array4<f32> = normal(0, (BATCH, INPUT.channels, INPUT.height, INPUT.width));
    let weight: Array4<f32> = normal(1, (FILTERS, INPUT.channels, 3, 3));
    let bias: Array1<f32> = normal(2, FILTERS);
    let by_output: Array4<f32> = normal(3, (BATCH, FILTERS, output.height, output.width));
    let tensors = NormTensors::new(FILTERS);
    let weights =
        Weights { weight: weight.as_slice().unwrap(), bias: bias.as_slice(), norm: Some(tensors.weights()) };

    let sums = reference::conv::forward(&exact(&x), &exact(&weight), Some(&exact(&bias)), op.window);
    let normed = tensors.apply(&sums, &tensors.running());
    let activated = normed.mapv(|value| reference::activation::forward(activation, value));
    let mut memory = memory();
    let mut pass = memory.pass(BATCH, TRAINING);
    place_maps(&mut pass, FROM, &x);
    op.forward(&mut pass, weights);
    let found = planes(output, pass.values(TO, output.stored()));
    assert_close(&what, &found, activated.as_slice().unwrap(), SHARE);

    let mut untouched = (vec![7.0; weight.len()], [(); 3].map(|()| vec![7.0; FILTERS]));
    let [bias_gradient, scale, shift] = &mut untouched.1;
    pass.gradient_mut(TO, output.stored()).copy_from_slice(&blocked(&by_output));
    let gradients = Gradients {
        weight: &mut untouched.0,
        bias: Some(bias_gradient),
        norm: Some(NormGradients { scale, shift }),
    };
    op.backward(&mut pass, weights, gradients);
    assert!(untouched.0.iter().chain(untouched.1.iter().flatten()).all(|value| *value == 7.0), "{what}");

    let mut gradient =
        exact(&by_output) * normed.mapv(|value| reference::activation::derivative(activation, value));
    for ((_, channel, ..), value) in gradient.indexed_iter_mut() {
        let deviation = (f64::from(tensors.variance[channel]) + f64::from(NORM.epsilon)).sqrt();
        *value *= f64::from(tensors.scale[channel]) / deviation;
    }
    let gradients = reference::conv::backward(&exact(&x), &exact(&weight), op.window, &gradient);
    let by_input = planes(INPUT, pass.gradient(FROM, INPUT.stored()));
    assert_close(&what, &by_input, gradients.input.as_slice().unwrap(), SHARE);

    let (mut mean, mut variance) = (tensors.mean.to_vec(), tensors.variance.to_vec());
    op.update_statistics(&pass, &mut mean, &mut variance);
    assert_eq!((mean, variance), (tensors.mean.to_vec(), tensors.variance.to_vec()), "{what}");
}

#[test]
fn gradients_pass_through_what_is_frozen() {
    [Activation::None, Activation::Relu, Activation::Gelu].into_iter().for_each(check);
}
