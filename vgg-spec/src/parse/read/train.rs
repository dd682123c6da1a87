//! How to train.

use super::super::tree::{Node, Value};
use super::Reader;
use crate::ast::Train;
use crate::settings::{
    AUGMENTATIONS, CALLBACKS, CLIPS, Configured, Kind, LOSSES, OPTIMIZERS, SCHEDULES, Values,
};
use crate::span::Spanned;

const TRAIN: [&str; 11] = [
    "epochs",
    "batch",
    "seed",
    "optimizer",
    "loss",
    "class_weights",
    "clip",
    "average",
    "schedule",
    "augment",
    "callbacks",
];

impl Reader<'_> {
    pub(super) fn train(&mut self, node: &Node) -> Spanned<Train> {
        let mut train = Train::default();
        if let Some(fields) = self.fields(node, "`train`", &TRAIN) {
            train.epochs = fields.get("epochs").and_then(|node| self.whole(node, "the number of epochs"));
            train.batch = fields.get("batch").and_then(|node| self.whole(node, "the batch"));
            train.seed = fields.get("seed").and_then(|node| self.whole(node, "the seed"));
            train.optimizer =
                fields.get("optimizer").and_then(|node| self.configured(node, "optimizer", OPTIMIZERS));
            train.loss = fields.get("loss").and_then(|node| self.configured(node, "loss", LOSSES));
            train.class_weights =
                fields.get("class_weights").and_then(|node| self.reals(node, "a class weight"));
            train.clip = fields.get("clip").and_then(|node| self.configured(node, "clip", CLIPS));
            train.average = fields.get("average").and_then(|node| self.real(node, "the average"));
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
            let mut configured = Configured::usual(kind).at(choice.word.span);
            let Some(node) = choice.settings.filter(|node| node.value != Value::Empty) else {
                return Some(configured);
            };
            // A number, where there is one setting only.
            if let ([_], Value::Plain(_)) = (kind.settings, &node.value) {
                reader.value_of(&mut configured, 0, node);
                return Some(configured);
            }
            let keys: Vec<&'static str> = kind.settings.iter().map(|setting| setting.key).collect();
            if keys.is_empty() {
                reader.wrong_type(node, &format!("`{}` has no settings", kind.name), None);
                return None;
            }
            let fields = reader.fields(node, &format!("`{}`", kind.name), &keys)?;
            for (index, setting) in kind.settings.iter().enumerate() {
                if let Some(node) = fields.get(setting.key) {
                    reader.value_of(&mut configured, index, node);
                }
            }
            Some(configured)
        })?;
        Some(Spanned::new(configured, node.span))
    }

    /// The value of a setting. Stays as it is where none can be read, which has been reported.
    fn value_of(&mut self, configured: &mut Configured, index: usize, node: &Node) {
        let setting = &configured.kind.settings[index];
        let what = format!("the {}", setting.key);
        let read = match setting.values {
            Values::Real { .. } | Values::Whole { .. } => self.real(node, &what).map(|real| real.value),
            Values::Flag => self.switch(node, &format!("`{}`", setting.key)),
            Values::Word(words) => self.choice(node, &what, words, |reader, choice| {
                let place = words.iter().position(|word| *word == choice.word.value);
                if place.is_none() {
                    reader.unknown_choice(choice.word, setting.key, words);
                }
                place.map(|place| place as f64)
            }),
        };
        if let Some(value) = read {
            configured.set(index, value, node.span);
        }
    }

    /// Yes or no as 1 or 0, which may also be written so.
    fn switch(&mut self, node: &Node, what: &str) -> Option<f64> {
        match &node.value {
            Value::Plain(text) if text == "0" => Some(0.0),
            Value::Plain(text) if text == "1" => Some(1.0),
            _ => self.flag(node, what).map(|flag| f64::from(flag.value)),
        }
    }
}
