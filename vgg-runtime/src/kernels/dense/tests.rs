//! Every set of instructions that this machine has, against the naive twin.

use super::*;
use crate::activation::Activation;
use crate::random::Stream;
use crate::reference;
use ndarray::{Array1, Array2};

fn normal(seed: u64, rows: usize, columns: usize) -> Array2<f64> {
    let mut values = Stream::new(seed, 0, 0).normals();
    Array2::from_shape_simple_fn((rows, columns), || f64::from(values.next().unwrap_or_default() as f32))
}

fn rounded(array: &Array2<f64>) -> Vec<f32> {
    array.iter().map(|&value| value as f32).collect()
}

/// Holds sums of so many products to a twin's by the bound that holds for any order of summation:
/// see `tests/kernels.rs`.
fn assert_sums(what: &str, terms: usize, found: &[f32], expected: &Array2<f64>, magnitudes: &Array2<f64>) {
    let rounding = terms as f64 * f64::from(f32::EPSILON) / 2.0;
    for (index, ((&found, expected), magnitude)) in found.iter().zip(expected).zip(magnitudes).enumerate() {
        let bound = rounding / (1.0 - rounding) * magnitude;
        let error = (f64::from(found) - expected).abs();
        assert!(
            error <= bound,
            "{what}[{index}] is {found}, not {expected}: off by {error:e}, bound {bound:e}"
        );
    }
}

fn check(cpu: Cpu, shape: DenseShape) {
    let DenseShape { batch, features, units } = shape;
    let (x, weight, gradient) =
        (normal(1, batch, features), normal(2, units, features), normal(3, batch, units));
    let bias: Array1<f64> = normal(4, 1, units).remove_axis(ndarray::Axis(0)).to_owned();
    let bias32: Vec<f32> = bias.iter().map(|&value| value as f32).collect();
    let abs = |array: &Array2<f64>| array.mapv(f64::abs);
    let what = |part: &str| format!("{part} of {shape:?} by {cpu}");
    let mut scratch = Scratch::default();
    scratch.poison(1 << 18);

    let epilogue = Epilogue { bias: Some(&bias32), norm: None, activation: Activation::None };
    let mut y = vec![f32::NAN; batch * units];
    forward_by(cpu, shape, &rounded(&x), &rounded(&weight), epilogue, &mut y, &mut scratch);
    let expected = reference::dense::forward(&x, &weight, Some(&bias));
    let magnitudes = reference::dense::forward(&abs(&x), &abs(&weight), Some(&bias.mapv(f64::abs)));
    assert_sums(&what("output"), features + 1, &y, &expected, &magnitudes);

    let expected = reference::dense::backward(&x, &weight, &gradient);
    let magnitudes = reference::dense::backward(&abs(&x), &abs(&weight), &abs(&gradient));
    let mut by_input = vec![f32::NAN; batch * features];
    input_gradient_by(cpu, shape, &rounded(&gradient), &rounded(&weight), &mut by_input, &mut scratch);
    assert_sums(&what("input gradient"), units, &by_input, &expected.input, &magnitudes.input);
    let mut by_weight = vec![f32::NAN; units * features];
    weight_gradient_by(cpu, shape, &rounded(&x), &rounded(&gradient), &mut by_weight, &mut scratch);
    assert_sums(&what("weight gradient"), batch, &by_weight, &expected.weight, &magnitudes.weight);
}

#[test]
fn every_instruction_set_agrees_with_the_twin() {
    let batches = [1, 2, 3, 4, 5, 7, 13, 40, 130];
    let features = [1, 15, 16, 17, 33, 63, 64, 530, 1050];
    let units = [1, 2, 3, 5, 8, 11, 31, 46, 70];
    for cpu in Cpu::available() {
        for (index, &batch) in batches.iter().enumerate() {
            check(cpu, DenseShape { batch, features: features[index], units: units[index] });
            check(cpu, DenseShape { batch, features: features[8 - index], units: units[(index + 4) % 9] });
        }
    }
}

#[test]
fn nothing_comes_of_nothing() {
    for cpu in Cpu::available() {
        check(cpu, DenseShape { batch: 0, features: 5, units: 3 });
    }
}
