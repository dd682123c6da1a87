//! Layers as lists of named tensors.

use crate::network::{Role, Tensor, TensorMut};
use ndarray::{Array, Dimension};

/// The most tensors that a layer has.
const MOST: usize = 4;

/// A layer with weights, as a list of tensors.
///
/// Generated code lists its layers once to be read and once to be changed; [`visit`], [`visit_mut`] and
/// [`update`] then do what a [`Network`](crate::network::Network) must.
pub trait Layer {
    /// Its tensors; `name` is only the tensor's own.
    fn tensors(&self) -> [Option<Tensor<'_>>; MOST];

    /// Its tensors, to be changed, in the same order.
    fn tensors_mut(&mut self) -> [Option<TensorMut<'_>>; MOST];
}

/// Shows every tensor of named layers.
pub fn visit<'a>(
    layers: impl IntoIterator<Item = (&'a str, &'a dyn Layer)>,
    visit: &mut dyn FnMut(Tensor<'_>),
) {
    for (layer, tensors) in layers {
        for tensor in tensors.tensors().into_iter().flatten() {
            with_name(layer, tensor.name, |name| visit(Tensor { name, ..tensor }));
        }
    }
}

/// Shows every tensor of named layers, to be changed.
pub fn visit_mut<'a>(
    layers: impl IntoIterator<Item = (&'a str, &'a mut dyn Layer)>,
    visit: &mut dyn FnMut(TensorMut<'_>),
) {
    for (layer, tensors) in layers {
        for TensorMut { name, shape, values, role } in tensors.tensors_mut().into_iter().flatten() {
            with_name(layer, name, |name| visit(TensorMut { name, shape, values, role }));
        }
    }
}

/// Shows every trainable tensor of named layers beside its gradient.
pub fn update<'a>(
    layers: impl IntoIterator<Item = (&'a str, &'a mut dyn Layer)>,
    gradients: impl IntoIterator<Item = (&'a str, &'a dyn Layer)>,
    apply: &mut dyn FnMut(TensorMut<'_>, &[f32]),
) {
    for ((layer, tensors), (_, gradients)) in layers.into_iter().zip(gradients) {
        let pairs =
            tensors.tensors_mut().into_iter().flatten().zip(gradients.tensors().into_iter().flatten());
        for (TensorMut { name, shape, values, role }, gradient) in pairs {
            if role.is_trainable() {
                with_name(layer, name, |name| {
                    apply(TensorMut { name, shape, values, role }, gradient.values);
                });
            }
        }
    }
}

/// Calls a function with `layer.tensor`, which it writes on the stack if it is not unusually long: a
/// training step must not allocate.
fn with_name(layer: &str, tensor: &str, function: impl FnOnce(&str)) {
    let mut buffer = [0; 128];
    let parts = [layer, ".", tensor];
    let length = parts.iter().map(|part| part.len()).sum();
    let Some(written) = buffer.get_mut(..length) else { return function(&parts.concat()) };
    let mut rest = &mut *written;
    for part in parts {
        let (head, tail) = rest.split_at_mut(part.len());
        head.copy_from_slice(part.as_bytes());
        rest = tail;
    }
    match std::str::from_utf8(written) {
        Ok(name) => function(name),
        Err(_) => function(&parts.concat()),
    }
}

/// A tensor of a layer.
pub(super) fn tensor<'a, D: Dimension>(
    name: &'static str,
    role: Role,
    array: &'a Array<f32, D>,
) -> Option<Tensor<'a>> {
    let values = slice(array, array.len());
    Some(Tensor { name, shape: array.shape(), values, role })
}

/// A tensor of a layer, to be changed. The shape comes from elsewhere, because the array is borrowed for
/// its values.
pub(super) fn tensor_mut<'a, D: Dimension>(
    name: &'static str,
    role: Role,
    shape: &'static [usize],
    array: &'a mut Array<f32, D>,
) -> Option<TensorMut<'a>> {
    let values = slice_mut(array, shape.iter().product());
    Some(TensorMut { name, shape, values, role })
}

/// The values of an array, as a kernel wants them.
///
/// # Panics
/// If someone put an array of another size or layout into a layer's field.
pub(super) fn slice<D: Dimension>(array: &Array<f32, D>, length: usize) -> &[f32] {
    match array.as_slice() {
        Some(values) if values.len() == length => values,
        _ => panic!("{}", misfit(array, length)),
    }
}

/// The values of an array, to be changed.
///
/// # Panics
/// If someone put an array of another size or layout into a layer's field.
pub(super) fn slice_mut<D: Dimension>(array: &mut Array<f32, D>, length: usize) -> &mut [f32] {
    if array.len() != length || !array.is_standard_layout() {
        panic!("{}", misfit(array, length));
    }
    array.as_slice_mut().unwrap_or_default()
}

fn misfit<D: Dimension>(array: &Array<f32, D>, length: usize) -> String {
    let (shape, strides) = (array.shape(), array.strides());
    format!(
        "an array of shape {shape:?} and strides {strides:?} stands where {length} values in row-major order must"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_length() {
        for layer in ["block1_conv1", "größe", &"x".repeat(121), &"x".repeat(122), &"ü".repeat(500)] {
            with_name(layer, "weight", |name| assert_eq!(name, format!("{layer}.weight")));
        }
    }
}
