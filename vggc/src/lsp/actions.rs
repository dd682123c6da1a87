//! What mends a finding: its edit, or all edits of a text at once.

use super::diagnostics::shown;
use super::documents::Document;
use super::formatting;
use gen_lsp_types::{CodeAction, CodeActionKind, CodeActionParams, TextEdit, WorkspaceEdit};
use std::collections::HashMap;
use vgg_spec::diagnostic::Diagnostic;
use vgg_spec::diagnostic::fix::fix;

/// The actions for a part of a text.
pub(super) fn actions(document: &Document, params: &CodeActionParams) -> Vec<CodeAction> {
    let wanted = |kind: &CodeActionKind| {
        let kind = String::from(kind.clone());
        let is_within = |only: &CodeActionKind| kind.starts_with(&String::from(only.clone()));
        params.context.only.as_ref().is_none_or(|only| only.iter().any(is_within))
    };
    let mut actions = Vec::new();
    if !document.is_spec() {
        return actions;
    }
    if wanted(&CodeActionKind::QuickFix) {
        let lines = document.lines();
        let (start, end) = (lines.offset(params.range.start), lines.offset(params.range.end));
        let touched = document
            .checked
            .findings
            .iter()
            .filter(|finding| finding.primary.span.start <= end && start <= finding.primary.span.end);
        actions.extend(touched.filter_map(|finding| quick_fix(document, finding)));
    }
    let fixes = document.checked.findings.iter().filter(|finding| fixes_here(document, finding)).count();
    if fixes > 0 && wanted(&CodeActionKind::SourceFixAll) {
        let mended = fix(&document.source, &[]).text;
        actions.extend(formatting::edit(document, &mended).map(|edit| CodeAction {
            title: "Mend all that can be mended without doubt".to_owned(),
            kind: Some(CodeActionKind::SourceFixAll),
            edit: Some(changed(document, edit)),
            ..CodeAction::default()
        }));
    }
    actions
}

fn fixes_here(document: &Document, finding: &Diagnostic) -> bool {
    finding.fix.as_ref().is_some_and(|edit| document.source.contains(edit.span))
}

fn quick_fix(document: &Document, finding: &Diagnostic) -> Option<CodeAction> {
    let edit = finding.fix.as_ref().filter(|_| fixes_here(document, finding))?;
    let old = document.source.slice(edit.span);
    let title = match (old, edit.text.as_str()) {
        ("", new) => format!("Insert `{new}`"),
        (old, "") => format!("Remove `{old}`"),
        (old, new) => format!("Replace `{old}` by `{new}`"),
    };
    let change = TextEdit { range: document.lines().range(edit.span), new_text: edit.text.clone() };
    Some(CodeAction {
        title,
        kind: Some(CodeActionKind::QuickFix),
        diagnostics: Some(vec![shown(document, finding)]),
        is_preferred: Some(true),
        edit: Some(changed(document, change)),
        ..CodeAction::default()
    })
}

fn changed(document: &Document, edit: TextEdit) -> WorkspaceEdit {
    let changes = HashMap::from([(document.uri.clone(), vec![edit])]);
    WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }
}
