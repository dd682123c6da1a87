//! What the author wrote, before anything is resolved.
//!
//! Both spellings of the language, YAML and `.vgg`, are read into these types. Nothing here is
//! checked against anything else: a [`Spec`] may name unknown params or describe impossible shapes.
//! [`lower`](crate::lower) turns it into a [`Model`](crate::ir::Model) that cannot.
//!
//! Equality ignores the places of values, see [`Spanned`].

use crate::settings::Configured;
use crate::span::Spanned;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One spec file, or one inline `vgg! { ... }`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Spec {
    /// The comment at the head of the text, on one line; empty if there is none.
    pub description: String,
    /// `model: Vgg16Gap`: the name of the generated type. `None` if the author left it out.
    pub name: Option<Spanned<String>>,
    /// `extends: vgg16.yaml`: the file that says what this one leaves out, relative to it.
    pub extends: Option<Spanned<String>>,
    /// `params: {classes: 10}`: numbers that a user of the spec may override.
    pub params: Vec<Param>,
    /// `input: {shape: [3, 224, 224]}`. `None` if the author left it out.
    pub input: Option<Spanned<Input>>,
    /// Options for every convolution, block and dense layer that does not say otherwise.
    pub defaults: Defaults,
    /// The blocks, in order.
    pub blocks: Vec<Spanned<Block>>,
    /// The layers behind the last block, in order.
    pub head: Vec<Spanned<HeadLayer>>,
    /// `override: {block1_conv1: {stride: 2}}`: changes of layers and blocks by their names. Of several
    /// for one name, the last one wins.
    pub overrides: Vec<Change>,
    /// `allow: [W0303]`: warnings that are meant as they are.
    pub allow: Vec<Spanned<String>>,
    /// What is done to images before the network sees them; optional.
    pub preprocess: Option<Spanned<Preprocess>>,
    /// How to train the network; optional.
    pub train: Option<Spanned<Train>>,
}

/// A named number with its default.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// The name, without `$`.
    pub name: Spanned<String>,
    /// The value used unless it is overridden.
    pub default: Spanned<Amount>,
}

/// The value of a param, or one factor of a product.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Amount {
    /// `64`.
    Whole(u64),
    /// `0.5`.
    Fraction(f64),
}

impl From<u64> for Amount {
    fn from(value: u64) -> Amount {
        Amount::Whole(value)
    }
}

/// As it is written: `64`, `0.5`.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Amount::Whole(value) => value.fmt(f),
            Amount::Fraction(value) => write!(f, "{value:?}"),
        }
    }
}

/// Reads `64` and `0.5`.
impl FromStr for Amount {
    type Err = NotAnAmount;

    fn from_str(text: &str) -> Result<Amount, NotAnAmount> {
        let starts = text.starts_with(|first: char| first.is_ascii_digit() || first == '.');
        let whole = || text.parse().map(Amount::Whole).ok();
        let fraction = || text.parse().ok().filter(|value: &f64| value.is_finite()).map(Amount::Fraction);
        let digits = text.bytes().all(|digit| digit.is_ascii_digit());
        let amount = if digits { whole() } else { fraction() };
        amount.filter(|_| starts).ok_or(NotAnAmount)
    }
}

/// Neither `64` nor `0.5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a number, such as 10 or 0.5")]
pub struct NotAnAmount;

/// A whole number, the param that holds it, or a product (`10`, `$classes`, `64 * $width`; in `.vgg`: `10`,
/// `classes`, `64 * width`).
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// Written out.
    Literal(u64),
    /// The value of a param.
    Param(String),
    /// The product of several. If one of them is a fraction, it is rounded to a multiple of 8, at least 8.
    Product(Vec<Factor>),
    /// Something else was written, which has been reported.
    Unreadable,
}

/// A factor of a [`Number::Product`].
#[derive(Debug, Clone, PartialEq)]
pub enum Factor {
    /// Written out.
    Amount(Amount),
    /// The value of a param.
    Param(String),
}

/// Height and width. A single number stands for both and gives both the same span.
#[derive(Debug, Clone, PartialEq)]
pub struct Extent {
    /// Along the rows of an image.
    pub height: Spanned<Number>,
    /// Along the columns.
    pub width: Spanned<Number>,
}

/// The shape of one input image.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// Channels, height, width, or as `order` says.
    pub shape: [Spanned<Number>; 3],
    /// What the three numbers stand for, and how image data lies in memory.
    pub order: Order,
}

/// The order of the dimensions of image data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Order {
    /// Channels, height, width: one plane after the other.
    #[default]
    Chw,
    /// Height, width, channels: one pixel after the other.
    Hwc,
}

/// `defaults: {...}`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Defaults {
    /// Options of convolutions.
    pub conv: ConvOptions,
    /// The pool of every block that does not name one.
    pub pool: Option<Spanned<Pool>>,
}

