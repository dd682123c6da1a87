//! The YAML spelling.
//!
//! A spec uses maps, lists and scalars. What else YAML has, anchors, aliases, merge keys, tags, directives
//! and further documents, would make a value appear in a place where it was not written, and is refused. The
//! library hands out one event after the other, so no depth of nesting can overflow the stack.

use super::tree::{Entry, Node, Value};
use super::{Findings, MAX_DEPTH, codes};
use crate::diagnostic::Diagnostic;
use crate::span::{Span, Spanned};
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, StructureStyle, options};

/// The tree of a text, unless it is not well formed, which is reported.
pub(super) fn tree(text: &str, findings: &mut Findings) -> Option<Node> {
    let options = options! {
        disallow_directives: true,
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        emit_comments: false,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut builder = Builder { text, findings, open: Vec::new(), root: None, documents: 0 };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => {
                let tag = span.tag_span().map(|tag| builder.place(&tag));
                let span = builder.place(&span);
                if builder.event(event, span, tag).is_none() {
                    break;
                }
            }
            Err(error) => {
                builder.syntax(&error);
                return None;
            }
        }
    }
    let root = builder.root.filter(|root| root.value != Value::Empty);
    if root.is_none() {
        let message = "there is no spec in this text";
        let finding = Diagnostic::error(codes::EMPTY, message, Span::new(0, 0), "nothing is written here");
        findings.report(finding.help("start with `model: Name`"));
    }
    root
}

struct Builder<'t, 'f> {
    text: &'t str,
    findings: &'f mut Findings,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
}

/// A map or list whose end has not come yet.
struct Open {
    start: usize,
    /// Where it ends so far: behind its last value, unless a bracket closes it.
    end: usize,
    flow: bool,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    /// The key is the one whose value comes next.
    Map {
        entries: Vec<Entry>,
        key: Option<Key>,
    },
}

enum Key {
    Word(Spanned<String>),
    /// Reported: its value is dropped.
    Refused,
}

impl Builder<'_, '_> {
    /// The library's places, made safe: within the text, and between characters.
    fn place(&self, span: &granit_parser::Span) -> Span {
        let range = span.byte_range().unwrap_or(0..0);
        let start = self.text.floor_char_boundary(range.start);
        Span::new(start, self.text.floor_char_boundary(range.end).max(start))
    }

