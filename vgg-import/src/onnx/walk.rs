//! From node to node along the data.

use super::axes::Axes;
use super::constant::{self, Beside, Constant};
use super::proto::{Graph, Model, Node, ValueInfo, is_standard};
use crate::build::Builder;
use crate::chain::Chain;
use crate::error::Problem;
use crate::tensor::Tensor;
use std::collections::HashMap;

/// Larger images are a mistake.
const MOST_EXTENT: i64 = 65_536;
const MOST_CHANNELS: i64 = 1 << 20;

/// What is known on the way.
pub(super) struct Walk<'f, 'p> {
    pub(super) opset: i64,
    pub(super) builder: Builder,
    pub(super) constants: HashMap<&'f str, Constant<'f>>,
    pub(super) beside: Beside<'p>,
    /// What the data is called now.
    data: &'f str,
    pub(super) axes: Axes,
    /// The sizes of the data under each name that it has or had.
    past: HashMap<&'f str, Vec<i64>>,
}

/// Makes a chain of a model.
pub(super) fn chain(model: &Model<'_>, beside: Beside<'_>) -> Result<Chain, Problem> {
    let graph = &model.graph;
    let input = input(graph)?;
    let nodes: Vec<Node<'_>> =
        graph.nodes.iter().map(|bytes| Node::read(bytes)).collect::<Result<_, Problem>>()?;
    let (axes, shape) = images(input, &nodes)?;
    let producer = format!("{} {}", model.producer, model.producer_version);
    // What tf2onnx writes where it knows of no commit.
    let origin = match producer.trim().trim_end_matches(" None") {
        "" => "From an ONNX file".to_owned(),
        producer => format!("From an ONNX file that {producer} wrote"),
    };
    let stored = graph.initializers.iter().map(|tensor| (tensor.name, Constant::Stored(tensor.clone())));
    let builder = Builder::new(network_name(graph.name), origin, shape);
    let sizes = axes.sizes(builder.flow());
    let mut walk = Walk {
        opset: model.opset,
        builder,
        constants: stored.collect(),
        beside,
        data: input.name,
        axes,
        past: HashMap::from([(input.name, sizes)]),
    };
    let mut rest = nodes.as_slice();
    while let [node, ..] = rest {
        let used = walk.node(node, rest)?;
        rest = rest.get(used..).unwrap_or_default();
    }
    let is_output = matches!(graph.outputs.as_slice(), [output] if output.name == walk.data);
    if !is_output {
        return Err(Problem::unsupported(format_args!(
            "the graph gives {} output(s), but a VGG gives one, at the end of one path; this path ends at `{}`",
            graph.outputs.len(),
            walk.data
        )));
    }
    walk.builder.finish()
}

/// Names of graphs that exporters make up are none.
fn network_name(name: &str) -> &str {
    match name {
        "main_graph" | "torch_jit" | "torch-jit-export" | "tf2onnx" => "",
        name => name,
    }
}

/// The one input that is no weight.
fn input<'g, 'f>(graph: &'g Graph<'f>) -> Result<&'g ValueInfo<'f>, Problem> {
    let is_weight = |name: &str| graph.initializers.iter().any(|tensor| tensor.name == name);
    let inputs: Vec<&ValueInfo<'f>> =
        graph.inputs.iter().filter(|input| !is_weight(input.name)).take(9).collect();
    match inputs.as_slice() {
        [input] => Ok(input),
        inputs => Err(Problem::unsupported(format_args!(
            "the graph has {} inputs, but a VGG has one: images",
            inputs.len()
        ))),
    }
}

