//! The layers of the head.

use super::super::tree::{Entry, Node, Value};
use super::choices::{ACTIVATIONS, Choice};
use super::fields::Fields;
use super::{Reader, codes};
use crate::ast::{Activation, Dense, HeadKind, HeadLayer, Number};
use crate::diagnostic::Diagnostic;
use crate::source::Syntax;
use crate::span::{Span, Spanned};

/// The kinds of layers. Activations may stand on their own, too.
pub(in crate::parse) const KINDS: [&str; 9] =
    ["flatten", "gap", "gmp", "adaptive", "dense", "dropout", "activation", "norm", "softmax"];

/// A layer, and the softmax that a dense layer may have named as its activation.
struct Read {
    layer: HeadLayer,
    softmax: Option<Span>,
}

impl From<HeadKind> for Read {
    fn from(kind: HeadKind) -> Read {
        Read { layer: HeadLayer { name: None, kind }, softmax: None }
    }
}

impl Reader<'_> {
    pub(super) fn head(&mut self, node: &Node) -> Vec<Spanned<HeadLayer>> {
        let Value::List(items) = &node.value else {
            self.wrong_type(node, "`head` must be a list of layers", Some("such as `- gap`, `- dense: 10`"));
            return vec![Spanned::new(Read::from(HeadKind::Unreadable).layer, node.span)];
        };
        let mut head = Vec::with_capacity(items.len() + 1);
        for item in items {
            let read = self.head_layer(item).unwrap_or_else(|| HeadKind::Unreadable.into());
            head.push(Spanned::new(read.layer, item.span));
            let softmax = HeadLayer { name: None, kind: HeadKind::Softmax };
            head.extend(read.softmax.map(|span| Spanned::new(softmax, span)));
        }
        head
    }

    fn head_layer(&mut self, node: &Node) -> Option<Read> {
        match &node.value {
            Value::Plain(word) | Value::Quoted(word) => {
                let word = Spanned::new(word.clone(), node.span);
                self.layer(&Choice { word: &word, settings: None })
            }
            Value::Map(entries) => self.kind_and_name(entries, node),
            _ => {
                self.wrong_type(node, "a layer of the head must be a word or a map", None);
                None
            }
        }
    }

    /// A map of one kind, and perhaps a name: `{dropout: 0.5, name: drop}`.
    fn kind_and_name(&mut self, entries: &[Entry], node: &Node) -> Option<Read> {
        let (names, kinds): (Vec<&Entry>, Vec<&Entry>) =
            entries.iter().partition(|entry| entry.key.value == "name");
        let [kind] = kinds[..] else {
            let message = "an entry of the head must be one layer";
            let help = match kinds.get(1) {
                Some(_) => "start each layer with a `-` of its own",
                None => "write its kind, such as `dense`",
            };
            self.wrong_type(node, message, Some(help));
            return None;
        };
        let mut read = self.layer(&Choice { word: &kind.key, settings: Some(&kind.value) })?;
        for name in names {
            if let Some(first) = &read.layer.name {
                self.report(
                    Diagnostic::error(
                        codes::REPEATED_KEY,
                        "a layer has two names",
                        name.key.span,
                        "the second one",
                    )
                    .also(first.span, "the first one")
                    .help("remove one of them"),
                );
                continue;
            }
            read.layer.name = self.name(&name.value, "the name of a layer");
        }
        Some(read)
    }

    fn layer(&mut self, choice: &Choice<'_>) -> Option<Read> {
        match choice.word.value.as_str() {
            "flatten" => self.bare(choice, "`flatten`", HeadKind::Flatten),
            "gap" => self.bare(choice, "`gap`", HeadKind::GlobalAveragePool),
            "gmp" => self.bare(choice, "`gmp`", HeadKind::GlobalMaxPool),
            "adaptive" => self.adaptive(choice),
            "softmax" => self.bare(choice, "`softmax`", HeadKind::Softmax),
            "dense" => self.dense(choice),
            "dropout" => self.dropout(choice),
            "activation" => {
                let node = self.settings(choice, "such as `activation: relu`")?;
                Some(HeadKind::Activation(self.activation(node)?).into())
            }
            "norm" => {
                let node = self.settings(choice, "such as `norm: batch`")?;
                Some(HeadKind::Norm(self.norm(node)?).into())
            }
            activation if ACTIVATIONS.contains(&activation) => {
                let activation = self.activation_of(choice)?;
                Some(HeadKind::Activation(Spanned::new(activation, choice.word.span)).into())
            }
            _ => {
                self.unknown_choice(choice.word, "layer", &KINDS);
                None
            }
        }
    }

    /// What must stand behind the word. `None` after reporting that nothing does.
    fn settings<'t>(&mut self, choice: &Choice<'t>, help: &str) -> Option<&'t Node> {
        let settings = choice.settings.filter(|node| node.value != Value::Empty);
        if settings.is_none() {
            let message = format!("nothing is said of this `{}`", choice.word.value);
            let finding = Diagnostic::error(codes::MISSING_KEY, message, choice.word.span, "on its own");
            self.report(finding.help(help));
        }
        settings
    }

    /// A layer of which nothing but a name can be said.
    fn bare(&mut self, choice: &Choice<'_>, owner: &'static str, kind: HeadKind) -> Option<Read> {
        let mut read = Read::from(kind);
        if let Some(node) = choice.settings.filter(|node| node.value != Value::Empty) {
            let Some(fields) = self.fields(node, owner, &["name"]) else { return Some(read) };
            read.layer.name = self.layer_name(&fields);
        }
        Some(read)
    }

    fn layer_name(&mut self, fields: &Fields<'_>) -> Option<Spanned<String>> {
        fields.get("name").and_then(|node| self.name(node, "the name of a layer"))
    }

    /// `adaptive: 7`, `adaptive: {size: [7, 7], name: avgpool}`.
    fn adaptive(&mut self, choice: &Choice<'_>) -> Option<Read> {
        let what = "the size of an adaptive pool";
        let node = self.settings(choice, "such as `adaptive: 7`")?;
        if !matches!(node.value, Value::Map(_)) {
            return Some(HeadKind::AdaptiveAveragePool(self.extent(node, what)).into());
        }
        let fields = self.fields(node, "an adaptive pool", &["size", "name"])?;
        let size = fields.require(self, "size").map(|node| self.extent(node, what))?;
        let name = self.layer_name(&fields);
        Some(Read { layer: HeadLayer { name, kind: HeadKind::AdaptiveAveragePool(size) }, softmax: None })
    }

    fn dropout(&mut self, choice: &Choice<'_>) -> Option<Read> {
        let what = "the rate of a dropout";
        let node = self.settings(choice, "such as `dropout: 0.5`")?;
        // Whatever the rate is, the shape of the data stays the same.
        let unreadable = Spanned::new(0.0, node.span);
        if !matches!(node.value, Value::Map(_)) {
            let rate = self.real(node, what).unwrap_or(unreadable);
            return Some(HeadKind::Dropout(rate).into());
        }
        let fields = self.fields(node, "a dropout", &["rate", "name"])?;
        let rate = fields.require(self, "rate").and_then(|node| self.real(node, what));
        let name = self.layer_name(&fields);
        let kind = HeadKind::Dropout(rate.unwrap_or(unreadable));
        Some(Read { layer: HeadLayer { name, kind }, softmax: None })
    }

    fn dense(&mut self, choice: &Choice<'_>) -> Option<Read> {
        const UNITS: &str = "the number of units";
        let help = match self.syntax {
            Syntax::Yaml => "such as `dense: 10`",
            Syntax::Dsl => "such as `dense 10;`",
        };
        let node = self.settings(choice, help)?;
        if !matches!(node.value, Value::Map(_)) {
            let units = self.number(node, UNITS);
            return Some(
                HeadKind::Dense(Dense { units, activation: None, bias: None, trainable: None }).into(),
            );
        }
        let fields =
            self.fields(node, "a dense layer", &["units", "activation", "bias", "trainable", "name"])?;
        let name = self.layer_name(&fields);
        let units = fields.require(self, "units").map(|node| self.number(node, UNITS));
        let units = units.unwrap_or(Spanned::new(Number::Unreadable, node.span));
        let (activation, softmax) = match fields.get("activation") {
            Some(node) => self.dense_activation(node),
            None => (None, None),
        };
        let bias = fields.get("bias").and_then(|node| self.flag(node, "`bias`"));
        let trainable = fields.get("trainable").and_then(|node| self.flag(node, "`trainable`"));
        let kind = HeadKind::Dense(Dense { units, activation, bias, trainable });
        Some(Read { layer: HeadLayer { name, kind }, softmax })
    }

    /// A softmax is no activation, as it mixes the values, but everybody writes it as one.
    fn dense_activation(&mut self, node: &Node) -> (Option<Spanned<Activation>>, Option<Span>) {
        match &node.value {
            Value::Plain(word) if word == "softmax" => (None, Some(node.span)),
            _ => (self.activation(node), None),
        }
    }
}
