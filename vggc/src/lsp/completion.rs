//! What may be written next.

use super::documents::Document;
use gen_lsp_types::{CompletionItem, CompletionItemKind, Documentation, Position, TextEdit};
use vgg_spec::language::complete::{Kind, complete};

/// The proposals for a place, in the order of the language.
pub(super) fn items(document: &Document, position: Position) -> Vec<CompletionItem> {
    if !document.may_be_spec() {
        return Vec::new();
    }
    let found = complete(&document.source, document.offset(position));
    let range = document.lines().range(found.span);
    let item = |(index, proposal): (usize, vgg_spec::language::complete::Proposal)| CompletionItem {
        label: proposal.label.clone(),
        kind: Some(match proposal.kind {
            Kind::Key => CompletionItemKind::Property,
            Kind::Word => CompletionItemKind::EnumMember,
            Kind::Param => CompletionItemKind::Variable,
            Kind::Code => CompletionItemKind::Constant,
        }),
        documentation: Some(Documentation::String(proposal.about)),
        sort_text: Some(format!("{index:04}")),
        filter_text: Some(proposal.label),
        text_edit: Some(TextEdit { range, new_text: proposal.text }.into()),
        ..CompletionItem::default()
    };
    found.proposals.into_iter().enumerate().map(item).collect()
}
