//! Words that may follow one another in a statement, and words that may not.

use super::super::super::codes;
use super::super::super::read::{ACTIVATIONS, list};
use super::super::super::tree::{Entry, Node, Value};
use super::super::words::{Form, Known, Words, word_with};
use super::super::{Body, Item, Kind};
use super::Scope;
use super::collected::entry;
use super::vocabulary::{HEAD, SETTINGS, Vocabulary};
use crate::diagnostic::Diagnostic;
use crate::names;
use crate::span::{Span, Spanned};

impl Scope<'_> {
    /// Reads options and activations up to a word that starts another statement.
    pub(super) fn options(
        &mut self,
        words: &mut Words<'_, '_>,
        vocabulary: &Vocabulary<'_>,
        entries: &mut Vec<Entry>,
    ) {
        let Vocabulary { owner, known, activations, starts } = vocabulary;
        let candidates: Vec<&'static str> =
            known.iter().map(|(key, _)| *key).chain(activations.iter().copied()).collect();
        while let Some(item) = words.peek() {
            let is_known = item.kind == Kind::Word && candidates.contains(&item.text);
            if !is_known && starts.contains(&item.text) {
                return;
            }
            words.next();
            let meant = self.meant(item, owner, &candidates);
            if let Some((_, form)) = known.iter().find(|(key, _)| *key == meant.text) {
                let value = words.value(*form, known, self.findings);
                entries.push(entry(meant, value));
            } else if activations.contains(&meant.text) {
                let settings = words.settings(&SETTINGS, Form::Real, known, self.findings);
                let key = Spanned::new("activation".to_owned(), item.span);
                entries.push(Entry::new(key, word_with(meant, settings)));
            } else {
                let known = |text: &str| candidates.contains(&text) || starts.contains(&text);
                while words.peek().is_some_and(|item| item.kind != Kind::Word || !known(item.text)) {
                    words.next();
                }
            }
        }
    }

    /// The statements of `defaults` or `train`.
    pub(super) fn options_of(
        &mut self,
        body: &Body<'_>,
        owner: &str,
        known: &[Known],
        activations: &[&'static str],
    ) -> Node {
        let mut entries = Vec::new();
        let vocabulary = Vocabulary { owner, known, activations, starts: &[] };
        for statement in &body.statements {
            self.no_body(statement);
            self.options(&mut Words::new(statement), &vocabulary, &mut entries);
        }
        Node::new(Value::Map(entries), body.span)
    }

    /// Reports that another statement starts before this one has ended; `true` if so.
    pub(super) fn missing_end(&mut self, words: &Words<'_, '_>, starts: &[&str]) -> bool {
        let Some(next) = words.peek().filter(|item| starts.contains(&item.text)) else { return false };
        let end = Span::new(words.read_to(), words.read_to());
        self.findings.report(
            Diagnostic::error(
                codes::SYNTAX,
                format!("expected `;` before `{}`", next.text),
                end,
                "a `;` is missing here",
            )
            .help("statements end in `;`")
            .fix(end, ";"),
        );
        true
    }

    /// Reports what is left of a statement that is complete.
    pub(super) fn no_more(&mut self, words: &mut Words<'_, '_>, candidates: &[&'static str]) {
        let Some(item) = words.peek() else { return };
        let message = format!("`{}` cannot stand here", names::shortened(item.text));
        let label = "the statement is complete already";
        let mut finding = Diagnostic::error(codes::SYNTAX, message, item.span, label);
        if self.findings.suggests()
            && let Some(close) = names::closest(item.text, candidates.iter().copied())
        {
            finding = finding.help(format!("did you mean `{close}`?"));
        }
        self.findings.report(finding);
        while words.next().is_some() {}
    }

    /// An item with the word that was meant by it; reports one that is not known.
    pub(super) fn meant<'t>(&mut self, item: Item<'t>, owner: &str, known: &[&'static str]) -> Item<'t> {
        if item.kind == Kind::Word && known.contains(&item.text) {
            return item;
        }
        let shown = names::shortened(item.text);
        if item.kind != Kind::Word {
            let message = format!("`{shown}` cannot stand here");
            self.findings.report(Diagnostic::error(codes::SYNTAX, message, item.span, "expected a word"));
            return item;
        }
        let close =
            if self.findings.suggests() { names::closest(item.text, known.iter().copied()) } else { None };
        let (code, message) = match close {
            Some(close) if ACTIVATIONS.contains(&close) => {
                (codes::UNKNOWN_CHOICE, format!("there is no activation `{shown}`"))
            }
            _ if owner == HEAD => (codes::UNKNOWN_CHOICE, format!("there is no layer `{shown}`")),
            _ => (codes::UNKNOWN_KEY, format!("there is no `{shown}` in {owner}")),
        };
        let finding = Diagnostic::error(code, message, item.span, "not a known word");
        self.findings.report(match close {
            Some(close) => finding.help(format!("did you mean `{close}`?")).fix(item.span, close),
            None => finding.help(format!("known are {}", list(known))),
        });
        Item { text: close.unwrap_or(item.text), ..item }
    }
}
