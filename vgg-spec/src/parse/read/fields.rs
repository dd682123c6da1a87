//! Keys of a map: the ones that are known are taken, the others are reported.

use super::super::tree::{Entry, Node, Value};
use super::{Reader, codes};
use crate::diagnostic::Diagnostic;
use crate::names;
use crate::source::Syntax;

/// The entries of a map by their keys.
pub(super) struct Fields<'t> {
    /// What the map says, in words: `a block`.
    owner: String,
    node: &'t Node,
    found: Vec<(&'static str, &'t Entry)>,
}

impl Reader<'_> {
    /// The entries of a map. Reports keys that are there twice or are none of those known; a key that is all
    /// but right is then taken for what was meant. `None` after reporting that it is no map.
    pub(super) fn fields<'t>(
        &mut self,
        node: &'t Node,
        owner: &str,
        known: &[&'static str],
    ) -> Option<Fields<'t>> {
        let Value::Map(entries) = &node.value else {
            self.wrong_type(node, &format!("{owner} must be a map of keys and values"), None);
            return None;
        };
        let mut fields = Fields { owner: owner.to_owned(), node, found: Vec::new() };
        let exact = |entry: &Entry| known.iter().copied().find(|key| *key == entry.key.value);
        for entry in entries {
            match exact(entry) {
                None => {}
                Some(key) => match fields.entry(key) {
                    Some(first) => self.repeated(entry, first),
                    None => fields.found.push((key, entry)),
                },
            }
        }
        for entry in entries.iter().filter(|entry| exact(entry).is_none()) {
            if let Some(meant) = self.unknown_key(entry, owner, known)
                && fields.entry(meant).is_none()
            {
                fields.found.push((meant, entry));
            }
        }
        Some(fields)
    }

    fn repeated(&mut self, entry: &Entry, first: &Entry) {
        let key = &entry.key.value;
        let message = match self.syntax {
            Syntax::Yaml => format!("the key `{key}` is there twice"),
            Syntax::Dsl => format!("`{key}` is said twice"),
        };
        self.report(
            Diagnostic::error(codes::REPEATED_KEY, message, entry.key.span, "the second one")
                .also(first.key.span, "the first one")
                .help("remove one of them"),
        );
    }

    /// Reports a key that is not one of those known, and returns the one that was probably meant.
    fn unknown_key(&mut self, entry: &Entry, owner: &str, known: &[&'static str]) -> Option<&'static str> {
        let key = entry.key.value.as_str();
        let message = format!("there is no `{}` in {owner}", names::shortened(key));
        let finding = Diagnostic::error(codes::UNKNOWN_KEY, message, entry.key.span, "not a known key");
        let close = if self.findings.suggests() { names::closest(key, known.iter().copied()) } else { None };
        self.report(match close {
            Some(close) => finding.help(format!("did you mean `{close}`?")).fix(entry.key.span, close),
            None => finding.help(format!("the keys are {}", list(known))),
        });
        close
    }
}

impl<'t> Fields<'t> {
    /// A key with its value, if it is there.
    pub(super) fn entry(&self, key: &'static str) -> Option<&'t Entry> {
        self.found.iter().find(|(found, _)| *found == key).map(|(_, entry)| *entry)
    }

    /// The value of a key, if it is there.
    pub(super) fn get(&self, key: &'static str) -> Option<&'t Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The value of a key that must be there. `None` after reporting that it is not.
    pub(super) fn require(&self, reader: &mut Reader<'_>, key: &'static str) -> Option<&'t Node> {
        let value = self.get(key);
        if value.is_none() {
            let message = format!("{} has no `{key}`", self.owner);
            let label = format!("`{key}` is missing");
            let finding = Diagnostic::error(codes::MISSING_KEY, message, self.node.span, label);
            reader.report(finding.help(format!("add `{key}`")));
        }
        value
    }
}

/// `` `a`, `b` and `c` ``.
pub(in crate::parse) fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
