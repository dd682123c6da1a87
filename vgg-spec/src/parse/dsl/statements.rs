//! From statements to the tree that YAML would have given.

mod collected;
mod layers;
mod options;
mod vocabulary;

pub(in crate::parse) use vocabulary::is_word;

use super::super::read::ACTIVATIONS;
use super::super::tree::{Entry, Node, Value};
use super::super::{Findings, codes};
use super::words::{Form, Known, Words};
use super::{Body, Item, Kind, Statement, unreadable};
use crate::diagnostic::Diagnostic;
use crate::names;
use crate::span::{Span, Spanned};
use collected::{Collected, entry, gather};
use vocabulary::{CHANGES, OPTIONS, PARTS, POOL, PREPROCESS, TRAIN, with};

/// The tree of a spec. `None` after reporting that there is none.
pub(super) fn spec(statements: &[Statement<'_>], findings: &mut Findings) -> Option<Node> {
    let mut scope = Scope { findings };
    let [model, others @ ..] = statements else {
        let message = "there is no spec in this text";
        let finding = Diagnostic::error(codes::EMPTY, message, Span::new(0, 0), "nothing is written here");
        findings.report(finding.help("start with `model Name {`"));
        return None;
    };
    let tree = scope.model(model)?;
    if let Some(other) = others.first() {
        let (message, label) = ("a file holds one spec", "does not belong to it");
        findings.report(
            Diagnostic::error(codes::SECOND_SPEC, message, other.span(), label)
                .help("everything stands between the braces of one `model`"),
        );
    }
    Some(tree)
}

struct Scope<'f> {
    findings: &'f mut Findings,
}

