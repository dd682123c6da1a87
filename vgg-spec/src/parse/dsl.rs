//! The `.vgg` spelling.
//!
//! A text is statements of words; some end in `;`, some in a body of further statements. The grammar says no
//! more than that, so it has little to complain about, and [`statements`] makes of the words the tree that
//! YAML would have given.

mod errors;
mod statements;
mod words;

pub(super) use statements::is_word;

use super::tree::{Node, Value};
use super::{Findings, MAX_DEPTH, codes};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use pest::Parser;
use pest::iterators::Pair;
use std::num::NonZeroUsize;

/// The parser that pest makes of the grammar.
#[derive(pest_derive::Parser)]
#[grammar = "parse/vgg.pest"]
struct Grammar;

/// Calls of grammar rules: some twenty for each byte of the longest text. A bound for rules that would go
/// back and forth; these do not.
const MAX_CALLS: NonZeroUsize = NonZeroUsize::new(20 * crate::source::MAX_BYTES).expect("is not 0");

/// Words up to a `;` or a body.
#[derive(Debug)]
struct Statement<'t> {
    items: Vec<Item<'t>>,
    body: Option<Body<'t>>,
    /// The `;` or the body.
    end: Span,
}

/// Statements between braces.
#[derive(Debug)]
struct Body<'t> {
    statements: Vec<Statement<'t>>,
    span: Span,
}

/// The smallest part of a statement.
#[derive(Debug, Clone, Copy)]
struct Item<'t> {
    kind: Kind,
    text: &'t str,
    span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Number,
    /// In quotes, which are part of the text.
    Text,
    /// `=`, `*`.
    Sign,
}

impl Statement<'_> {
    /// The words alone.
    fn span(&self) -> Span {
        let first = self.items.first().map_or(self.end, |item| item.span);
        first.to(self.items.last().map_or(self.end, |item| item.span))
    }

    /// The words and the body.
    fn whole(&self) -> Span {
        self.span().to(self.end)
    }
}

/// The tree of a text, unless it is not well formed, which is reported.
pub(super) fn tree(text: &str, findings: &mut Findings) -> Option<Node> {
    if let Some(brace) = errors::too_deep(text, MAX_DEPTH) {
        let message = format!("braces lie more than {MAX_DEPTH} levels deep");
        let finding = Diagnostic::error(codes::TOO_DEEP, message, brace, "one level too many");
        findings.report(finding.help("a spec needs two levels"));
        return None;
    }
    pest::set_call_limit(Some(MAX_CALLS));
    let statements = match Grammar::parse(Rule::spec, text) {
        Ok(mut pairs) => pairs.next().map_or_else(Vec::new, |spec| read_statements(spec)),
        Err(error) => {
            findings.report(errors::explain(text, &error));
            return None;
        }
    };
    statements::spec(&statements, findings)
}

/// Recursion is bounded: the depth of braces has been looked at.
fn read_statements<'t>(parent: Pair<'t, Rule>) -> Vec<Statement<'t>> {
    parent.into_inner().filter(|pair| pair.as_rule() == Rule::statement).map(read_statement).collect()
}

fn read_statement(pair: Pair<'_, Rule>) -> Statement<'_> {
    let mut statement = Statement { items: Vec::new(), body: None, end: place(&pair) };
    for part in pair.into_inner() {
        let span = place(&part);
        let mut item = |kind| statement.items.push(Item { kind, text: part.as_str(), span });
        match part.as_rule() {
            Rule::word => item(Kind::Word),
            Rule::number => item(Kind::Number),
            Rule::text => item(Kind::Text),
            Rule::sign => item(Kind::Sign),
            Rule::sizes => split_sizes(part.as_str(), span, &mut statement.items),
            Rule::end => statement.end = span,
            Rule::body => {
                statement.end = span;
                statement.body = Some(Body { statements: read_statements(part), span });
            }
            Rule::EOI
            | Rule::WHITESPACE
            | Rule::COMMENT
            | Rule::spec
            | Rule::statement
            | Rule::close
            | Rule::item
            | Rule::digits => {}
        }
    }
    statement
}

/// `3x224x224` as the numbers and the words between them.
fn split_sizes<'t>(text: &'t str, span: Span, items: &mut Vec<Item<'t>>) {
    let mut start = 0;
    for (at, _) in text.match_indices('x').chain([(text.len(), "")]) {
        let place = |from: usize, to: usize| Span::new(span.start + from, span.start + to);
        items.push(Item { kind: Kind::Number, text: &text[start..at], span: place(start, at) });
        if at < text.len() {
            items.push(Item { kind: Kind::Word, text: &text[at..=at], span: place(at, at + 1) });
        }
        start = at + 1;
    }
}

fn place(pair: &Pair<'_, Rule>) -> Span {
    let span = pair.as_span();
    Span::new(span.start(), span.end())
}

/// Something that has been reported.
fn unreadable(span: Span) -> Node {
    Node::new(Value::Unreadable, span)
}
