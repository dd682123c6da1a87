//! From statements to the tree that YAML would have given.

use super::super::read::{ACTIVATIONS, KINDS, list};
use super::super::tree::{Entry, Node, Value};
use super::super::{Findings, codes};
use super::words::{Form, Known, Words, word_with};
use super::{Body, Item, Kind, Statement, unreadable};
use crate::diagnostic::Diagnostic;
use crate::names;
use crate::span::{Span, Spanned};

/// Settings of activations.
const SETTINGS: [&str; 2] = ["slope", "alpha"];
const ACTIVATION: Form = Form::Choice(&SETTINGS);
const NORM: Form = Form::Choice(&["epsilon", "momentum"]);

/// What a spec is made of.
const PARTS: [&str; 10] =
    ["extends", "param", "input", "defaults", "block", "head", "override", "allow", "preprocess", "train"];

/// Options of a convolution, of a block, and in `defaults`.
const OPTIONS: [Known; 8] = [
    ("kernel", Form::Sizes),
    ("stride", Form::Sizes),
    ("padding", Form::Padding),
    ("activation", ACTIVATION),
    ("norm", NORM),
    ("bias", Form::Word),
    ("dropout", Form::Real),
    ("trainable", Form::Word),
];
/// What else a layer or block may be changed in.
const CHANGES: [Known; 4] =
    [("filters", Form::Whole), ("units", Form::Whole), ("rate", Form::Real), ("pool", Form::Pool)];
const PREPROCESS: [Known; 6] = [
    ("resize", Form::Whole),
    ("crop", Form::Whole),
    ("channels", Form::Word),
    ("scale", Form::Real),
    ("mean", Form::Reals),
    ("std", Form::Reals),
];
const HEAD: &str = "the head";
const POOL: Known = ("pool", Form::Pool);
const NAME: Known = ("name", Form::Word);
const TRAIN: [Known; 8] = [
    ("epochs", Form::Whole),
    ("batch", Form::Whole),
    ("seed", Form::Whole),
    ("optimizer", Form::Choice(&["rate", "momentum", "beta1", "beta2", "epsilon"])),
    ("loss", Form::Choice(&["smoothing"])),
    ("schedule", Form::Choice(&["every", "factor", "floor", "warmup", "epochs"])),
    ("augment", AUGMENT),
    ("callback", CALLBACK),
];

const AUGMENT: Form =
    Form::Choice(&["probability", "padding", "least", "most", "degrees", "share", "size", "alpha"]);
const CALLBACK: Form =
    Form::Choice(&["factor", "patience", "min_delta", "cooldown", "min_rate", "restore", "best"]);

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

