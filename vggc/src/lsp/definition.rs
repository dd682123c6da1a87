//! Where the name under the cursor comes from.

use super::documents::Document;
use gen_lsp_types::{Location, Position};
use vgg_spec::language::define;

/// The place of its definition.
pub(super) fn location(document: &Document, position: Position) -> Option<Location> {
    let span = define::definition(&document.checked, document.offset(position))?;
    document.location(span)
}
