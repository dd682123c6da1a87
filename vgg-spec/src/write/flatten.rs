//! A spec and those it extends as one text.

use super::document::{Content, Document, Piece};

/// Maps of which the spec that extends says only what is different.
const MERGED: [&str; 5] = ["params", "defaults", "override", "preprocess", "train"];

/// What a document says, and what the one that it extends says besides.
pub(super) fn over(child: Document, parent: Document) -> Document {
    let banner = if child.banner.is_empty() { parent.banner } else { child.banner };
    let mut own: Vec<Piece> = child.entries.into_iter().filter(|entry| !entry.has_key("extends")).collect();
    let mut entries = Vec::with_capacity(parent.entries.len() + own.len());
    for entry in parent.entries {
        let same = own.iter().position(|mine| mine.key == entry.key).map(|index| own.remove(index));
        entries.push(match same {
            Some(mine) => merged(mine, entry),
            None => entry,
        });
    }
    entries.append(&mut own);
    Document { banner, entries, inside: child.inside }
}

fn merged(mut mine: Piece, parent: Piece) -> Piece {
    let merges = MERGED.iter().any(|key| mine.has_key(key));
    let allows = mine.has_key("allow");
    mine.content = match (mine.content, parent.content) {
        (Content::Map(mine), Content::Map(parent)) if merges => Content::Map(replaced(mine, parent)),
        // Codes of warnings add up; blocks and layers are replaced as a whole.
        (Content::List(mine), Content::List(parent)) if allows => {
            Content::List(mine.into_iter().chain(parent).collect())
        }
        (mine, _) => mine,
    };
    mine
}

/// The entries of the parent with the child's values, and the child's own.
fn replaced(mut mine: Vec<Piece>, parent: Vec<Piece>) -> Vec<Piece> {
    let mut entries: Vec<Piece> = parent
        .into_iter()
        .map(|entry| match mine.iter().position(|mine| mine.key == entry.key) {
            Some(index) => mine.remove(index),
            None => entry,
        })
        .collect();
    entries.append(&mut mine);
    entries
}
