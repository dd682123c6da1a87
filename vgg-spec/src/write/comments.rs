//! Where the comments of a text are.

use crate::parse::tree::{Node, Value};
use crate::source::{Source, Syntax};
use crate::span::Span;

/// A comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Comment<'t> {
    /// Where its mark starts.
    pub(super) start: usize,
    /// What stands behind the mark.
    pub(super) text: &'t str,
    /// Whether nothing but space is in front of it on its line.
    pub(super) alone: bool,
}

/// All comments of a text that has been read, in order.
pub(super) fn find<'t>(source: &'t Source, tree: &Node) -> Vec<Comment<'t>> {
    match source.syntax() {
        Syntax::Yaml => in_yaml(source.text(), tree),
        Syntax::Dsl => in_dsl(source.text()),
    }
}

/// A `#` starts a comment at the start of a line or behind space, unless it is in quotes.
fn in_yaml<'t>(text: &'t str, tree: &Node) -> Vec<Comment<'t>> {
    let mut quoted = Vec::new();
    collect_quoted(tree, text, &mut quoted);
    quoted.sort_unstable();
    let mut quoted = quoted.into_iter().peekable();
    let mut comments = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find('#').map(|found| at + found) {
        while quoted.next_if(|span| span.end <= found).is_some() {}
        if let Some(span) = quoted.peek().filter(|span| span.start <= found) {
            at = span.end;
            continue;
        }
        let starts = text[..found].chars().next_back().is_none_or(|before| before.is_ascii_whitespace());
        at = if starts { comment(text, found, 1, &mut comments) } else { found + 1 };
    }
    comments
}

/// The places of texts in quotes, keys among them.
fn collect_quoted(node: &Node, text: &str, quoted: &mut Vec<Span>) {
    match &node.value {
        Value::Quoted(_) => quoted.push(node.span),
        Value::List(items) => items.iter().for_each(|item| collect_quoted(item, text, quoted)),
        Value::Map(entries) => {
            for entry in entries {
                if text[entry.key.span.range()].starts_with(['"', '\'']) {
                    quoted.push(entry.key.span);
                }
                collect_quoted(&entry.value, text, quoted);
            }
        }
        Value::Empty | Value::Plain(_) | Value::Unreadable => {}
    }
}

fn in_dsl(text: &str) -> Vec<Comment<'_>> {
    let mut comments = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find(['"', '/']).map(|found| at + found) {
        at = match &text[found..] {
            rest if rest.starts_with('"') => found + quoted_length(rest),
            rest if rest.starts_with("//") => comment(text, found, 2, &mut comments),
            _ => found + 1,
        };
    }
    comments
}

/// The bytes up to the closing quote.
fn quoted_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Adds the comment whose mark is at a place, and returns its end.
fn comment<'t>(text: &'t str, start: usize, mark: usize, comments: &mut Vec<Comment<'t>>) -> usize {
    let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let line = text[..start].rfind('\n').map_or(0, |end| end + 1);
    let alone = text[line..start].trim().is_empty();
    comments.push(Comment { start, text: &text[start + mark..end], alone });
    end
}
