//! Which layers form a block, and where the head begins.

use crate::chain::{Chain, Layer, Norm, Op};
use crate::error::Problem;
use vgg_spec::ir::{Activation, Lrn, PoolMode, Window};

/// A convolution and what belongs to it.
#[derive(Debug)]
pub(super) struct Unit<'c> {
    pub(super) layer: &'c Layer,
    pub(super) name: Option<&'c str>,
    pub(super) window: Window,
    pub(super) filters: usize,
    pub(super) groups: usize,
    pub(super) bias: bool,
    pub(super) norm: Option<UnitNorm<'c>>,
    pub(super) activation: Activation,
    pub(super) dropout: Option<f64>,
}

/// The norm of a convolution: a batch norm in front of its activation, or one over neighbouring channels behind it.
#[derive(Debug, Clone, Copy)]
pub(super) enum UnitNorm<'c> {
    Batch(&'c Norm),
    Lrn(Lrn),
}

/// Convolutions, and the pool behind them.
#[derive(Debug, Default)]
pub(super) struct Block<'c> {
    pub(super) units: Vec<Unit<'c>>,
    pub(super) pool: Option<&'c Layer>,
}

/// A chain, taken apart.
#[derive(Debug)]
pub(super) struct Body<'c> {
    pub(super) blocks: Vec<Block<'c>>,
    pub(super) head: Vec<&'c Layer>,
    pub(super) notes: Vec<String>,
}

/// Takes a chain apart.
pub(super) fn body(chain: &Chain) -> Result<Body<'_>, Problem> {
    // The head begins behind the last convolution and the pool behind that.
    let last = chain.layers.iter().rposition(|layer| matches!(layer.op, Op::Conv { .. }));
    let Some(last) = last else {
        return Err(Problem::unsupported("the network has no convolution, so it is no VGG"));
    };
    let mut grouping = Grouping::default();
    let mut head = Vec::new();
    for (index, layer) in chain.layers.iter().enumerate() {
        if head.is_empty() && (index <= last || grouping.wants(&layer.op)) {
            grouping.take(layer)?;
        } else {
            head.push(layer);
        }
    }
    if !grouping.open.units.is_empty() {
        grouping.blocks.push(std::mem::take(&mut grouping.open));
    }
    Ok(Body { blocks: grouping.blocks, head, notes: grouping.notes })
}

#[derive(Debug, Default)]
struct Grouping<'c> {
    blocks: Vec<Block<'c>>,
    open: Block<'c>,
    notes: Vec<String>,
}

impl<'c> Grouping<'c> {
    /// Whether a layer behind the last convolution still belongs to its block.
    fn wants(&self, op: &Op) -> bool {
        match op {
            Op::Norm(_) | Op::Activation(_) | Op::Lrn(_) | Op::Dropout(_) | Op::Pool { .. } => {
                !self.open.units.is_empty()
            }
            Op::Conv { .. }
            | Op::AdaptiveAverage(_)
            | Op::Flatten
            | Op::GlobalAverage
            | Op::GlobalMax
            | Op::Dense { .. }
            | Op::Softmax => false,
        }
    }

    fn take(&mut self, layer: &'c Layer) -> Result<(), Problem> {
        let refuse = |reason: &str| Err(Problem::layer(&layer.source, reason));
        let unit = self.open.units.last_mut();
        match (&layer.op, unit) {
            (Op::Conv { window, groups, weight, bias }, _) => self.open.units.push(Unit {
                layer,
                name: layer.name.as_deref(),
                window: *window,
                filters: weight.shape().first().copied().unwrap_or(0),
                groups: *groups,
                bias: bias.is_some(),
                norm: None,
                activation: Activation::None,
                dropout: None,
            }),
            (Op::Norm(norm), Some(unit)) => match unit {
                Unit { norm: None, activation: Activation::None, dropout: None, .. } => {
                    unit.norm = Some(UnitNorm::Batch(norm))
                }
                _ => return refuse("a batch norm must stand directly behind its convolution"),
            },
            (Op::Activation(_), Some(Unit { norm: Some(UnitNorm::Lrn(_)), .. })) => {
                return refuse("an activation must stand in front of a local response norm");
            }
            (Op::Activation(activation), Some(unit)) => match unit {
                Unit { activation: Activation::None, dropout: None, .. } => unit.activation = *activation,
                _ => return refuse("a convolution has one activation, directly behind it or its norm"),
            },
            (Op::Activation(activation), None) => return self.behind_pool(layer, *activation),
            (Op::Dropout(rate), Some(unit)) => match unit.dropout {
                None => unit.dropout = Some(*rate),
                Some(_) => return refuse("two dropouts follow one another"),
            },
            // It does nothing but in training.
            (Op::Dropout(rate), None) => self.notes.push(format!(
                "Left out: the dropout of {rate} behind pool {}, which a block has no place for",
                self.blocks.len()
            )),
            (Op::Pool { .. }, Some(_)) => {
                self.open.pool = Some(layer);
                self.blocks.push(std::mem::take(&mut self.open));
            }
            (Op::Pool { .. }, None) => return refuse("a pool must stand behind a convolution"),
            (Op::Norm(_), None) => return refuse("a batch norm must stand directly behind its convolution"),
            (Op::Lrn(lrn), Some(unit)) => match unit {
                Unit { norm: None, dropout: None, .. } => unit.norm = Some(UnitNorm::Lrn(*lrn)),
                _ => return refuse("a convolution has one norm, and a dropout stands behind it"),
            },
            (Op::Lrn(_), None) => {
                return refuse("a local response norm must stand behind a convolution or its activation");
            }
            (
                Op::AdaptiveAverage(_)
                | Op::Flatten
                | Op::GlobalAverage
                | Op::GlobalMax
                | Op::Dense { .. }
                | Op::Softmax,
                _,
            ) => return refuse("it stands before the last convolution"),
        }
        Ok(())
    }

    /// An activation behind a pool: one that never falls may as well stand in front of a max-pool.
    fn behind_pool(&mut self, layer: &'c Layer, activation: Activation) -> Result<(), Problem> {
        if let Some(Block { units, pool: Some(pool) }) = self.blocks.last_mut()
            && let Some(unit @ Unit { activation: Activation::None, dropout: None, .. }) = units.last_mut()
            && matches!(pool.op, Op::Pool { mode: PoolMode::Max, .. })
            && rises(activation)
        {
            unit.activation = activation;
            return Ok(());
        }
        Err(Problem::layer(&layer.source, "an activation must stand behind a convolution"))
    }
}

/// Whether a larger value never gives a smaller one.
fn rises(activation: Activation) -> bool {
    match activation {
        Activation::LeakyRelu { slope } => slope >= 0.0,
        Activation::Elu { alpha } => alpha >= 0.0,
        Activation::None | Activation::Relu | Activation::Sigmoid | Activation::Tanh => true,
        Activation::Gelu | Activation::Silu => false,
    }
}
