//! The texts that are open in the editor, each checked as it is.

use super::lines::{Lines, Starts};
use super::uri;
use gen_lsp_types::{LanguageKind, Location, Position, TextDocumentContentChangeEvent, Uri};
use std::collections::HashMap;
use vgg_spec::Checked;
use vgg_spec::ast::Spec;
use vgg_spec::source::{Source, Syntax};
use vgg_spec::span::Span;

/// A text as it stands in the editor.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) uri: Uri,
    pub(super) version: i32,
    pub(super) source: Source,
    pub(super) checked: Checked,
    starts: Starts,
}

impl Document {
    /// `None` if it is no spec.
    pub(super) fn new(uri: Uri, language: &LanguageKind, version: i32, text: String) -> Option<Document> {
        let path = uri::to_path(&uri);
        let source = match path.as_ref().and_then(|path| Source::at(path, text.as_str())) {
            Some(source) => source,
            None => Source::new(uri.0.as_str(), text, syntax_of(language)?),
        };
        let (checked, starts) = (vgg_spec::check(&source, &[]), Starts::of(source.text()));
        Some(Document { uri, version, source, checked, starts })
    }

    /// Makes the changes one after the other.
    pub(super) fn change(&mut self, version: i32, changes: Vec<TextDocumentContentChangeEvent>) {
        let mut text = self.source.text().to_owned();
        for change in changes {
            match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                    let starts = Starts::of(&text);
                    let lines = starts.lines(&text);
                    let (start, end) = (lines.offset(part.range.start), lines.offset(part.range.end));
                    text.replace_range(start.min(end)..end.max(start), &part.text);
                }
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => {
                    text = whole.text;
                }
            }
        }
        self.version = version;
        self.source = self.source.with_text(text);
        self.starts = Starts::of(self.source.text());
        self.check();
    }

    /// Checks it again: what it extends may have changed.
    pub(super) fn check(&mut self) {
        self.checked = vgg_spec::check(&self.source, &[]);
    }

    /// Whether it is a spec at all. YAML is written for many programs, and what is meant for another one is not wrong.
    pub(super) fn is_spec(&self) -> bool {
        const TELLING: [&str; 4] = ["model", "extends", "blocks", "head"];
        let mut keys = top_level_keys(self.source.text());
        self.source.syntax() == Syntax::Dsl || keys.any(|key| TELLING.contains(&key))
    }

    /// Whether it may become a spec: nothing else has been written yet.
    pub(super) fn may_be_spec(&self) -> bool {
        self.is_spec() || top_level_keys(self.source.text()).next().is_none()
    }

    /// What the text alone says, as far as it can be read.
    pub(super) fn spec(&self) -> Option<&Spec> {
        self.checked.written.first()
    }

    pub(super) fn lines(&self) -> Lines<'_> {
        self.starts.lines(self.source.text())
    }

    pub(super) fn offset(&self, position: Position) -> usize {
        self.lines().offset(position)
    }

    /// Where a place is that may lie in this text or in one that it extends.
    pub(super) fn location(&self, span: Span) -> Option<Location> {
        if self.source.contains(span) {
            return Some(Location { uri: self.uri.clone(), range: self.lines().range(span) });
        }
        let source = self.checked.sources.iter().find(|source| source.contains(span))?;
        let from_start = |offset: usize| offset.saturating_sub(source.base());
        let starts = Starts::of(source.text());
        let range =
            starts.lines(source.text()).range(Span::new(from_start(span.start), from_start(span.end)));
        Some(Location { uri: uri::of_path(source.path()?), range })
    }
}

/// What stands before a colon at the start of a line.
fn top_level_keys(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.split_once(':')).map(|(key, _)| key).filter(|key| {
        key.starts_with(|first: char| first.is_alphabetic()) && !key.contains(char::is_whitespace)
    })
}

fn syntax_of(language: &LanguageKind) -> Option<Syntax> {
    match String::from(language.clone()).as_str() {
        "yaml" => Some(Syntax::Yaml),
        "vgg" => Some(Syntax::Dsl),
        _ => None,
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Documents {
    open: HashMap<Uri, Document>,
}

impl Documents {
    pub(super) fn open(&mut self, document: Document) -> &Document {
        let uri = document.uri.clone();
        self.open.entry(uri).insert_entry(document).into_mut()
    }

    pub(super) fn close(&mut self, uri: &Uri) -> Option<Document> {
        self.open.remove(uri)
    }

    pub(super) fn get(&self, uri: &Uri) -> Option<&Document> {
        self.open.get(uri)
    }

    pub(super) fn get_mut(&mut self, uri: &Uri) -> Option<&mut Document> {
        self.open.get_mut(uri)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Document> {
        self.open.values_mut()
    }
}
