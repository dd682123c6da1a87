//! The tree with its comments: each belongs to the entry or item that it is about.

use super::comments::{self, Comment};
use crate::parse::steers;
use crate::parse::tree::{Node, Value};
use crate::source::{Source, Syntax};
use crate::span::Span;

/// A whole text.
#[derive(Debug, Clone)]
pub(super) struct Document {
    /// The comments at the head of the text, which say what the network is.
    pub(super) banner: Vec<Remark>,
    /// The entries of the outermost map.
    pub(super) entries: Vec<Piece>,
    /// The comments in its braces, if there are no entries.
    pub(super) inside: Vec<Remark>,
}

/// An entry of a map, with a key, or an item of a list, without.
#[derive(Debug, Clone, Default)]
pub(super) struct Piece {
    pub(super) key: Option<String>,
    pub(super) content: Content,
    pub(super) comments: Comments,
    /// Whether an empty line stands before it.
    pub(super) gap: bool,
}

/// A value.
#[derive(Debug, Clone, Default)]
pub(super) enum Content {
    #[default]
    Empty,
    Plain(String),
    Quoted(String),
    List(Vec<Piece>),
    Map(Vec<Piece>),
}

/// A comment on a line of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remark {
    /// What stands behind the mark, with the space in front of it.
    pub(super) text: String,
    /// Whether an empty line stands before it.
    pub(super) gap: bool,
}

/// What is said about a piece.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Comments {
    /// On the lines before it.
    pub(super) before: Vec<Remark>,
    /// Behind its key or opening brace, where what it holds starts on the next line.
    pub(super) inside: Option<String>,
    /// Behind it on its last line.
    pub(super) beside: Option<String>,
    /// On lines behind it that belong to nothing else.
    pub(super) after: Vec<Remark>,
}

impl Comments {
    pub(super) fn is_empty(&self) -> bool {
        *self == Comments::default()
    }

    /// All of them as lines of their own.
    pub(super) fn into_remarks(self) -> Vec<Remark> {
        let alone = |text| Remark { text, gap: false };
        let mut remarks = self.before;
        remarks.extend(self.inside.map(alone));
        remarks.extend(self.beside.map(alone));
        remarks.extend(self.after);
        remarks
    }
}

impl Content {
    /// What it is made of.
    pub(super) fn children(&self) -> &[Piece] {
        match self {
            Content::List(pieces) | Content::Map(pieces) => pieces,
            Content::Empty | Content::Plain(_) | Content::Quoted(_) => &[],
        }
    }

    pub(super) fn children_mut(&mut self) -> &mut [Piece] {
        match self {
            Content::List(pieces) | Content::Map(pieces) => pieces,
            Content::Empty | Content::Plain(_) | Content::Quoted(_) => &mut [],
        }
    }

    /// Whether anything in it is commented on.
    pub(super) fn is_commented(&self) -> bool {
        self.children().iter().any(|piece| !piece.comments.is_empty() || piece.content.is_commented())
    }

    /// Whether both say the same.
    pub(super) fn same(&self, other: &Content) -> bool {
        match (self, other) {
            (Content::Empty, Content::Empty) => true,
            (Content::Plain(one), Content::Plain(two)) | (Content::Quoted(one), Content::Quoted(two)) => {
                one == two
            }
            (Content::List(one), Content::List(two)) | (Content::Map(one), Content::Map(two)) => {
                let pairs = || one.iter().zip(two);
                one.len() == two.len() && pairs().all(|(a, b)| a.key == b.key && a.content.same(&b.content))
            }
            _ => false,
        }
    }
}

impl Piece {
    /// An item without comments.
    pub(super) fn item(content: Content) -> Piece {
        Piece { content, ..Piece::default() }
    }

    /// An entry without comments.
    pub(super) fn entry(key: &str, content: Content) -> Piece {
        Piece { key: Some(key.to_owned()), content, ..Piece::default() }
    }

    pub(super) fn has_key(&self, key: &str) -> bool {
        self.key.as_deref() == Some(key)
    }

    fn forget_gaps(&mut self) {
        self.gap = false;
        self.content.children_mut().iter_mut().for_each(Piece::forget_gaps);
    }
}

