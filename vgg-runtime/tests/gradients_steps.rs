//! Convolution and dense steps against the twins of the layers that they fuse, forward and backward, in
//! training and in inference.

mod samples;

use ndarray::{Array1, Array2, Array4};
use samples::step::{
    BATCH, FILTERS, FROM, INPUT, NORM, NormTensors, SHARE, TO, TRAINING, buffer, memory, place, place_maps,
};
use samples::{ACTIVATIONS, assert_close, blocked, exact, normal, planes};
use vgg_runtime::activation::Activation;
use vgg_runtime::arena::Slot;
use vgg_runtime::geometry::{PoolWindow, Window};
use vgg_runtime::ops::{ConvOp, DenseOp, Gradients, NormGradients, Weights};
use vgg_runtime::pass::Mode;
use vgg_runtime::reference::{self, norm::Statistics};

/// Runs a convolution with all that may be behind it, and its twins.
fn check_conv(norm: bool, activation: Activation, pool: Option<PoolWindow>, activated: Slot) {
    let what = format!("norm {norm}, {activation:?}, {pool:?} of {activated:?}");
    let keeps = norm || activation.needs_input();
    let op = ConvOp {
        input: INPUT,
        filters: FILTERS,
        window: Window::same(3, 3),
        groups: 1,
        norm: norm.then_some(NORM),
        activation,
        pool,
        from: FROM,
        to: TO,
        linear: keeps.then_some(buffer(2)),
        activated: pool.map(|_| activated),
        statistics: 16,
        needs_input_gradient: true,
        reads_images: false,
        frozen: false,
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
    place_maps(&mut pass, FROM, &x);
    op.forward(&mut pass, weights);
    let (.., expected) = forward(&tensors.running());
    let found = planes(output, pass.values(TO, output.stored()));
    assert_close(&format!("{what}: inference"), &found, expected.as_slice().unwrap(), SHARE);

    let mut pass = memory.pass(BATCH, TRAINING);
    place_maps(&mut pass, FROM, &x);
    op.forward(&mut pass, weights);
    let (normed, activated, expected) = forward(&reference::norm::statistics(&sums));
    let found = planes(output, pass.values(TO, output.stored()));
    assert_close(&format!("{what}: training"), &found, expected.as_slice().unwrap(), SHARE);

    // Backward.
    let mut found = (vec![f32::NAN; weight.len()], [(); 3].map(|()| vec![f32::NAN; FILTERS]));
    let [bias_gradient, scale, shift] = &mut found.1;
    pass.gradient_mut(TO, output.stored()).copy_from_slice(&blocked(&by_output));
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
    let by_input = planes(INPUT, pass.gradient(FROM, INPUT.stored()));
    assert_close(&format!("{what}: input"), &by_input, gradients.input.as_slice().unwrap(), SHARE);

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
    for activation in ACTIVATIONS {
        for norm in [false, true] {
            for pool in [None, Some(PoolWindow::max(2, 2)), Some(PoolWindow::average(3, 2))] {
                check_conv(norm, activation, pool, buffer(3));
            }
        }
    }
}

/// The gradient of what is pooled may take the place of its values.
#[test]
fn gradients_that_replace_values() {
    let (pool, slot) = (Some(PoolWindow::max(2, 2)), buffer(3));
    for norm in [false, true] {
        let replaced = Slot { gradient: slot.training, ..slot };
        check_conv(norm, Activation::Relu, pool, replaced);
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
                frozen: false,
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
        frozen: false,
    };
    let mut memory = memory();
    op.forward(&mut memory.pass(1, Mode::Inference), Weights { weight: &[1.0], bias: None, norm: None });
}
