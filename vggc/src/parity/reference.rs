//! What another engine recorded: a safetensors file with a batch of `images`, `activations.LAYER` of
//! inference, and perhaps `labels`, the `loss` of a training step, its `gradients.LAYER.TENSOR`, and `training.LAYER`: what
//! layers compute in that step, where it differs from inference because of norms.

use super::is_compared;
use crate::failure::Failure;
use crate::interp::Interpreter;
use ndarray::Array4;
use safetensors::{Dtype, SafeTensors};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use vgg_runtime::Network;
use vgg_spec::ir::{Layer, MapShape, Model, Shape};

const HELP: &str = "the files that `vggc emit pytorch` and `vggc emit keras` write of this spec record references \
                    with --record";

/// What was recorded.
#[derive(Debug)]
pub(crate) struct Reference {
    /// `[image, channel, row, column]`.
    pub(crate) images: Array4<f32>,
    /// Their classes.
    pub(crate) labels: Option<Vec<u32>>,
    /// The mean loss in training.
    pub(crate) loss: Option<f32>,
    /// What layers compute in inference, by name: maps as planes.
    pub(crate) activations: BTreeMap<String, Vec<f32>>,
    /// What layers compute in a training step.
    pub(crate) training: BTreeMap<String, Vec<f32>>,
    /// The gradients of a training step, by name of tensor.
    pub(crate) gradients: BTreeMap<String, Vec<f32>>,
}

impl Reference {
    /// Reads a file, and checks that it speaks of this network.
    pub(crate) fn read(path: &Path, model: &Model, network: &Interpreter) -> Result<Reference, Failure> {
        let metadata = fs::metadata(path).map_err(|error| Failure::io(path, &error))?;
        // Opening a FIFO would wait for a writer.
        if !metadata.is_file() {
            return Err(Failure::unusable(format_args!("{}: this is no regular file", path.display())));
        }
        let bytes = fs::read(path).map_err(|error| Failure::io(path, &error))?;
        parse(&bytes, model, network)
            .map_err(|reason| Failure::unusable(format_args!("{}: {reason}", path.display())).help(HELP))
    }

    pub(crate) fn has_gradients(&self) -> bool {
        !self.gradients.is_empty() || self.loss.is_some()
    }
}

fn parse(bytes: &[u8], model: &Model, network: &Interpreter) -> Result<Reference, String> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| format!("no safetensors file: {error}"))?;
    let images = images(&file, model)?;
    let batch = images.dim().0;
    let mut reference = Reference {
        images,
        labels: None,
        loss: None,
        activations: BTreeMap::new(),
        training: BTreeMap::new(),
        gradients: BTreeMap::new(),
    };
    let layers = layer_shapes(model, batch);
    let tensors = trained_shapes(network);
    for (name, _) in file.tensors() {
        let name: &str = name.as_ref();
        if name == "images" {
        } else if name == "labels" {
            reference.labels = Some(labels(&floats(&file, name, &[batch])?)?);
        } else if name == "loss" {
            reference.loss = floats(&file, name, &[1])?.first().copied();
        } else if let Some(layer) = name.strip_prefix("activations.") {
            let shape = layers.get(layer).ok_or_else(|| no_layer(layer, model))?;
            reference.activations.insert(layer.to_owned(), floats(&file, name, shape)?);
        } else if let Some(layer) = name.strip_prefix("training.") {
            let shape = layers.get(layer).ok_or_else(|| no_layer(layer, model))?;
            reference.training.insert(layer.to_owned(), floats(&file, name, shape)?);
        } else if let Some(tensor) = name.strip_prefix("gradients.") {
            let shape = tensors
                .get(tensor)
                .ok_or_else(|| format!("`{tensor}` is no tensor that `{}` trains", model.name()))?;
            reference.gradients.insert(tensor.to_owned(), floats(&file, name, shape)?);
        } else {
            return Err(format!("a reference holds no `{name}`"));
        }
    }
    if reference.activations.is_empty() && !reference.has_gradients() {
        return Err("it records nothing that could be compared".to_owned());
    }
    Ok(reference)
}

fn no_layer(layer: &str, model: &Model) -> String {
    format!("it records `{layer}`, which is no layer of `{}` that is compared", model.name())
}

fn images(file: &SafeTensors<'_>, model: &Model) -> Result<Array4<f32>, String> {
    let view = file.tensor("images").map_err(|_| "it has no `images`".to_owned())?;
    let batch = view.shape().first().copied().unwrap_or(0);
    if batch == 0 {
        return Err("its `images` are none".to_owned());
    }
    let MapShape { channels, height, width } = model.input();
    let values = floats(file, "images", &[batch, channels, height, width])?;
    Array4::from_shape_vec((batch, channels, height, width), values).map_err(|error| error.to_string())
}

/// What layers compute of a batch, by name.
fn layer_shapes(model: &Model, batch: usize) -> BTreeMap<&str, Vec<usize>> {
    let compared = model.layers().iter().filter(|layer| is_compared(&layer.op));
    compared.map(|layer| (layer.name.as_str(), layer_shape(layer, batch))).collect()
}

/// What a layer computes of a batch.
pub(super) fn layer_shape(layer: &Layer, batch: usize) -> Vec<usize> {
    match layer.output {
        Shape::Maps(maps) => vec![batch, maps.channels, maps.height, maps.width],
        Shape::Vector(features) => vec![batch, features],
    }
}

/// What is trained, by name.
fn trained_shapes(network: &Interpreter) -> BTreeMap<String, Vec<usize>> {
    let mut shapes = BTreeMap::new();
    network.visit(&mut |tensor| {
        if tensor.role.is_trainable() {
            shapes.insert(tensor.name.to_owned(), tensor.shape.to_vec());
        }
    });
    shapes
}

/// The values of a tensor of this shape.
fn floats(file: &SafeTensors<'_>, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
    let view = file.tensor(name).map_err(|error| error.to_string())?;
    if view.dtype() != Dtype::F32 {
        return Err(format!("`{name}` is {}, but F32 is needed", view.dtype()));
    }
    if view.shape() != shape {
        return Err(format!("`{name}` is {:?}, but should be {shape:?}", view.shape()));
    }
    Ok(view.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
}

/// Classes out of numbers that are whole.
fn labels(values: &[f32]) -> Result<Vec<u32>, String> {
    let label = |&value: &f32| {
        let is_class = value.fract() == 0.0 && (0.0..16_777_216.0).contains(&value);
        is_class.then_some(value as u32).ok_or_else(|| format!("{value} is no label"))
    };
    values.iter().map(label).collect()
}