impl Document {
    /// The tree of a text, and the text's comments.
    pub(super) fn new(source: &Source, tree: &Node) -> Document {
        let mut places = Vec::new();
        measure(tree, tree.span, source, Measure { depth: 0, parent: None, flow: false }, &mut places);
        let mut found = vec![Comments::default(); places.len()];
        let mut banner = Vec::new();
        let attach = Attach::new(source, &places);
        for comment in comments::find(source, tree) {
            attach.put(&comment, &mut found, &mut banner);
        }
        let mut found = found.into_iter();
        let mut gaps = gaps(source.text(), &places, &attach.order).into_iter();
        let root = piece(None, tree, &mut found, &mut gaps);
        let (Content::List(entries) | Content::Map(entries)) = root.content else {
            return Document { banner, entries: Vec::new(), inside: Vec::new() };
        };
        Document { banner, entries, inside: root.comments.after }
    }

    /// Drops empty lines, which mean something else in another spelling. Those between comments stay.
    pub(super) fn forget_gaps(&mut self) {
        self.entries.iter_mut().for_each(Piece::forget_gaps);
    }
}

/// The piece of a node. Both iterators go through the tree in the order of [`measure`].
fn piece(
    key: Option<String>,
    node: &Node,
    comments: &mut impl Iterator<Item = Comments>,
    gaps: &mut impl Iterator<Item = bool>,
) -> Piece {
    let (own, gap) = (comments.next().unwrap_or_default(), gaps.next().unwrap_or_default());
    let content = match &node.value {
        Value::Empty | Value::Unreadable => Content::Empty,
        Value::Plain(text) => Content::Plain(text.clone()),
        Value::Quoted(text) => Content::Quoted(text.clone()),
        Value::List(items) => {
            Content::List(items.iter().map(|item| piece(None, item, comments, gaps)).collect())
        }
        Value::Map(entries) => Content::Map(
            entries
                .iter()
                .map(|entry| piece(Some(entry.key.value.clone()), &entry.value, comments, gaps))
                .collect(),
        ),
    };
    Piece { key, content, comments: own, gap }
}

/// Where an entry or item is.
#[derive(Debug)]
struct Place {
    span: Span,
    depth: usize,
    /// The piece that holds it.
    parent: Option<usize>,
    /// Whether it holds others.
    holds: bool,
    /// Characters in front of it on its line; of an item, in front of its dash.
    column: usize,
    /// Whether it is within brackets.
    flow: bool,
}

#[derive(Clone, Copy)]
struct Measure {
    depth: usize,
    parent: Option<usize>,
    flow: bool,
}

/// The places of a node and of all below it, each before those below.
fn measure(node: &Node, span: Span, source: &Source, around: Measure, places: &mut Vec<Place>) {
    let holds = matches!(node.value, Value::List(_) | Value::Map(_));
    let index = places.len();
    let Measure { depth, parent, flow } = around;
    places.push(Place { span, depth, parent, holds, column: column(source.text(), span.start), flow });
    let flow = flow || source.text()[node.span.start..].starts_with(['[', '{']);
    let below = Measure { depth: depth + 1, parent: Some(index), flow };
    match &node.value {
        Value::List(items) => items.iter().for_each(|item| measure(item, item.span, source, below, places)),
        Value::Map(entries) => {
            for entry in entries {
                let value = match entry.value.value {
                    Value::Empty => entry.key.span,
                    _ => entry.value.span,
                };
                measure(&entry.value, entry.key.span.to(value), source, below, places);
            }
        }
        _ => {}
    }
}

fn line_start(text: &str, offset: usize) -> usize {
    text[..offset].rfind('\n').map_or(0, |end| end + 1)
}

/// The column of what starts here, or of the dash that makes it an item.
fn column(text: &str, start: usize) -> usize {
    let before = &text[line_start(text, start)..start];
    let is_item = before.bytes().all(|byte| matches!(byte, b' ' | b'-'));
    before.rfind('-').filter(|_| is_item).unwrap_or(before.len())
}

/// Whether the line before the one of a place is empty.
fn is_gap_before(text: &str, offset: usize) -> bool {
    let above = text[..line_start(text, offset)].strip_suffix('\n');
    above.is_some_and(|above| above[line_start(above, above.len())..].trim().is_empty())
}

/// Which places have an empty line before them: of those that start on one line, the first.
fn gaps(text: &str, places: &[Place], order: &[usize]) -> Vec<bool> {
    let mut gaps = vec![false; places.len()];
    let mut line = None;
    for index in order {
        let start = places[*index].span.start;
        if line.replace(line_start(text, start)) != Some(line_start(text, start)) {
            gaps[*index] = is_gap_before(text, start);
        }
    }
    gaps
}

/// Finds out what a comment is about.
struct Attach<'a> {
    source: &'a Source,
    places: &'a [Place],
    /// Indices of all places but the root, by where they start, outer ones first.
    order: Vec<usize>,
}

