//! The front end in one call: a text is read, and the network it describes is checked.

use crate::ast::Spec;
use crate::diagnostic::{Diagnostic, Severity};
use crate::extend;
use crate::ir::Model;
use crate::lint;
use crate::lower::{self, Override};
use crate::source::Source;

/// Findings that are handed out. Nobody reads on behind so many.
const MAX_FINDINGS: usize = 1000;

/// What became of a text.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The network; there exactly if no finding is an error.
    pub model: Option<Model>,
    /// What there is to say about the text, in the order of its places; the first thousand.
    pub findings: Vec<Diagnostic>,
    /// The text, the one that it extends, and so on: what findings point into.
    pub sources: Vec<Source>,
    /// What each of these texts says by itself, up to the first that cannot be read.
    pub written: Vec<Spec>,
}

impl Checked {
    /// Whether there are errors.
    pub fn failed(&self) -> bool {
        self.model.is_none()
    }
}

/// Reads and checks a text, with values for some of its params.
///
/// ```
/// use vgg_spec::check;
/// use vgg_spec::source::{Source, Syntax};
///
/// let text = "model Tiny { input 3 x 8 x 8; block { conv 4; } head { gap; dense 10 softmax; } }";
/// let checked = check(&Source::new("tiny.vgg", text, Syntax::Dsl), &[]);
/// assert_eq!(checked.model.expect("is fine").classes(), 10);
///
/// let checked = check(&Source::new("tiny.yaml", "modle: Tiny", Syntax::Yaml), &[]);
/// assert_eq!(checked.findings[0].help.as_deref(), Some("did you mean `model`?"));
/// ```
pub fn check(source: &Source, overrides: &[Override]) -> Checked {
    let extended = extend::read(source);
    let mut findings = extended.findings.clone();
    let readable = !findings.iter().any(|finding| finding.severity == Severity::Error);
    let mut model = None;
    if let Some(spec) = extended.spec() {
        let (lowered, more) = lower::lower(spec, overrides);
        // What could not be read may well use a param, and so may the specs that extend this one.
        let needless = |finding: &Diagnostic| {
            finding.code == lower::codes::UNUSED_PARAM
                && (!readable || !source.contains(finding.primary.span))
        };
        findings.extend(
            more.into_iter().filter(|finding| !needless(finding)).map(|finding| extended.link(finding)),
        );
        model = lowered.filter(|_| readable);
        findings.extend(model.iter().flat_map(lint::lint).map(|finding| extended.link(finding)));
        let allowed = |finding: &Diagnostic| spec.allow.iter().any(|code| code.value == finding.code.0);
        findings.retain(|finding| finding.severity == Severity::Error || !allowed(finding));
    }
    findings.sort_by_key(|finding| (finding.primary.span, finding.code));
    findings.truncate(MAX_FINDINGS);
    Checked { model, findings, sources: extended.sources, written: extended.written }
}
