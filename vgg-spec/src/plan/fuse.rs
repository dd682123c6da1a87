//! Which layers run as one step.

use super::Fused;
use crate::ir::{Model, Op};
use std::ops::Range;

/// How many layers go into a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fusion {
    /// Whatever one step can compute at one go.
    AsFarAsPossible,
    /// One.
    None,
}

/// Groups the layers of a model. A step never crosses the border of a block, because generated code has
/// one function for each.
pub(super) fn steps(model: &Model, fusion: Fusion) -> Vec<(Fused, Option<usize>)> {
    let blocks = model.blocks().iter().enumerate().map(|(index, block)| (block.layers.clone(), Some(index)));
    let parts = blocks.chain([(model.head(), None)]);
    let steps = parts
        .flat_map(|(layers, block)| part(model, layers, fusion).into_iter().map(move |step| (step, block)));
    steps.collect()
}

fn part(model: &Model, layers: Range<usize>, fusion: Fusion) -> Vec<Fused> {
    let mut cursor = Cursor { model, layers, fusion };
    let mut steps = Vec::new();
    while let Some(first) = cursor.layers.next() {
        steps.push(match model.layers()[first].op {
            Op::Conv(_) => Fused::Conv {
                conv: first,
                norm: cursor.norm(),
                activation: cursor.activation(),
                pool: cursor.pool(),
            },
            Op::Dense(_) => {
                Fused::Dense { dense: first, norm: cursor.norm(), activation: cursor.activation() }
            }
            Op::BatchNorm(_) => Fused::Norm { norm: first, activation: cursor.activation() },
            Op::Lrn(_) => Fused::Lrn(first),
            Op::Activation(_) => Fused::Activation(first),
            Op::Pool(_) => Fused::Pool(first),
            Op::Dropout { .. } => Fused::Dropout(first),
            Op::Flatten => Fused::Flatten(first),
            Op::GlobalAveragePool => Fused::GlobalAveragePool(first),
            Op::AdaptiveAveragePool => Fused::AdaptiveAveragePool(first),
            Op::Softmax => continue,
        });
    }
    steps
}

/// The layers that are not in a step yet.
struct Cursor<'m> {
    model: &'m Model,
    layers: Range<usize>,
    fusion: Fusion,
}

impl Cursor<'_> {
    /// Takes the next layer if it is of the right kind.
    fn take(&mut self, fits: impl Fn(&Op) -> bool) -> Option<usize> {
        let next = self.layers.clone().next()?;
        if self.fusion == Fusion::AsFarAsPossible && fits(&self.model.layers()[next].op) {
            self.layers.next()
        } else {
            None
        }
    }

    fn norm(&mut self) -> Option<usize> {
        self.take(|op| matches!(op, Op::BatchNorm(_)))
    }

    fn activation(&mut self) -> Option<usize> {
        self.take(|op| matches!(op, Op::Activation(_)))
    }

    fn pool(&mut self) -> Option<usize> {
        self.take(|op| matches!(op, Op::Pool(_)))
    }
}

impl Fused {
    /// The first layer of the step.
    pub fn first(self) -> usize {
        match self {
            Fused::Conv { conv: first, .. }
            | Fused::Dense { dense: first, .. }
            | Fused::Norm { norm: first, .. }
            | Fused::Lrn(first)
            | Fused::Pool(first)
            | Fused::Activation(first)
            | Fused::Dropout(first)
            | Fused::Flatten(first)
            | Fused::GlobalAveragePool(first)
            | Fused::AdaptiveAveragePool(first) => first,
        }
    }

    /// The last layer of the step: its output is the step's.
    pub fn last(self) -> usize {
        match self {
            Fused::Conv { conv, norm, activation, pool } => pool.or(activation).or(norm).unwrap_or(conv),
            Fused::Dense { dense, norm, activation } => activation.or(norm).unwrap_or(dense),
            Fused::Norm { norm, activation } => activation.unwrap_or(norm),
            Fused::Lrn(_)
            | Fused::Pool(_)
            | Fused::Activation(_)
            | Fused::Dropout(_)
            | Fused::Flatten(_)
            | Fused::GlobalAveragePool(_)
            | Fused::AdaptiveAveragePool(_) => self.first(),
        }
    }

    /// The norm of the step.
    pub fn norm(self) -> Option<usize> {
        match self {
            Fused::Conv { norm, .. } | Fused::Dense { norm, .. } => norm,
            Fused::Norm { norm, .. } => Some(norm),
            Fused::Lrn(_)
            | Fused::Pool(_)
            | Fused::Activation(_)
            | Fused::Dropout(_)
            | Fused::Flatten(_)
            | Fused::GlobalAveragePool(_)
            | Fused::AdaptiveAveragePool(_) => None,
        }
    }

    /// The layers of the step that have weights.
    pub fn learned(self) -> impl Iterator<Item = usize> {
        let layer = match self {
            Fused::Conv { conv: layer, .. } | Fused::Dense { dense: layer, .. } => Some(layer),
            Fused::Norm { .. }
            | Fused::Lrn(_)
            | Fused::Pool(_)
            | Fused::Activation(_)
            | Fused::Dropout(_)
            | Fused::Flatten(_)
            | Fused::GlobalAveragePool(_)
            | Fused::AdaptiveAveragePool(_) => None,
        };
        layer.into_iter().chain(self.norm())
    }
}
