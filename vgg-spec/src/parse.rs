//! From text to what the author wrote.
//!
//! Each spelling is first made into one and the same tree of maps, lists and scalars, in which every value
//! knows its place; then one reader makes the [`Spec`] of it. So whatever can be said in one spelling can be
//! said in the other, and a mistake in either is found by the same check.

pub(crate) mod codes;
mod dsl;
mod read;
pub(crate) mod tree;
mod yaml;

use crate::ast::Spec;
use crate::diagnostic::Diagnostic;
use crate::source::{MAX_BYTES, Source, Syntax};
use crate::span::Span;
use tree::Node;

/// Maps and lists inside one another. A spec needs six levels.
const MAX_DEPTH: usize = 32;

/// Findings that are collected. Nobody reads on behind so many.
const MAX_FINDINGS: usize = 1000;

/// Reads a text. There is a spec unless the text is not even well formed; what of it could not be read has
/// been reported, and is left out or marked as unreadable.
pub fn parse(source: &Source) -> (Option<Spec>, Vec<Diagnostic>) {
    let mut findings = Findings::default();
    if source.text().len() > MAX_BYTES {
        let message = format!("the text is longer than {MAX_BYTES} bytes");
        let start = Span::new(source.base(), source.base());
        findings.report(Diagnostic::error(codes::TOO_LONG, message, start, "starts here"));
        return (None, findings.list);
    }
    let tree = match source.syntax() {
        Syntax::Yaml => yaml::tree(source.text(), &mut findings),
        Syntax::Dsl => dsl::tree(source.text(), &mut findings),
    };
    findings.list.iter_mut().for_each(|finding| finding.shift(source.base()));
    let spec = tree.map(|mut tree: Node| {
        tree.shift(source.base());
        read::spec(&tree, source, &mut findings)
    });
    (spec, findings.list)
}

/// Whether a text behind a `$` is a name at all, be it one that a param can have or not.
pub(crate) fn may_be_param(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
}

/// Whether a character of a comment would steer a terminal, or end the line for some readers. No comment keeps it.
pub(crate) fn steers(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether `.vgg` has a word of this name where a param could stand.
pub(crate) fn is_word(name: &str) -> bool {
    dsl::is_word(name)
}

/// The tree of a text that can be read, with places from its start.
pub(crate) fn tree(source: &Source) -> Option<Node> {
    let findings = &mut Findings::default();
    match source.syntax() {
        Syntax::Yaml => yaml::tree(source.text(), findings),
        Syntax::Dsl => dsl::tree(source.text(), findings),
    }
}

/// What has been found so far.
#[derive(Debug, Default)]
struct Findings {
    list: Vec<Diagnostic>,
}

impl Findings {
    fn report(&mut self, finding: Diagnostic) {
        if self.list.len() < MAX_FINDINGS {
            self.list.push(finding);
        }
    }

    /// Whether looking for suggestions is still worth the time.
    fn suggests(&self) -> bool {
        self.list.len() < MAX_FINDINGS / 10
    }
}
