//! Convolutions in groups.

use super::Layer;
use super::tensors::{tensor, tensor_mut};
use crate::network::{Role, Tensor, TensorMut};
use ndarray::{Array1, Array4};

/// The weights of a convolution from `I` to `O` channels in `G` groups: each filter looks at the `I / G` channels of
/// its group. The kernel is 3x3 unless said otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupedConv2d<
    const I: usize,
    const O: usize,
    const G: usize,
    const KH: usize = 3,
    const KW: usize = 3,
> {
    /// The kernels, `[O, I / G, KH, KW]`.
    pub weight: Array4<f32>,
    /// What is added, `[O]`.
    pub bias: Option<Array1<f32>>,
}

impl<const I: usize, const O: usize, const G: usize, const KH: usize, const KW: usize>
    GroupedConv2d<I, O, G, KH, KW>
{
    /// The extents of the kernels. Groups that do not divide channels and filters do not compile.
    const SHAPE: [usize; 4] = {
        assert!(
            G > 0 && I.is_multiple_of(G) && O.is_multiple_of(G),
            "groups must divide channels and filters"
        );
        [O, I / G, KH, KW]
    };

    /// The number of weights in the kernels.
    pub(super) const WEIGHTS: usize = O * Self::SHAPE[1] * KH * KW;

    /// Zero weights and biases.
    pub fn zeros() -> Self {
        GroupedConv2d { bias: Some(Array1::zeros(O)), ..Self::without_bias() }
    }

    /// Zero weights, and no bias.
    pub fn without_bias() -> Self {
        GroupedConv2d { weight: Array4::zeros(Self::SHAPE), bias: None }
    }
}

impl<const I: usize, const O: usize, const G: usize, const KH: usize, const KW: usize> Layer
    for GroupedConv2d<I, O, G, KH, KW>
{
    fn tensors(&self) -> [Option<Tensor<'_>>; 4] {
        let bias = self.bias.as_ref().and_then(|bias| tensor("bias", Role::Bias, bias));
        [tensor("weight", Role::Weight, &self.weight), bias, None, None]
    }

    fn tensors_mut(&mut self) -> [Option<TensorMut<'_>>; 4] {
        let bias = self.bias.as_mut().and_then(|bias| tensor_mut("bias", Role::Bias, &[O], bias));
        [tensor_mut("weight", Role::Weight, &Self::SHAPE, &mut self.weight), bias, None, None]
    }
}
