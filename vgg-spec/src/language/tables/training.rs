//! What is done to images, and how to train.

use super::key;
use super::layers::word;
use crate::language::{Keys, Value};
use crate::settings::{AUGMENTATIONS, CALLBACKS, CLIPS, LOSSES, OPTIMIZERS, SCHEDULES};

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
        key("optimizer", "How gradients change weights; `adam` unless given.", Value::Kind(OPTIMIZERS)),
        key("loss", "What is minimised.", Value::Kind(LOSSES)),
        key("class_weights", "How much the images of each class count; all the same unless given.", REALS),
        key("clip", "How gradients are shortened.", Value::Kind(CLIPS)),
        key("average", "The decay of a moving average of the weights; none unless given.", Value::Real),
        key("schedule", "How the learning rate changes.", Value::Kind(SCHEDULES)),
        key(
            "augment",
            "How training images are varied, in this order; none if the list is empty, in `.vgg` by the word `none`.",
            several(&AUGMENTATION),
        ),
        key(
            "callbacks",
            "What happens between epochs; none if the list is empty, in `.vgg` by the word `none`.",
            several(&CALLBACK),
        ),
    ]],
};

const AUGMENTATION: [Value; 2] = [Value::List(&Value::Kind(AUGMENTATIONS)), Value::Kind(AUGMENTATIONS)];
const CALLBACK: [Value; 2] = [Value::List(&Value::Kind(CALLBACKS)), Value::Kind(CALLBACKS)];

/// A list, or a single one.
const fn several(values: &'static [Value; 2]) -> Value {
    Value::Either(values)
}
