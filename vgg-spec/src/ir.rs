//! The checked network: every name, number and shape resolved.
//!
//! Invariant: a [`Model`] is only built by [`lower`](crate::lower), which reports an error rather
//! than build a wrong one. Whoever holds a `Model` may rely on this: layer names are unique and are
//! Rust identifiers, the output of each layer is the input of the next, no extent is zero, no product
//! of extents overflows, and the last shape is a vector of logits.

use crate::span::Span;
use std::fmt;
use std::ops::Range;

pub use crate::ast::{Activation, Amount, Colours, Order, PoolMode};
pub use crate::settings::Configured;

use crate::settings::{CLIPS, LOSSES, OPTIMIZERS, SCHEDULES};

/// A network, ready to be planned, generated, drawn or run.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) params: Vec<(String, Amount)>,
    pub(crate) input: MapShape,
    pub(crate) order: Order,
    pub(crate) layers: Vec<Layer>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) preprocess: Option<Preprocess>,
    pub(crate) train: Train,
}

impl Model {
    /// The name of the network: an upper-camel-case Rust identifier.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The comment at the head of the spec, one line; empty if it has none.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The params with the values in force.
    pub fn params(&self) -> &[(String, Amount)] {
        &self.params
    }

    /// The shape of one input image.
    pub fn input(&self) -> MapShape {
        self.input
    }

    /// How image data lies in memory where it comes from. The network itself always takes planes.
    pub fn input_order(&self) -> Order {
        self.order
    }

    /// What is done to images before the network sees them, if the spec says it.
    pub fn preprocess(&self) -> Option<&Preprocess> {
        self.preprocess.as_ref()
    }

    /// All layers in the order in which data passes through them.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The blocks, each with its range of [`layers`](Self::layers).
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The range of layers behind the last block.
    pub fn head(&self) -> Range<usize> {
        self.blocks.last().map_or(0, |block| block.layers.end)..self.layers.len()
    }

    /// How the spec wants the network to be trained, defaults filled in.
    pub fn train(&self) -> &Train {
        &self.train
    }

    /// The same model with every layer trained.
    pub fn unfrozen(&self) -> Model {
        let mut model = self.clone();
        model.layers.iter_mut().for_each(|layer| layer.trainable = true);
        model
    }

    /// The number of logits.
    pub fn classes(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.output.elements())
    }
}

/// A named range of layers.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// `block1`, or the name the author gave.
    pub name: String,
    /// Indices into [`Model::layers`].
    pub layers: Range<usize>,
}

/// One layer: one operation, its shapes and its place in the spec.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Unique within the model, a Rust identifier, the prefix of its weights' names.
    pub name: String,
    /// What it does.
    pub op: Op,
    /// What comes in.
    pub input: Shape,
    /// What goes out.
    pub output: Shape,
    /// How much of the input image one output sees, as height and width. Of maps as the recurrence
    /// gives it, so it may be larger than the image; of a vector always the whole image.
    pub receptive_field: [usize; 2],
    /// Whether training changes its weights and running statistics.
    pub trainable: bool,
    /// Where the author wrote it.
    pub span: Span,
}

/// The shape of the data between two layers, for one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Feature maps.
    Maps(MapShape),
    /// So many features.
    Vector(usize),
}

impl Shape {
    /// The number of values.
    pub fn elements(self) -> usize {
        match self {
            Shape::Maps(maps) => maps.elements(),
            Shape::Vector(features) => features,
        }
    }
}

/// Channels, height and width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MapShape {
    /// Feature maps.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl MapShape {
    /// The number of values. Cannot overflow for a shape taken from a [`Model`].
    pub fn elements(self) -> usize {
        self.channels * self.height * self.width
    }
}

/// `3x224x224`: channels, height, width.
impl fmt::Display for MapShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}", self.channels, self.height, self.width)
    }
}

/// `64x112x112` for maps, `512` for a vector.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Maps(maps) => maps.fmt(f),
            Shape::Vector(features) => features.fmt(f),
        }
    }
}

/// The operations. A new kind of layer starts with a new variant here; the matches without a
/// wildcard then show what else it needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Op {
    /// A convolution.
    Conv(Conv),
    /// Batch normalisation over maps (one statistic a channel) or over a vector.
    BatchNorm(BatchNorm),
    /// Local response normalisation over maps.
    Lrn(Lrn),
    /// An activation.
    Activation(Activation),
    /// A pool over windows.
    Pool(Pool),
    /// Sets a share of the values to zero while training and scales up the rest.
    Dropout {
        /// The share, at least 0 and less than 1.
        rate: f64,
    },
    /// Maps to a vector.
    Flatten,
    /// The mean of each map.
    GlobalAveragePool,
    /// Means over windows that share the maps out among the outputs, as PyTorch does: window `i` of `n` goes from
    /// `floor(i * extent / n)` to `ceil((i + 1) * extent / n)`. Where all come out alike, it is a [`Pool`].
    AdaptiveAveragePool,
    /// A fully connected layer.
    Dense(Dense),
    /// Probabilities out of logits. Part of the loss while training.
    Softmax,
}

/// The window of a convolution or pool: extents are `[height, width]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// Rows and columns the window covers.
    pub kernel: [usize; 2],
    /// Rows and columns between two windows.
    pub stride: [usize; 2],
    /// Padding above, below, left and right of the input.
    pub padding: Padding,
}

/// Rows and columns added around an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Padding {
    /// Rows above.
    pub top: usize,
    /// Rows below.
    pub bottom: usize,
    /// Columns to the left.
    pub left: usize,
    /// Columns to the right.
    pub right: usize,
}