    /// Takes the next event. `None` ends the reading.
    fn event(&mut self, event: Event<'_>, span: Span, tag: Option<Span>) -> Option<()> {
        if let Some(tag) = tag {
            self.refuse(codes::TAG, "tags are not part of the language", tag, "remove this tag");
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    let (message, label) = ("a file holds one spec", "a second document starts here");
                    self.refuse(codes::SECOND_SPEC, message, span, label);
                    return None;
                }
            }
            Event::Scalar(text, style, ..) => {
                let value = match style {
                    ScalarStyle::Plain if matches!(&*text, "" | "~" | "null") => Value::Empty,
                    ScalarStyle::Plain => Value::Plain(text.into_owned()),
                    _ => Value::Quoted(text.into_owned()),
                };
                self.value(Node::new(value, span));
            }
            Event::SequenceStart(style, ..) => self.start(Content::List(Vec::new()), style, span),
            Event::MappingStart(style, ..) => {
                self.start(Content::Map { entries: Vec::new(), key: None }, style, span);
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Anchor(..) => {
                self.refuse(codes::ALIAS, "anchors are not part of the language", span, "remove this anchor");
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let (message, label) = ("aliases are not part of the language", "write the value out");
                self.refuse(codes::ALIAS, message, span, label);
                self.value(Node::new(Value::Unreadable, span));
            }
            _ => {}
        }
        Some(())
    }

    fn start(&mut self, content: Content, style: StructureStyle, span: Span) {
        let flow = style == StructureStyle::Flow;
        self.open.push(Open { start: span.start, end: span.end, flow, content });
    }

    fn end(&mut self, span: Span) {
        let Some(open) = self.open.pop() else { return };
        let end = if open.flow { span.end } else { open.end };
        let span = Span::new(open.start, end.max(open.start));
        let value = match open.content {
            Content::List(items) => Value::List(items),
            Content::Map { entries, .. } => Value::Map(entries),
        };
        self.value(Node::new(value, span));
    }

    /// Puts a finished value where it belongs.
    fn value(&mut self, node: Node) {
        let Some(open) = self.open.last_mut() else {
            self.root.get_or_insert(node);
            return;
        };
        open.end = open.end.max(node.span.end);
        match &mut open.content {
            Content::List(items) => items.push(node),
            Content::Map { entries, key } => match key.take() {
                Some(Key::Word(word)) => entries.push(Entry::new(word, node)),
                Some(Key::Refused) => {}
                None => *key = Some(key_of(node, self.findings)),
            },
        }
    }

    fn refuse(&mut self, code: crate::diagnostic::Code, message: &str, span: Span, label: &str) {
        self.findings.report(Diagnostic::error(code, message, span, label));
    }

    /// Reports a text that is no YAML, in the words of someone who wrote a spec.
    fn syntax(&mut self, error: &ScanError) {
        let offset = self.text.floor_char_boundary(error.marker().byte_offset().unwrap_or(self.text.len()));
        // A tab is found behind itself.
        let offset =
            if is_tab(error.kind()) && self.text[..offset].ends_with('\t') { offset - 1 } else { offset };
        let length =
            self.text[offset..].chars().next().filter(|next| *next != '\n').map_or(0, char::len_utf8);
        let span = Span::new(offset, offset + length);
        let line = &self.text[self.text[..offset].rfind('\n').map_or(0, |end| end + 1)..offset];
        let behind = !line.trim_start_matches([' ', '-']).is_empty();
        let (code, message, label, help) = match error.kind() {
            ErrorKind::ExpectedBlockMappingKey | ErrorKind::ExpectedBlockSequenceEntry if behind => {
                let message = "a line holds one key with one value".to_owned();
                (
                    codes::SYNTAX,
                    message,
                    "does not belong to the value before it",
                    Some("start a new line, or put several keys in braces: `{key: value, key: value}`"),
                )
            }
            kind => words(kind),
        };
        let mut finding = Diagnostic::error(code, message, span, label);
        if let Some(help) = help {
            finding = finding.help(help);
        }
        // A map that its first key begins, as in `[a: b]`, starts at the key and not at a brace.
        let at_brace = |start: usize| self.text.get(start..).is_some_and(|text| text.starts_with(['{', '[']));
        let open = self.open.iter().rev().find(|open| open.flow && at_brace(open.start));
        if let (true, Some(open)) = (is_unclosed(error.kind()), open) {
            finding = finding.also(Span::new(open.start, open.start + 1), "opened here");
        }
        self.findings.report(finding);
    }
}

/// A key out of the value in its place.
fn key_of(node: Node, findings: &mut Findings) -> Key {
    let span = node.span;
    let finding = match node.value {
        Value::Plain(text) if text == "<<" => Diagnostic::error(
            codes::ALIAS,
            "merge keys are not part of the language",
            span,
            "write the values out",
        ),
        Value::Plain(text) | Value::Quoted(text) => return Key::Word(Spanned::new(text, span)),
        Value::Unreadable => return Key::Refused,
        Value::Empty | Value::List(_) | Value::Map(_) => {
            let message = format!("a key must be a word, not {}", node.describe());
            Diagnostic::error(codes::WRONG_TYPE, message, span, "stands where a key belongs")
        }
    };
    findings.report(finding);
    Key::Refused
}

fn is_tab(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::TabNotAllowed | ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation)
}

fn is_unclosed(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UnclosedFlowCollection { .. }
            | ErrorKind::UnexpectedEofFlowSequence
            | ErrorKind::UnexpectedEofFlowMapping
            | ErrorKind::ExpectedFlowMappingSeparator
            | ErrorKind::ExpectedFlowSequenceSeparator
            | ErrorKind::InvalidFlowScalarIndent
            | ErrorKind::BlockEntryInFlowCollection
    )
}