/// The first node that does something with a value, behind those that only hand it on.
fn first_use<'n, 'f>(mut name: &'f str, nodes: &'n [Node<'f>]) -> Option<&'n Node<'f>> {
    for node in nodes.iter().filter(|node| node.kind != "Shape") {
        match (node.inputs.contains(&name), node.kind, node.outputs.first()) {
            (true, "Cast" | "Identity", Some(output)) => name = output,
            (true, ..) => return Some(node),
            (false, ..) => {}
        }
    }
    None
}

/// How images lie in memory, and their channels, height and width.
fn images<'f>(input: &ValueInfo<'f>, nodes: &[Node<'f>]) -> Result<(Axes, [usize; 3]), Problem> {
    let name = input.name;
    let &[_, Some(a), Some(b), Some(c)] = input.dims.as_slice() else {
        return Err(Problem::helped(
            format_args!("its input `{name}` has no fixed channels, height and width"),
            "export it for images of one size; the number of images may stay open",
        ));
    };
    let first = first_use(name, nodes);
    // Only images that lie pixel by pixel are turned first; with one channel a reshape does the same.
    let pixels = first.is_some_and(|node| match node.kind {
        "Transpose" => node.integers("perm") == Some(&[0, 3, 1, 2]),
        "Reshape" => c == 1 && a != 1,
        _ => false,
    });
    let (axes, [channels, height, width]) =
        if pixels { (Axes::pixels(), [c, a, b]) } else { (Axes::planes(), [a, b, c]) };
    let sizes = [(channels, MOST_CHANNELS), (height, MOST_EXTENT), (width, MOST_EXTENT)];
    let mut shape = [0; 3];
    for (place, (size, most)) in shape.iter_mut().zip(sizes) {
        *place = usize::try_from(size).ok().filter(|_| (1..=most).contains(&size)).ok_or_else(|| {
            Problem::unsupported(format_args!("its input `{name}` is {channels}x{height}x{width}"))
        })?;
    }
    Ok((axes, shape))
}

impl<'f> Walk<'f, '_> {
    /// Follows the data through a node, and perhaps through some behind it; gives how many that were.
    fn node(&mut self, node: &Node<'f>, rest: &[Node<'f>]) -> Result<usize, Problem> {
        if !is_standard(node.domain) {
            let domain = node.domain;
            return Err(node.refuse(format_args!("it is no standard operator but one of `{domain}`")));
        }
        let receives: Vec<&'f str> = node.inputs.iter().copied().filter(|&name| self.is_data(name)).collect();
        match receives.as_slice() {
            [] => self.constant(node).map(|()| 1),
            [..] if node.kind == "Shape" => self.shape_of(node).map(|()| 1),
            names if names.iter().all(|name| *name == self.data) => {
                let used = self.operator(node, rest)?;
                let last = rest.get(used - 1).unwrap_or(node);
                self.follow(last)?;
                Ok(used)
            }
            [name, ..] => Err(node.refuse(format_args!(
                "it uses `{name}` beside another layer: the network branches, and a VGG is one path"
            ))),
        }
    }

    /// What the data is called now.
    pub(super) fn data(&self) -> &'f str {
        self.data
    }

    fn is_data(&self, name: &str) -> bool {
        self.past.contains_key(name)
    }

    /// The sizes of data under a name.
    pub(super) fn sizes(&self, name: &str) -> Option<&[i64]> {
        self.past.get(name).map(Vec::as_slice)
    }

    /// From now on the data is what a node gives.
    fn follow(&mut self, node: &Node<'f>) -> Result<(), Problem> {
        let Some(&output) = node.outputs.first().filter(|name| !name.is_empty()) else {
            return Err(node.refuse("it has no output"));
        };
        if self.is_data(output) || self.constants.contains_key(output) {
            return Err(node.refuse(format_args!("its output `{output}` exists already")));
        }
        self.data = output;
        self.past.insert(output, self.axes.sizes(self.builder.flow()));
        Ok(())
    }

    /// The name of the input that is not data.
    pub(super) fn other_input(&self, node: &Node<'f>) -> Option<&'f str> {
        node.inputs.iter().copied().find(|&name| !name.is_empty() && !self.is_data(name))
    }

    /// Takes a weight. What lies in the file may be used by several layers, because exporters keep one of several
    /// equal ones; a budget sees to it that a small file does not stand for many large layers.
    pub(super) fn weights(&mut self, node: &Node<'f>, name: &str) -> Result<Tensor, Problem> {
        let weights = match self.constants.get(name) {
            Some(Constant::Stored(stored)) => constant::weights(stored, &mut self.beside),
            _ => self.constants.remove(name).map_or_else(
                || {
                    Err(Problem::unsupported(format_args!(
                        "`{name}` is no weight, or was computed for another layer"
                    )))
                },
                Constant::into_weights,
            ),
        };
        weights.map_err(|problem| match problem {
            Problem::Unsupported { reason, help: None } => node.refuse(reason),
            other => other,
        })
    }

    /// The integers of an input.
    pub(super) fn integers(&mut self, node: &Node<'f>, index: usize) -> Result<Option<Vec<i64>>, Problem> {
        let Some(name) = node.input(index) else { return Ok(None) };
        let Some(constant) = self.constants.get(name) else {
            return Err(node.refuse(format_args!("`{name}` depends on the data")));
        };
        constant.integers(&mut self.beside).map(Some)
    }
}
