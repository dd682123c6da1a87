//! The weights of one layer, with shapes that are known only now.

use super::convert;
use vgg_runtime::layers::Layer;
use vgg_runtime::network::{Role, Tensor, TensorMut};
use vgg_runtime::ops::{Gradients, NormGradients, NormWeights, Weights};
use vgg_spec::ir;

/// The tensors of a layer, in the order in which the typed layers of the runtime list theirs.
#[derive(Debug, Clone)]
pub(super) struct LayerWeights {
    tensors: Vec<Values>,
}

/// A tensor of a layer.
#[derive(Debug, Clone)]
struct Values {
    name: &'static str,
    role: Role,
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl Values {
    fn new(name: &'static str, role: Role, shape: &[usize], value: f32) -> Values {
        Values { name, role, shape: shape.to_vec(), values: vec![value; shape.iter().product()] }
    }
}

impl LayerWeights {
    /// Zero weights, or a norm that changes nothing; `None` if the layer has no weights.
    pub(super) fn blank(layer: &ir::Layer) -> Option<LayerWeights> {
        let bias = |units, wanted: bool| wanted.then(|| Values::new("bias", Role::Bias, &[units], 0.0));
        let channels = convert::maps(layer.input).channels;
        let tensors = match layer.op {
            ir::Op::Conv(conv) => {
                let [height, width] = conv.window.kernel;
                let weight = Values::new(
                    "weight",
                    Role::Weight,
                    &[conv.filters, channels / conv.groups, height, width],
                    0.0,
                );
                [weight].into_iter().chain(bias(conv.filters, conv.bias)).collect()
            }
            ir::Op::Dense(dense) => {
                let shape = [dense.units, layer.input.elements()];
                let weight = Values::new("weight", Role::Weight, &shape, 0.0);
                [weight].into_iter().chain(bias(dense.units, dense.bias)).collect()
            }
            ir::Op::BatchNorm(_) => vec![
                Values::new("weight", Role::Scale, &[channels], 1.0),
                Values::new("bias", Role::Shift, &[channels], 0.0),
                Values::new("running_mean", Role::Mean, &[channels], 0.0),
                Values::new("running_var", Role::Variance, &[channels], 1.0),
            ],
            ir::Op::Activation(_)
            | ir::Op::Lrn(_)
            | ir::Op::Pool(_)
            | ir::Op::Dropout { .. }
            | ir::Op::Flatten
            | ir::Op::GlobalAveragePool
            | ir::Op::AdaptiveAveragePool
            | ir::Op::Softmax => return None,
        };
        Some(LayerWeights { tensors })
    }

    /// What a convolution or dense layer computes with, and the norm behind it.
    pub(super) fn weights<'w>(&'w self, norm: Option<&'w LayerWeights>) -> Weights<'w> {
        let norm = norm.map(LayerWeights::norm);
        match self.tensors.as_slice() {
            [weight] => Weights { weight: &weight.values, bias: None, norm },
            [weight, bias] => Weights { weight: &weight.values, bias: Some(&bias.values), norm },
            _ => unreachable!("a step with weights begins at a convolution or dense layer"),
        }
    }

    /// Where their gradients go.
    pub(super) fn gradients<'g>(&'g mut self, norm: Option<&'g mut LayerWeights>) -> Gradients<'g> {
        let norm = norm.map(LayerWeights::norm_gradients);
        match self.tensors.as_mut_slice() {
            [weight] => Gradients { weight: &mut weight.values, bias: None, norm },
            [weight, bias] => Gradients { weight: &mut weight.values, bias: Some(&mut bias.values), norm },
            _ => unreachable!("a step with weights begins at a convolution or dense layer"),
        }
    }

    /// What a norm computes with.
    pub(super) fn norm(&self) -> NormWeights<'_> {
        match self.tensors.as_slice() {
            [scale, shift, mean, variance] => NormWeights {
                scale: &scale.values,
                shift: &shift.values,
                mean: &mean.values,
                variance: &variance.values,
            },
            _ => unreachable!("only norms are used as norms"),
        }
    }

    /// Where their gradients go.
    pub(super) fn norm_gradients(&mut self) -> NormGradients<'_> {
        match self.tensors.as_mut_slice() {
            [scale, shift, ..] => NormGradients { scale: &mut scale.values, shift: &mut shift.values },
            _ => unreachable!("only norms are used as norms"),
        }
    }

    /// The running mean and variance of a norm.
    pub(super) fn running_mut(&mut self) -> (&mut [f32], &mut [f32]) {
        match self.tensors.as_mut_slice() {
            [_, _, mean, variance] => (&mut mean.values, &mut variance.values),
            _ => unreachable!("only norms are used as norms"),
        }
    }
}

impl Layer for LayerWeights {
    fn tensors(&self) -> [Option<Tensor<'_>>; 4] {
        std::array::from_fn(|index| {
            let Values { name, role, shape, values } = self.tensors.get(index)?;
            Some(Tensor { name, shape, values, role: *role })
        })
    }

    fn tensors_mut(&mut self) -> [Option<TensorMut<'_>>; 4] {
        let mut tensors = self.tensors.iter_mut();
        std::array::from_fn(|_| {
            let Values { name, role, shape, values } = tensors.next()?;
            Some(TensorMut { name, shape, values, role: *role })
        })
    }
}
