//! What is done to images, and how to train.

use super::key;
use super::layers::word;
use crate::language::{Keys, Settings, Value, Word};
use crate::settings::{AUGMENTATIONS, CALLBACKS, LOSSES, SCHEDULES};

pub(super) const PREPROCESS: Value = Value::Either(&[
    Value::Choice(&[&[
        word("torchvision", "As the weights of torchvision want it."),
        word("keras", "As the weights of Keras want it."),
    ]]),
    Value::Map(&STEPS),
]);

static STEPS: Keys = Keys {
    owner: "`preprocess`",
    groups: &[&[
        key("resize", "The shorter side of the image is scaled to so many pixels.", Value::Whole),
        key("crop", "So many rows and columns are cut out of the middle.", Value::Whole),
        key("channels", "The order of the colours; `rgb` unless given.", COLOURS),
        key("scale", "Each byte is multiplied by this; 1/255 unless given.", Value::Real),
        key("mean", "Then this is subtracted: one value, or one a channel.", REALS),
        key("std", "Then it is divided by this: one value, or one a channel.", REALS),
    ]],
};

const COLOURS: Value = Value::Choice(&[&[
    word("rgb", "Red, green, blue."),
    word("bgr", "Blue, green, red, as Keras's VGG has it."),
]]);

const REALS: Value = Value::Either(&[Value::Real, Value::List(&Value::Real)]);

pub(super) static TRAIN: Keys = Keys {
    owner: "`train`",
    groups: &[&[
        key("epochs", "Passes over the training data; 10 unless given.", Value::Whole),
        key("batch", "Images in a step; 64 unless given.", Value::Whole),
        key("seed", "Seed of initialisation, shuffling and dropout; 0 unless given.", Value::Whole),
        key("optimizer", "How gradients change weights; `adam` unless given.", OPTIMIZER),
        key("loss", "What is minimised.", Value::Kind(LOSSES)),
        key("schedule", "How the learning rate changes.", Value::Kind(SCHEDULES)),
        key("augment", "How training images are varied, in this order.", several(&AUGMENTATION)),
        key("callbacks", "What happens between epochs.", several(&CALLBACK)),
    ]],
};

const AUGMENTATION: [Value; 2] = [Value::List(&Value::Kind(AUGMENTATIONS)), Value::Kind(AUGMENTATIONS)];
const CALLBACK: [Value; 2] = [Value::List(&Value::Kind(CALLBACKS)), Value::Kind(CALLBACKS)];

/// A list, or a single one.
const fn several(values: &'static [Value; 2]) -> Value {
    Value::Either(values)
}

const fn with(name: &'static str, about: &'static str, settings: &'static Keys) -> Word {
    Word { name, about, settings: Settings::May(Value::Map(settings)) }
}

const OPTIMIZER: Value = Value::Choice(&[&[
    with("sgd", "Stochastic gradient descent.", &SGD),
    with("adam", "Adam (Kingma & Ba, 2015).", &ADAM),
]]);

static SGD: Keys = Keys {
    owner: "`sgd`",
    groups: &[&[
        key("rate", "Learning rate; 0.01 unless given.", Value::Real),
        key("momentum", "Share of the last step that is kept; 0.9 unless given.", Value::Real),
    ]],
};

static ADAM: Keys = Keys {
    owner: "`adam`",
    groups: &[&[
        key("rate", "Learning rate; 0.001 unless given.", Value::Real),
        key("beta1", "Decay of the mean; 0.9 unless given.", Value::Real),
        key("beta2", "Decay of the uncentred variance; 0.999 unless given.", Value::Real),
        key("epsilon", "Added to the root of the variance; 1e-8 unless given.", Value::Real),
    ]],
};
