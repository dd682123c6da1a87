//! `.vgg`: statements of words, short bodies on one line.

use super::WIDTH;
use super::document::{Comments, Content, Document, Piece, Remark};
use super::scalar;

/// Parts that an empty line sets apart.
const APART: [&str; 5] = ["blocks", "head", "override", "preprocess", "train"];

/// Parts whose body is never on one line.
const LONG: [&str; 3] = ["head", "preprocess", "train"];

/// Values whose key is understood where they come first.
const UNDERSTOOD: [&str; 4] = ["filters", "units", "rate", "size"];

/// The text of a document.
pub(super) fn write(document: &Document) -> String {
    let mut writer = Writer { text: String::new() };
    writer.remarks(&document.banner, 0);
    let (mut name, mut comment) = (String::new(), Comments::default());
    let mut parts = document.entries.as_slice();
    if let Some((model, others)) = document.entries.split_first().filter(|(first, _)| first.has_key("model"))
    {
        if model.gap && !writer.text.is_empty() {
            writer.text.push('\n');
        }
        name = format!(" {}", words("model", &model.content));
        comment = model.comments.clone();
        parts = others;
    }
    let beside = comment.beside.take().or_else(|| comment.inside.take());
    writer.text += &format!("model{name} {{");
    writer.end_line(beside.as_ref());
    writer.remarks(&comment.into_remarks(), 4);
    writer.remarks(&document.inside, 4);
    for (index, part) in parts.iter().enumerate() {
        let apart = APART.iter().any(|key| part.has_key(key));
        if (apart || part.gap) && index > 0 {
            writer.text.push('\n');
        }
        writer.part(part);
    }
    writer.text.push_str("}\n");
    writer.text
}

struct Writer {
    text: String,
}

/// A statement: comments, words, and perhaps a body.
struct Statement {
    words: String,
    comments: Comments,
    body: Option<Vec<Statement>>,
    /// Whether an empty line stands before it.
    gap: bool,
    /// Whether its body stands on lines of its own, however short.
    long: bool,
}

impl Statement {
    fn new(words: String, comments: Comments) -> Self {
        Statement { words, comments, body: None, gap: false, long: false }
    }

    /// The statement on one line, unless something in it is commented on.
    fn short(&self) -> Option<String> {
        let Some(body) = &self.body else { return Some(format!("{};", self.words)) };
        if self.long
            || self.comments.inside.is_some()
            || body.iter().any(|inner| inner.gap || !inner.comments.is_empty())
        {
            return None;
        }
        let inner: Option<Vec<String>> = body.iter().map(Statement::short).collect();
        Some(format!("{} {{ {} }}", self.words, inner?.join(" ")).replace("{  }", "{}"))
    }
}

impl Writer {
    fn remarks(&mut self, remarks: &[Remark], indent: usize) {
        for remark in remarks {
            if remark.gap
                && !self.text.is_empty()
                && !self.text.ends_with("{\n")
                && !self.text.ends_with("\n\n")
            {
                self.text.push('\n');
            }
            self.text += &format!("{:indent$}//{}\n", "", remark.text);
        }
    }

    /// Ends a line, with a comment behind it.
    fn end_line(&mut self, comment: Option<&String>) {
        if let Some(comment) = comment {
            self.text += &format!(" //{comment}");
        }
        self.text.push('\n');
    }

    fn part(&mut self, part: &Piece) {
        let key = part.key.as_deref().unwrap_or_default();
        match (key, &part.content) {
            ("params", Content::Map(params)) => {
                let param = |piece: &Piece| {
                    let name = piece.key.as_deref().unwrap_or_default();
                    Statement::new(format!("param {name} = {}", words("", &piece.content)), hoisted(piece))
                };
                self.several(part, params.iter().map(|piece| gapped(param(piece), piece)));
            }
            ("blocks", Content::List(blocks)) => {
                self.several(part, blocks.iter().map(|piece| gapped(block(piece), piece)));
            }
            ("override", Content::Map(changes)) => {
                let change = |piece: &Piece| {
                    let name = piece.key.as_deref().unwrap_or_default();
                    let body = Some(options(piece.content.children()));
                    Statement { body, ..Statement::new(format!("override {name}"), piece.comments.clone()) }
                };
                self.several(part, changes.iter().map(|piece| gapped(change(piece), piece)));
            }
            ("head", Content::List(layers)) => {
                let layer =
                    |piece: &Piece| gapped(Statement::new(layer(&piece.content), hoisted(piece)), piece);
                self.body(part, layers.iter().map(layer).collect());
            }
            ("allow", Content::List(codes)) if codes.is_empty() => self.several(part, std::iter::empty()),
            ("input", Content::Map(entries)) => {
                let values: Vec<String> = entries.iter().map(|entry| words("", &entry.content)).collect();
                self.statement(&Statement::new(format!("input {}", values.join(" ")), hoisted(part)), 4);
            }
            (_, Content::Map(entries)) => self.body(part, options(entries)),
            (_, content) => {
                let text = format!("{key} {}", words(key, content));
                self.statement(&Statement::new(text, hoisted(part)), 4);
            }
        }
    }

