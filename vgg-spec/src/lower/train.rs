//! How to train: what the spec says, with the usual settings where it says nothing.

use super::chain::Flow;
use super::limits::{BATCH, Bound, EPOCHS};
use super::preprocess::values;
use super::{Lowering, codes};
use crate::ast::{self, Number};
use crate::diagnostic::Diagnostic;
use crate::ir::Train;
use crate::settings::{AVERAGE, CLASS_WEIGHT, Configured, Setting, Values};
use crate::span::{Span, Spanned};

impl Lowering<'_> {
    /// Checks the settings of training.
    pub(super) fn train(&mut self, train: Option<&Spanned<ast::Train>>) -> Train {
        let usual = Train::default();
        let Some(train) = train else { return usual };
        let ast::Train { epochs, batch, seed, optimizer, loss, schedule, augment, callbacks, .. } =
            &train.value;
        let ast::Train { class_weights, clip, average, .. } = &train.value;
        let list = |given: &Option<Spanned<Vec<Spanned<Configured>>>>| {
            given.as_ref().map_or_else(Vec::new, |given| given.value.clone())
        };
        let (augment, callbacks) = (list(augment), list(callbacks));
        let single = optimizer.iter().chain(loss).chain(clip).chain(schedule);
        for configured in single.chain(&augment).chain(&callbacks) {
            self.configured(configured);
        }
        self.once(&callbacks);
        for weight in class_weights.iter().flat_map(|weights| &weights.value) {
            self.value("a class weight", &CLASS_WEIGHT, weight.value, weight.span);
        }
        if let Some(average) = average {
            self.value("the average", &AVERAGE, average.value, average.span);
        }
        self.one_a_class(class_weights.as_ref());
        let plain = |given: Vec<Spanned<Configured>>| given.into_iter().map(|given| given.value).collect();
        Train {
            span: Some(train.span),
            epochs_span: epochs.map(|epochs| epochs.span),
            batch_span: batch.map(|batch| batch.span),
            loss: loss.as_ref().map_or(usual.loss, |loss| loss.value.clone()),
            class_weights: class_weights.as_ref().map_or_else(Vec::new, values),
            clip: clip.as_ref().map_or(usual.clip, |clip| clip.value.clone()),
            average: average.map(|average| average.value).filter(|average| *average > 0.0),
            schedule: schedule.as_ref().map_or(usual.schedule, |schedule| schedule.value.clone()),
            augment: plain(augment),
            callbacks: plain(callbacks),
            epochs: self.setting(epochs.as_ref(), EPOCHS, usual.epochs),
            batch: self.setting(batch.as_ref(), BATCH, usual.batch),
            seed: seed.map_or(usual.seed, |seed| seed.value),
            optimizer: optimizer.as_ref().map_or(usual.optimizer, |optimizer| optimizer.value.clone()),
        }
    }

    /// Checks the settings of an optimiser, loss, schedule, augmentation or callback.
    fn configured(&mut self, configured: &Spanned<Configured>) {
        let Configured { kind, values, .. } = &configured.value;
        for (setting, value) in kind.settings.iter().zip(values) {
            let what = format!("`{}` of `{}`", setting.key, kind.name);
            self.value(&what, setting, *value, configured.value.span(setting.key).unwrap_or(configured.span));
        }
    }

    /// Checks the value of a setting.
    fn value(&mut self, what: &str, setting: &Setting, value: f64, span: Span) {
        match setting.values {
            Values::Real { least, most } => self.in_range(what, value, least..=most, span),
            Values::Whole { least, most } => {
                self.in_range(what, value, least..=most, span);
                if value.fract() != 0.0 {
                    let message = format!("{what} must be a whole number");
                    self.report(Diagnostic::error(codes::NOT_WHOLE, message, span, format!("is {value}")));
                }
            }
            // Only such are read.
            Values::Flag | Values::Word(_) => {}
        }
    }

    /// Checks that no callback is there twice: the second would replace the first.
    fn once(&mut self, callbacks: &[Spanned<Configured>]) {
        for (index, callback) in callbacks.iter().enumerate() {
            let name = callback.value.name();
            if let Some(first) = callbacks[..index].iter().find(|other| other.value.name() == name) {
                let message = format!("the callback `{name}` is there twice");
                self.report(
                    Diagnostic::error(codes::REPEATED_CALLBACK, message, callback.span, "the second one")
                        .also(first.span, "the first one")
                        .help("remove one of them"),
                );
            }
        }
    }

    /// Checks that there is a weight for each class.
    fn one_a_class(&mut self, weights: Option<&Spanned<Vec<Spanned<f64>>>>) {
        let (Some(weights), Flow::Vector(Some(classes))) = (weights, self.chain.flow) else { return };
        let count = weights.value.len();
        if count != classes {
            let message = format!("there are {count} class weights, but the network has {classes} classes");
            self.report(
                Diagnostic::error(codes::CLASSES_DIFFER, message, weights.span, format!("{count} weights"))
                    .help(format!("give {classes} of them, in the order of the classes")),
            );
        }
    }

    fn setting(&mut self, given: Option<&Spanned<u64>>, bound: Bound, usual: u64) -> u64 {
        let Some(given) = given else { return usual };
        let number = self.number(&given.map(Number::Literal), bound);
        number.map_or(usual, |number| number as u64)
    }
}
