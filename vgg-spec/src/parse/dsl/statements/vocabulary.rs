//! Which words may stand where.

use super::super::words::{Form, Known};
use crate::parse::read::ACTIVATIONS;
use crate::settings::{AUGMENTATIONS, CALLBACKS, CLIPS, LOSSES, OPTIMIZERS, SCHEDULES};

/// Settings of activations.
pub(super) const SETTINGS: [&str; 2] = ["slope", "alpha"];
pub(super) const ACTIVATION: Form = Form::Choice(&SETTINGS);
pub(super) const NORM: Form = Form::Choice(&["epsilon", "momentum", "n", "k", "alpha", "beta"]);

/// What a spec is made of.
pub(super) const PARTS: [&str; 10] =
    ["extends", "param", "input", "defaults", "block", "head", "override", "allow", "preprocess", "train"];

/// Options of a convolution, of a block, and in `defaults`.
pub(super) const OPTIONS: [Known; 10] = [
    ("kernel", Form::Sizes),
    ("stride", Form::Sizes),
    ("padding", Form::Padding),
    ("groups", Form::Whole),
    ("dilation", Form::Whole),
    ("activation", ACTIVATION),
    ("norm", NORM),
    ("bias", Form::Word),
    ("dropout", Form::Real),
    ("trainable", Form::Word),
];
/// What else a layer or block may be changed in.
pub(super) const CHANGES: [Known; 4] =
    [("filters", Form::Whole), ("units", Form::Whole), ("rate", Form::Real), ("pool", Form::Pool)];
pub(super) const PREPROCESS: [Known; 6] = [
    ("resize", Form::Whole),
    ("crop", Form::Whole),
    ("channels", Form::Word),
    ("scale", Form::Real),
    ("mean", Form::Reals),
    ("std", Form::Reals),
];
pub(super) const HEAD: &str = "the head";
pub(super) const POOL: Known = ("pool", Form::Pool);
pub(super) const NAME: Known = ("name", Form::Word);
pub(super) const TRAIN: [Known; 11] = [
    ("epochs", Form::Whole),
    ("batch", Form::Whole),
    ("seed", Form::Whole),
    ("optimizer", Form::Configured(OPTIMIZERS)),
    ("loss", Form::Configured(LOSSES)),
    ("class_weights", Form::Reals),
    ("clip", Form::Configured(CLIPS)),
    ("average", Form::Real),
    ("schedule", Form::Configured(SCHEDULES)),
    ("augment", Form::Configured(AUGMENTATIONS)),
    ("callback", Form::Configured(CALLBACKS)),
];

/// Words that may follow one another in a statement.
pub(super) struct Vocabulary<'v> {
    /// Of what, in words: `a block`.
    pub(super) owner: &'v str,
    pub(super) known: &'v [Known],
    /// Activations, which need no key.
    pub(super) activations: &'v [&'static str],
    /// Words that start another statement.
    pub(super) starts: &'v [&'static str],
}

/// Whether a word ends the value in front of it, or starts another. A param of that name could not be told from it:
/// `kernel stride 2`.
pub(in crate::parse) fn is_word(name: &str) -> bool {
    const MORE: [&str; 9] = ["x", "softmax", "size", "ceil", "same", "valid", "chw", "hwc", "conv"];
    let known = [&OPTIONS[..], &CHANGES, &[NAME, POOL]].into_iter().flatten().map(|(key, _)| *key);
    known.chain(MORE).chain(ACTIVATIONS).any(|word| word == name)
}

pub(super) fn with(known: &[Known], more: &[Known]) -> Vec<Known> {
    known.iter().chain(more).copied().collect()
}

pub(super) fn keys(known: &[Known]) -> Vec<&'static str> {
    known.iter().map(|(key, _)| *key).collect()
}
