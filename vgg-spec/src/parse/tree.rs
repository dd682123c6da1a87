//! What both spellings have in common: maps, lists and scalars, each with its place.

use crate::span::{Span, Spanned};

/// A value with its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) span: Span,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// Nothing was written, or `null`.
    Empty,
    /// A word, a number, `$param`.
    Plain(String),
    /// Something in quotes.
    Quoted(String),
    /// Values in order.
    List(Vec<Node>),
    /// Keys with values, in the order in which they were written. A key may be there twice.
    Map(Vec<Entry>),
    /// Something that has been reported.
    Unreadable,
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: Spanned<String>,
    pub(crate) value: Node,
}

impl Node {
    pub(crate) fn new(value: Value, span: Span) -> Node {
        Node { value, span }
    }

    pub(crate) fn plain(text: impl Into<String>, span: Span) -> Node {
        Node::new(Value::Plain(text.into()), span)
    }

    /// What it is, for messages.
    pub(crate) fn describe(&self) -> &'static str {
        match &self.value {
            Value::Empty => "nothing",
            Value::Plain(_) => "a single value",
            Value::Quoted(_) => "a text in quotes",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Unreadable => "something unreadable",
        }
    }
}

impl Entry {
    pub(crate) fn new(key: Spanned<String>, value: Node) -> Entry {
        Entry { key, value }
    }
}

impl Node {
    /// Moves all places. Recursion is bounded, as the depth of a text is.
    pub(crate) fn shift(&mut self, by: usize) {
        self.span = self.span.shifted(by);
        match &mut self.value {
            Value::Empty | Value::Plain(_) | Value::Quoted(_) | Value::Unreadable => {}
            Value::List(items) => items.iter_mut().for_each(|item| item.shift(by)),
            Value::Map(entries) => {
                for entry in entries {
                    entry.key.span = entry.key.span.shifted(by);
                    entry.value.shift(by);
                }
            }
        }
    }
}
