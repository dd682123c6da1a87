//! How to train.

use super::super::tree::{Node, Value};
use super::Reader;
use crate::ast::{Optimizer, Train};
use crate::settings::{AUGMENTATIONS, CALLBACKS, Configured, Kind, LOSSES, SCHEDULES};
use crate::span::Spanned;

const TRAIN: [&str; 8] = ["epochs", "batch", "seed", "optimizer", "loss", "schedule", "augment", "callbacks"];
const OPTIMIZERS: [&str; 2] = ["sgd", "adam"];

impl Reader<'_> {
    pub(super) fn train(&mut self, node: &Node) -> Spanned<Train> {
        let mut train = Train::default();
        if let Some(fields) = self.fields(node, "`train`", &TRAIN) {
            train.epochs = fields.get("epochs").and_then(|node| self.whole(node, "the number of epochs"));
            train.batch = fields.get("batch").and_then(|node| self.whole(node, "the batch"));
            train.seed = fields.get("seed").and_then(|node| self.whole(node, "the seed"));
            train.optimizer = fields.get("optimizer").and_then(|node| self.optimizer(node));
            train.loss = fields.get("loss").and_then(|node| self.configured(node, "loss", LOSSES));
            train.schedule =
                fields.get("schedule").and_then(|node| self.configured(node, "schedule", SCHEDULES));
            train.augment = fields.get("augment").map(|node| self.all(node, "augmentation", AUGMENTATIONS));
            train.callbacks = fields.get("callbacks").map(|node| self.all(node, "callback", CALLBACKS));
        }
        Spanned::new(train, node.span)
    }

    /// A list of words with settings, or a single one.
    fn all(&mut self, node: &Node, what: &str, kinds: &'static [Kind]) -> Spanned<Vec<Spanned<Configured>>> {
        let items = match &node.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let read = items.iter().filter_map(|item| self.configured(item, what, kinds)).collect();
        Spanned::new(read, node.span)
    }

    /// A word out of a table, with its settings.
    fn configured(&mut self, node: &Node, what: &str, kinds: &'static [Kind]) -> Option<Spanned<Configured>> {
        let names: Vec<&'static str> = kinds.iter().map(|kind| kind.name).collect();
        let configured = self.choice(node, &format!("the {what}"), &names, |reader, choice| {
            let Some(kind) = kinds.iter().find(|kind| kind.name == choice.word.value) else {
                reader.unknown_choice(choice.word, what, &names);
                return None;
            };
            let mut known: Vec<(&'static str, f64)> =
                kind.settings.iter().map(|setting| (setting.key, setting.default)).collect();
            reader.setting(choice.settings, kind.name, &mut known);
            Some(Configured { kind, values: known.into_iter().map(|(_, value)| value).collect() })
        })?;
        Some(Spanned::new(configured, node.span))
    }

    fn optimizer(&mut self, node: &Node) -> Option<Spanned<Optimizer>> {
        let optimizer = self.choice(node, "an optimizer", &OPTIMIZERS, |reader, choice| {
            let settings = choice.settings.filter(|node| node.value != Value::Empty);
            match choice.word.value.as_str() {
                "sgd" => {
                    let mut known = [("rate", 0.01), ("momentum", 0.9)];
                    reader.setting(settings, "`sgd`", &mut known);
                    let [(_, rate), (_, momentum)] = known;
                    Some(Optimizer::Sgd { rate, momentum })
                }
                "adam" => {
                    let mut known = [("rate", 0.001), ("beta1", 0.9), ("beta2", 0.999), ("epsilon", 1e-8)];
                    reader.setting(settings, "`adam`", &mut known);
                    let [(_, rate), (_, beta1), (_, beta2), (_, epsilon)] = known;
                    Some(Optimizer::Adam { rate, beta1, beta2, epsilon })
                }
                _ => {
                    reader.unknown_choice(choice.word, "optimizer", &OPTIMIZERS);
                    None
                }
            }
        })?;
        Some(Spanned::new(optimizer, node.span))
    }
}
