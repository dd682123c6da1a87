//! A finding for other programs.

use super::{Diagnostic, Label, Severity};
use crate::source::{LineColumn, Source};
use serde::Serialize;

/// A finding with its place as lines and columns, both from 1; columns count characters, and the end is just
/// past the last one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which check found it.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// The file, as it was given.
    pub file: String,
    /// Line where it starts.
    pub line: usize,
    /// Column where it starts.
    pub column: usize,
    /// Line where it ends.
    pub end_line: usize,
    /// Column just past its end.
    pub end_column: usize,
    /// What to do about it.
    pub help: Option<String>,
    /// Other places that have to do with it.
    #[serde(skip)]
    pub related: Vec<Related>,
}

/// Another place of a [`Finding`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// The file.
    pub file: String,
    /// Where it starts, and just past its end.
    pub place: [LineColumn; 2],
    /// What is to be seen there.
    pub text: String,
}

impl Finding {
    /// The finding in the one of the texts that it is about.
    pub fn new(sources: &impl AsRef<[Source]>, diagnostic: &Diagnostic) -> Finding {
        let span = diagnostic.primary.span;
        let sources = sources.as_ref();
        let Some(source) = sources.iter().find(|source| source.contains(span)).or(sources.first()) else {
            return Finding::nowhere(diagnostic);
        };
        let (start, end) = (source.line_column(span.start), source.line_column(span.end));
        Finding {
            code: diagnostic.code.0,
            severity: diagnostic.severity,
            message: diagnostic.message.clone(),
            file: source.name().to_owned(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            help: diagnostic.help.clone(),
            related: diagnostic.secondary.iter().filter_map(|label| related(sources, label)).collect(),
        }
    }

    fn nowhere(diagnostic: &Diagnostic) -> Finding {
        Finding::new(&Source::new("", "", crate::source::Syntax::Yaml), diagnostic)
    }
}

fn related(sources: &[Source], label: &Label) -> Option<Related> {
    let source = sources.iter().find(|source| source.contains(label.span))?;
    let place = [label.span.start, label.span.end].map(|offset| source.line_column(offset));
    Some(Related { file: source.name().to_owned(), place, text: label.text.clone() })
}
