//! The tensors that a network learns: their names and shapes, and values to go with them.
//!
//! Names are `layer.tensor`, as in weight files. Convolution weights are `[out, in, height, width]`, dense
//! weights `[out, in]`, all else one value a channel or unit.

use crate::ir::{Layer, Model, Op, Shape};
use std::collections::BTreeMap;
use thiserror::Error;

/// The name of a tensor without its layer, and its shape.
pub type TensorShape = (&'static str, Vec<usize>);

impl Layer {
    /// The tensors of the layer, in the order of weight files.
    pub fn tensors(&self) -> Vec<TensorShape> {
        let channels = match self.input {
            Shape::Maps(maps) => maps.channels,
            Shape::Vector(features) => features,
        };
        match self.op {
            Op::Conv(conv) => {
                let [height, width] = conv.window.kernel;
                let bias = conv.bias.then(|| ("bias", vec![conv.filters]));
                let weight = ("weight", vec![conv.filters, channels / conv.groups, height, width]);
                [weight].into_iter().chain(bias).collect()
            }
            Op::Dense(dense) => {
                let bias = dense.bias.then(|| ("bias", vec![dense.units]));
                [("weight", vec![dense.units, channels])].into_iter().chain(bias).collect()
            }
            Op::BatchNorm(_) => {
                ["weight", "bias", "running_mean", "running_var"].map(|name| (name, vec![channels])).into()
            }
            Op::Activation(_)
            | Op::Lrn(_)
            | Op::Pool(_)
            | Op::Dropout { .. }
            | Op::Flatten
            | Op::GlobalAveragePool
            | Op::AdaptiveAveragePool
            | Op::Softmax => Vec::new(),
        }
    }
}

impl Model {
    /// The names and shapes of all tensors, in the order of the layers.
    pub fn tensors(&self) -> impl Iterator<Item = (String, Vec<usize>)> {
        self.layers().iter().flat_map(|layer| {
            layer.tensors().into_iter().map(|(tensor, shape)| (format!("{}.{tensor}", layer.name), shape))
        })
    }
}

/// Values in the order of their shape, the last extent fastest.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// The extents.
    pub shape: Vec<usize>,
    /// As many values as the product of the extents.
    pub values: Vec<f32>,
}

/// Tensors by name.
pub type Tensors = BTreeMap<String, Tensor>;

/// Weights that do not fit a model.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WeightsMismatch {
    /// A tensor of the model is not there.
    #[error("there is no tensor `{name}`, which the model needs with shape {expected:?}")]
    Missing {
        /// The tensor.
        name: String,
        /// Its shape in the model.
        expected: Vec<usize>,
    },
    /// A tensor has another shape than in the model.
    #[error("`{name}` has shape {found:?}, but the model needs {expected:?}")]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape in the model.
        expected: Vec<usize>,
        /// Its shape in the weights.
        found: Vec<usize>,
    },
    /// A tensor that the model does not have.
    #[error("there is a tensor `{name}`, which the model does not have")]
    Unknown {
        /// The tensor.
        name: String,
    },
}

/// Checks that tensors are those of a model: all of them, of the right shapes, and no others.
///
/// # Errors
/// Names the first tensor, in the order of the layers, that is not as it should be.
pub fn check<'t>(
    model: &Model,
    found: impl Fn(&str) -> Option<&'t [usize]>,
    mut names: impl Iterator<Item = &'t str>,
) -> Result<(), WeightsMismatch> {
    let expected: BTreeMap<String, Vec<usize>> = model.tensors().collect();
    for (name, expected) in model.tensors() {
        match found(&name) {
            None => return Err(WeightsMismatch::Missing { name, expected }),
            Some(shape) if shape != expected => {
                return Err(WeightsMismatch::Shape { name, expected, found: shape.to_vec() });
            }
            Some(_) => {}
        }
    }
    match names.find(|name| !expected.contains_key(*name)) {
        Some(name) => Err(WeightsMismatch::Unknown { name: name.to_owned() }),
        None => Ok(()),
    }
}
