//! Completions in YAML: a mark is put in the place of the word, and the way to it says what may stand there.

use super::{Proposal, key, values, word};
use crate::language::Value;
use crate::language::place::{Step, alternatives, at, words};
use crate::parse::tree::{Node, Value as Tree};
use crate::parse::{self};
use crate::source::{Source, Syntax};
use crate::span::Span;

/// Stands in the place of the word. No spec holds it.
const MARK: &str = "zzcompletezz";

/// Where the mark was found.
struct Found {
    way: Vec<Step>,
    /// The other keys of the map, if the mark is a key.
    beside: Option<Vec<String>>,
}

/// What may stand in the place of a word.
pub(super) fn proposals(source: &Source, span: Span) -> Vec<Proposal> {
    let found = variants(source.text(), span).into_iter().find_map(|text| {
        let readable = source.with_text(text);
        let found = find(&parse::tree(&readable)?, &mut Vec::new())?;
        Some((readable, found))
    });
    let Some((readable, found)) = found else { return Vec::new() };
    let expected: Vec<Value> = at(&found.way).into_iter().flat_map(alternatives).collect();
    match found.beside {
        Some(beside) => keys(&expected, &beside),
        None => {
            let mut proposals = values(&readable, &expected);
            if stands_alone(source.text(), span.start) || found.way.is_empty() {
                proposals.extend(keys(&expected, &[]).into_iter().filter(|key| key.text.ends_with(": ")));
            }
            let mut seen = std::collections::HashSet::new();
            proposals.retain(|proposal| seen.insert(proposal.label.clone()));
            proposals
        }
    }
}

/// The text with the mark, in the ways in which it may be well formed: as a value or as a key, with what is behind
/// its line or without, and with the brackets closed that are still open.
fn variants(text: &str, span: Span) -> Vec<String> {
    let (before, after) = (&text[..span.start], &text[span.end..]);
    let line_end = after.find('\n').unwrap_or(after.len());
    let (line, below) = after.split_at(line_end);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let open = closers(&before[line_start..], line);
    let mut variants = Vec::with_capacity(8);
    for below in [below, ""] {
        for colon in ["", ":"] {
            variants.push(format!("{before}{MARK}{colon}{line}{below}"));
            if !open.is_empty() {
                variants.push(format!("{before}{MARK}{colon}{open}{below}"));
            }
        }
    }
    variants
}

/// The brackets that would close what is open at the end of a line's first part, unless its rest does.
fn closers(before: &str, rest: &str) -> String {
    let mut open = Vec::new();
    for letter in before.chars() {
        match letter {
            '[' => open.push(']'),
            '{' => open.push('}'),
            ']' | '}' => {
                open.pop();
            }
            _ => {}
        }
    }
    let closed = rest.chars().filter(|letter| matches!(letter, ']' | '}')).count();
    if closed >= open.len() { String::new() } else { open.into_iter().rev().collect() }
}

/// Whether nothing but dashes stands before a place on its line.
fn stands_alone(text: &str, start: usize) -> bool {
    let line = text[..start].rfind('\n').map_or(0, |end| end + 1);
    text[line..start].chars().all(|letter| matches!(letter, ' ' | '-'))
}

/// The way to the mark. Recursion is bounded, as the depth of a text is.
fn find(node: &Node, way: &mut Vec<Step>) -> Option<Found> {
    match &node.value {
        Tree::Plain(text) | Tree::Quoted(text) if text.contains(MARK) => {
            Some(Found { way: way.clone(), beside: None })
        }
        Tree::List(items) => {
            way.push(Step::Item);
            let found = items.iter().find_map(|item| find(item, way));
            way.pop();
            found
        }
        Tree::Map(entries) => {
            if entries.iter().any(|entry| entry.key.value == MARK) {
                let others = entries.iter().map(|entry| entry.key.value.clone());
                let beside = others.filter(|key| key != MARK).collect();
                return Some(Found { way: way.clone(), beside: Some(beside) });
            }
            entries.iter().find_map(|entry| {
                way.push(Step::Key(entry.key.value.clone()));
                let found = find(&entry.value, way);
                way.pop();
                found
            })
        }
        _ => None,
    }
}

/// Keys that are not there yet.
fn keys(expected: &[Value], beside: &[String]) -> Vec<Proposal> {
    let mut proposals = Vec::new();
    for value in expected {
        match value {
            Value::Map(map) => proposals.extend(map.iter().map(|one| key(one, Syntax::Yaml))),
            // A map of one word, beside which a layer may have a name.
            Value::Choice(groups) if beside.is_empty() => {
                proposals.extend(words(groups).map(|one| opened(one.name, one.about)));
            }
            Value::Layer(groups) => {
                if beside.is_empty() || beside == ["name"] {
                    proposals.extend(words(groups).map(|one| opened(one.name, one.about)));
                }
                if !beside.is_empty() {
                    proposals.push(opened("name", "What the layer is called."));
                }
            }
            Value::Kind(kinds) if beside.is_empty() => {
                proposals.extend(kinds.iter().map(|kind| opened(kind.name, kind.about)));
            }
            Value::Settings(settings) => {
                proposals
                    .extend(settings.iter().map(|setting| opened(setting.key, &setting.values.to_string())));
            }
            _ => {}
        }
    }
    proposals.retain(|proposal| !beside.contains(&proposal.label));
    proposals
}

/// A word with a colon behind it.
fn opened(name: &str, about: &str) -> Proposal {
    let mut proposal = word(name, about);
    proposal.text.push_str(": ");
    proposal
}
