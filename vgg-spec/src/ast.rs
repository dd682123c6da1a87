//! What the author wrote, before anything is resolved.
//!
//! Both spellings of the language, YAML and `.vgg`, are read into these types. Nothing here is
//! checked against anything else: a [`Spec`] may name unknown params or describe impossible shapes.
//! [`lower`](crate::lower) turns it into a [`Model`](crate::ir::Model) that cannot.
//!
//! Equality ignores the places of values, see [`Spanned`].

mod block;
mod choice;
mod head;
mod number;
mod training;

pub use block::{Block, Conv, ConvOptions};
pub use choice::{Activation, Norm, Padding, Pool, PoolMode, PoolWindow};
pub use head::{Dense, HeadKind, HeadLayer};
pub use number::{Amount, Extent, Factor, NotAnAmount, Number};
pub use training::{Colours, Preprocess, Train};

use crate::span::Spanned;

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
