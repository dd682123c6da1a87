//! Every twin's backward pass against central differences in `f64`, to 10⁻⁶.

mod samples;

use ndarray::{Array, Array1, Array2, Array4, Dimension};
use samples::{ACTIVATIONS, normal64};
use vgg_runtime::geometry::{Lrn, Norm, Padding, PoolWindow, Window};
use vgg_runtime::reference::{activation, conv, dense, dropout, loss, lrn, norm, pool};

/// Half the distance of two points whose difference is taken.
const STEP: f64 = 1e-5;

/// Holds the gradient of a function by one of its arguments to central differences.
fn check<D: Dimension>(
    what: &str,
    argument: &Array<f64, D>,
    gradient: &Array<f64, D>,
    function: impl Fn(&Array<f64, D>) -> f64,
) {
    assert_eq!(argument.shape(), gradient.shape(), "{what}");
    for (index, &found) in gradient.iter().enumerate() {
        let at = |offset: f64| {
            let mut moved = argument.clone();
            moved.as_slice_mut().unwrap()[index] += offset;
            function(&moved)
        };
        let expected = (at(STEP) - at(-STEP)) / (2.0 * STEP);
        let error = (found - expected).abs() / expected.abs().max(1.0);
        assert!(error < 1e-6, "{what}[{index}] is {found}, but the difference says {expected}");
    }
}

/// A number out of an output: the sum of its products with weights, which are then the gradient by it.
fn weighted<D: Dimension>(output: &Array<f64, D>, weights: &Array<f64, D>) -> f64 {
    assert_eq!(output.shape(), weights.shape());
    (output * weights).sum()
}

fn windows() -> [Window; 6] {
    let uneven = Padding { top: 0, bottom: 2, left: 1, right: 0 };
    [
        Window::same(3, 3),
        Window::same(1, 1),
        Window::same(1, 3).with_stride(2, 1),
        Window::same(5, 5).with_stride(2, 3),
        Window::tiling(2, 2),
        Window::tiling(3, 2).with_stride(1, 2).with_padding(uneven),
    ]
}

#[test]
fn convolution() {
    for (seed, window) in (0..).zip(windows()) {
        let (x, bias): (Array4<f64>, Array1<f64>) = (normal64(seed, (2, 2, 6, 5)), normal64(seed + 10, 3));
        let weight = normal64(seed + 20, (3, 2, window.kernel[0], window.kernel[1]));
        let output = conv::forward(&x, &weight, Some(&bias), window);
        let by_output = normal64(seed + 30, output.dim());
        let gradients = conv::backward(&x, &weight, window, &by_output);
        let value =
            |x: &_, weight: &_, bias: &_| weighted(&conv::forward(x, weight, Some(bias), window), &by_output);
        check("by input", &x, &gradients.input, |x| value(x, &weight, &bias));
        check("by weight", &weight, &gradients.weight, |weight| value(&x, weight, &bias));
        check("by bias", &bias, &gradients.bias, |bias| value(&x, &weight, bias));
    }
}

/// Three filters of a channel each; and two groups of two filters of three channels.
#[test]
fn convolution_in_groups() {
    let window = Window::same(3, 1).with_stride(2, 1);
    for (channels, filters, groups) in [(3, 3, 3), (6, 4, 2)] {
        let (x, bias): (Array4<f64>, Array1<f64>) = (normal64(0, (2, channels, 5, 4)), normal64(1, filters));
        let weight = normal64(2, (filters, channels / groups, 3, 1));
        let by_output = normal64(3, conv::forward(&x, &weight, Some(&bias), window).dim());
        let gradients = conv::backward(&x, &weight, window, &by_output);
        let value = |x: &_, weight: &_| weighted(&conv::forward(x, weight, Some(&bias), window), &by_output);
        check("by input", &x, &gradients.input, |x| value(x, &weight));
        check("by weight", &weight, &gradients.weight, |weight| value(&x, weight));
    }
}

