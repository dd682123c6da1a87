//! Blocks, their convolutions, and the options of those.

use super::{Activation, Extent, Norm, Number, Padding, Pool};
use crate::span::Spanned;

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
    /// Groups of filters, each of which looks at as many channels; one group unless given.
    pub groups: Option<Spanned<Number>>,
    /// Steps between two values that a kernel looks at; 1, which is all that there is, unless given.
    pub dilation: Option<Spanned<Number>>,
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
