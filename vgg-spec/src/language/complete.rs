//! What may be written next: completions, and what a word means.

mod dsl;
mod yaml;

use super::define::params;
use super::place::{alternatives, words};
use super::{Key, Settings, Value};
use crate::source::{Source, Syntax};
use crate::span::Span;

/// What may stand in the place of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completions {
    /// The word, as far as it is written; empty where there is none.
    pub span: Span,
    /// What may be written instead.
    pub proposals: Vec<Proposal>,
}

/// One thing that may be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The word.
    pub label: String,
    /// The word with what must stand behind it: `filters: `.
    pub text: String,
    /// What it means, in a sentence.
    pub about: String,
    /// What it is.
    pub kind: Kind,
}

/// What a proposal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A key.
    Key,
    /// A word that may be chosen.
    Word,
    /// A param of this spec.
    Param,
    /// The code of a warning.
    Code,
}

/// What may be written at an offset. The text need not be well formed around it.
///
/// ```
/// use vgg_spec::language::complete::complete;
/// use vgg_spec::source::{Source, Syntax};
///
/// let text = "blocks:\n  - {conv: [64], activation: re}\n";
/// let found = complete(&Source::new("a.yaml", text, Syntax::Yaml), text.find("re}").unwrap() + 2);
/// assert_eq!(&text[found.span.range()], "re");
/// assert!(found.proposals.iter().any(|proposal| proposal.label == "relu"));
/// ```
pub fn complete(source: &Source, offset: usize) -> Completions {
    let span = word_at(source.text(), offset);
    let proposals = match source.syntax() {
        Syntax::Yaml => yaml::proposals(source, span),
        Syntax::Dsl => dsl::proposals(source, span),
    };
    Completions { span, proposals }
}

/// The word at an offset, and what it means; `None` if it is none that the language knows there.
pub fn meaning(source: &Source, offset: usize) -> Option<(Span, Proposal)> {
    let span = word_at(source.text(), offset);
    let word = source.text().get(span.range()).filter(|word| !word.is_empty())?;
    let proposals = complete(source, offset).proposals;
    proposals.into_iter().find(|proposal| proposal.label == word).map(|proposal| (span, proposal))
}

/// The word that an offset is in or at the end of, with a `$` before it.
pub(super) fn word_at(text: &str, offset: usize) -> Span {
    let mut offset = text.floor_char_boundary(offset);
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    // A block cursor on the `$` of a param is in front of it.
    if text[offset..].starts_with('$') && !text[..offset].ends_with(is_part) {
        offset += 1;
    }
    let before = text[..offset].trim_end_matches(is_part);
    let start = before.strip_suffix('$').unwrap_or(before).len();
    let after = text[offset..].trim_start_matches(is_part);
    Span::new(start, text.len() - after.len())
}

/// A key that may be written. Behind it stands what its value starts with.
fn key(key: &Key, syntax: Syntax) -> Proposal {
    let text = if syntax == Syntax::Yaml { format!("{}: ", key.name) } else { key.name.to_owned() };
    Proposal { label: key.name.to_owned(), text, about: key.about.to_owned(), kind: Kind::Key }
}

fn word(label: &str, about: &str) -> Proposal {
    Proposal { label: label.to_owned(), text: label.to_owned(), about: about.to_owned(), kind: Kind::Word }
}

/// What may be written where one of these values is expected.
fn values(source: &Source, expected: &[Value]) -> Vec<Proposal> {
    let syntax = source.syntax();
    let mut proposals = Vec::new();
    for value in expected.iter().copied().flat_map(alternatives) {
        match value {
            Value::Flag if syntax == Syntax::Yaml => {
                proposals.extend([word("true", "Yes."), word("false", "No.")]);
            }
            Value::Flag => proposals.extend([word("on", "Yes."), word("off", "No.")]),
            Value::Code => proposals.extend(codes()),
            Value::Number | Value::Extent | Value::Shape => proposals.extend(params_of(source)),
            Value::Choice(groups) | Value::Layer(groups) => {
                for one in words(groups) {
                    let mut proposal = word(one.name, one.about);
                    if syntax == Syntax::Yaml && matches!(one.settings, Settings::Must(_)) {
                        proposal.text.push_str(": ");
                    }
                    proposals.push(proposal);
                }
            }
            Value::Words(words) => proposals.extend(words.iter().map(|one| word(one, ""))),
            Value::Kind(kinds) => proposals.extend(kinds.iter().map(|kind| word(kind.name, kind.about))),
            Value::List(inner) => proposals.extend(values(source, &[*inner])),
            _ => {}
        }
    }
    let mut seen = std::collections::HashSet::new();
    proposals.retain(|proposal| seen.insert(proposal.label.clone()));
    proposals
}

fn params_of(source: &Source) -> Vec<Proposal> {
    let mark = if source.syntax() == Syntax::Yaml { "$" } else { "" };
    let proposal = |(name, default): (String, String)| Proposal {
        label: format!("{mark}{name}"),
        text: format!("{mark}{name}"),
        about: format!("A param, {default} unless it is set."),
        kind: Kind::Param,
    };
    let known: Vec<(String, String)> =
        params(source).into_iter().map(|param| (param.name.value, param.default.value.to_string())).collect();
    let known =
        if known.is_empty() && source.syntax() == Syntax::Dsl { scanned(source.text()) } else { known };
    known.into_iter().map(proposal).collect()
}

/// The params of a `.vgg` text that cannot be read as a whole, as one that is being written cannot.
fn scanned(text: &str) -> Vec<(String, String)> {
    let statements = text.split([';', '{', '}', '\n']).map(str::trim);
    let param = |statement: &str| {
        let (name, default) = statement.strip_prefix("param ")?.split_once('=')?;
        Some((name.trim().to_owned(), default.trim().to_owned()))
    };
    statements.filter_map(param).collect()
}

fn codes() -> impl Iterator<Item = Proposal> {
    crate::lint::CODES.iter().map(|code| {
        let title = crate::explain::page(code).and_then(|page| page.lines().next()).unwrap_or_default();
        Proposal { kind: Kind::Code, ..word(code, title.trim_start_matches(['#', ' '])) }
    })
}
