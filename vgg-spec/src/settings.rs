//! Words with numbers as settings: losses, schedules, augmentations, callbacks.
//!
//! What there is, is said in tables. From them these words are read and checked in both spellings, written
//! back, and described to editors.

/// A word that may be chosen, and its settings.
#[derive(Debug, PartialEq)]
pub struct Kind {
    /// The word.
    pub name: &'static str,
    /// What it does, in a few words.
    pub about: &'static str,
    /// Its settings.
    pub settings: &'static [Setting],
}

/// A number that belongs to a [`Kind`].
#[derive(Debug, PartialEq)]
pub struct Setting {
    /// The key.
    pub key: &'static str,
    /// The value unless given.
    pub default: f64,
    /// The smallest value allowed.
    pub least: f64,
    /// The largest value allowed.
    pub most: f64,
    /// Whether it must be a whole number.
    pub whole: bool,
}

const fn real(key: &'static str, default: f64, least: f64, most: f64) -> Setting {
    Setting { key, default, least, most, whole: false }
}

const fn whole(key: &'static str, default: f64, least: f64, most: f64) -> Setting {
    Setting { key, default, least, most, whole: true }
}

const fn kind(name: &'static str, about: &'static str, settings: &'static [Setting]) -> Kind {
    Kind { name, about, settings }
}

/// The most epochs, pixels and the like.
const MANY: f64 = 1e6;

/// What can be minimised.
pub const LOSSES: &[Kind] = &[kind(
    "cross_entropy",
    "softmax cross-entropy; `smoothing` gives that share of the truth to all classes alike",
    &[real("smoothing", 0.0, 0.0, 0.999)],
)];

/// How the learning rate may change.
pub const SCHEDULES: &[Kind] = &[
    kind("constant", "the rate stays as it is", &[]),
    kind(
        "step",
        "the rate is multiplied by `factor` after each `every` epochs",
        &[whole("every", 30.0, 1.0, MANY), real("factor", 0.1, 1e-6, 1.0)],
    ),
    kind(
        "cosine",
        "the rate falls along half a cosine to `floor` of itself",
        &[real("floor", 0.0, 0.0, 1.0), whole("warmup", 0.0, 0.0, MANY)],
    ),
    kind(
        "warmup",
        "the rate rises along a line during the first `epochs`",
        &[whole("epochs", 5.0, 1.0, MANY)],
    ),
];

/// How training images may be varied.
pub const AUGMENTATIONS: &[Kind] = &[
    kind("flip", "mirrors left and right", &[real("probability", 0.5, 0.0, 1.0)]),
    kind("crop", "pads and cuts out at random", &[whole("padding", 4.0, 1.0, MANY)]),
    kind(
        "scale_jitter",
        "scales the shorter side to a size between `least` and `most`",
        &[whole("least", 256.0, 1.0, 65_536.0), whole("most", 512.0, 1.0, 65_536.0)],
    ),
    kind("rotate", "turns by up to so many degrees", &[real("degrees", 10.0, 0.0, 180.0)]),
    kind("brightness", "brighter or darker by up to this share", &[real("share", 0.2, 0.0, 1.0)]),
    kind("contrast", "more or less contrast by up to this share", &[real("share", 0.2, 0.0, 1.0)]),
    kind("cutout", "blanks a square of this size", &[whole("size", 8.0, 1.0, 65_536.0)]),
    kind("mixup", "mixes two images; `alpha` shapes how much", &[real("alpha", 0.2, 1e-3, 100.0)]),
];

/// What may happen between epochs, as in Keras.
pub const CALLBACKS: &[Kind] = &[
    kind(
        "reduce_on_plateau",
        "multiplies the rate by `factor` when the validation loss stops falling",
        &[
            real("factor", 0.1, 1e-6, 0.999),
            whole("patience", 10.0, 1.0, MANY),
            real("min_delta", 1e-4, 0.0, MANY),
            whole("cooldown", 0.0, 0.0, MANY),
            real("min_rate", 0.0, 0.0, MANY),
        ],
    ),
    kind(
        "early_stopping",
        "stops when the validation loss stops falling",
        &[
            whole("patience", 10.0, 1.0, MANY),
            real("min_delta", 0.0, 0.0, MANY),
            whole("restore", 1.0, 0.0, 1.0),
        ],
    ),
    kind("checkpoint", "keeps the best weights, or those of each epoch", &[whole("best", 1.0, 0.0, 1.0)]),
];

/// A word that was chosen, with a value for each of its settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Configured {
    /// What was chosen.
    pub kind: &'static Kind,
    /// The values, in the order of [`Kind::settings`].
    pub values: Vec<f64>,
}

impl Configured {
    /// The word with all settings as they are unless given.
    pub fn usual(kind: &'static Kind) -> Configured {
        Configured { kind, values: kind.settings.iter().map(|setting| setting.default).collect() }
    }

    /// The word.
    pub fn name(&self) -> &'static str {
        self.kind.name
    }

    /// The value of a setting; `None` if the word has no such setting.
    ///
    /// ```
    /// use vgg_spec::settings::{Configured, SCHEDULES};
    /// let step = Configured::usual(&SCHEDULES[1]);
    /// assert_eq!((step.name(), step.get("factor"), step.get("patience")), ("step", Some(0.1), None));
    /// ```
    pub fn get(&self, key: &str) -> Option<f64> {
        let index = self.kind.settings.iter().position(|setting| setting.key == key)?;
        self.values.get(index).copied()
    }
}
