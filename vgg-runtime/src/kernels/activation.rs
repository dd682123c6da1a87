//! Activations over whole buffers.

use super::channels::Channels;
use super::pieces;
use super::simd::{self, Kernel, Simd};
use crate::activation::{self, Activation};
use crate::cpu::Cpu;

/// The values of a piece.
const CHUNK: usize = 1 << 13;

/// Applies an activation to every value; padding stays zero.
pub fn forward(activation: Activation, layout: Channels, input: &[f32], output: &mut [f32]) {
    assert_eq!(input.len(), output.len());
    let (cpu, pieces) = (Cpu::active(), output.chunks_mut(CHUNK).zip(input.chunks(CHUNK)));
    pieces::for_each(pieces, input.len(), |(values, input)| {
        values.copy_from_slice(input);
        simd::run(cpu, Apply { activation, values });
    });
    clear_padding(activation, layout, output);
}

/// Applies an activation in place; padding stays zero.
pub fn forward_in_place(activation: Activation, layout: Channels, values: &mut [f32]) {
    let (cpu, volume) = (Cpu::active(), values.len());
    pieces::for_each(values.chunks_mut(CHUNK), volume, |values| {
        simd::run(cpu, Apply { activation, values });
    });
    clear_padding(activation, layout, values);
}

/// Sets padding to zero again if it is no more.
fn clear_padding(activation: Activation, layout: Channels, values: &mut [f32]) {
    if activation.apply(0.0) != 0.0 && layout.is_padded() {
        layout.for_each_plane(values, |plane, _, values| plane.clear_padding(values));
    }
}

/// Multiplies gradients by the derivative: `at` holds outputs, or inputs where the activation
/// [needs them](Activation::needs_input).
pub fn multiply_derivative(activation: Activation, at: &[f32], gradient: &mut [f32]) {
    assert_eq!(at.len(), gradient.len());
    if activation == Activation::None {
        return;
    }
    let cpu = Cpu::active();
    pieces::for_each(gradient.chunks_mut(CHUNK).zip(at.chunks(CHUNK)), at.len(), |(gradient, at)| {
        simd::run(cpu, MultiplyDerivative { activation, at, gradient });
    });
}

/// [`activation::apply`] by the instructions of a CPU.
pub(super) struct Apply<'a> {
    pub(super) activation: Activation,
    pub(super) values: &'a mut [f32],
}

impl Kernel for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        activation::apply(self.activation, self.values);
    }
}

/// [`activation::multiply_derivative`] by the instructions of a CPU.
pub(super) struct MultiplyDerivative<'a> {
    pub(super) activation: Activation,
    pub(super) at: &'a [f32],
    pub(super) gradient: &'a mut [f32],
}

impl Kernel for MultiplyDerivative<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        activation::multiply_derivative(self.activation, self.at, self.gradient);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every set of instructions gives the bits of the functions of one value.
    #[test]
    fn all_instructions_agree() {
        let inputs: Vec<f32> = (-400..=401).map(|i| i as f32 / 16.0).collect();
        let activations = [
            Activation::None,
            Activation::Relu,
            Activation::LeakyRelu { slope: 0.1 },
            Activation::Elu { alpha: 0.7 },
            Activation::Gelu,
            Activation::Silu,
            Activation::Sigmoid,
            Activation::Tanh,
        ];
        for cpu in Cpu::available() {
            for activation in activations {
                let mut values = inputs.clone();
                simd::run(cpu, Apply { activation, values: &mut values });
                assert!(
                    values.iter().eq(inputs.iter().map(|&x| activation.apply(x)).collect::<Vec<_>>().iter())
                );
                let mut gradient = vec![3.0; inputs.len()];
                simd::run(cpu, MultiplyDerivative { activation, at: &inputs, gradient: &mut gradient });
                let expected: Vec<f32> = inputs.iter().map(|&at| 3.0 * activation.derivative(at)).collect();
                assert_eq!(gradient, expected, "{activation:?} by {cpu}");
            }
        }
    }
}
