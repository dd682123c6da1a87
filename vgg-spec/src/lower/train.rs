//! How to train: what the spec says, with the usual settings where it says nothing.

use super::limits::{BATCH, Bound, EPOCHS};
use super::{Lowering, codes};
use crate::ast::{self, Number, Optimizer};
use crate::diagnostic::Diagnostic;
use crate::ir::Train;
use crate::settings::Configured;
use crate::span::{Span, Spanned};

/// Learning rates: they move weights, and are normal numbers as an `f32`, too.
const RATES: std::ops::RangeInclusive<f64> = 1e-12..=1e6;

impl Lowering<'_> {
    /// Checks the settings of training.
    pub(super) fn train(&mut self, train: Option<&Spanned<ast::Train>>) -> Train {
        let usual = Train::default();
        let Some(train) = train else { return usual };
        let ast::Train { epochs, batch, seed, optimizer, loss, schedule, augment, callbacks } = &train.value;
        if let Some(optimizer) = optimizer {
            self.optimizer(optimizer);
        }
        let list = |given: &Option<Spanned<Vec<Spanned<Configured>>>>| {
            given.as_ref().map_or_else(Vec::new, |given| given.value.clone())
        };
        let (augment, callbacks) = (list(augment), list(callbacks));
        for configured in loss.iter().chain(schedule).chain(&augment).chain(&callbacks) {
            self.configured(configured);
        }
        let mixup = augment.iter().find(|augment| augment.value.name() == "mixup");
        self.not_used_yet("`mixup`", mixup.map(|mixup| mixup.span));
        let plain = |given: Vec<Spanned<Configured>>| given.into_iter().map(|given| given.value).collect();
        Train {
            span: Some(train.span),
            loss: loss.as_ref().map_or(usual.loss, |loss| loss.value.clone()),
            schedule: schedule.as_ref().map_or(usual.schedule, |schedule| schedule.value.clone()),
            augment: plain(augment),
            callbacks: plain(callbacks),
            epochs: self.setting(epochs.as_ref(), EPOCHS, usual.epochs),
            batch: self.setting(batch.as_ref(), BATCH, usual.batch),
            seed: seed.map_or(usual.seed, |seed| seed.value),
            optimizer: optimizer.map_or(usual.optimizer, |optimizer| optimizer.value),
        }
    }

    /// Warns of a part of the spec that is checked, but that nothing acts on.
    pub(super) fn not_used_yet(&mut self, what: &str, span: Option<Span>) {
        let Some(span) = span else { return };
        let message = format!("{what} is read and checked, but not yet put to use");
        self.report(
            Diagnostic::warning(codes::NOT_USED_YET, message, span, "has no effect yet")
                .help("training goes on as if it were not there"),
        );
    }

    /// Checks the settings of a loss, schedule, augmentation or callback.
    fn configured(&mut self, configured: &Spanned<Configured>) {
        let Configured { kind, values } = &configured.value;
        for (setting, value) in kind.settings.iter().zip(values) {
            let what = format!("`{}` of `{}`", setting.key, kind.name);
            self.in_range(&what, *value, setting.least..=setting.most, configured.span);
            if setting.whole && value.fract() != 0.0 {
                let message = format!("{what} must be a whole number");
                let label = format!("is {value}");
                self.report(Diagnostic::error(codes::NOT_WHOLE, message, configured.span, label));
            }
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