    fn body(&mut self, part: &Piece, body: Vec<Statement>) {
        let words = part.key.clone().unwrap_or_default();
        let long = LONG.contains(&words.as_str());
        let statement = Statement { body: Some(body), long, ..Statement::new(words, part.comments.clone()) };
        self.statement(&statement, 4);
    }

    /// What YAML has under one key, a statement each.
    fn several(&mut self, part: &Piece, statements: impl Iterator<Item = Statement>) {
        let mut statements: Vec<Statement> = statements.collect();
        let Comments { before, inside, beside, after } = part.comments.clone();
        self.remarks(&before, 4);
        for comment in [inside, beside].into_iter().flatten() {
            self.text += &format!("    //{comment}\n");
        }
        for (index, statement) in statements.iter_mut().enumerate() {
            statement.gap &= index > 0;
            self.statement(statement, 4);
        }
        self.remarks(&after, 4);
    }

    fn statement(&mut self, statement: &Statement, indent: usize) {
        let Comments { before, inside, beside, after } = &statement.comments;
        self.remarks(before, indent);
        if statement.gap && !self.text.ends_with("{\n") && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
        self.text += &" ".repeat(indent);
        let short = statement.short();
        match (
            short.filter(|short| statement.body.is_none() || indent + short.len() <= WIDTH),
            &statement.body,
        ) {
            (None, Some(body)) => {
                self.text += &format!("{} {{", statement.words);
                self.end_line(inside.as_ref());
                body.iter().for_each(|inner| self.statement(inner, indent + 4));
                self.text += &format!("{:indent$}}}", "");
            }
            (short, _) => self.text += &short.unwrap_or_default(),
        }
        self.end_line(beside.as_ref());
        self.remarks(after, indent);
    }
}

fn gapped(statement: Statement, piece: &Piece) -> Statement {
    Statement { gap: piece.gap, ..statement }
}

/// The comments of a piece that becomes one line: those inside of it go before it.
fn hoisted(piece: &Piece) -> Comments {
    let mut before = piece.comments.before.clone();
    before.extend(piece.comments.inside.iter().map(|text| Remark { text: text.clone(), gap: false }));
    collect(&piece.content, &mut before);
    Comments {
        before,
        inside: None,
        beside: piece.comments.beside.clone(),
        after: piece.comments.after.clone(),
    }
}

fn collect(content: &Content, remarks: &mut Vec<Remark>) {
    for piece in content.children() {
        remarks.extend(
            piece.comments.clone().into_remarks().into_iter().map(|remark| Remark { gap: false, ..remark }),
        );
        collect(&piece.content, remarks);
    }
}

/// `block last { conv 512 x 2; pool none; }`.
fn block(piece: &Piece) -> Statement {
    let mut comments = piece.comments.clone();
    let (mut title, mut convs, mut pools) = ("block".to_owned(), Vec::new(), Vec::new());
    let mut others = Vec::new();
    for entry in piece.content.children() {
        match (entry.key.as_deref(), &entry.content) {
            (Some("name"), name) => {
                title += &format!(" {}", words("name", name));
                comments.before.extend(entry.comments.clone().into_remarks());
            }
            (Some("conv"), Content::List(items)) => {
                convs = items
                    .iter()
                    .map(|item| gapped(Statement::new(conv(&item.content), hoisted(item)), item))
                    .collect();
                let mut remarks = entry.comments.clone().into_remarks();
                match convs.first_mut() {
                    Some(first) => {
                        remarks.append(&mut first.comments.before);
                        first.comments.before = remarks;
                        first.gap |= entry.gap;
                    }
                    None => comments.before.append(&mut remarks),
                }
            }
            (Some("pool"), _) => pools.push(option(entry)),
            _ => others.push(option(entry)),
        }
    }
    others.append(&mut convs);
    others.append(&mut pools);
    if let Some(first) = others.first_mut() {
        first.gap = false;
    }
    Statement { body: Some(others), ..Statement::new(title, comments) }
}

