//! How to train.

use super::super::tree::{Node, Value};
use super::Reader;
use crate::ast::{Optimizer, Train};
use crate::span::Spanned;

const OPTIMIZERS: [&str; 2] = ["sgd", "adam"];

impl Reader<'_> {
    pub(super) fn train(&mut self, node: &Node) -> Spanned<Train> {
        let mut train = Train::default();
        if let Some(fields) = self.fields(node, "`train`", &["epochs", "batch", "seed", "optimizer"]) {
            train.epochs = fields.get("epochs").and_then(|node| self.whole(node, "the number of epochs"));
            train.batch = fields.get("batch").and_then(|node| self.whole(node, "the batch"));
            train.seed = fields.get("seed").and_then(|node| self.whole(node, "the seed"));
            train.optimizer = fields.get("optimizer").and_then(|node| self.optimizer(node));
        }
        Spanned::new(train, node.span)
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
