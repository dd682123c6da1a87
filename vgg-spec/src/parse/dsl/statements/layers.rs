//! Blocks, the head, and the layers in them.

use super::super::super::read::{ACTIVATIONS, KINDS};
use super::super::super::tree::{Entry, Node, Value};
use super::super::words::{Form, Known, Words, word_with};
use super::super::{Body, Item, Statement, unreadable};
use super::Scope;
use super::collected::{Collected, entry};
use super::vocabulary::{ACTIVATION, HEAD, NAME, NORM, OPTIONS, POOL, SETTINGS, Vocabulary, keys, with};
use crate::names;
use crate::span::{Span, Spanned};

impl Scope<'_> {
    pub(super) fn block(&mut self, words: &mut Words<'_, '_>, statement: &Statement<'_>) -> Node {
        let mut entries = Vec::new();
        if let Some(name) = words.next_word() {
            let key = Spanned::new("name".to_owned(), name.span);
            entries.push(Entry::new(key, Node::plain(name.text, name.span)));
        }
        self.no_more(words, &[]);
        let Some(body) = self.body(statement, "block") else { return unreadable(statement.span()) };
        let mut convs = Collected::default();
        let known = with(&OPTIONS, &[POOL]);
        let starts = keys(&with(&known, &[("conv", Form::Whole)]));
        let vocabulary =
            Vocabulary { owner: "a block", known: &known, activations: &ACTIVATIONS, starts: &starts };
        for statement in &body.statements {
            self.no_body(statement);
            let mut words = Words::new(statement);
            while let Some(first) = words.peek() {
                if self.means_conv(first.text, &starts) {
                    words.next();
                    self.meant(first, "a block", &starts);
                    convs.add(first, self.conv(&mut words));
                } else {
                    self.options(&mut words, &vocabulary, &mut entries);
                }
                if !self.missing_end(&words, &starts) {
                    self.no_more(&mut words, &starts);
                    break;
                }
            }
        }
        entries.extend(convs.into_entry("conv", Value::List));
        Node::new(Value::Map(entries), statement.whole())
    }

    /// Whether the first word of a statement in a block is `conv`, well or badly written.
    fn means_conv(&self, word: &str, starts: &[&'static str]) -> bool {
        // To look for what is close takes longer than to read the statement.
        let is_known = starts.contains(&word) || ACTIVATIONS.contains(&word);
        match is_known || !self.findings.suggests() {
            true => word == "conv",
            false => names::closest(word, starts.iter().copied().chain(ACTIVATIONS)) == Some("conv"),
        }
    }

    /// `64 x 2 kernel 1 relu`, behind `conv`.
    pub(super) fn conv(&mut self, words: &mut Words<'_, '_>) -> Node {
        let known = with(&OPTIONS, &[NAME]);
        let start = words.place();
        let filters = words.value(Form::Whole, &known, self.findings);
        let mut entries = vec![Entry::new(Spanned::new("filters".to_owned(), filters.span), filters)];
        if let Some(by) = words.next_if("x") {
            let times = words.value(Form::Whole, &known, self.findings);
            entries.push(Entry::new(Spanned::new("repeat".to_owned(), by.span), times));
        }
        let starts = ["conv", "pool"];
        let owner = "a convolution";
        let vocabulary = Vocabulary { owner, known: &known, activations: &ACTIVATIONS, starts: &starts };
        self.options(words, &vocabulary, &mut entries);
        let span = Span::new(start.start, words.read_to().max(start.start));
        Node::new(Value::Map(entries), span)
    }

    pub(super) fn head(&mut self, body: &Body<'_>) -> Node {
        let mut layers = Vec::new();
        let starts: Vec<&'static str> = KINDS.into_iter().chain(ACTIVATIONS).collect();
        for statement in &body.statements {
            self.no_body(statement);
            let mut words = Words::new(statement);
            while let Some(first) = words.next() {
                let layer = self.head_layer(first, &mut words);
                let unknown = layer.value == Value::Unreadable;
                layers.push(layer);
                if unknown {
                    break;
                }
                if !self.missing_end(&words, &starts) {
                    self.no_more(&mut words, &["name"]);
                    break;
                }
            }
        }
        Node::new(Value::List(layers), body.span)
    }

    pub(super) fn head_layer(&mut self, first: Item<'_>, words: &mut Words<'_, '_>) -> Node {
        let known: Vec<&'static str> = KINDS.into_iter().chain(ACTIVATIONS).collect();
        let first = self.meant(first, HEAD, &known);
        let mut entries = match first.text {
            "dense" => vec![entry(first, self.dense(words))],
            "adaptive" => vec![entry(first, words.value(Form::Sizes, &[NAME], self.findings))],
            "dropout" => vec![entry(first, words.value(Form::Real, &[], self.findings))],
            "norm" => vec![entry(first, words.value(NORM, &[], self.findings))],
            "activation" => vec![entry(first, words.value(ACTIVATION, &[], self.findings))],
            "flatten" | "gap" | "gmp" | "softmax" => vec![entry(first, Node::new(Value::Empty, first.span))],
            activation if ACTIVATIONS.contains(&activation) => {
                let settings = words.settings(&SETTINGS, Form::Real, &[], self.findings);
                match word_with(first, settings).value {
                    Value::Map(entries) => entries,
                    _ => vec![entry(first, Node::new(Value::Empty, first.span))],
                }
            }
            _ => return unreadable(first.span),
        };
        if let Some(key) = words.next_if("name") {
            let name = words.value(Form::Word, &[], self.findings);
            entries.push(entry(key, name));
        }
        let span = Span::new(first.span.start, words.read_to());
        Node::new(Value::Map(entries), span)
    }

    /// `120 relu bias off`, behind `dense`.
    pub(super) fn dense(&mut self, words: &mut Words<'_, '_>) -> Node {
        const KNOWN: [Known; 4] =
            [("activation", ACTIVATION), ("bias", Form::Word), ("trainable", Form::Word), NAME];
        let start = words.place();
        let units = words.value(Form::Whole, &KNOWN, self.findings);
        let mut entries = vec![Entry::new(Spanned::new("units".to_owned(), units.span), units)];
        let activations: Vec<&'static str> = ACTIVATIONS.into_iter().chain(["softmax"]).collect();
        let owner = "a dense layer";
        let vocabulary = Vocabulary { owner, known: &KNOWN, activations: &activations, starts: &KINDS };
        self.options(words, &vocabulary, &mut entries);
        Node::new(Value::Map(entries), Span::new(start.start, words.read_to().max(start.start)))
    }
}
