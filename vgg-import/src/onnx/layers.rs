//! Operators that are layers.

use super::axes::Axis;
use super::proto::Node;
use super::walk::Walk;
use crate::build::Flow;
use crate::chain::Norm;
use crate::error::Problem;
use crate::tensor::Tensor;
use vgg_spec::ir::{Activation, Lrn, Padding, PoolMode};

impl<'f> Walk<'f, '_> {
    /// Takes over an operator on the path of the data; gives how many nodes it stands for.
    pub(super) fn operator(&mut self, node: &Node<'f>, rest: &[Node<'f>]) -> Result<usize, Problem> {
        if let Some((activation, used)) = self.composed(node, rest)? {
            node.as_source(|source| self.builder.activation(source, activation))?;
            return Ok(used);
        }
        if let Some(used) = self.composed_lrn(node, rest)? {
            return Ok(used);
        }
        if let Some(used) = self.adaptive(node, rest)? {
            return Ok(used);
        }
        match node.kind {
            "Conv" => self.conv(node)?,
            "Gemm" => self.gemm(node)?,
            "MatMul" => self.matmul(node)?,
            "BatchNormalization" => self.batch_norm(node)?,
            "LRN" => self.lrn(node)?,
            "Add" | "Sub" | "Mul" | "Div" => self.affine(node)?,
            "MaxPool" => self.pool(node, PoolMode::Max)?,
            "AveragePool" => self.pool(node, PoolMode::Average)?,
            "GlobalAveragePool" => self.global(node, PoolMode::Average)?,
            "GlobalMaxPool" => self.global(node, PoolMode::Max)?,
            "ReduceMean" => self.reduce(node, PoolMode::Average)?,
            "ReduceMax" => self.reduce(node, PoolMode::Max)?,
            "Softmax" => self.softmax(node)?,
            "Dropout" => self.dropout(node)?,
            "Transpose" => self.transpose(node)?,
            "Flatten" => self.flatten(node)?,
            "Reshape" => self.reshape(node)?,
            "Squeeze" => self.squeeze(node)?,
            "Pad" => self.pad(node)?,
            "Identity" => {}
            // From one kind of floating-point numbers to another.
            "Cast" if matches!(node.integer("to", 0), 1 | 10 | 11 | 16) => {}
            _ => {
                let activation = simple(node).ok_or_else(|| {
                    node.refuse("there is no such layer in a VGG, or none that is supported")
                })?;
                node.as_source(|source| self.builder.activation(source, activation))?;
            }
        }
        Ok(1)
    }

    fn needs_planes(&self, node: &Node<'f>) -> Result<[usize; 2], Problem> {
        match (self.axes.is_planes(), self.builder.flow()) {
            (true, Flow::Maps([_, height, width])) => Ok([height, width]),
            (true, Flow::Vector(_)) => Err(node.refuse("it stands behind a global pool")),
            (false, _) => Err(node.refuse("its input is no batch of planes")),
        }
    }

    /// The input that must be the data, before weights.
    fn data_first(&self, node: &Node<'f>) -> Result<(), Problem> {
        match node.input(0).and_then(|name| self.sizes(name)) {
            Some(_) => Ok(()),
            None => Err(node.refuse("its first input is no data")),
        }
    }

    fn weight(&mut self, node: &Node<'f>, index: usize) -> Result<Tensor, Problem> {
        let name = node.input(index).ok_or_else(|| node.refuse(format_args!("it has no input {index}")))?;
        self.weights(node, name)
    }

    fn optional(&mut self, node: &Node<'f>, index: usize) -> Result<Option<Tensor>, Problem> {
        node.input(index).map(|name| self.weights(node, name)).transpose()
    }

    fn conv(&mut self, node: &Node<'f>) -> Result<(), Problem> {
        self.data_first(node)?;
        let size = self.needs_planes(node)?;
        let groups = usize::try_from(node.integer("group", 1)).ok().filter(|&groups| groups > 0);
        let groups = groups.ok_or_else(|| node.refuse("its number of groups is none"))?;
        let weight = self.weight(node, 1)?;
        let bias = self.optional(node, 2)?;
        let kernel = match weight.shape() {
            &[_, _, rows, columns] => Some([rows, columns]),
            _ => None,
        };
        let window = node.window(size, kernel)?;
        node.as_source(|source| self.builder.conv(source, weight, bias, groups, window))
    }

    fn gemm(&mut self, node: &Node<'f>) -> Result<(), Problem> {
        self.data_first(node)?;
        node.only("transA", 0, "it turns the data")?;
        if node.float("alpha", 1.0) != 1.0 || node.float("beta", 1.0) != 1.0 {
            return Err(node.refuse("its factors `alpha` and `beta` are not 1"));
        }
        let is_turned = node.integer("transB", 0) != 0;
        let weight = self.matrix(node, is_turned)?;
        let units = weight.shape()[0];
        let bias = match self.optional(node, 2)? {
            Some(bias) => {
                Some(bias.reshaped(vec![units]).ok_or_else(|| node.refuse("its bias does not fit"))?)
            }
            None => None,
        };
        self.dense(node, weight, bias)
    }

    fn matmul(&mut self, node: &Node<'f>) -> Result<(), Problem> {
        self.data_first(node)?;
        let weight = self.matrix(node, false)?;
        self.dense(node, weight, None)
    }

    fn dense(&mut self, node: &Node<'f>, weight: Tensor, bias: Option<Tensor>) -> Result<(), Problem> {
        if self.axes.len() != 2 {
            return Err(node.refuse("its input is no batch of vectors"));
        }
        node.as_source(|source| self.builder.dense(source, weight, bias))
    }

    /// The second input as `[unit, feature]`.
    fn matrix(&mut self, node: &Node<'f>, is_turned: bool) -> Result<Tensor, Problem> {
        let weight = self.weight(node, 1)?;
        let weight = if is_turned { Some(weight) } else { weight.permuted(&[1, 0]) };
        weight
            .filter(|weight| weight.shape().len() == 2)
            .ok_or_else(|| node.refuse("its weight is no matrix"))
    }

    fn batch_norm(&mut self, node: &Node<'f>) -> Result<(), Problem> {
        self.data_first(node)?;
        node.only("training_mode", 0, "it normalises by the batch, as in training")?;
        if !matches!(self.axes.get(1), Some(Axis::Channels | Axis::Features)) {
            return Err(node.refuse("its channels are not on the second axis"));
        }
        let norm = Norm {
            scale: self.weight(node, 1)?,
            shift: self.weight(node, 2)?,
            mean: self.weight(node, 3)?,
            variance: self.weight(node, 4)?,
            epsilon: node.float("epsilon", 1e-5),
            momentum: 1.0 - node.float("momentum", 0.9),
        };
        node.as_source(|source| self.builder.norm(source, norm))
    }

    fn lrn(&mut self, node: &Node<'f>) -> Result<(), Problem> {
        self.needs_planes(node)?;
        let size = usize::try_from(node.integer("size", 0)).ok().filter(|&size| size > 0);
        let size = size.ok_or_else(|| node.refuse("its size is not given"))?;
        let [alpha, beta, k] =
            [("alpha", 1e-4), ("beta", 0.75), ("bias", 1.0)].map(|(key, usual)| node.float(key, usual));
        node.as_source(|source| self.builder.lrn(source, Lrn { size, alpha, beta, k }))
    }

    /// A constant for each channel: a bias, or part of a folded batch norm.
    fn affine(&mut self, node: &Node<'f>) -> Result<(), Problem> {
        let name = self.other_input(node).ok_or_else(|| {
            node.refuse("it joins two paths of data: the network branches, and a VGG is one path")
        })?;
        let data_first = node.input(0) != Some(name);
        if !data_first && matches!(node.kind, "Sub" | "Div") {
            return Err(node.refuse("it subtracts or divides a constant by data"));
        }
        let values = self.weights(node, name)?;
        let mut values = self.per_channel(node, values)?;
        match node.kind {
            "Sub" => values.iter_mut().for_each(|value| *value = -*value),
            "Div" => values.iter_mut().for_each(|value| *value = 1.0 / *value),
            _ => {}
        }
        let (scale, shift) = match node.kind {
            "Add" | "Sub" => (None, Some(values.as_slice())),
            _ => (Some(values.as_slice()), None),
        };
        node.as_source(|source| self.builder.affine(source, scale, shift))
    }

    /// The values of a constant that is broadcast over data, one a channel.
    fn per_channel(&self, node: &Node<'f>, values: Tensor) -> Result<Vec<f32>, Problem> {
        let channels = match self.builder.flow() {
            Flow::Maps([channels, ..]) => channels,
            Flow::Vector(features) => features,
        };
        if let [value] = values.values() {
            return Ok(vec![*value; channels]);
        }
        let mut axes = self.axes.iter().rev().zip(values.shape().iter().rev());
        let fits = values.shape().len() <= self.axes.len()
            && axes.all(|(axis, &size)| match axis {
                Axis::Channels | Axis::Features => size == channels,
                Axis::Images | Axis::Rows | Axis::Columns => size == 1,
            });
        match fits {
            true => Ok(values.into_values()),
            false => {
                let shape = values.shape();
                Err(node
                    .refuse(format_args!("its constant of the shape {shape:?} is not one value a channel")))
            }
        }
    }

    fn pool(&mut self, node: &Node<'f>, mode: PoolMode) -> Result<(), Problem> {
        let size = self.needs_planes(node)?;
        node.only("storage_order", 0, "its order is not that of rows")?;
        let window = node.window(size, None)?;
        let counts_padding = node.integer("count_include_pad", 0) != 0;
        if mode == PoolMode::Average && window.padding != Padding::default() && counts_padding {
            return Err(node.refuse("its average counts the padding, which no pool of the language does"));
        }
        let ceil = node.integer("ceil_mode", 0) != 0;
        node.as_source(|source| self.builder.pool(source, mode, window, ceil))
    }

    fn global(&mut self, node: &Node<'f>, mode: PoolMode) -> Result<(), Problem> {
        self.needs_planes(node)?;
        node.as_source(|source| self.builder.global(source, mode))
    }

    fn softmax(&mut self, node: &Node<'f>) -> Result<(), Problem> {
        let last = if self.opset < 13 { 1 } else { -1 };
        if self.axes.len() != 2 || self.axes.index(node.integer("axis", last)) != Some(1) {
            return Err(node.refuse("it is not taken over the classes"));
        }
        node.as_source(|source| self.builder.softmax(source))
    }

    fn dropout(&mut self, node: &Node<'f>) -> Result<(), Problem> {
        let rate = match node.input(1) {
            Some(name) => self.weights(node, name)?.values().first().copied().map_or(0.5, f64::from),
            None => node.float("ratio", 0.5),
        };
        node.as_source(|source| self.builder.dropout(source, rate))
    }
}

/// An activation that is one node.
fn simple(node: &Node<'_>) -> Option<Activation> {
    Some(match node.kind {
        "Relu" => Activation::Relu,
        "LeakyRelu" => Activation::LeakyRelu { slope: node.float("alpha", 0.01) },
        "Elu" => Activation::Elu { alpha: node.float("alpha", 1.0) },
        "Gelu" if node.text("approximate") != b"tanh" => Activation::Gelu,
        "Swish" if node.float("alpha", 1.0) == 1.0 => Activation::Silu,
        "Sigmoid" => Activation::Sigmoid,
        "Tanh" => Activation::Tanh,
        _ => return None,
    })
}
