//! Words of a statement, read one after the other, and the values they make up.

use super::super::read::ACTIVATIONS;
use super::super::tree::{Entry, Node, Value};
use super::super::{Findings, codes};
use super::{Item, Kind, Statement, unreadable};
use crate::diagnostic::Diagnostic;
use crate::settings;
use crate::span::{Span, Spanned};

/// What is still to be read of a statement.
pub(super) struct Words<'t, 's> {
    items: &'s [Item<'t>],
    /// What comes behind the last word.
    end: Span,
    previous: Option<Item<'t>>,
}

/// What stands behind a word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Form {
    /// A number or a param, or several with `x` in between.
    Sizes,
    /// `same`, `valid` or sizes.
    Padding,
    /// A number or a param.
    Whole,
    /// A number.
    Real,
    /// A word that stands for itself.
    Word,
    /// A word with settings of its own.
    Choice(&'static [&'static str]),
    /// A word out of a table, with settings that are numbers or words.
    Configured(&'static [settings::Kind]),
    /// A word, a size, and settings.
    Pool,
    /// A number or a word.
    Scalar,
    /// Numbers, one after the other.
    Reals,
    /// A text in quotes.
    Text,
}

/// A word, and what stands behind it.
pub(super) type Known = (&'static str, Form);

impl<'t, 's> Words<'t, 's> {
    pub(super) fn new(statement: &'s Statement<'t>) -> Self {
        Words { items: &statement.items, end: statement.end, previous: None }
    }

    /// The next item, left where it is.
    pub(super) fn peek(&self) -> Option<Item<'t>> {
        self.items.first().copied()
    }

    pub(super) fn next(&mut self) -> Option<Item<'t>> {
        let (first, rest) = self.items.split_first()?;
        self.items = rest;
        self.previous = Some(*first);
        Some(*first)
    }

    /// The next item if it is this word or sign.
    pub(super) fn next_if(&mut self, text: &str) -> Option<Item<'t>> {
        let item = self.peek().filter(|item| item.text == text && item.kind != Kind::Text)?;
        self.next();
        Some(item)
    }

    /// The next item if it is a word.
    pub(super) fn next_word(&mut self) -> Option<Item<'t>> {
        let item = self.peek().filter(|item| item.kind == Kind::Word)?;
        self.next();
        Some(item)
    }

    /// Where the next item is, or what comes behind the last one.
    pub(super) fn place(&self) -> Span {
        self.peek().map_or(Span::new(self.end.start, self.end.start + 1), |item| item.span)
    }

    /// The end of what has been read.
    pub(super) fn read_to(&self) -> usize {
        self.previous.map_or(self.end.start, |item| item.span.end)
    }

    /// Reports that something else was expected here.
    pub(super) fn expected(&self, what: &str, findings: &mut Findings) {
        let behind = self.previous.map_or_else(String::new, |item| format!(" behind `{}`", item.text));
        let label = match self.peek() {
            Some(item) => format!("not {what}: `{}`", crate::names::shortened(item.text)),
            None => "missing here".to_owned(),
        };
        let message = format!("expected {what}{behind}");
        findings.report(Diagnostic::error(codes::SYNTAX, message, self.place(), label));
    }

    /// The value behind a word, in the form that it has. Words in `stops` are not taken for params.
    pub(super) fn value(&mut self, form: Form, stops: &[Known], findings: &mut Findings) -> Node {
        match form {
            Form::Whole => self.whole(stops, findings),
            Form::Sizes => self.sizes(stops, findings),
            Form::Padding => match self.next_if("same").or_else(|| self.next_if("valid")) {
                Some(word) => Node::plain(word.text, word.span),
                None => self.sizes(stops, findings),
            },
            Form::Real => self.single(Kind::Number, "a number", findings),
            Form::Word => self.single(Kind::Word, "a word", findings),
            Form::Choice(settings) => self.choice(settings, findings),
            Form::Configured(kinds) => self.configured(kinds, findings),
            Form::Scalar => self.scalar(findings),
            Form::Pool => self.pool(stops, findings),
            Form::Reals => self.reals(findings),
            Form::Text => self.text(findings),
        }
    }

    fn single(&mut self, kind: Kind, what: &str, findings: &mut Findings) -> Node {
        match self.peek() {
            Some(item) if item.kind == kind => {
                self.next();
                Node::plain(item.text, item.span)
            }
            _ => {
                self.expected(what, findings);
                unreadable(self.place())
            }
        }
    }

    fn is_value(&self, stops: &[Known]) -> bool {
        self.peek().is_some_and(|item| match item.kind {
            Kind::Number => true,
            Kind::Word => {
                let stops = stops.iter().map(|(stop, _)| *stop).chain(ACTIVATIONS).chain(["x", "softmax"]);
                !stops.into_iter().any(|stop| stop == item.text)
            }
            Kind::Text | Kind::Sign => false,
        })
    }

    fn whole(&mut self, stops: &[Known], findings: &mut Findings) -> Node {
        if !self.is_value(stops) {
            self.expected("a number or a param", findings);
            return unreadable(self.place());
        }
        let mut product = String::new();
        let mut span = self.place();
        while let Some(item) = self.next() {
            if item.kind == Kind::Word {
                product.push('$');
            }
            product.push_str(item.text);
            span = span.to(item.span);
            if self.next_if("*").is_none() {
                break;
            }
            product.push_str(" * ");
            if !self.is_value(stops) {
                self.expected("a number or a param", findings);
                return unreadable(span);
            }
        }
        Node::plain(product, span)
    }

    fn reals(&mut self, findings: &mut Findings) -> Node {
        let mut list = vec![self.single(Kind::Number, "a number", findings)];
        while self.peek().is_some_and(|item| item.kind == Kind::Number) {
            list.push(self.single(Kind::Number, "a number", findings));
        }
        let span = list[0].span.to(list[list.len() - 1].span);
        Node::new(Value::List(list), span)
    }

    /// A text in quotes: `\\` and `\"` stand for one character each.
    fn text(&mut self, findings: &mut Findings) -> Node {
        let node = self.single(Kind::Text, "a text in quotes", findings);
        let Value::Plain(quoted) = &node.value else { return node };
        let mut text = String::with_capacity(quoted.len());
        let inner = quoted.strip_prefix('"').and_then(|quoted| quoted.strip_suffix('"'));
        let mut letters = inner.unwrap_or(quoted).chars();
        while let Some(letter) = letters.next() {
            text.extend(if letter == '\\' { letters.next() } else { Some(letter) });
        }
        Node::new(Value::Quoted(text), node.span)
    }

    fn sizes(&mut self, stops: &[Known], findings: &mut Findings) -> Node {
        let first = self.whole(stops, findings);
        if self.peek().is_none_or(|item| item.text != "x") {
            return first;
        }
        let mut span = first.span;
        let mut list = vec![first];
        while self.next_if("x").is_some() {
            let size = self.whole(stops, findings);
            span = span.to(size.span);
            list.push(size);
        }
        Node::new(Value::List(list), span)
    }

    /// `batch epsilon 1e-3`: a word, or a map of the word to its settings.
    fn choice(&mut self, settings: &[&'static str], findings: &mut Findings) -> Node {
        let Some(word) = self.next_word() else {
            self.expected("a word", findings);
            return unreadable(self.place());
        };
        let entries = self.settings(settings, Form::Real, &[], findings);
        word_with(word, entries)
    }

    /// `sgd rate 0.1 nesterov on`, or `norm 1.0` where there is one setting only.
    fn configured(&mut self, kinds: &[settings::Kind], findings: &mut Findings) -> Node {
        let Some(word) = self.next_word() else {
            self.expected("a word", findings);
            return unreadable(self.place());
        };
        if let Some(number) = self.peek().filter(|item| item.kind == Kind::Number) {
            self.next();
            let key = Spanned::new(word.text.to_owned(), word.span);
            let entry = Entry::new(key, Node::plain(number.text, number.span));
            return Node::new(Value::Map(vec![entry]), word.span.to(number.span));
        }
        // Settings of other words are read, too, so that it can be said that this one has none such.
        let keys = kinds.iter().flat_map(|kind| kind.settings).map(|setting| setting.key);
        let entries = self.settings(&keys.collect::<Vec<_>>(), Form::Scalar, &[], findings);
        word_with(word, entries)
    }

    fn scalar(&mut self, findings: &mut Findings) -> Node {
        match self.peek().map(|item| item.kind) {
            Some(Kind::Word) => self.single(Kind::Word, "a word", findings),
            _ => self.single(Kind::Number, "a number or a word", findings),
        }
    }

    /// Settings of a choice: pairs of a word and a number.
    pub(super) fn settings(
        &mut self,
        known: &[&'static str],
        form: Form,
        stops: &[Known],
        findings: &mut Findings,
    ) -> Vec<Entry> {
        let mut entries = Vec::new();
        while let Some(key) = self.peek().filter(|item| known.contains(&item.text)) {
            self.next();
            let value = self.value(form, stops, findings);
            entries.push(Entry::new(Spanned::new(key.text.to_owned(), key.span), value));
        }
        entries
    }

    /// `max 3 stride 2 padding 1`.
    fn pool(&mut self, stops: &[Known], findings: &mut Findings) -> Node {
        let Some(word) = self.next_word() else {
            self.expected("`max`, `average` or `none`", findings);
            return unreadable(self.place());
        };
        let mut entries = Vec::new();
        if self.peek().is_some_and(|item| item.text != "size") && self.is_value(stops) && word.text != "none"
        {
            let size = self.sizes(stops, findings);
            entries.push(Entry::new(Spanned::new("size".to_owned(), size.span), size));
        }
        loop {
            let more = self.settings(&["size", "stride"], Form::Sizes, stops, findings);
            let padding = self.settings(&["padding"], Form::Padding, stops, findings);
            let ceil = self.settings(&["ceil"], Form::Word, stops, findings);
            if more.is_empty() && padding.is_empty() && ceil.is_empty() {
                break;
            }
            entries.extend(more.into_iter().chain(padding).chain(ceil));
        }
        word_with(word, entries)
    }
}

/// A word on its own, or with its settings.
pub(super) fn word_with(word: Item<'_>, entries: Vec<Entry>) -> Node {
    let Some(last) = entries.last() else { return Node::plain(word.text, word.span) };
    let settings = entries[0].key.span.to(last.value.span);
    let key = Spanned::new(word.text.to_owned(), word.span);
    let entry = Entry::new(key, Node::new(Value::Map(entries), settings));
    Node::new(Value::Map(vec![entry]), word.span.to(settings))
}