/// Words that may follow one another in a statement.
struct Vocabulary<'v> {
    /// Of what, in words: `a block`.
    owner: &'v str,
    known: &'v [Known],
    /// Activations, which need no key.
    activations: &'v [&'static str],
    /// Words that start another statement.
    starts: &'v [&'static str],
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

    fn block(&mut self, words: &mut Words<'_, '_>, statement: &Statement<'_>) -> Node {
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
                let meant = names::closest(first.text, starts.iter().copied().chain(ACTIVATIONS));
                if first.text == "conv" || meant == Some("conv") {
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

    /// `64 x 2 kernel 1 relu`, behind `conv`.
    fn conv(&mut self, words: &mut Words<'_, '_>) -> Node {
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

    /// Reads options and activations up to a word that starts another statement.
    fn options(&mut self, words: &mut Words<'_, '_>, vocabulary: &Vocabulary<'_>, entries: &mut Vec<Entry>) {
        let Vocabulary { owner, known, activations, starts } = vocabulary;
        let candidates: Vec<&'static str> =
            known.iter().map(|(key, _)| *key).chain(activations.iter().copied()).collect();
        while let Some(item) = words.peek() {
            let is_known = item.kind == Kind::Word && candidates.contains(&item.text);
            if !is_known && starts.contains(&item.text) {
                return;
            }
            words.next();
            let meant = self.meant(item, owner, &candidates);
            if let Some((_, form)) = known.iter().find(|(key, _)| *key == meant.text) {
                let value = words.value(*form, known, self.findings);
                entries.push(entry(meant, value));
            } else if activations.contains(&meant.text) {
                let settings = words.settings(&SETTINGS, Form::Real, known, self.findings);
                let key = Spanned::new("activation".to_owned(), item.span);
                entries.push(Entry::new(key, word_with(meant, settings)));
            } else {
                let known = |text: &str| candidates.contains(&text) || starts.contains(&text);
                while words.peek().is_some_and(|item| item.kind != Kind::Word || !known(item.text)) {
                    words.next();
                }
            }
        }
    }

    /// The statements of `defaults` or `train`.
    fn options_of(
        &mut self,
        body: &Body<'_>,
        owner: &str,
        known: &[Known],
        activations: &[&'static str],
    ) -> Node {
        let mut entries = Vec::new();
        let vocabulary = Vocabulary { owner, known, activations, starts: &[] };
        for statement in &body.statements {
            self.no_body(statement);
            self.options(&mut Words::new(statement), &vocabulary, &mut entries);
        }
        Node::new(Value::Map(entries), body.span)
    }

    fn head(&mut self, body: &Body<'_>) -> Node {
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

    fn head_layer(&mut self, first: Item<'_>, words: &mut Words<'_, '_>) -> Node {
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
    fn dense(&mut self, words: &mut Words<'_, '_>) -> Node {
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

    /// Reports that another statement starts before this one has ended; `true` if so.
    fn missing_end(&mut self, words: &Words<'_, '_>, starts: &[&str]) -> bool {
        let Some(next) = words.peek().filter(|item| starts.contains(&item.text)) else { return false };
        let end = Span::new(words.read_to(), words.read_to());
        self.findings.report(
            Diagnostic::error(
                codes::SYNTAX,
                format!("expected `;` before `{}`", next.text),
                end,
                "a `;` is missing here",
            )
            .help("statements end in `;`")
            .fix(end, ";"),
        );
        true
    }

    /// Reports what is left of a statement that is complete.
    fn no_more(&mut self, words: &mut Words<'_, '_>, candidates: &[&'static str]) {
        let Some(item) = words.peek() else { return };
        let message = format!("`{}` cannot stand here", names::shortened(item.text));
        let label = "the statement is complete already";
        let mut finding = Diagnostic::error(codes::SYNTAX, message, item.span, label);
        if let Some(close) = names::closest(item.text, candidates.iter().copied()) {
            finding = finding.help(format!("did you mean `{close}`?"));
        }
        self.findings.report(finding);
        while words.next().is_some() {}
    }

    /// An item with the word that was meant by it; reports one that is not known.
    fn meant<'t>(&mut self, item: Item<'t>, owner: &str, known: &[&'static str]) -> Item<'t> {
        if item.kind == Kind::Word && known.contains(&item.text) {
            return item;
        }
        let shown = names::shortened(item.text);
        if item.kind != Kind::Word {
            let message = format!("`{shown}` cannot stand here");
            self.findings.report(Diagnostic::error(codes::SYNTAX, message, item.span, "expected a word"));
            return item;
        }
        let close =
            if self.findings.suggests() { names::closest(item.text, known.iter().copied()) } else { None };
        let (code, message) = match close {
            Some(close) if ACTIVATIONS.contains(&close) => {
                (codes::UNKNOWN_CHOICE, format!("there is no activation `{shown}`"))
            }
            _ if owner == HEAD => (codes::UNKNOWN_CHOICE, format!("there is no layer `{shown}`")),
            _ => (codes::UNKNOWN_KEY, format!("there is no `{shown}` in {owner}")),
        };
        let finding = Diagnostic::error(code, message, item.span, "not a known word");
        self.findings.report(match close {
            Some(close) => finding.help(format!("did you mean `{close}`?")).fix(item.span, close),
            None => finding.help(format!("known are {}", list(known))),
        });
        Item { text: close.unwrap_or(item.text), ..item }
    }
}

/// Statements of one kind, which YAML would have under one key.
struct Collected<T> {
    first: Option<Span>,
    items: Vec<T>,
}

impl<T> Default for Collected<T> {
    fn default() -> Self {
        Collected { first: None, items: Vec::new() }
    }
}

impl<T: Placed> Collected<T> {
    fn add(&mut self, word: Item<'_>, item: T) {
        self.first.get_or_insert(word.span);
        self.items.push(item);
    }

    fn into_entry(self, key: &str, value: impl FnOnce(Vec<T>) -> Value) -> Option<Entry> {
        let first = self.first?;
        let span = self.items.last().map_or(first, |last| first.to(last.place()));
        Some(Entry::new(Spanned::new(key.to_owned(), first), Node::new(value(self.items), span)))
    }
}

trait Placed {
    fn place(&self) -> Span;
}

impl Placed for Node {
    fn place(&self) -> Span {
        self.span
    }
}

impl Placed for Entry {
    fn place(&self) -> Span {
        self.value.span
    }
}

/// Puts the values of a word that may be there several times into one list, as YAML has them.
fn gather(entries: &mut Vec<Entry>, word: &str, key: &str) {
    let (found, rest): (Vec<Entry>, Vec<Entry>) =
        std::mem::take(entries).into_iter().partition(|entry| entry.key.value == word);
    *entries = rest;
    let Some(first) = found.first().map(|entry| entry.key.span) else { return };
    let span = found.last().map_or(first, |last| first.to(last.value.span));
    let values = found.into_iter().map(|entry| entry.value).collect();
    entries.push(Entry::new(Spanned::new(key.to_owned(), first), Node::new(Value::List(values), span)));
}

fn entry(word: Item<'_>, value: Node) -> Entry {
    Entry::new(Spanned::new(word.text.to_owned(), word.span), value)
}

fn with(known: &[Known], more: &[Known]) -> Vec<Known> {
    known.iter().chain(more).copied().collect()
}

fn keys(known: &[Known]) -> Vec<&'static str> {
    known.iter().map(|(key, _)| *key).collect()
}