impl<'a> Attach<'a> {
    fn new(source: &'a Source, places: &'a [Place]) -> Attach<'a> {
        let mut order: Vec<usize> = (1..places.len()).collect();
        order.sort_by_key(|index| (places[*index].span.start, places[*index].depth));
        Attach { source, places, order }
    }

    fn put(&self, comment: &Comment<'_>, found: &mut [Comments], banner: &mut Vec<Remark>) {
        let text = tidy(comment.text);
        let at = comment.start;
        let middle = self.order.partition_point(|index| self.places[*index].span.start < at);
        let (past, future) = self.order.split_at(middle);
        if !comment.alone
            && let Some(slot) = self.beside(past, at, found)
        {
            *slot = Some(text);
            return;
        }
        let remark = Remark { text, gap: is_gap_before(self.source.text(), at) };
        if past.is_empty() && self.is_head(at) {
            banner.push(remark);
        } else if past.is_empty() {
            // In the braces of a model without a name, say. The root stands for them where they hold nothing else.
            match future.first() {
                Some(next) => found[*next].before.push(remark),
                None => found[0].after.push(remark),
            }
        } else if let Some(next) = future.first().filter(|next| self.leads(past, at, **next)) {
            found[*next].before.push(remark);
        } else if let Some(last) = self.belongs_to(past, at) {
            found[last].after.push(remark);
        }
    }

    /// Whether nothing but comments stands in front of a place.
    fn is_head(&self, at: usize) -> bool {
        let mark = match self.source.syntax() {
            Syntax::Yaml => "#",
            Syntax::Dsl => "//",
        };
        let mut before = self.source.text()[..at].lines().map(str::trim_start);
        before.all(|line| line.is_empty() || line.starts_with(mark))
    }

    /// Whether a comment on a line of its own is about what comes next.
    fn leads(&self, past: &[usize], at: usize, next: usize) -> bool {
        let place = &self.places[next];
        match self.source.syntax() {
            // Indented deeper than what comes next, it ends what was before.
            Syntax::Yaml => {
                place.flow
                    || column(self.source.text(), at) <= place.column
                    || place.parent == past.last().copied()
            }
            Syntax::Dsl => {
                let holder = self.innermost(past, at);
                holder.is_none_or(|holder| place.span.start < self.places[holder].span.end)
            }
        }
    }

    /// A piece and those around it, inner ones first.
    fn chain(&self, index: Option<usize>) -> impl Iterator<Item = usize> {
        std::iter::successors(index, |index| self.places[*index].parent)
    }

    /// The innermost piece around a place that holds others.
    fn innermost(&self, past: &[usize], at: usize) -> Option<usize> {
        self.chain(past.last().copied()).find(|index| {
            let place = &self.places[*index];
            place.holds && at < place.span.end
        })
    }

    /// The piece before a comment that ends what holds them both.
    fn belongs_to(&self, past: &[usize], at: usize) -> Option<usize> {
        let last = || self.chain(past.last().copied()).filter(|index| *index > 0);
        let found = match self.source.syntax() {
            Syntax::Yaml => {
                let column = column(self.source.text(), at);
                last().find(|index| !self.places[*index].flow && self.places[*index].column <= column)
            }
            Syntax::Dsl => {
                let holder = self.innermost(past, at).unwrap_or(0);
                last().find(|index| self.places[*index].parent == Some(holder))
            }
        };
        found.or(last().last())
    }

    /// What a comment behind something on its line is about.
    fn beside<'f>(
        &self,
        past: &[usize],
        at: usize,
        found: &'f mut [Comments],
    ) -> Option<&'f mut Option<String>> {
        let line = line_start(self.source.text(), at);
        let place = |index: &usize| &self.places[*index];
        let has_ended = |index: &usize| (line..=at).contains(&place(index).span.end);
        let begun = || past.iter().rev().copied().take_while(|index| place(index).span.start >= line);
        let ended = begun().filter(has_ended).min_by_key(|index| place(index).depth);
        let around = || self.chain(past.last().copied()).filter(|index| *index > 0);
        if let Some(index) = ended.or_else(|| around().find(has_ended)) {
            return Some(&mut found[index].beside).filter(|slot| slot.is_none());
        }
        let opened = begun().max_by_key(|index| place(index).depth)?;
        Some(&mut found[opened].inside).filter(|slot| slot.is_none())
    }
}

/// The text of a comment with a space in front, and without what would steer a terminal or end the line.
fn tidy(text: &str) -> String {
    let text = text.replace(steers, " ");
    let text = text.trim_end();
    if text.is_empty() || text.starts_with(' ') { text.to_owned() } else { format!(" {text}") }
}
