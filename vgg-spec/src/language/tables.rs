//! The tables: every key, every word, and what stands behind it.

mod head;
mod layers;
mod training;

use super::{Key, Keys, Value};

const fn key(name: &'static str, about: &'static str, value: Value) -> Key {
    Key { name, about, value, required: false }
}

const fn required(name: &'static str, about: &'static str, value: Value) -> Key {
    Key { name, about, value, required: true }
}

/// A whole spec.
pub static SPEC: Keys = Keys {
    owner: "a spec",
    groups: &[&[
        key("model", "The name of the network, and of the generated type.", Value::ModelName),
        key(
            "extends",
            "A spec to start from. What is said here wins; blocks and head are replaced as a whole.",
            Value::Path,
        ),
        key(
            "allow",
            "Codes of warnings that are meant as they are.",
            Value::Either(&[Value::List(&Value::Code), Value::Code]),
        ),
        key(
            "params",
            "Numbers with names, which whoever uses the spec may set. They are used as `$name`.",
            Value::Named(&Value::Real),
        ),
        key("input", "The shape of an image.", Value::Either(&[Value::Map(&INPUT), Value::Shape])),
        key(
            "defaults",
            "Options of every convolution, and the pool of every block, unless they say otherwise.",
            Value::Map(&layers::DEFAULTS),
        ),
        key(
            "blocks",
            "Convolutions followed by a pool, one block after the other.",
            Value::List(&Value::Map(&layers::BLOCK)),
        ),
        key("head", "The layers behind the last block.", Value::List(&head::LAYER)),
        key(
            "override",
            "Changes of single layers and blocks, by their names.",
            Value::Named(&Value::Map(&layers::CHANGE)),
        ),
        key("preprocess", "What is done to images before the network sees them.", training::PREPROCESS),
        key("train", "How the network is trained.", Value::Map(&training::TRAIN)),
    ]],
};

static INPUT: Keys = Keys {
    owner: "`input`",
    groups: &[&[
        required("shape", "Channels, height and width, or as `order` says.", Value::Shape),
        key(
            "order",
            "The order in which image data lies: planes (`chw`, unless given) or pixels (`hwc`).",
            layers::ORDER,
        ),
    ]],
};
