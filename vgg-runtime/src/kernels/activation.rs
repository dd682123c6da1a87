//! Activations over whole buffers.

use super::channels::Channels;
use super::pieces;
use crate::activation::{self, Activation};

/// The values of a piece.
const CHUNK: usize = 1 << 13;

/// Applies an activation to every value; padding stays zero.
pub fn forward(activation: Activation, layout: Channels, input: &[f32], output: &mut [f32]) {
    assert_eq!(input.len(), output.len());
    let pieces = output.chunks_mut(CHUNK).zip(input.chunks(CHUNK));
    pieces::for_each(pieces, input.len(), |(output, input)| {
        output.copy_from_slice(input);
        activation::apply(activation, output);
    });
    clear_padding(activation, layout, output);
}

/// Applies an activation in place; padding stays zero.
pub fn forward_in_place(activation: Activation, layout: Channels, values: &mut [f32]) {
    let volume = values.len();
    pieces::for_each(values.chunks_mut(CHUNK), volume, |values| activation::apply(activation, values));
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
    pieces::for_each(gradient.chunks_mut(CHUNK).zip(at.chunks(CHUNK)), at.len(), |(gradient, at)| {
        activation::multiply_derivative(activation, at, gradient);
    });
}
