//! What must hold of every text, whatever it says: targets call these with what the fuzzer thinks of.

pub mod import;
pub mod net;

use vgg_spec::check;
use vgg_spec::diagnostic::render::{RenderStyle, render};
use vgg_spec::diagnostic::{Finding, Severity, fix};
use vgg_spec::ir::Model;
use vgg_spec::source::{Source, Syntax};

/// Checks a text, shows what was found and mends what can be; every place must lie in the text.
pub fn answer(text: &str, syntax: Syntax) -> Option<Model> {
    let source = Source::new("fuzzed", text, syntax);
    let checked = check(&source, &[]);
    let text = source.text();
    for finding in &checked.findings {
        let labels = std::iter::once(&finding.primary).chain(&finding.secondary).map(|label| label.span);
        for span in labels.chain(finding.fix.iter().map(|fix| fix.span)) {
            assert!(span.start <= span.end && span.end <= text.len(), "{finding:?}");
            assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end), "{finding:?}");
        }
        let record = Finding::new(&source, finding);
        assert!((record.line, record.column) <= (record.end_line, record.end_column), "{finding:?}");
    }
    let failed = checked.findings.iter().any(|finding| finding.severity == Severity::Error);
    assert_eq!(checked.model.is_none(), failed, "{:#?}", checked.findings);
    // A hostile text has thousands, and to lay each out takes long.
    let first = &checked.findings[..checked.findings.len().min(3)];
    let shown = render(&source, first, RenderStyle::PLAIN);
    assert_eq!(shown.is_empty(), checked.findings.is_empty());
    assert!(!shown.contains(|letter: char| letter.is_control() && letter != '\n'), "{shown:?}");
    if checked.findings.iter().any(|finding| finding.fix.is_some()) {
        let mended = fix::fix(&source, &[]);
        let left = check(&source.with_text(mended.text), &[]).findings.len();
        assert!(left + usize::from(mended.edits > 0) <= checked.findings.len());
    }
    checked.model
}

/// A model without the places where its author wrote it: what the spellings of one spec have in common.
pub fn meaning(model: &Model) -> String {
    let mut text = format!("{model:?}");
    while let Some(at) = text.find("Span {") {
        let end = text[at..].find('}').expect("a span ends in a brace");
        text.replace_range(at..=at + end, "");
    }
    text
}

/// The other way to spell a spec.
pub fn other(syntax: Syntax) -> Syntax {
    match syntax {
        Syntax::Yaml => Syntax::Dsl,
        Syntax::Dsl => Syntax::Yaml,
    }
}