/// Code, message, label and help for what the library found.
fn words(kind: &ErrorKind) -> (crate::diagnostic::Code, String, &'static str, Option<&'static str>) {
    let (message, label, help) = match kind {
        ErrorKind::RecursionLimitExceeded => {
            let message = format!("maps and lists lie more than {MAX_DEPTH} levels deep");
            return (codes::TOO_DEEP, message, "one level too many", Some("a spec needs six levels at most"));
        }
        kind if is_tab(kind) => ("a tab cannot indent a line", "a tab", Some("indent with spaces")),
        ErrorKind::DirectiveDisallowed => {
            ("directives are not part of the language", "remove this line", None)
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => (
            "this `:` cannot stand here",
            "a key and its value are complete already",
            Some("start a new line, or put a text with a `:` in quotes"),
        ),
        ErrorKind::InvalidIndentation | ErrorKind::ExpectedBlockMappingKey => (
            "this line is not indented like those before it",
            "neither a key of this map nor the end of it",
            Some("keys of one map start in the same column"),
        ),
        ErrorKind::ExpectedBlockSequenceEntry => (
            "this line is not indented like those before it",
            "neither an entry of this list nor the end of it",
            Some("entries of one list start with `- ` in the same column"),
        ),
        ErrorKind::ExpectedFlowMappingSeparator => {
            ("expected `,` or `}` in this map", "not a separator", None)
        }
        ErrorKind::ExpectedFlowSequenceSeparator => {
            ("expected `,` or `]` in this list", "not a separator", None)
        }
        ErrorKind::UnclosedFlowCollection { open: '[' } | ErrorKind::UnexpectedEofFlowSequence => {
            ("a list is never closed", "expected `]` before this place", None)
        }
        ErrorKind::UnclosedFlowCollection { .. } | ErrorKind::UnexpectedEofFlowMapping => {
            ("a map is never closed", "expected `}` before this place", None)
        }
        ErrorKind::InvalidFlowScalarIndent => (
            "a list or map in brackets must be indented deeper than its key",
            "starts too far left",
            Some("is a closing bracket missing above?"),
        ),
        ErrorKind::BlockEntryInFlowCollection => (
            "an entry with a `-` cannot stand between brackets",
            "starts an entry",
            Some("is a closing bracket missing above?"),
        ),
        ErrorKind::MisplacedFlowCollectionEnd => {
            let help = "a bracket opens only behind `: `, `- ` or another bracket";
            ("this bracket closes nothing", "not opened", Some(help))
        }
        ErrorKind::UnclosedQuotedScalar => ("a quote is never closed", "the text ends here", None),
        ErrorKind::SimpleKeyExpected => (
            "expected `:` behind this key",
            "is a key without a value",
            Some("a map holds `key: value`, with a space behind the `:`"),
        ),
        ErrorKind::BlockSequenceEntryNotAllowed => {
            ("a list cannot start here", "this `-`", Some("start it on a new line behind its key"))
        }
        other => return (codes::SYNTAX, format!("the text is no YAML: {other}"), "here", None),
    };
    (codes::SYNTAX, message.to_owned(), label, help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, Number, Value as Json};

    /// What the schema of YAML makes of the tree, for comparison with libraries that follow it.
    fn json(node: &Node) -> Json {
        match &node.value {
            Value::Empty => Json::Null,
            Value::Unreadable => panic!("was reported"),
            Value::Quoted(text) => Json::from(text.as_str()),
            Value::Plain(text) => match text.as_str() {
                "true" => Json::Bool(true),
                "false" => Json::Bool(false),
                text => match (text.parse::<u64>(), text.parse::<f64>()) {
                    (Ok(whole), _) => Json::from(whole),
                    (_, Ok(number)) => Number::from_f64(number).map_or(Json::Null, Json::Number),
                    _ => Json::from(text),
                },
            },
            Value::List(items) => items.iter().map(json).collect(),
            Value::Map(entries) => {
                let pairs = entries.iter().map(|entry| (entry.key.value.clone(), json(&entry.value)));
                Json::Object(pairs.collect::<Map<String, Json>>())
            }
        }
    }

    #[test]
    fn other_libraries_read_the_same_tree() {
        for folder in ["specs", "tests/specs"] {
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.extension().is_none_or(|ending| ending != "yaml") {
                    continue;
                }
                let text = std::fs::read_to_string(&path).expect("a text");
                let mut findings = Findings::default();
                let tree = json(&tree(&text, &mut findings).expect("is YAML"));
                assert_eq!(tree, serde_yaml::from_str::<Json>(&text).expect("is YAML"), "{}", path.display());
                assert_eq!(
                    tree,
                    serde_saphyr::from_str::<Json>(&text).expect("is YAML"),
                    "{}",
                    path.display()
                );
            }
        }
    }
}