/// The statements of a body of options. Augmentations and callbacks are lists: a statement each.
fn options(entries: &[Piece]) -> Vec<Statement> {
    let mut statements = Vec::with_capacity(entries.len());
    for entry in entries {
        let single = match entry.key.as_deref() {
            Some("augment") => "augment",
            Some("callbacks") => "callback",
            _ => {
                statements.push(option(entry));
                continue;
            }
        };
        let own = [entry.clone()];
        let items = if let Content::List(items) = &entry.content { items.as_slice() } else { &own };
        let start = statements.len();
        if items.is_empty() {
            statements.push(Statement::new(format!("{single} none"), Comments::default()));
        }
        for item in items {
            let text = format!("{single} {}", words(single, &item.content));
            statements.push(Statement::new(text, hoisted(item)));
        }
        if let (Some(first), Content::List(_)) = (statements.get_mut(start), &entry.content) {
            let mut remarks = entry.comments.clone().into_remarks();
            remarks.append(&mut first.comments.before);
            first.comments.before = remarks;
        }
    }
    statements
}

fn option(entry: &Piece) -> Statement {
    let statement = Statement::new(pair(entry), hoisted(entry));
    Statement { gap: entry.gap, ..statement }
}

/// A key and its value; activations need no key.
fn pair(entry: &Piece) -> String {
    let key = entry.key.as_deref().unwrap_or_default();
    let value = words(key, &entry.content);
    match key {
        "activation" if value != "none" => value,
        _ if value.is_empty() => key.to_owned(),
        _ => format!("{key} {value}"),
    }
}

/// `conv 64 x 2 kernel 1 name stem`.
fn conv(content: &Content) -> String {
    let Content::Map(_) = content else { return format!("conv {}", words("", content)) };
    format!("conv {}", described(content.children()))
}

/// A value whose key is understood, then the others, the name last.
fn described(entries: &[Piece]) -> String {
    let mut parts = Vec::new();
    let is_main = |entry: &Piece| UNDERSTOOD.iter().any(|key| entry.has_key(key));
    parts.extend(entries.iter().filter(|entry| is_main(entry)).map(|entry| words("", &entry.content)));
    for entry in entries.iter().filter(|entry| !is_main(entry) && !entry.has_key("name")) {
        parts.push(match entry.key.as_deref() {
            Some("repeat") => format!("x {}", words("", &entry.content)),
            _ => pair(entry),
        });
    }
    parts.extend(entries.iter().filter(|entry| entry.has_key("name")).map(pair));
    parts.join(" ")
}

/// A layer of the head.
fn layer(content: &Content) -> String {
    let Content::Map(entries) = content else { return words("", content) };
    let mut parts = Vec::new();
    for entry in entries.iter().filter(|entry| !entry.has_key("name")) {
        let key = entry.key.as_deref().unwrap_or_default();
        let value = match &entry.content {
            Content::Map(inner)
                if inner.iter().any(|inner| UNDERSTOOD.iter().any(|main| inner.has_key(main))) =>
            {
                described(inner)
            }
            value => words(key, value),
        };
        parts.push(if value.is_empty() { key.to_owned() } else { format!("{key} {value}") });
    }
    parts.extend(entries.iter().filter(|entry| entry.has_key("name")).map(pair));
    parts.join(" ")
}

/// The words of a value.
fn words(key: &str, content: &Content) -> String {
    match content {
        Content::Empty => String::new(),
        Content::Plain(text) if key == "extends" => scalar::quoted(text),
        Content::Plain(text) => scalar::dsl(text),
        Content::Quoted(text) if key == "name" || key == "model" => text.clone(),
        Content::Quoted(text) => scalar::quoted(text),
        Content::List(items) => {
            let items: Vec<String> = items.iter().map(|item| words("", &item.content)).collect();
            // Numbers of their own, not the sides of something.
            items.join(if matches!(key, "allow" | "mean" | "std" | "class_weights") { " " } else { " x " })
        }
        Content::Map(entries) => {
            let entry = |(index, entry): (usize, &Piece)| {
                let inner = entry.key.as_deref().unwrap_or_default();
                let value = words(inner, &entry.content);
                match inner {
                    "size" if index == 0 && matches!(key, "max" | "average") => value,
                    _ if value.is_empty() => inner.to_owned(),
                    _ => format!("{inner} {value}"),
                }
            };
            entries.iter().enumerate().map(entry).collect::<Vec<String>>().join(" ")
        }
    }
}