/// What may be said of a convolution, of a whole block, or in `defaults`. The nearest one wins.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConvOptions {
    /// Height and width of the kernel; 3x3 unless given.
    pub kernel: Option<Spanned<Extent>>,
    /// Steps between two outputs; 1 unless given.
    pub stride: Option<Spanned<Extent>>,
    /// Rows and columns of zeros around the input; [`Padding::Same`] unless given.
    pub padding: Option<Spanned<Padding>>,
    /// Applied to the output, behind the norm if there is one; ReLU unless given.
    pub activation: Option<Spanned<Activation>>,
    /// Normalisation behind the convolution; none unless given.
    pub norm: Option<Spanned<Norm>>,
    /// Whether a bias is added; yes unless given.
    pub bias: Option<Spanned<bool>>,
    /// Dropout behind the activation, as the share that is dropped; none unless given.
    pub dropout: Option<Spanned<f64>>,
    /// Whether training changes the weights; yes unless given.
    pub trainable: Option<Spanned<bool>>,
}

/// One entry of `conv: [...]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Conv {
    /// Overrides `block1_conv1`; not together with `repeat`.
    pub name: Option<Spanned<String>>,
    /// The number of output channels.
    pub filters: Spanned<Number>,
    /// How often this convolution stands in the block; once unless given.
    pub repeat: Option<Spanned<Number>>,
    /// What this convolution says for itself.
    pub options: ConvOptions,
}

/// Convolutions, followed by a pool.
///
/// `conv: [64, 64]` and `conv 64 x 2` are equal: they say the same.
#[derive(Debug, Clone)]
pub struct Block {
    /// Overrides `block1`.
    pub name: Option<Spanned<String>>,
    /// At least one.
    pub convs: Vec<Spanned<Conv>>,
    /// What the block says for all of its convolutions.
    pub options: ConvOptions,
    /// A max-pool of 2x2, stride 2, unless given.
    pub pool: Option<Spanned<Pool>>,
}

impl PartialEq for Block {
    fn eq(&self, other: &Self) -> bool {
        let Block { name, convs, options, pool } = self;
        *name == other.name
            && *options == other.options
            && *pool == other.pool
            && runs(convs) == runs(&other.convs)
    }
}

/// How often each convolution stands in a row, whichever way that is written.
fn runs(convs: &[Spanned<Conv>]) -> Vec<(Conv, u64)> {
    let mut runs: Vec<(Conv, u64)> = Vec::new();
    for conv in convs {
        let (times, conv) = match &conv.value {
            // A name stands for one layer: several of them are not the same as one that is repeated.
            Conv { name: None, repeat: None, .. } => (1, conv.value.clone()),
            Conv { name: None, repeat: Some(Spanned { value: Number::Literal(times), .. }), .. } => {
                (*times, Conv { repeat: None, ..conv.value.clone() })
            }
            _ => (0, conv.value.clone()),
        };
        match runs.last_mut() {
            Some((last, count)) if times > 0 && *count > 0 && *last == conv => {
                *count = count.saturating_add(times)
            }
            _ => runs.push((conv, times)),
        }
    }
    runs
}

/// `pool: ...`.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "a spec has few of them, and most are windows")]
pub enum Pool {
    /// The block ends without a pool.
    None,
    /// Sliding windows.
    Window(PoolWindow),
}

/// A pool over sliding windows.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolWindow {
    /// What is taken from each window.
    pub mode: PoolMode,
    /// Height and width of the window; 2x2 unless given.
    pub size: Option<Spanned<Extent>>,
    /// Steps between two windows; the size unless given.
    pub stride: Option<Spanned<Extent>>,
    /// Rows and columns around the input; none unless given. Padding never wins a maximum and never
    /// counts in an average.
    pub padding: Option<Spanned<Padding>>,
    /// Whether a window that reaches over the end counts, too; no unless given.
    pub ceil: Option<Spanned<bool>>,
}

/// What a pool takes from each window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PoolMode {
    /// The largest value.
    Max,
    /// The mean of the values inside the image.
    Average,
}

/// Zeros around an image.
#[derive(Debug, Clone, PartialEq)]
pub enum Padding {
    /// As much as gives `ceil(input / stride)` outputs; an odd total puts the extra row at the
    /// bottom and the extra column at the right.
    Same,
    /// None at all.
    Valid,
    /// So many rows above and below, so many columns left and right.
    Explicit(Extent),
}

/// The function behind a convolution, a norm or a dense layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// `x`.
    None,
    /// `max(x, 0)`.
    Relu,
    /// `x` if positive, `slope * x` otherwise.
    LeakyRelu {
        /// Slope of the negative side; 0.01 unless given.
        slope: f64,
    },
    /// `x` if positive, `alpha * (exp(x) - 1)` otherwise.
    Elu {
        /// Scale of the negative side; 1 unless given.
        alpha: f64,
    },
    /// `x * Phi(x)` with the normal distribution function, by `erf`.
    Gelu,
    /// `x * sigmoid(x)`.
    Silu,
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
}

