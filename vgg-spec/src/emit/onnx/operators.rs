//! Layers as nodes of an ONNX graph.

use super::wire::Message;
use crate::ir::{Activation, Layer, Model, Op, Padding, PoolMode, Shape, Window};
use crate::tensors::Tensor;

/// Numbers of the types of attributes.
const FLOAT: u64 = 1;
const INT: u64 = 2;
const INTS: u64 = 7;

/// One operator.
#[derive(Debug)]
pub(super) struct Node {
    name: String,
    operator: &'static str,
    inputs: Vec<String>,
    attributes: Vec<Attribute>,
}

#[derive(Debug)]
enum Attribute {
    Float(&'static str, f64),
    Int(&'static str, u64),
    Ints(&'static str, Vec<usize>),
}

/// All nodes in order, each named as the value that it computes. Names with a slash are none of layers.
pub(super) struct Graph {
    /// The name of the images.
    pub(super) input: &'static str,
    pub(super) nodes: Vec<Node>,
    /// The name of the last value.
    pub(super) output: String,
    /// What nodes read that is neither computed nor learned.
    pub(super) constants: Vec<(String, Tensor)>,
}

impl Graph {
    pub(super) fn of(model: &Model) -> Graph {
        let is_taken = model.layers().iter().any(|layer| layer.name == "images");
        let input = if is_taken { "input/images" } else { "images" };
        let mut graph = Graph { input, nodes: Vec::new(), output: input.to_owned(), constants: Vec::new() };
        for layer in model.layers() {
            graph.layer(layer);
        }
        let is_read =
            |name: &str| graph.nodes.iter().any(|node| node.inputs.iter().any(|input| input == name));
        let scalar = |value| Tensor { shape: Vec::new(), values: vec![value] };
        let scalars = [SQRT_HALF, ONE, HALF].into_iter().filter(|(name, _)| is_read(name));
        let scalars: Vec<_> = scalars.map(|(name, value)| (name.to_owned(), scalar(value))).collect();
        graph.constants.extend(scalars);
        graph
    }

    fn layer(&mut self, layer: &Layer) {
        let operator = match layer.op {
            Op::Conv(_) => "Conv",
            Op::BatchNorm(_) => "BatchNormalization",
            Op::Lrn(_) => "LRN",
            Op::Pool(pool) => match pool.mode {
                PoolMode::Max => "MaxPool",
                PoolMode::Average => "AveragePool",
            },
            Op::Flatten => "Flatten",
            Op::Dense(_) => "Gemm",
            Op::Softmax => "Softmax",
            Op::GlobalAveragePool => {
                // ONNX keeps the extents of one.
                let maps = format!("{}/maps", layer.name);
                self.push(&maps, "GlobalAveragePool", Vec::new(), Vec::new());
                return self.push(&layer.name, "Flatten", Vec::new(), vec![Attribute::Int("axis", 1)]);
            }
            Op::AdaptiveAveragePool => return self.adaptive(layer),
            Op::Activation(activation) => return self.activation(&layer.name, activation),
            Op::Dropout { .. } => return,
        };
        let weights = layer.tensors().into_iter().map(|(tensor, _)| format!("{}.{tensor}", layer.name));
        self.push(&layer.name, operator, weights.collect(), attributes(&layer.op));
    }

    /// Means along the columns and then along the rows, as two products: ONNX has no operator for it.
    fn adaptive(&mut self, layer: &Layer) {
        let (Shape::Maps(input), Shape::Maps(output)) = (layer.input, layer.output) else { return };
        let [rows, columns, narrowed] =
            ["rows", "columns", "narrowed"].map(|part| format!("{}/{part}", layer.name));
        let shares = shares(input.width, output.width);
        let turned = |index| shares.values[index % output.width * input.width + index / output.width];
        let values = (0..shares.values.len()).map(turned).collect();
        self.push(&narrowed, "MatMul", vec![columns.clone()], Vec::new());
        self.constants.push((columns, Tensor { shape: vec![input.width, output.width], values }));
        let narrowed = std::mem::replace(&mut self.output, rows.clone());
        self.push(&layer.name, "MatMul", vec![narrowed], Vec::new());
        self.constants.push((rows, self::shares(input.height, output.height)));
    }

    fn activation(&mut self, name: &str, activation: Activation) {
        let (operator, attributes) = match activation {
            Activation::None => return,
            Activation::Relu => ("Relu", Vec::new()),
            Activation::LeakyRelu { slope } => ("LeakyRelu", vec![Attribute::Float("alpha", slope)]),
            Activation::Elu { alpha } => ("Elu", vec![Attribute::Float("alpha", alpha)]),
            Activation::Sigmoid => ("Sigmoid", Vec::new()),
            Activation::Tanh => ("Tanh", Vec::new()),
            Activation::Silu => {
                let x = self.output.clone();
                self.push(&format!("{name}/sigmoid"), "Sigmoid", Vec::new(), Vec::new());
                return self.push(name, "Mul", vec![x], Vec::new());
            }
            // x / 2 * (1 + erf(x / sqrt(2))): opset 17 has no operator for it.
            Activation::Gelu => {
                let x = self.output.clone();
                let part = |part: &str| format!("{name}/{part}");
                self.push(&part("scaled"), "Mul", vec![SQRT_HALF.0.to_owned()], Vec::new());
                self.push(&part("erf"), "Erf", Vec::new(), Vec::new());
                self.push(&part("shifted"), "Add", vec![ONE.0.to_owned()], Vec::new());
                self.push(&part("product"), "Mul", vec![x], Vec::new());
                return self.push(name, "Mul", vec![HALF.0.to_owned()], Vec::new());
            }
        };
        self.push(name, operator, Vec::new(), attributes);
    }

    /// A node that reads the last value first.
    fn push(&mut self, name: &str, operator: &'static str, more: Vec<String>, attributes: Vec<Attribute>) {
        let last = std::mem::replace(&mut self.output, name.to_owned());
        let inputs = std::iter::once(last).chain(more).collect();
        self.nodes.push(Node { name: name.to_owned(), operator, inputs, attributes });
    }
}

const SQRT_HALF: (&str, f32) = ("constants/sqrt_half", std::f32::consts::FRAC_1_SQRT_2);
const ONE: (&str, f32) = ("constants/one", 1.0);
const HALF: (&str, f32) = ("constants/half", 0.5);

/// How much each of `extent` values counts in each of `count` means: a matrix `[count, extent]`.
fn shares(extent: usize, count: usize) -> Tensor {
    let values = (0..count).flat_map(|index| {
        let covered = index * extent / count..((index + 1) * extent).div_ceil(count);
        let share = 1.0 / covered.len() as f32;
        (0..extent).map(move |place| if covered.contains(&place) { share } else { 0.0 })
    });
    Tensor { shape: vec![count, extent], values: values.collect() }
}

/// Whether a layer computes a value of its own.
pub(super) fn computes(op: &Op) -> bool {
    !matches!(op, Op::Dropout { .. } | Op::Activation(Activation::None))
}

fn attributes(op: &Op) -> Vec<Attribute> {
    match *op {
        Op::Conv(conv) => {
            let mut attributes = window(conv.window);
            if conv.groups > 1 {
                attributes.push(Attribute::Int("group", conv.groups as u64));
            }
            attributes
        }
        Op::Pool(pool) => window(pool.window),
        // Momentum here is the share of the old.
        Op::BatchNorm(norm) => {
            vec![Attribute::Float("epsilon", norm.epsilon), Attribute::Float("momentum", 1.0 - norm.momentum)]
        }
        Op::Lrn(lrn) => vec![
            Attribute::Float("alpha", lrn.alpha),
            Attribute::Float("beta", lrn.beta),
            Attribute::Float("bias", lrn.k),
            Attribute::Int("size", lrn.size as u64),
        ],
        Op::Flatten => vec![Attribute::Int("axis", 1)],
        Op::Dense(_) => vec![Attribute::Int("transB", 1)],
        Op::Softmax => vec![Attribute::Int("axis", 1)],
        Op::Activation(_) | Op::Dropout { .. } | Op::GlobalAveragePool | Op::AdaptiveAveragePool => {
            Vec::new()
        }
    }
}

fn window(window: Window) -> Vec<Attribute> {
    let Padding { top, bottom, left, right } = window.padding;
    vec![
        Attribute::Ints("kernel_shape", window.kernel.to_vec()),
        Attribute::Ints("strides", window.stride.to_vec()),
        Attribute::Ints("pads", vec![top, left, bottom, right]),
    ]
}

impl Node {
    pub(super) fn message(&self) -> Message {
        let message = self.inputs.iter().fold(Message::default(), |message, input| message.text(1, input));
        message
            .text(2, &self.name)
            .text(3, &self.name)
            .text(4, self.operator)
            .messages(5, self.attributes.iter().map(Attribute::message))
    }
}

impl Attribute {
    fn message(&self) -> Message {
        match self {
            Attribute::Float(name, value) => {
                Message::default().text(1, name).float(2, *value as f32).number(20, FLOAT)
            }
            Attribute::Int(name, value) => Message::default().text(1, name).number(3, *value).number(20, INT),
            Attribute::Ints(name, values) => Message::default()
                .text(1, name)
                .numbers(8, values.iter().map(|value| *value as u64))
                .number(20, INTS),
        }
    }
}
