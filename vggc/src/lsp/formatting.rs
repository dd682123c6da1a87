//! The canonical form, as the smallest change of lines that leads there.

use super::documents::Document;
use gen_lsp_types::TextEdit;
use vgg_spec::span::Span;
use vgg_spec::write;

/// The edits that format a text: none if it is formatted, and none if it cannot be read, which its diagnostics say.
pub(super) fn edits(document: &Document) -> Vec<TextEdit> {
    let Ok(formatted) = write::format(&document.source) else { return Vec::new() };
    Vec::from_iter(edit(document, &formatted))
}

/// Everything between the first and the last line that differ.
pub(super) fn edit(document: &Document, new: &str) -> Option<TextEdit> {
    let old = document.source.text();
    if old == new {
        return None;
    }
    let lines = |text: &str| text.split_inclusive('\n').map(str::len).collect::<Vec<usize>>();
    let same = old.split_inclusive('\n').zip(new.split_inclusive('\n')).take_while(|(old, new)| old == new);
    let start: usize = same.map(|(line, _)| line.len()).sum();
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let mut end = 0;
    for (old_line, new_line) in lines(old_rest).iter().rev().zip(lines(new_rest).iter().rev()) {
        let matches = old_line == new_line
            && old_rest[..old_rest.len() - end]
                .ends_with(&new_rest[new_rest.len() - end - new_line..new_rest.len() - end]);
        if !matches {
            break;
        }
        end += old_line;
    }
    let range = document.lines().range(Span::new(start, old.len() - end));
    Some(TextEdit { range, new_text: new_rest[..new_rest.len() - end].to_owned() })
}