impl Scope<'_> {
    fn model(&mut self, statement: &Statement<'_>) -> Option<Node> {
        let mut words = Words::new(statement);
        let first = words.next()?;
        if first.text != "model" {
            let close = names::closest(first.text, ["model"]);
            let code = if close.is_some() { codes::UNKNOWN_KEY } else { codes::SYNTAX };
            let message = "a spec starts with `model Name {`";
            let finding = Diagnostic::error(code, message, first.span, "expected `model`");
            self.findings.report(match close {
                Some(close) => finding.help("did you mean `model`?").fix(first.span, close),
                None => finding.help("put everything between the braces of `model Name { ... }`"),
            });
            close?;
        }
        let mut entries = Vec::new();
        if let Some(name) = words.next_word() {
            entries.push(entry(first, Node::plain(name.text, name.span)));
            entries[0].key.value = "model".to_owned();
        }
        self.no_more(&mut words, &[]);
        let body = self.body(statement, "model")?;
        self.parts(body, &mut entries);
        Some(Node::new(Value::Map(entries), statement.whole()))
    }

    /// The body of a statement. `None` after reporting that there is none.
    fn body<'t, 's>(&mut self, statement: &'s Statement<'t>, owner: &str) -> Option<&'s Body<'t>> {
        if statement.body.is_none() {
            let message = format!("`{owner}` needs a body");
            let finding = Diagnostic::error(codes::SYNTAX, message, statement.end, "expected `{` here");
            self.findings.report(finding.help(format!("write `{owner} {{ ... }}`")));
        }
        statement.body.as_ref()
    }

    /// Reports the body of a statement that has none.
    fn no_body(&mut self, statement: &Statement<'_>) {
        let (Some(body), Some(first)) = (&statement.body, statement.items.first()) else { return };
        let brace = Span::new(body.span.start, body.span.start + 1);
        let message = format!("`{}` has no body", names::shortened(first.text));
        let finding = Diagnostic::error(codes::SYNTAX, message, brace, "expected `;` here");
        self.findings.report(finding);
    }

    fn parts(&mut self, body: &Body<'_>, entries: &mut Vec<Entry>) {
        let (mut params, mut blocks) = (Collected::default(), Collected::default());
        let mut overrides = Collected::default();
        for statement in &body.statements {
            let mut words = Words::new(statement);
            while let Some(first) = words.next() {
                let first = self.meant(first, "a spec", &PARTS);
                match first.text {
                    "param" => match self.param(&mut words) {
                        Some(param) => params.add(first, param),
                        None => break,
                    },
                    "input" => entries.push(self.input(first, &mut words)),
                    "allow" => entries.push(self.allow(first, &mut words)),
                    "extends" => {
                        let path = words.value(Form::Text, &[], self.findings);
                        entries.push(entry(first, path));
                    }
                    "override" => match self.change(&mut words, statement) {
                        Some(change) => overrides.add(first, change),
                        None => break,
                    },
                    "preprocess" => entries.push(self.preprocess(first, &mut words, statement)),
                    "block" => {
                        let node = self.block(&mut words, statement);
                        blocks.add(first, node);
                    }
                    "defaults" | "head" | "train" => {
                        self.no_more(&mut words, &[]);
                        let node = match self.body(statement, first.text) {
                            None => unreadable(first.span),
                            Some(body) if first.text == "head" => self.head(body),
                            Some(body) if first.text == "train" => self.train(body),
                            Some(body) => {
                                self.options_of(body, "`defaults`", &with(&OPTIONS, &[POOL]), &ACTIVATIONS)
                            }
                        };
                        entries.push(entry(first, node));
                    }
                    _ => break,
                }
                if matches!(first.text, "allow" | "extends" | "param" | "input") {
                    self.no_body(statement);
                }
                if !self.missing_end(&words, &PARTS) {
                    self.no_more(&mut words, &PARTS);
                    break;
                }
            }
        }
        entries.extend(overrides.into_entry("override", Value::Map));
        entries.extend(params.into_entry("params", Value::Map));
        entries.extend(blocks.into_entry("blocks", Value::List));
    }

    /// `classes = 10`, behind `param`. `None` after reporting that there is no name.
    fn param(&mut self, words: &mut Words<'_, '_>) -> Option<Entry> {
        let Some(name) = words.next_word() else {
            words.expected("a name", self.findings);
            return None;
        };
        if words.next_if("=").is_none() {
            words.expected("`=`", self.findings);
        }
        let value = words.value(Form::Real, &[], self.findings);
        Some(Entry::new(Spanned::new(name.text.to_owned(), name.span), value))
    }

    fn input(&mut self, first: Item<'_>, words: &mut Words<'_, '_>) -> Entry {
        const ORDERS: [Known; 2] = [("chw", Form::Word), ("hwc", Form::Word)];
        let shape = words.value(Form::Sizes, &ORDERS, self.findings);
        let Some(order) = words.next_if("hwc").or_else(|| words.next_if("chw")) else {
            return entry(first, shape);
        };
        let span = shape.span.to(order.span);
        let shape = Entry::new(Spanned::new("shape".to_owned(), shape.span), shape);
        let order =
            Entry::new(Spanned::new("order".to_owned(), order.span), Node::plain(order.text, order.span));
        entry(first, Node::new(Value::Map(vec![shape, order]), span))
    }

    /// `W0303 W0304`, behind `allow`.
    fn allow(&mut self, first: Item<'_>, words: &mut Words<'_, '_>) -> Entry {
        let mut codes = vec![words.value(Form::Word, &[], self.findings)];
        while let Some(code) =
            words.peek().filter(|item| item.kind == Kind::Word && !PARTS.contains(&item.text))
        {
            words.next();
            codes.push(Node::plain(code.text, code.span));
        }
        let span = codes[0].span.to(codes[codes.len() - 1].span);
        entry(first, Node::new(Value::List(codes), span))
    }

    /// `block1_conv1 { stride 2; }`, behind `override`. `None` after reporting that there is no name.
    fn change(&mut self, words: &mut Words<'_, '_>, statement: &Statement<'_>) -> Option<Entry> {
        let Some(name) = words.next_word() else {
            words.expected("the name of a layer or block", self.findings);
            return None;
        };
        self.no_more(words, &[]);
        let known = with(&OPTIONS, &CHANGES);
        let node = match self.body(statement, "override") {
            Some(body) => self.options_of(body, "an override", &known, &ACTIVATIONS),
            None => unreadable(statement.span()),
        };
        Some(entry(name, node))
    }

    /// `preprocess torchvision;` or `preprocess { resize 256; }`.
    fn preprocess(&mut self, first: Item<'_>, words: &mut Words<'_, '_>, statement: &Statement<'_>) -> Entry {
        if let Some(preset) = words.next_word() {
            self.no_body(statement);
            return entry(first, Node::plain(preset.text, preset.span));
        }
        let node = match self.body(statement, "preprocess") {
            Some(body) => self.options_of(body, "`preprocess`", &PREPROCESS, &[]),
            None => unreadable(statement.span()),
        };
        entry(first, node)
    }

    fn train(&mut self, body: &Body<'_>) -> Node {
        let mut node = self.options_of(body, "`train`", &TRAIN, &[]);
        if let Value::Map(entries) = &mut node.value {
            gather(entries, "augment", "augment");
            gather(entries, "callback", "callbacks");
        }
        node
    }
}
