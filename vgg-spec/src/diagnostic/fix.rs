//! Putting the edits that findings offer into the text.

use super::{Diagnostic, Edit};
use crate::check;
use crate::lower::Override;
use crate::source::Source;

/// Rounds of edits: one may bring to light what another mends.
const MAX_ROUNDS: usize = 8;

/// A text in which what could be mended is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// The text. Everything but what was mended is as it was, comments among it.
    pub text: String,
    /// How many edits were made.
    pub edits: usize,
}

/// Makes the edits that findings offer, as long as each round of them leaves fewer findings than there were.
/// An edit that mends one thing and breaks another is not made.
///
/// ```
/// use vgg_spec::diagnostic::fix::fix;
/// use vgg_spec::source::{Source, Syntax};
///
/// let text = "modle: Tiny # called so\ninput: {shap: [3, 8, 8]}\nblocks: [{conv: [8]}]\nhead: [gap, {dense: 2}]\n";
/// let fixed = fix(&Source::new("a.yaml", text, Syntax::Yaml), &[]);
/// assert_eq!(fixed.edits, 2);
/// assert!(fixed.text.starts_with("model: Tiny # called so\ninput: {shape:"));
/// ```
pub fn fix(source: &Source, overrides: &[Override]) -> Fixed {
    let mut fixed = Fixed { text: source.text().to_owned(), edits: 0 };
    let findings_of = |text: &str| check(&source.with_text(text), overrides).findings;
    let mut findings = check(source, overrides).findings;
    for _ in 0..MAX_ROUNDS {
        let edits = edits(&fixed.text, &findings);
        if edits.is_empty() {
            break;
        }
        let text = apply(&fixed.text, &edits);
        let left = findings_of(&text);
        if left.len() >= findings.len() {
            break;
        }
        fixed = Fixed { text, edits: fixed.edits + edits.len() };
        findings = left;
    }
    fixed
}

/// The edits of findings that lie in a text, in order; of those that overlap, the first.
fn edits<'f>(text: &str, findings: &'f [Diagnostic]) -> Vec<&'f Edit> {
    let mut edits: Vec<&Edit> = findings.iter().filter_map(|finding| finding.fix.as_ref()).collect();
    edits.retain(|edit| text.get(edit.span.range()).is_some());
    edits.sort_by_key(|edit| edit.span);
    let mut end = None;
    edits.retain(|edit| {
        let free = end.is_none_or(|end| edit.span.start >= end && edit.span.end > end);
        if free {
            end = Some(edit.span.end);
        }
        free
    });
    edits
}

/// A text with edits made that are in order and do not overlap.
fn apply(text: &str, edits: &[&Edit]) -> String {
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        result += &text[at..edit.span.start];
        result += &edit.text;
        at = edit.span.end;
    }
    result + &text[at..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Syntax;

    #[test]
    fn typos_in_both_spellings_are_mended() {
        let dsl = "model Tiny { // a net\n input 1 x 8 x 8;\n blok { conv 8 kernl 3; }\n head { gap; dense 4 relo; dense 2; } }";
        let fixed = fix(&Source::new("a.vgg", dsl, Syntax::Dsl), &[]);
        assert!(fixed.text.contains("{ // a net\n"), "{}", fixed.text);
        assert!(fixed.text.contains("dense 4 relu;"), "{}", fixed.text);
        let left = check(&Source::new("a.vgg", fixed.text, Syntax::Dsl), &[]).findings;
        assert_eq!((left, fixed.edits), (Vec::new(), 3));
    }

    #[test]
    fn what_has_no_edit_is_left_as_it_is() {
        let text = "model: Tiny\ninput: {shape: [3, 0, 8]}\n";
        let fixed = fix(&Source::new("a.yaml", text, Syntax::Yaml), &[]);
        assert_eq!(fixed, Fixed { text: text.to_owned(), edits: 0 });
    }
}
