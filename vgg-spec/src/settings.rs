//! Words with numbers as settings: losses, schedules, augmentations, callbacks.
//!
//! What there is, is said in tables. From them these words are read and checked in both spellings, written
//! back, and described to editors.

use crate::span::Span;
use std::fmt;

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

/// A setting that belongs to a [`Kind`].
#[derive(Debug, PartialEq)]
pub struct Setting {
    /// The key.
    pub key: &'static str,
    /// The value unless given.
    pub default: f64,
    /// What values it may have.
    pub values: Values,
}

/// The values that a setting may have. All are kept as numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Values {
    /// Any number in a range.
    Real {
        /// The smallest.
        least: f64,
        /// The largest.
        most: f64,
    },
    /// A whole number in a range.
    Whole {
        /// The smallest.
        least: f64,
        /// The largest.
        most: f64,
    },
    /// No, which is 0, or yes, which is 1.
    Flag,
    /// One of these words, as its place among them.
    Word(&'static [&'static str]),
}

impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Values::Real { least, most } => write!(f, "A number from {least} to {most}."),
            Values::Whole { least, most } => write!(f, "A whole number from {least} to {most}."),
            Values::Flag => write!(f, "Yes or no."),
            Values::Word(words) => write!(f, "One of {}.", words.join(", ")),
        }
    }
}

impl Setting {
    /// The word that a value stands for; `None` if this setting takes no words.
    pub fn word(&self, value: f64) -> Option<&'static str> {
        match self.values {
            Values::Word(words) => words.get(value as usize).copied(),
            Values::Real { .. } | Values::Whole { .. } | Values::Flag => None,
        }
    }
}

const fn real(key: &'static str, default: f64, least: f64, most: f64) -> Setting {
    Setting { key, default, values: Values::Real { least, most } }
}

const fn whole(key: &'static str, default: f64, least: f64, most: f64) -> Setting {
    Setting { key, default, values: Values::Whole { least, most } }
}

const fn flag(key: &'static str, default: bool) -> Setting {
    Setting { key, default: if default { 1.0 } else { 0.0 }, values: Values::Flag }
}

