//! The layers of the head.

use super::{Activation, Extent, Norm, Number};
use crate::span::Spanned;

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
