//! Every kernel against its naive twin in `f64`, over odd and degenerate shapes.
//!
//! Sums of products are held to the bound that holds for any order of summation (Higham, *Accuracy and
//! Stability of Numerical Algorithms*, section 3.1): with `n` products and `u = 2⁻²⁴`, the error is at most
//! `n u / (1 - n u) Σ |a b|`. The twin computes that sum of magnitudes too. Everything else is held to a
//! share of the largest value.

mod conv;
mod dense;
mod pool;
#[path = "../samples/mod.rs"]
mod samples;
mod values;

use proptest::strategy::Strategy;
use vgg_runtime::activation::Activation;
use vgg_runtime::cpu::Cpu;
use vgg_runtime::geometry::{Padding, Window};
use vgg_runtime::kernels::{Epilogue, Scratch};

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

/// The same tests once more by each set of instructions that is not the one in use. Those of convolutions that take long
/// go through all of them by themselves, and are not run again.
#[test]
fn every_instruction_set() {
    if std::env::var_os("VGG_CPU").is_some() {
        return;
    }
    let active = Cpu::selected().unwrap();
    for cpu in Cpu::available().filter(|&cpu| cpu != active) {
        let mut tests = std::process::Command::new(std::env::current_exe().unwrap());
        let skipped = [
            "conv::convolution",
            "conv::convolution_in_tiles",
            "conv::convolution_in_tiles_of_any_shape",
            "conv::convolution_of_large_and_odd_shapes",
        ];
        tests.arg("--exact").args(skipped.iter().flat_map(|name| ["--skip", name]));
        let output = tests.env("VGG_CPU", cpu.name()).output().unwrap();
        assert!(output.status.success(), "{cpu}: {}", String::from_utf8_lossy(&output.stdout));
    }
}
