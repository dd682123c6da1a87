//! The description of a model: which layers there are, and that they form one path.

use crate::error::Problem;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// A layer as a description has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Described<'c> {
    pub(super) class: &'c str,
    pub(super) name: &'c str,
    pub(super) config: &'c Value,
    /// What comes in, where the description says it.
    nodes: Option<&'c Value>,
}

impl<'c> Described<'c> {
    fn read(value: &'c Value) -> Result<Described<'c>, Problem> {
        let config = value.get("config").unwrap_or(&Value::Null);
        let class = value.get("class_name").and_then(Value::as_str);
        let names = [value.get("name"), config.get("name")];
        let name = names.into_iter().flatten().find_map(Value::as_str).unwrap_or("");
        let class = class.ok_or_else(|| damaged(format_args!("layer `{name}` has no class")))?;
        Ok(Described { class, name, config, nodes: value.get("inbound_nodes") })
    }

    /// A layer that no description lists.
    pub(super) fn alone(class: &'c str, name: &'c str, config: &'c Value) -> Described<'c> {
        Described { class, name, config, nodes: None }
    }

    /// Whether it is a whole model, used as a layer.
    pub(super) fn is_model(&self) -> bool {
        matches!(self.class, "Functional" | "Model" | "Sequential")
    }

    pub(super) fn is_input(&self) -> bool {
        self.class == "InputLayer"
    }

    /// As messages name it.
    pub(super) fn shown(&self) -> String {
        format!("layer `{}` ({})", self.name, self.class)
    }

    pub(super) fn refuse(&self, reason: impl std::fmt::Display) -> Problem {
        Problem::layer(self.shown(), reason)
    }
}

/// The model that a description is about.
pub(super) fn model(config: &Value) -> Result<Described<'_>, Problem> {
    let model = Described::read(config)?;
    match model.is_model() {
        true => Ok(model),
        false => Err(Problem::unsupported(format_args!(
            "the file holds a `{}`, but only Sequential and Functional models say which layers they have",
            model.class
        ))),
    }
}

/// The layers of a model in the order of the description.
pub(super) fn listed<'c>(model: &Described<'c>) -> Result<Vec<Described<'c>>, Problem> {
    // Early versions of Keras wrote the layers of a Sequential without anything around them.
    let layers = model.config.get("layers").unwrap_or(model.config).as_array();
    let layers = layers.ok_or_else(|| damaged(format_args!("the model `{}` lists no layers", model.name)))?;
    layers.iter().map(Described::read).collect()
}

/// The layers of a model in the order in which data passes through them.
pub(super) fn path<'c>(model: &Described<'c>) -> Result<Vec<Described<'c>>, Problem> {
    let layers = listed(model)?;
    if model.class == "Sequential" {
        return Ok(layers);
    }
    let mut behind: HashMap<&str, Described<'c>> = HashMap::new();
    let mut names = HashSet::new();
    let mut first = None;
    for layer in &layers {
        if !names.insert(layer.name) {
            return Err(layer.refuse("there are two layers of this name"));
        }
        let mut sources = Vec::new();
        if let Some(nodes) = layer.nodes {
            collect(nodes, &mut sources);
        }
        match (layer.is_input(), sources.as_slice()) {
            (true, []) if first.is_none() => first = Some(*layer),
            (true, _) => return Err(layer.refuse("a VGG has one input")),
            (false, [source]) => {
                if let Some(other) = behind.insert(source, *layer) {
                    let reason = format!(
                        "it and `{}` both follow `{source}`: the network branches, and a VGG is one path",
                        other.name
                    );
                    return Err(layer.refuse(reason));
                }
            }
            (false, []) => return Err(layer.refuse("nothing comes in")),
            (false, _) => {
                return Err(
                    layer.refuse("it puts several paths together, or is used twice; a VGG is one path")
                );
            }
        }
    }
    let mut path: Vec<Described<'c>> = Vec::new();
    path.extend(first);
    while let Some(next) = path.last().and_then(|last| behind.remove(last.name)) {
        path.push(next);
    }
    match path.len() == layers.len() {
        true => Ok(path),
        false => Err(Problem::unsupported("some of its layers do not lie on the path from its input")),
    }
}

/// The names of the layers whose outputs a layer receives, once for each.
fn collect<'c>(nodes: &'c Value, sources: &mut Vec<&'c str>) {
    match nodes {
        Value::Array(items) => match items.as_slice() {
            // Keras 2: name, node and tensor.
            [Value::String(name), Value::Number(_), Value::Number(_), ..] => sources.push(name),
            items => items.iter().for_each(|item| collect(item, sources)),
        },
        Value::Object(fields) => match fields.get("config").and_then(|config| config.get("keras_history")) {
            Some(history) => collect(history, sources),
            None => {
                ["args", "kwargs"].iter().filter_map(|key| fields.get(*key)).for_each(|value| match value {
                    Value::Object(fields) => fields.values().for_each(|value| collect(value, sources)),
                    value => collect(value, sources),
                })
            }
        },
        _ => {}
    }
}

/// Height, width and channels of the images, where the description says it.
pub(super) fn images(model: &Described<'_>) -> Result<[usize; 3], Problem> {
    let missing = || {
        Problem::helped(
            "the file does not say how large the images are",
            "build the model for images of one size, with a `keras.Input`, before it is saved",
        )
    };
    shape(model)?.ok_or_else(missing)
}

fn shape(model: &Described<'_>) -> Result<Option<[usize; 3]>, Problem> {
    let layers = listed(model)?;
    let Some(first) = layers.iter().find(|layer| layer.is_input()).or(layers.first()) else {
        return Ok(None);
    };
    let keys = ["batch_shape", "batch_input_shape"];
    let given = keys.iter().find_map(|key| first.config.get(*key)).or(model.config.get("build_input_shape"));
    match given.and_then(Value::as_array).map(Vec::as_slice) {
        Some([_, sizes @ ..]) => Ok(fixed(sizes)),
        _ if first.is_model() => shape(first),
        _ => Ok(None),
    }
}

/// Larger images are a mistake.
const MOST_EXTENT: u64 = 65_536;

fn fixed(sizes: &[Value]) -> Option<[usize; 3]> {
    let size = |value: &Value| {
        let size = value.as_u64().filter(|size| (1..=MOST_EXTENT).contains(size))?;
        usize::try_from(size).ok()
    };
    match sizes {
        [height, width, channels] => Some([size(height)?, size(width)?, size(channels)?]),
        _ => None,
    }
}

pub(super) fn damaged(reason: impl std::fmt::Display) -> Problem {
    Problem::damaged("Keras", reason)
}
