//! Where a name comes from.

use super::complete::word_at;
use crate::ast::{Param, Spec};
use crate::check::Checked;
use crate::source::{Source, Syntax};
use crate::span::Span;

/// The place that a name at an offset of the first of the texts leads to: of a param its default, of `extends` the
/// other text, of an override the layer or block. The place may lie in any of [`Checked::sources`].
pub fn definition(checked: &Checked, offset: usize) -> Option<Span> {
    let source = checked.sources.first()?;
    let spec = checked.written.first()?;
    let holds = |span: Span| (span.start..=span.end).contains(&offset);
    if spec.extends.as_ref().is_some_and(|extends| holds(extends.span)) {
        let parent = checked.sources.get(1)?;
        return Some(Span::new(parent.base(), parent.base()));
    }
    if let Some(change) = spec.overrides.iter().find(|change| holds(change.name.span)) {
        return layer_or_block(checked, spec, &change.name.value);
    }
    let word = word_at(source.text(), offset);
    let text = source.text().get(word.range())?;
    let name = match (source.syntax(), text.strip_prefix('$')) {
        (_, Some(name)) => name,
        (Syntax::Dsl, None) => text,
        (Syntax::Yaml, None) => return None,
    };
    let mut params = checked.written.iter().flat_map(|spec| &spec.params);
    params.find(|param| param.name.value == name).map(|param| param.name.span)
}

fn layer_or_block(checked: &Checked, spec: &Spec, name: &str) -> Option<Span> {
    if let Some(model) = &checked.model
        && let Some(layer) = model.layers().iter().find(|layer| layer.name == name)
    {
        return Some(layer.span);
    }
    let model = checked.model.as_ref()?;
    let index = model.blocks().iter().position(|block| block.name == name)?;
    spec.blocks.get(index).map(|block| block.span)
}

/// The params of a text and of those it extends, each once; those that can be read.
pub(super) fn params(source: &Source) -> Vec<Param> {
    let mut params: Vec<Param> = Vec::new();
    for param in crate::check(source, &[]).written.into_iter().flat_map(|spec| spec.params) {
        if params.iter().all(|known| known.name.value != param.name.value) {
            params.push(param);
        }
    }
    params
}
