//! What the layer under the cursor puts out and costs, and what the word there means.

use super::documents::Document;
use gen_lsp_types::{Hover, MarkupContent, MarkupKind, Position};
use std::fmt::Write;
use vgg_spec::ir::{Layer, Model};
use vgg_spec::language::complete::meaning;
use vgg_spec::quantity::{bytes, grouped, operations};
use vgg_spec::span::Span;

/// Layers that are listed; of a longer block, the first ones.
const LISTED: usize = 40;

/// What there is to say about a place.
pub(super) fn hover(document: &Document, position: Position) -> Option<Hover> {
    if !document.is_spec() {
        return None;
    }
    let offset = document.offset(position);
    let mut text = String::new();
    let mut range = None;
    if let Some((span, found)) = meaning(&document.source, offset) {
        let _ = writeln!(text, "`{}`: {}\n", found.label, found.about);
        range = Some(span);
    }
    if let Some(model) = &document.checked.model
        && let Some((span, layers)) = layers_at(document, model, offset)
    {
        text += &table(&layers);
        range = range.or(Some(span));
    }
    let range = range.map(|span| document.lines().range(span));
    let value = text.trim_end().to_owned();
    let contents = MarkupContent { kind: MarkupKind::Markdown, value }.into();
    range.map(|range| Hover { contents, range: Some(range) })
}

/// The layers that the author wrote here: those of the smallest place that holds the cursor, or of the whole block.
fn layers_at<'m>(document: &Document, model: &'m Model, offset: usize) -> Option<(Span, Vec<&'m Layer>)> {
    let holds = |span: Span| document.source.contains(span) && (span.start..=span.end).contains(&offset);
    let length = |span: Span| span.end - span.start;
    let layers = || model.layers().iter();
    let layer = layers().map(|layer| layer.span).filter(|span| holds(*span)).min_by_key(|span| length(*span));
    let blocks = document.spec().into_iter().flat_map(|spec| &spec.blocks);
    let block = blocks.map(|block| block.span).find(|span| holds(*span));
    match (layer, block) {
        (Some(layer), block) if block != Some(layer) => {
            Some((layer, layers().filter(|one| one.span == layer).collect()))
        }
        (_, Some(block)) => {
            let inside = |span: Span| block.start <= span.start && span.end <= block.end;
            Some((block, layers().filter(|layer| inside(layer.span)).collect()))
        }
        _ => None,
    }
}

fn table(layers: &[&Layer]) -> String {
    let mut text = "| layer | output | parameters | MACs | field | memory |\n".to_owned();
    text += "| --- | --- | ---: | ---: | ---: | ---: |\n";
    for layer in layers.iter().take(LISTED) {
        let [height, width] = layer.receptive_field;
        let _ = writeln!(
            text,
            "| `{}` {} | {} | {} | {} | {height}x{width} | {} |",
            layer.name,
            layer.describe(),
            layer.output,
            grouped(layer.parameters()),
            operations(layer.macs()),
            bytes(layer.activation_bytes()),
        );
    }
    if layers.len() > LISTED {
        let _ = writeln!(text, "\nand {} more", layers.len() - LISTED);
    }
    text
}
