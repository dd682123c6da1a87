//! The shape of the data behind each block, and behind each layer of the head that changes it.

use super::documents::Document;
use gen_lsp_types::{InlayHint, InlayHintKind, Range, Tooltip};
use vgg_spec::ir::{Block, Layer};
use vgg_spec::quantity::grouped;
use vgg_spec::span::Span;

/// The hints of a part of a text. There are none where the blocks stand in another file.
pub(super) fn hints(document: &Document, range: Range) -> Vec<InlayHint> {
    let (Some(model), Some(spec)) = (&document.checked.model, document.spec()) else {
        return Vec::new();
    };
    // Where blocks are said here, they are those of the model, one by one.
    let layers = |block: &Block| model.layers()[block.layers.clone()].iter().collect::<Vec<&Layer>>();
    let blocks = spec.blocks.iter().zip(model.blocks());
    let blocks = blocks.map(|(place, block)| (place.span, layers(block)));
    let head = &model.layers()[model.head()];
    let head = spec.head.iter().map(|layer| (layer.span, layers_in(head, layer.span)));
    let head = head.filter(|(_, layers)| layers.iter().any(|layer| layer.input != layer.output));
    let mut hints: Vec<InlayHint> = Vec::new();
    for (span, layers) in blocks.chain(head) {
        let Some(last) = layers.last() else { continue };
        let hint = hint(document, span, last, layers.iter().map(|layer| layer.parameters()).sum());
        if range.start <= hint.position && hint.position <= range.end {
            // A dense layer and its softmax are written in one place.
            hints.retain(|other| other.position != hint.position);
            hints.push(hint);
        }
    }
    hints
}

/// The layers that were written within a place.
fn layers_in(layers: &[Layer], place: Span) -> Vec<&Layer> {
    let inside = |span: Span| place.start <= span.start && span.end <= place.end;
    layers.iter().filter(|layer| inside(layer.span)).collect()
}

fn hint(document: &Document, span: Span, last: &Layer, parameters: u64) -> InlayHint {
    // A block in YAML may end where the next one starts.
    let written = document.source.slice(span).trim_end().len();
    InlayHint {
        position: document.lines().position(span.start + written),
        label: format!("→ {}", last.output).into(),
        kind: Some(InlayHintKind::Type),
        text_edits: None,
        tooltip: Some(Tooltip::String(format!("{} parameters", grouped(parameters)))),
        padding_left: Some(true),
        padding_right: None,
        data: None,
    }
}