#[test]
fn dense_layer() {
    let (x, weight) = (normal64(0, (3, 5)), normal64(1, (4, 5)));
    let (bias, by_output) = (normal64(2, 4), normal64(3, (3, 4)));
    let gradients = dense::backward(&x, &weight, &by_output);
    let value = |x: &_, weight: &_, bias: &_| weighted(&dense::forward(x, weight, Some(bias)), &by_output);
    check("by input", &x, &gradients.input, |x| value(x, &weight, &bias));
    check("by weight", &weight, &gradients.weight, |weight| value(&x, weight, &bias));
    check("by bias", &bias, &gradients.bias, |bias| value(&x, &weight, bias));
}

#[test]
fn pools() {
    let x = normal64(0, (2, 2, 7, 6));
    for window in windows() {
        for pool in [PoolWindow::max(1, 1), PoolWindow::average(1, 1)] {
            let pool = PoolWindow { window, ..pool };
            let by_output = normal64(1, pool::forward(&x, pool).dim());
            let gradient = pool::backward(&x, pool, &by_output);
            check(&format!("{pool:?}"), &x, &gradient, |x| weighted(&pool::forward(x, pool), &by_output));
        }
    }
}

#[test]
fn global_average_pool() {
    let (x, by_output) = (normal64(0, (2, 3, 4, 5)), normal64(1, (2, 3)));
    let gradient = pool::global_average_backward(&by_output, 4, 5);
    check("gap", &x, &gradient, |x| weighted(&pool::global_average(x), &by_output));
}

#[test]
fn adaptive_average_pool() {
    let x = normal64(0, (2, 2, 7, 5));
    for size in [[7, 5], [3, 2], [1, 4], [9, 11]] {
        let by_output = normal64(1, (2, 2, size[0], size[1]));
        let gradient = pool::adaptive_average_backward(&x, &by_output);
        check(&format!("adaptive {size:?}"), &x, &gradient, |x| {
            weighted(&pool::adaptive_average(x, size), &by_output)
        });
    }
}

#[test]
fn batch_norm_of_maps_and_vectors() {
    let settings = Norm::new(1e-3, 0.1);
    for shape in [(3, 2, 4, 3), (5, 3, 1, 1)] {
        let (x, by_output) = (normal64(0, shape), normal64(1, shape));
        let (scale, shift): (Array1<f64>, Array1<f64>) = (normal64(2, shape.1), normal64(3, shape.1));
        let gradients = norm::backward(&x, &scale, settings, &by_output);
        let value = |x: &Array4<f64>, scale: &_, shift: &_| {
            weighted(&norm::forward(x, scale, shift, &norm::statistics(x), settings), &by_output)
        };
        check("by input", &x, &gradients.input, |x| value(x, &scale, &shift));
        check("by scale", &scale, &gradients.scale, |scale| value(&x, scale, &shift));
        check("by shift", &shift, &gradients.shift, |shift| value(&x, &scale, shift));
    }
}

#[test]
fn local_response_norm() {
    let x: Array4<f64> = normal64(0, (2, 7, 2, 3)) * 2.0;
    let by_output = normal64(1, x.dim());
    for size in [1, 3, 5, 21] {
        let settings = Lrn { size, alpha: 0.5, beta: 0.75, k: 1.5 };
        let gradient = lrn::backward(&x, settings, &by_output);
        check(&format!("LRN over {size}"), &x, &gradient, |x| {
            weighted(&lrn::forward(x, settings), &by_output)
        });
    }
}

#[test]
fn activations() {
    let x: Array1<f64> = normal64(0, 50) * 2.0;
    for kind in ACTIVATIONS {
        let gradient = x.mapv(|x| activation::derivative(kind, x));
        check(&format!("{kind:?}"), &x, &gradient, |x| x.mapv(|x| activation::forward(kind, x)).sum());
    }
}

#[test]
fn dropout_with_a_mask() {
    let (x, by_output) = (normal64(0, 20), normal64(1, 20));
    let dropped = x.mapv(|value: f64| value > 0.3);
    let gradient = dropout::forward(&by_output, &dropped, 0.25);
    check("dropout", &x, &gradient, |x| weighted(&dropout::forward(x, &dropped, 0.25), &by_output));
}

#[test]
fn softmax_cross_entropy() {
    let logits: Array2<f64> = normal64(0, (4, 5)) * 3.0;
    let labels = [0, 4, 2, 2];
    let (_, gradient) = loss::cross_entropy(&logits, &labels);
    check("logits", &logits, &gradient, |logits| loss::cross_entropy(logits, &labels).0);
}
