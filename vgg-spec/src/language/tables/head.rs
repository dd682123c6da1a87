//! The layers of the head.

use super::layers::{ACTIVATION, ACTIVATIONS, NORM, word};
use super::{key, required};
use crate::language::{Key, Keys, Settings, Shared, Value, Word};

const fn must(name: &'static str, about: &'static str, settings: Value) -> Word {
    Word { name, about, settings: Settings::Must(settings) }
}

const fn bare(name: &'static str, about: &'static str) -> Word {
    Word { name, about, settings: Settings::May(Value::Map(&NAMED)) }
}

/// A layer of the head.
pub(super) static LAYER: Value = Value::Shared(&Shared {
    name: "layer",
    about: "A layer of the head: a word, or a word and what is said of it.",
    value: Value::Layer(&[&LAYERS, &ACTIVATIONS]),
});

static LAYERS: [Word; 9] = [
    bare("flatten", "Feature maps to one vector."),
    bare("gap", "Each feature map to its mean."),
    bare("gmp", "Each feature map to its largest value."),
    must(
        "adaptive",
        "An average pool to maps of a given size.",
        Value::Either(&[Value::Extent, Value::Map(&ADAPTIVE)]),
    ),
    must("dense", "A fully connected layer.", Value::Either(&[Value::Number, Value::Map(&DENSE)])),
    must(
        "dropout",
        "Sets a share of the values to zero while training.",
        Value::Either(&[Value::Real, Value::Map(&DROPOUT)]),
    ),
    must("activation", "An activation on its own.", ACTIVATION),
    must("norm", "A norm on its own.", NORM),
    bare("softmax", "Turns logits into probabilities; the last layer."),
];

const NAME: Key = key("name", "What the layer is called; `dense1` and so on unless given.", Value::Name);

static NAMED: Keys = Keys { owner: "a layer", groups: &[&[NAME]] };

static ADAPTIVE: Keys = Keys {
    owner: "an adaptive pool",
    groups: &[&[required("size", "Height and width of the output.", Value::Extent), NAME]],
};

static DROPOUT: Keys = Keys {
    owner: "a dropout",
    groups: &[&[required("rate", "The share that is dropped: at least 0, less than 1.", Value::Real), NAME]],
};

static DENSE: Keys = Keys {
    owner: "a dense layer",
    groups: &[&[
        required("units", "The number of outputs.", Value::Number),
        key("activation", "The function behind it; none unless given.", DENSE_ACTIVATION),
        key("bias", "Whether a bias is added; yes unless given.", Value::Flag),
        key("trainable", "Whether training changes the weights; yes unless given.", Value::Flag),
        NAME,
    ]],
};

/// Everybody writes a softmax as an activation, so it may stand there.
const DENSE_ACTIVATION: Value = Value::Either(&[
    ACTIVATION,
    Value::Choice(&[&[word("softmax", "Turns logits into probabilities; of the last layer.")]]),
]);
