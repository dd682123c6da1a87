//! How to train: what the spec says, with the usual settings where it says nothing.

use super::Lowering;
use super::limits::{BATCH, Bound, EPOCHS};
use crate::ast::{self, Number, Optimizer};
use crate::ir::Train;
use crate::span::Spanned;

/// Learning rates: they move weights, and are normal numbers as an `f32`, too.
const RATES: std::ops::RangeInclusive<f64> = 1e-12..=1e6;

impl Lowering<'_> {
    /// Checks the settings of training.
    pub(super) fn train(&mut self, train: Option<&Spanned<ast::Train>>) -> Train {
        let usual = Train::default();
        let Some(train) = train else { return usual };
        let ast::Train { epochs, batch, seed, optimizer } = &train.value;
        if let Some(optimizer) = optimizer {
            self.optimizer(optimizer);
        }
        Train {
            epochs: self.setting(epochs.as_ref(), EPOCHS, usual.epochs),
            batch: self.setting(batch.as_ref(), BATCH, usual.batch),
            seed: seed.map_or(usual.seed, |seed| seed.value),
            optimizer: optimizer.map_or(usual.optimizer, |optimizer| optimizer.value),
        }
    }

    fn setting(&mut self, given: Option<&Spanned<u64>>, bound: Bound, usual: u64) -> u64 {
        let Some(given) = given else { return usual };
        let number = self.number(&given.map(Number::Literal), bound);
        number.map_or(usual, |number| number as u64)
    }

    fn optimizer(&mut self, optimizer: &Spanned<Optimizer>) {
        let span = optimizer.span;
        match optimizer.value {
            Optimizer::Sgd { rate, momentum } => {
                self.in_range("the learning rate", rate, RATES, span);
                self.in_range("the momentum of SGD", momentum, 0.0..1.0, span);
            }
            Optimizer::Adam { rate, beta1, beta2, epsilon } => {
                self.in_range("the learning rate", rate, RATES, span);
                self.in_range("the beta1 of Adam", beta1, 0.0..1.0, span);
                self.in_range("the beta2 of Adam", beta2, 0.0..1.0, span);
                self.in_range("the epsilon of Adam", epsilon, 1e-12..=1.0, span);
            }
        }
    }
}
