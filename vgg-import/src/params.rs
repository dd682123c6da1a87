//! The weights of a network in the order of its layers, and under our names.

use crate::chain::{Chain, Norm, Op};
use crate::error::Problem;
use crate::tensor::Tensor;
use vgg_spec::ir::{self, Model, Shape};

/// The tensors of a network under the names that a file of weights has.
pub type Weights = Vec<(String, Tensor)>;

/// The weights of one layer.
#[derive(Debug, Clone)]
pub(crate) enum Params {
    Conv { weight: Tensor, bias: Option<Tensor> },
    Norm { scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor },
    Dense { weight: Tensor, bias: Option<Tensor> },
}

/// The weights of a chain under the names of the model that its spec describes.
///
/// # Errors
/// If the model is that of another chain.
pub fn weights(chain: Chain, model: &Model) -> Result<Weights, Problem> {
    let params = chain.layers.into_iter().filter_map(|layer| match layer.op {
        Op::Conv { weight, bias, .. } => Some(Params::Conv { weight, bias }),
        Op::Dense { weight, bias } => Some(Params::Dense { weight, bias }),
        Op::Norm(Norm { scale, shift, mean, variance, .. }) => {
            Some(Params::Norm { scale, shift, mean, variance })
        }
        Op::Lrn(_)
        | Op::Activation(_)
        | Op::Pool { .. }
        | Op::AdaptiveAverage(_)
        | Op::Dropout(_)
        | Op::Flatten
        | Op::GlobalAverage
        | Op::GlobalMax
        | Op::Softmax => None,
    });
    let params: Vec<Params> = params.collect();
    let layers: Vec<&ir::Layer> = with_weights(model).collect();
    if layers.len() != params.len() {
        let (found, needed) = (params.len(), layers.len());
        return Err(Problem::unsupported(format_args!(
            "the file has weights for {found} layers, but `{}` has {needed}",
            model.name()
        )));
    }
    let mut weights = Weights::new();
    for (layer, params) in layers.into_iter().zip(params) {
        params.check(layer)?;
        weights.extend(params.named(layer));
    }
    Ok(weights)
}

/// The layers of a model that have weights.
pub(crate) fn with_weights(model: &Model) -> impl Iterator<Item = &ir::Layer> {
    model.layers().iter().filter(|layer| Kind::of(layer).is_some())
}

/// The kinds of layers that have weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Conv,
    Norm,
    Dense,
}

impl Kind {
    pub(crate) const ALL: [Kind; 3] = [Kind::Conv, Kind::Norm, Kind::Dense];

    pub(crate) fn of(layer: &ir::Layer) -> Option<Kind> {
        match layer.op {
            ir::Op::Conv(_) => Some(Kind::Conv),
            ir::Op::BatchNorm(_) => Some(Kind::Norm),
            ir::Op::Dense(_) => Some(Kind::Dense),
            _ => None,
        }
    }

    pub(crate) fn plural(self) -> &'static str {
        match self {
            Kind::Conv => "convolutions",
            Kind::Norm => "batch norms",
            Kind::Dense => "dense layers",
        }
    }
}

impl Params {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Params::Conv { .. } => Kind::Conv,
            Params::Norm { .. } => Kind::Norm,
            Params::Dense { .. } => Kind::Dense,
        }
    }

    /// Checks that these are weights of a layer: all of them, in its shapes.
    pub(crate) fn check(&self, layer: &ir::Layer) -> Result<(), Problem> {
        let channels = match layer.input {
            Shape::Maps(maps) => maps.channels,
            Shape::Vector(features) => features,
        };
        match (layer.op, self) {
            (ir::Op::Conv(conv), Params::Conv { weight, bias }) => {
                let [rows, columns] = conv.window.kernel;
                check_linear(
                    layer,
                    weight,
                    &[conv.filters, channels / conv.groups.max(1), rows, columns],
                    bias.as_ref(),
                    conv.bias,
                )
            }
            (ir::Op::Dense(dense), Params::Dense { weight, bias }) => {
                let shape = [dense.units, layer.input.elements()];
                check_linear(layer, weight, &shape, bias.as_ref(), dense.bias)
            }
            (ir::Op::BatchNorm(_), Params::Norm { scale, shift, mean, variance }) => {
                let tensors = [scale, shift, mean, variance];
                tensors.into_iter().try_for_each(|tensor| check_shape(layer, "norm", tensor, &[channels]))
            }
            (_, params) => {
                let kind = params.kind().plural();
                Err(mismatch(layer, format_args!("the file has one of its {kind} in its place")))
            }
        }
    }

    /// The tensors under the names of a layer.
    pub(crate) fn named(self, layer: &ir::Layer) -> impl Iterator<Item = (String, Tensor)> {
        let tensors = match self {
            Params::Conv { weight, bias } | Params::Dense { weight, bias } => {
                [Some(("weight", weight)), bias.map(|bias| ("bias", bias)), None, None]
            }
            Params::Norm { scale, shift, mean, variance } => [
                Some(("weight", scale)),
                Some(("bias", shift)),
                Some(("running_mean", mean)),
                Some(("running_var", variance)),
            ],
        };
        tensors.into_iter().flatten().map(|(name, tensor)| (format!("{}.{name}", layer.name), tensor))
    }
}

fn check_linear(
    layer: &ir::Layer,
    weight: &Tensor,
    shape: &[usize],
    bias: Option<&Tensor>,
    has_bias: bool,
) -> Result<(), Problem> {
    check_shape(layer, "weight", weight, shape)?;
    match (bias, has_bias) {
        (Some(bias), true) => check_shape(layer, "bias", bias, &shape[..1]),
        (None, false) => Ok(()),
        (Some(_), false) => Err(mismatch(layer, "the file has a bias, but the spec has none")),
        (None, true) => Err(mismatch(layer, "the file has no bias, but the spec has one")),
    }
}

fn check_shape(layer: &ir::Layer, name: &str, tensor: &Tensor, shape: &[usize]) -> Result<(), Problem> {
    let found = tensor.shape();
    match found == shape {
        true => Ok(()),
        false => Err(mismatch(
            layer,
            format_args!("its {name} is {found:?} in the file, but {shape:?} in the spec"),
        )),
    }
}

fn mismatch(layer: &ir::Layer, reason: impl std::fmt::Display) -> Problem {
    Problem::layer(format_args!("layer `{}`", layer.name), reason)
}