/// Normalisation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Norm {
    /// The layer has none (overrides an outer default).
    None,
    /// Batch normalisation.
    Batch {
        /// Added to the variance; 1e-5 unless given.
        epsilon: f64,
        /// Share of the new batch in the running statistics, as PyTorch counts it; 0.1 unless given.
        momentum: f64,
    },
}

/// One layer of the head.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadLayer {
    /// Overrides `dense1` and the like.
    pub name: Option<Spanned<String>>,
    /// Which layer.
    pub kind: HeadKind,
}

impl HeadLayer {
    /// Whether it makes a vector of feature maps.
    pub fn collapses(&self) -> bool {
        matches!(self.kind, HeadKind::Flatten | HeadKind::GlobalAveragePool | HeadKind::GlobalMaxPool)
    }
}

/// The layers a head may hold.
#[derive(Debug, Clone, PartialEq)]
pub enum HeadKind {
    /// Feature maps to one vector, channel by channel, row by row.
    Flatten,
    /// Each feature map to its mean.
    GlobalAveragePool,
    /// Each feature map to its largest value.
    GlobalMaxPool,
    /// An average pool to maps of a given size.
    AdaptiveAveragePool(Spanned<Extent>),
    /// A fully connected layer.
    Dense(Dense),
    /// Sets a share of the values to zero while training.
    Dropout(Spanned<f64>),
    /// An activation on its own.
    Activation(Spanned<Activation>),
    /// A norm on its own.
    Norm(Spanned<Norm>),
    /// Turns logits into probabilities; last.
    Softmax,
    /// Something else was written, which has been reported.
    Unreadable,
}

/// A fully connected layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    /// Number of outputs.
    pub units: Spanned<Number>,
    /// Applied to the outputs; none unless given. `softmax` here is read as a [`HeadKind::Softmax`]
    /// layer of its own.
    pub activation: Option<Spanned<Activation>>,
    /// Whether a bias is added; yes unless given.
    pub bias: Option<Spanned<bool>>,
    /// Whether training changes the weights; yes unless given.
    pub trainable: Option<Spanned<bool>>,
}

/// A change of one layer or block, by its name. What is given replaces what the layer says itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The layer or block.
    pub name: Spanned<String>,
    /// Of a convolution.
    pub filters: Option<Spanned<Number>>,
    /// Of a dense layer.
    pub units: Option<Spanned<Number>>,
    /// Of a dropout.
    pub rate: Option<Spanned<f64>>,
    /// Of a block.
    pub pool: Option<Spanned<Pool>>,
    /// Of a convolution or block; of a dense layer only activation, bias and trainable.
    pub options: ConvOptions,
}

/// `preprocess: {...}`: from the bytes of an image to the input of the network.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Preprocess {
    /// The shorter side of the image is scaled to so many pixels.
    pub resize: Option<Spanned<u64>>,
    /// So many rows and columns are cut out of the middle.
    pub crop: Option<Spanned<u64>>,
    /// The order of the colours.
    pub channels: Option<Spanned<Colours>>,
    /// Each byte is multiplied by this.
    pub scale: Option<Spanned<f64>>,
    /// Then this is subtracted, one value a channel.
    pub mean: Option<Spanned<Vec<f64>>>,
    /// Then it is divided by this, one value a channel.
    pub std: Option<Spanned<Vec<f64>>>,
}

/// The order of the colours of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Colours {
    /// Red, green, blue.
    #[default]
    Rgb,
    /// Blue, green, red, as the Keras VGG has it.
    Bgr,
}

/// `train: {...}`: what `vggc train` and `Trainer` start from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Train {
    /// Passes over the training data.
    pub epochs: Option<Spanned<u64>>,
    /// Images in a step.
    pub batch: Option<Spanned<u64>>,
    /// Seed of initialisation, shuffling and dropout.
    pub seed: Option<Spanned<u64>>,
    /// How gradients change weights.
    pub optimizer: Option<Spanned<Optimizer>>,
    /// What is minimised.
    pub loss: Option<Spanned<Configured>>,
    /// How the learning rate changes.
    pub schedule: Option<Spanned<Configured>>,
    /// How training images are varied.
    pub augment: Option<Spanned<Vec<Spanned<Configured>>>>,
    /// What happens between epochs.
    pub callbacks: Option<Spanned<Vec<Spanned<Configured>>>>,
}

/// An update rule with its settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Optimizer {
    /// Stochastic gradient descent.
    Sgd {
        /// Learning rate; 0.01 unless given.
        rate: f64,
        /// Share of the last step kept; 0.9 unless given.
        momentum: f64,
    },
    /// Adam (Kingma & Ba, 2015).
    Adam {
        /// Learning rate; 0.001 unless given.
        rate: f64,
        /// Decay of the mean; 0.9 unless given.
        beta1: f64,
        /// Decay of the uncentred variance; 0.999 unless given.
        beta2: f64,
        /// Added to the root of the variance; 1e-8 unless given.
        epsilon: f64,
    },
}
