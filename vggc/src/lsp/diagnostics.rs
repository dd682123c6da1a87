//! What is wrong, as one types.

use super::documents::Document;
use gen_lsp_types::{
    Code, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, PublishDiagnosticsParams,
};
use vgg_spec::diagnostic::{self, Label, Severity};

/// Everything there is to say about a text.
pub(super) fn published(document: &Document) -> PublishDiagnosticsParams {
    let findings = document.checked.findings.iter().filter(|_| document.is_spec());
    let diagnostics = findings.map(|finding| shown(document, finding)).collect();
    PublishDiagnosticsParams { uri: document.uri.clone(), version: Some(document.version), diagnostics }
}

/// A finding as the editor shows it: one in an extended file lands where the way to that file starts.
pub(super) fn shown(document: &Document, finding: &diagnostic::Diagnostic) -> Diagnostic {
    let labels = || std::iter::once(&finding.primary).chain(&finding.secondary);
    let here = labels().find(|label| document.source.contains(label.span)).unwrap_or(&finding.primary);
    let related: Vec<DiagnosticRelatedInformation> = labels()
        .filter(|label| !std::ptr::eq(*label, here))
        .filter_map(|label| related(document, label))
        .collect();
    Diagnostic {
        range: document.lines().range(here.span),
        severity: Some(match finding.severity {
            Severity::Error => DiagnosticSeverity::Error,
            Severity::Warning => DiagnosticSeverity::Warning,
        }),
        code: Some(Code::String(finding.code.0.to_owned())),
        code_description: None,
        source: Some("vggc".to_owned()),
        message: message(finding).into(),
        tags: None,
        related_information: Some(related).filter(|related| !related.is_empty()),
        data: None,
    }
}

/// What is wrong, why, and what to do, a line each.
fn message(finding: &diagnostic::Diagnostic) -> String {
    let mut text = finding.message.clone();
    if !finding.primary.text.is_empty() {
        text += &format!(" ({})", finding.primary.text);
    }
    for note in &finding.notes {
        text += &format!("\n{note}");
    }
    if let Some(help) = &finding.help {
        text += &format!("\nhelp: {help}");
    }
    text
}

fn related(document: &Document, label: &Label) -> Option<DiagnosticRelatedInformation> {
    let location = document.location(label.span)?;
    let message = if label.text.is_empty() { "see here".to_owned() } else { label.text.clone() };
    Some(DiagnosticRelatedInformation { location, message })
}