const fn word(key: &'static str, words: &'static [&'static str], default: usize) -> Setting {
    Setting { key, default: default as f64, values: Values::Word(words) }
}

const fn kind(name: &'static str, about: &'static str, settings: &'static [Setting]) -> Kind {
    Kind { name, about, settings }
}

/// The most epochs, pixels and the like.
const MANY: f64 = 1e6;

/// The largest share of a whole that is never all of it.
const NEARLY_ALL: f64 = 0.999_999;

const DECAY: Setting = real("weight_decay", 0.0, 0.0, MANY);
const DECOUPLED: Setting = flag("decoupled", false);
const BETA1: Setting = real("beta1", 0.9, 0.0, NEARLY_ALL);
const BETA2: Setting = real("beta2", 0.999, 0.0, NEARLY_ALL);
const EPSILON: Setting = real("epsilon", 1e-8, 1e-12, 1.0);
/// Whose formulas are meant, where two libraries differ.
const CONVENTION: Setting = word("convention", &["pytorch", "keras"], 0);

/// The learning rate: it moves weights, and is a normal number as an `f32`, too.
const fn rate(default: f64) -> Setting {
    real("rate", default, 1e-12, MANY)
}

/// How gradients may change weights.
pub const OPTIMIZERS: &[Kind] = &[
    kind(
        "sgd",
        "stochastic gradient descent with momentum; `nesterov` looks ahead",
        &[
            rate(0.01),
            real("momentum", 0.9, 0.0, NEARLY_ALL),
            flag("nesterov", false),
            DECAY,
            DECOUPLED,
            CONVENTION,
        ],
    ),
    kind(
        "adam",
        "Adam (Kingma & Ba, 2015); the Keras convention adds `epsilon` before the bias correction",
        &[rate(0.001), BETA1, BETA2, EPSILON, DECAY, DECOUPLED, CONVENTION],
    ),
    kind(
        "adamw",
        "Adam with a weight decay apart from the gradient (Loshchilov & Hutter, 2019)",
        &[rate(0.001), BETA1, BETA2, EPSILON, real("weight_decay", 0.01, 0.0, MANY), CONVENTION],
    ),
    kind(
        "rmsprop",
        "RMSprop; PyTorch adds `epsilon` to the root of the variance, Keras under it",
        &[
            rate(0.001),
            real("rho", 0.99, 0.0, NEARLY_ALL),
            real("momentum", 0.0, 0.0, NEARLY_ALL),
            EPSILON,
            DECAY,
            DECOUPLED,
            CONVENTION,
        ],
    ),
];

/// How gradients may be shortened.
pub const CLIPS: &[Kind] = &[
    kind("none", "gradients stay as they are", &[]),
    kind("norm", "all together to at most this Euclidean norm", &[real("most", 1.0, 1e-12, MANY)]),
    kind("value", "each value to at most this magnitude", &[real("most", 1.0, 1e-12, MANY)]),
];

/// The settings of training beside words with settings: a share between 0 and 1.
pub const AVERAGE: Setting = real("average", 0.0, 0.0, NEARLY_ALL);

/// How much a class may count.
pub const CLASS_WEIGHT: Setting = real("a class weight", 1.0, 1e-6, MANY);

/// What can be minimised.
pub const LOSSES: &[Kind] = &[kind(
    "cross_entropy",
    "softmax cross-entropy; `smoothing` gives that share of the truth to all classes alike",
    &[real("smoothing", 0.0, 0.0, 0.999)],
)];

/// Over how many epochs the rate rises along a line at first.
const WARMUP: Setting = real("warmup", 0.0, 0.0, MANY);

/// How the learning rate may change.
pub const SCHEDULES: &[Kind] = &[
    kind("constant", "the rate stays as it is, behind a `warmup` of so many epochs", &[WARMUP]),
    kind(
        "step",
        "the rate is multiplied by `factor` after each `every` epochs",
        &[whole("every", 30.0, 1.0, MANY), real("factor", 0.1, 1e-6, 1.0), WARMUP],
    ),
    kind(
        "cosine",
        "the rate falls along half a cosine to `floor` of itself",
        &[real("floor", 0.0, 0.0, 1.0), WARMUP],
    ),
    kind(
        "warmup",
        "the rate rises along a line during the first `epochs`",
        &[real("epochs", 5.0, 0.0, MANY)],
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

/// What epochs are judged by: of the images that are held out.
const fn monitor(default: usize) -> Setting {
    word("monitor", &["loss", "accuracy"], default)
}

/// What may happen between epochs, as in Keras.
pub const CALLBACKS: &[Kind] = &[
    kind(
        "reduce_on_plateau",
        "multiplies the rate by `factor` when validation gets no better",
        &[
            real("factor", 0.1, 1e-6, 0.999),
            whole("patience", 10.0, 1.0, MANY),
            real("min_delta", 1e-4, 0.0, MANY),
            whole("cooldown", 0.0, 0.0, MANY),
            real("min_rate", 0.0, 0.0, MANY),
            monitor(0),
        ],
    ),
    kind(
        "early_stopping",
        "ends training when validation gets no better, with the best weights",
        &[
            whole("patience", 10.0, 1.0, MANY),
            real("min_delta", 0.0, 0.0, MANY),
            flag("restore", true),
            whole("start", 0.0, 0.0, MANY),
            monitor(0),
        ],
    ),
    kind(
        "checkpoint",
        "keeps the weights of the best epoch, or of each one",
        &[flag("best", true), monitor(1)],
    ),
];

/// A word that was chosen, with a value for each of its settings.
#[derive(Debug, Clone)]
pub struct Configured {
    /// What was chosen.
    pub kind: &'static Kind,
    /// The values, in the order of [`Kind::settings`].
    pub values: Vec<f64>,
    /// Where they were written, in the same order.
    spans: Vec<Option<Span>>,
}

/// Two are equal when they say the same thing, wherever they stand.
impl PartialEq for Configured {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.values == other.values
    }
}

impl Configured {
    /// The word with all settings as they are unless given.
    pub fn usual(kind: &'static Kind) -> Configured {
        let values = kind.settings.iter().map(|setting| setting.default).collect();
        Configured { kind, values, spans: vec![None; kind.settings.len()] }
    }

    /// The same word, written here.
    pub(crate) fn at(mut self, span: Span) -> Configured {
        self.spans.fill(Some(span));
        self
    }

    /// Gives a setting, by its place among those of the word, a value that was written here.
    pub(crate) fn set(&mut self, index: usize, value: f64, span: Span) {
        (self.values[index], self.spans[index]) = (value, Some(span));
    }

    /// Where the value of a setting was written; where it was not, the word. `None` if that was not written either.
    pub fn span(&self, key: &str) -> Option<Span> {
        self.spans.get(self.index(key)?).copied().flatten()
    }

    fn index(&self, key: &str) -> Option<usize> {
        self.kind.settings.iter().position(|setting| setting.key == key)
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
        self.values.get(self.index(key)?).copied()
    }

    /// The value of a setting; 0 if the word has no such setting.
    pub fn number(&self, key: &str) -> f64 {
        self.get(key).unwrap_or(0.0)
    }

    /// Whether a setting is there and switched on.
    pub fn is(&self, key: &str) -> bool {
        self.number(key) != 0.0
    }

    /// The word that a setting is; `None` if there is no such setting, or it takes no words.
    pub fn word(&self, key: &str) -> Option<&'static str> {
        self.kind.settings.get(self.index(key)?)?.word(self.number(key))
    }
}
