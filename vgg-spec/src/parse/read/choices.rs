//! One of several words, some of which have settings: activations, norms, pools.

use super::super::tree::{Node, Value};
use super::fields::list;
use super::{Reader, codes};
use crate::ast::{Activation, Extent, Norm, Number, Padding, Pool, PoolMode, PoolWindow};
use crate::diagnostic::Diagnostic;
use crate::span::Spanned;
use crate::{ir, names};

pub(in crate::parse) const ACTIVATIONS: [&str; 8] =
    ["relu", "leaky_relu", "elu", "gelu", "silu", "sigmoid", "tanh", "none"];
const NORMS: [&str; 3] = ["batch", "lrn", "none"];
const POOLS: [&str; 3] = ["max", "average", "none"];

/// A word, and the settings behind it: `relu`, `{leaky_relu: {slope: 0.2}}`.
pub(super) struct Choice<'t> {
    pub(super) word: &'t Spanned<String>,
    pub(super) settings: Option<&'t Node>,
}

impl Reader<'_> {
    /// Takes a value apart. `None` after reporting that it is neither a word nor a map of one key.
    pub(super) fn choice<R>(
        &mut self,
        node: &Node,
        what: &str,
        known: &[&str],
        read: impl FnOnce(&mut Self, Choice<'_>) -> Option<R>,
    ) -> Option<R> {
        match &node.value {
            Value::Plain(word) | Value::Quoted(word) => {
                let word = Spanned::new(word.clone(), node.span);
                read(self, Choice { word: &word, settings: None })
            }
            Value::Map(entries) if entries.len() == 1 => {
                read(self, Choice { word: &entries[0].key, settings: Some(&entries[0].value) })
            }
            _ => {
                let message = format!("{what} must be one of {}", list(known));
                self.wrong_type(node, &message, None);
                None
            }
        }
    }

    /// Reports a word that is none of those known.
    pub(super) fn unknown_choice(&mut self, word: &Spanned<String>, what: &str, known: &[&str]) {
        let message = format!("there is no {what} `{}`", names::shortened(&word.value));
        let mut finding = Diagnostic::error(codes::UNKNOWN_CHOICE, message, word.span, "not known");
        let close =
            if self.findings.suggests() { names::closest(&word.value, known.iter().copied()) } else { None };
        finding = match close {
            Some(close) => finding.help(format!("did you mean `{close}`?")).fix(word.span, close),
            None => finding.help(format!("known are {}", list(known))),
        };
        self.report(finding);
    }

    /// Reports settings of a word that has none.
    fn no_settings(&mut self, choice: &Choice<'_>) {
        if let Some(node) = choice.settings.filter(|node| node.value != Value::Empty) {
            self.wrong_type(node, &format!("`{}` has no settings", choice.word.value), None);
        }
    }

    /// What a word stands for that has no settings; reports those that are there.
    pub(super) fn without_settings<T>(&mut self, choice: &Choice<'_>, meant: T) -> Option<T> {
        self.no_settings(choice);
        Some(meant)
    }

    /// A setting of a word, with the value it has unless given.
    pub(super) fn setting(
        &mut self,
        settings: Option<&Node>,
        owner: &'static str,
        known: &mut [(&'static str, f64)],
    ) {
        let Some(node) = settings.filter(|node| node.value != Value::Empty) else { return };
        let keys: Vec<&str> = known.iter().map(|(key, _)| *key).collect();
        let Some(fields) = self.fields(node, owner, &keys) else { return };
        for (key, value) in known.iter_mut() {
            let given = fields.get(key).and_then(|node| self.real(node, &format!("the {key}")));
            *value = given.map_or(*value, |given| given.value);
        }
    }

    /// An activation. `None` after reporting what is wrong with it.
    pub(super) fn activation(&mut self, node: &Node) -> Option<Spanned<Activation>> {
        let what = "an activation";
        let activation =
            self.choice(node, what, &ACTIVATIONS, |reader, choice| reader.activation_of(&choice))?;
        Some(Spanned::new(activation, node.span))
    }

    pub(super) fn activation_of(&mut self, choice: &Choice<'_>) -> Option<Activation> {
        Some(match choice.word.value.as_str() {
            "leaky_relu" => {
                let mut slope = [("slope", Activation::USUAL_SLOPE)];
                self.setting(choice.settings, "`leaky_relu`", &mut slope);
                Activation::LeakyRelu { slope: slope[0].1 }
            }
            "elu" => {
                let mut alpha = [("alpha", Activation::USUAL_ALPHA)];
                self.setting(choice.settings, "`elu`", &mut alpha);
                Activation::Elu { alpha: alpha[0].1 }
            }
            plain => {
                let Some(activation) = without_settings(plain) else {
                    self.unknown_choice(choice.word, "activation", &ACTIVATIONS);
                    return None;
                };
                self.no_settings(choice);
                activation
            }
        })
    }

    /// A norm. `None` after reporting what is wrong with it.
    pub(super) fn norm(&mut self, node: &Node) -> Option<Spanned<Norm>> {
        let norm =
            self.choice(node, "a norm", &NORMS, |reader, choice| match choice.word.value.as_str() {
                "none" => {
                    reader.no_settings(&choice);
                    Some(Norm::None)
                }
                "batch" => {
                    let ir::BatchNorm { epsilon, momentum } = ir::BatchNorm::USUAL;
                    let mut settings = [("epsilon", epsilon), ("momentum", momentum)];
                    reader.setting(choice.settings, "a batch norm", &mut settings);
                    let [(_, epsilon), (_, momentum)] = settings;
                    Some(Norm::Batch { epsilon, momentum })
                }
                "lrn" => {
                    let ir::Lrn { size, alpha, beta, k } = ir::Lrn::USUAL;
                    let mut settings = [("n", size as f64), ("k", k), ("alpha", alpha), ("beta", beta)];
                    reader.setting(choice.settings, "an LRN", &mut settings);
                    let [(_, n), (_, k), (_, alpha), (_, beta)] = settings;
                    Some(Norm::Lrn { n, k, alpha, beta })
                }
                _ => {
                    reader.unknown_choice(choice.word, "norm", &NORMS);
                    None
                }
            })?;
        Some(Spanned::new(norm, node.span))
    }

    /// A padding. An unreadable one gives sizes that are not known.
    pub(super) fn padding(&mut self, node: &Node) -> Spanned<Padding> {
        let padding = match &node.value {
            Value::Plain(word) if word == "same" => Padding::Same,
            Value::Plain(word) if word == "valid" => Padding::Valid,
            Value::Plain(word) if word.starts_with(|first: char| first.is_alphabetic()) => {
                let word = Spanned::new(word.clone(), node.span);
                self.unknown_choice(&word, "padding", &["same", "valid"]);
                Padding::Explicit(Extent::both(Spanned::new(Number::Unreadable, node.span)))
            }
            _ => Padding::Explicit(self.extent(node, "the padding").value),
        };
        Spanned::new(padding, node.span)
    }

    /// A pool. An unreadable one gives sizes that are not known.
    pub(super) fn pool(&mut self, node: &Node) -> Spanned<Pool> {
        let pool = self.choice(node, "a pool", &POOLS, |reader, choice| reader.pool_of(&choice));
        let pool = pool.unwrap_or_else(|| {
            let unknown = Extent::both(Spanned::new(Number::Unreadable, node.span));
            Pool::Window(PoolWindow {
                size: Some(Spanned::new(unknown, node.span)),
                ..PoolWindow::usual(PoolMode::Max)
            })
        });
        Spanned::new(pool, node.span)
    }

    fn pool_of(&mut self, choice: &Choice<'_>) -> Option<Pool> {
        let mode = match choice.word.value.as_str() {
            "none" => {
                self.no_settings(choice);
                return Some(Pool::None);
            }
            "max" => PoolMode::Max,
            "average" => PoolMode::Average,
            _ => {
                self.unknown_choice(choice.word, "pool", &POOLS);
                return None;
            }
        };
        let mut window = PoolWindow::usual(mode);
        match choice.settings.filter(|node| node.value != Value::Empty) {
            None => {}
            Some(node) if matches!(node.value, Value::Map(_)) => {
                let fields = self.fields(node, "a pool", &["size", "stride", "padding", "ceil"])?;
                window.size = fields.get("size").map(|node| self.extent(node, "the pool size"));
                window.stride = fields.get("stride").map(|node| self.extent(node, "the stride"));
                window.padding = fields.get("padding").map(|node| self.padding(node));
                window.ceil = fields.get("ceil").and_then(|node| self.flag(node, "`ceil`"));
            }
            Some(size) => window.size = Some(self.extent(size, "the pool size")),
        }
        Some(Pool::Window(window))
    }
}

impl PoolWindow {
    fn usual(mode: PoolMode) -> PoolWindow {
        PoolWindow { mode, size: None, stride: None, padding: None, ceil: None }
    }
}

fn without_settings(word: &str) -> Option<Activation> {
    Some(match word {
        "none" => Activation::None,
        "relu" => Activation::Relu,
        "gelu" => Activation::Gelu,
        "silu" => Activation::Silu,
        "sigmoid" => Activation::Sigmoid,
        "tanh" => Activation::Tanh,
        _ => return None,
    })
}
