//! What Keras does to each value: a layer of its own, or the setting of another.

use super::config::Described;
use crate::error::Problem;
use serde_json::Value;
use vgg_spec::ir::Activation;

/// What is done to each value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Applied {
    Activation(Activation),
    Softmax,
}

/// The activation that a layer is; `None` if it is another layer.
pub(super) fn activation(layer: &Described<'_>) -> Result<Option<Applied>, Problem> {
    let number = |keys: &[&str], usual: f64| {
        let given = keys.iter().find_map(|key| layer.config.get(*key)).filter(|value| !value.is_null());
        let number = given.map_or(Some(usual), |value| value.as_f64().or_else(|| inner(value)?.as_f64()));
        number.ok_or_else(|| layer.refuse("its settings are no numbers"))
    };
    let applied = match layer.class {
        "Activation" => {
            let function = layer.config.get("activation").unwrap_or(&Value::Null);
            called(function).ok_or_else(|| unknown(layer, function))?
        }
        "ReLU" => {
            if layer.config.get("max_value").is_some_and(|most| !most.is_null())
                || number(&["threshold"], 0.0)? != 0.0
            {
                return Err(layer.refuse("it is cut off elsewhere than below zero"));
            }
            Applied::Activation(match number(&["negative_slope"], 0.0)? {
                0.0 => Activation::Relu,
                slope => Activation::LeakyRelu { slope },
            })
        }
        "LeakyReLU" => {
            Applied::Activation(Activation::LeakyRelu { slope: number(&["negative_slope", "alpha"], 0.3)? })
        }
        "ELU" => Applied::Activation(Activation::Elu { alpha: number(&["alpha"], 1.0)? }),
        "Softmax" => Applied::Softmax,
        _ => return Ok(None),
    };
    Ok(Some(applied))
}

/// A number that Keras 2 wrote as an array of NumPy.
fn inner(value: &Value) -> Option<&Value> {
    value.get("value").or_else(|| value.get("config")?.get("value"))
}

/// An activation by its name, or as a layer.
pub(super) fn called(function: &Value) -> Option<Applied> {
    let name = match function {
        Value::String(name) => name.as_str(),
        Value::Object(fields) => match (fields.get("class_name")?.as_str()?, fields.get("config")?) {
            ("function", Value::String(name)) => name.as_str(),
            (class, config) => {
                let name = config.get("name").and_then(Value::as_str).unwrap_or(class);
                let layer = Described::alone(class, name, config);
                return activation(&layer).ok()?;
            }
        },
        _ => return None,
    };
    Some(Applied::Activation(match name {
        "linear" => Activation::None,
        "relu" => Activation::Relu,
        "leaky_relu" => Activation::LeakyRelu { slope: 0.2 },
        "elu" => Activation::Elu { alpha: 1.0 },
        "gelu" => Activation::Gelu,
        "silu" | "swish" => Activation::Silu,
        "sigmoid" => Activation::Sigmoid,
        "tanh" => Activation::Tanh,
        "softmax" => return Some(Applied::Softmax),
        _ => return None,
    }))
}

pub(super) fn unknown(layer: &Described<'_>, function: &Value) -> Problem {
    match function.as_str() {
        Some(name) => layer.refuse(format_args!("its activation `{name}` is not known here")),
        None => layer.refuse("its activation is not known here"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn activations_have_names_or_are_layers() {
        let called = |text: &str| called(&serde_json::from_str(text).unwrap());
        assert_eq!(called("\"swish\""), Some(Applied::Activation(Activation::Silu)));
        assert_eq!(called("\"softmax\""), Some(Applied::Softmax));
        assert_eq!(called("\"hard_sigmoid\""), None);
        let leaky = r#"{"class_name": "LeakyReLU", "config": {"name": "l", "negative_slope": 0.1}}"#;
        assert_eq!(called(leaky), Some(Applied::Activation(Activation::LeakyRelu { slope: 0.1 })));
        let gelu = r#"{"class_name": "function", "config": "gelu", "registered_name": "gelu"}"#;
        assert_eq!(called(gelu), Some(Applied::Activation(Activation::Gelu)));
    }
}
