//! The model and its weights as an ONNX file, for inference anywhere.
//!
//! Opset 17 and IR version 8, which every runtime of the last years reads. Each layer is one node of the
//! layer's name, and so is the value that it computes; an activation that ONNX has no operator for is a
//! few. Dropout does nothing in inference and has no node. The batch may have any size.

mod operators;
mod wire;

use crate::ir::{Model, Shape};
use crate::tensors::{Tensor, Tensors, WeightsMismatch, check};
use operators::Graph;
use wire::Message;

const IR_VERSION: u64 = 8;
const OPSET: u64 = 17;
/// ONNX's number for `f32`.
const FLOAT: u64 = 1;

/// The bytes of an ONNX file. The metadata are pairs of texts, such as the names of the classes.
///
/// # Errors
/// If the weights are not those of the model.
pub fn file(
    model: &Model,
    weights: &Tensors,
    metadata: &[(String, String)],
) -> Result<Vec<u8>, WeightsMismatch> {
    check(
        model,
        |name| weights.get(name).map(|tensor| tensor.shape.as_slice()),
        weights.keys().map(String::as_str),
    )?;
    let Graph { input, nodes, output, constants } = Graph::of(model);
    let initializers = model
        .tensors()
        .filter_map(|(name, _)| weights.get(&name).map(|tensor| initializer(&name, tensor)))
        .chain(constants.iter().map(|(name, tensor)| initializer(name, tensor)));
    let graph = Message::default()
        .messages(1, nodes.iter().map(operators::Node::message))
        .text(2, model.name())
        .messages(5, initializers)
        .message(11, value(input, Shape::Maps(model.input())))
        .message(12, value(&output, Shape::Vector(model.classes())))
        .messages(13, inner_values(model, &output));
    Ok(Message::default()
        .number(1, IR_VERSION)
        .text(2, "vggc")
        .text(3, env!("CARGO_PKG_VERSION"))
        .text(6, model.description())
        .message(7, graph)
        .message(8, Message::default().text(1, "").number(2, OPSET))
        .messages(14, metadata.iter().map(|(key, value)| Message::default().text(1, key).text(2, value)))
        .into_bytes())
}

/// The shapes of what the layers compute, so that a viewer shows them.
fn inner_values(model: &Model, output: &str) -> impl Iterator<Item = Message> {
    model
        .layers()
        .iter()
        .filter(move |layer| layer.name != output && operators::computes(&layer.op))
        .map(|layer| value(&layer.name, layer.output))
}

fn value(name: &str, shape: Shape) -> Message {
    let extents = match shape {
        Shape::Maps(maps) => vec![maps.channels, maps.height, maps.width],
        Shape::Vector(features) => vec![features],
    };
    let extents = extents.into_iter().map(|extent| Message::default().number(1, extent as u64));
    let shape = Message::default().message(1, Message::default().text(2, "batch")).messages(1, extents);
    let tensor = Message::default().number(1, FLOAT).message(2, shape);
    Message::default().text(1, name).message(2, Message::default().message(1, tensor))
}

fn initializer(name: &str, tensor: &Tensor) -> Message {
    Message::default()
        .numbers(1, tensor.shape.iter().map(|extent| *extent as u64))
        .number(2, FLOAT)
        .text(8, name)
        .raw_floats(9, &tensor.values)
}
