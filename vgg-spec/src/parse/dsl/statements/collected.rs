//! Statements of one kind, which YAML would have under one key.

use super::super::super::tree::{Entry, Node, Value};
use super::super::Item;
use crate::span::{Span, Spanned};

/// Statements of one kind, which YAML would have under one key.
pub(super) struct Collected<T> {
    first: Option<Span>,
    items: Vec<T>,
}

impl<T> Default for Collected<T> {
    fn default() -> Self {
        Collected { first: None, items: Vec::new() }
    }
}

impl<T: Placed> Collected<T> {
    pub(super) fn add(&mut self, word: Item<'_>, item: T) {
        self.first.get_or_insert(word.span);
        self.items.push(item);
    }

    pub(super) fn into_entry(self, key: &str, value: impl FnOnce(Vec<T>) -> Value) -> Option<Entry> {
        let first = self.first?;
        let span = self.items.last().map_or(first, |last| first.to(last.place()));
        Some(Entry::new(Spanned::new(key.to_owned(), first), Node::new(value(self.items), span)))
    }
}

pub(super) trait Placed {
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

/// Puts the values of a word that may be there several times into one list, as YAML has them. `none`, alone, is an
/// empty one: there are none, even if a spec that is extended has some.
pub(super) fn gather(entries: &mut Vec<Entry>, word: &str, key: &str) {
    let (found, rest): (Vec<Entry>, Vec<Entry>) =
        std::mem::take(entries).into_iter().partition(|entry| entry.key.value == word);
    *entries = rest;
    let Some(first) = found.first().map(|entry| entry.key.span) else { return };
    let span = found.last().map_or(first, |last| first.to(last.value.span));
    let mut values: Vec<Node> = found.into_iter().map(|entry| entry.value).collect();
    if matches!(values.as_slice(), [Node { value: Value::Plain(word), .. }] if word == "none") {
        values.clear();
    }
    entries.push(Entry::new(Spanned::new(key.to_owned(), first), Node::new(Value::List(values), span)));
}

pub(super) fn entry(word: Item<'_>, value: Node) -> Entry {
    Entry::new(Spanned::new(word.text.to_owned(), word.span), value)
}