/// A convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Conv {
    /// Output channels.
    pub filters: usize,
    /// Where the kernel is laid.
    pub window: Window,
    /// Groups of filters, each of which looks at as many channels: a divisor of both.
    pub groups: usize,
    /// Whether it has a bias.
    pub bias: bool,
}

/// Batch normalisation (Ioffe & Szegedy, 2015).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchNorm {
    /// Added to the variance.
    pub epsilon: f64,
    /// Share of the new batch in the running statistics.
    pub momentum: f64,
}

impl BatchNorm {
    /// What holds unless a spec says otherwise.
    pub const USUAL: BatchNorm = BatchNorm { epsilon: 1e-5, momentum: 0.1 };
}

/// Local response normalisation (Krizhevsky et al., 2012): a value times `(k + alpha / size * s)^-beta`, `s` the sum
/// of the squares of `size` channels around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lrn {
    /// The channels that are seen, an odd number.
    pub size: usize,
    /// Factor of their mean square.
    pub alpha: f64,
    /// The power.
    pub beta: f64,
    /// What is added.
    pub k: f64,
}

impl Lrn {
    /// What holds unless a spec says otherwise.
    pub const USUAL: Lrn = Lrn { size: 5, alpha: 1e-4, beta: 0.75, k: 1.0 };
}

/// A pool over windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pool {
    /// What is taken from each window.
    pub mode: PoolMode,
    /// Where the windows lie.
    pub window: Window,
}

impl Pool {
    /// Whether it takes the largest of every two by two values, the usual pool of a VGG block.
    pub fn halves(&self) -> bool {
        let Window { kernel, stride, padding } = self.window;
        self.mode == PoolMode::Max && [kernel, stride] == [[2, 2]; 2] && padding == Padding::default()
    }
}

/// A fully connected layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dense {
    /// Outputs.
    pub units: usize,
    /// Whether it has a bias.
    pub bias: bool,
}

/// From the bytes of an image to the input of the network: resize, crop, `(byte * scale - mean) / std`.
#[derive(Debug, Clone, PartialEq)]
pub struct Preprocess {
    /// The shorter side is scaled to so many pixels.
    pub resize: Option<usize>,
    /// So many rows and columns are cut out of the middle.
    pub crop: Option<usize>,
    /// The order of the colours.
    pub channels: Colours,
    /// Factor of each byte; 1/255 unless given.
    pub scale: f64,
    /// Subtracted: one value, or one a channel.
    pub mean: Vec<f64>,
    /// Divided by: one value, or one a channel.
    pub std: Vec<f64>,
}

/// How to train.
#[derive(Debug, Clone, PartialEq)]
pub struct Train {
    /// Where the spec says it, if it does.
    pub span: Option<Span>,
    /// Where it says the epochs.
    pub epochs_span: Option<Span>,
    /// Where it says the batch.
    pub batch_span: Option<Span>,
    /// What is minimised.
    pub loss: Configured,
    /// How much the images of each class count; empty if all count the same.
    pub class_weights: Vec<f64>,
    /// How gradients are shortened.
    pub clip: Configured,
    /// The decay of a moving average of the weights; `None` for the weights themselves.
    pub average: Option<f64>,
    /// How the learning rate changes.
    pub schedule: Configured,
    /// How training images are varied, in this order.
    pub augment: Vec<Configured>,
    /// What happens between epochs.
    pub callbacks: Vec<Configured>,
    /// Passes over the training data.
    pub epochs: u64,
    /// Images in a step.
    pub batch: u64,
    /// Seed of initialisation, shuffling and dropout.
    pub seed: u64,
    /// How gradients change weights.
    pub optimizer: Configured,
}

impl Default for Train {
    /// 10 epochs of batches of 64 with Adam at 0.001, seed 0.
    fn default() -> Self {
        Train {
            span: None,
            epochs_span: None,
            batch_span: None,
            loss: Configured::usual(&LOSSES[0]),
            class_weights: Vec::new(),
            clip: Configured::usual(&CLIPS[0]),
            average: None,
            schedule: Configured::usual(&SCHEDULES[0]),
            augment: Vec::new(),
            callbacks: Vec::new(),
            epochs: 10,
            batch: 64,
            seed: 0,
            optimizer: Configured::usual(&OPTIMIZERS[1]),
        }
    }
}

impl Activation {
    /// The slope of a leaky ReLU unless a spec gives another.
    pub const USUAL_SLOPE: f64 = 0.01;

    /// The alpha of an ELU unless a spec gives another.
    pub const USUAL_ALPHA: f64 = 1.0;

    /// The name in the language, which is part of layer names.
    pub fn name(self) -> &'static str {
        match self {
            Activation::None => "none",
            Activation::Relu => "relu",
            Activation::LeakyRelu { .. } => "leaky_relu",
            Activation::Elu { .. } => "elu",
            Activation::Gelu => "gelu",
            Activation::Silu => "silu",
            Activation::Sigmoid => "sigmoid",
            Activation::Tanh => "tanh",
        }
    }

    /// Whether the derivative is a function of what comes in only; that of the others can be told from
    /// what goes out.
    pub fn needs_input(self) -> bool {
        match self {
            Activation::Gelu | Activation::Silu => true,
            Activation::None
            | Activation::Relu
            | Activation::LeakyRelu { .. }
            | Activation::Elu { .. }
            | Activation::Sigmoid
            | Activation::Tanh => false,
        }
    }
}
