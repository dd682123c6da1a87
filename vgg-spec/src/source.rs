//! The text of one spec, and how it may be read.

mod error;
mod files;

pub(crate) use error::RelatedError;
pub use error::SourceError;

use crate::span::Span;
use std::path::{Path, PathBuf};

/// The most bytes that a spec may have. The largest in the zoo has some two thousand.
pub const MAX_BYTES: usize = 1 << 20;

/// How the text is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Syntax {
    /// As YAML: `.yaml`, `.yml`.
    Yaml,
    /// As the language of its own: `.vgg`, and what `vgg! { ... }` takes.
    Dsl,
}

impl Syntax {
    /// The spelling that the ending of a file's name stands for.
    ///
    /// ```
    /// use std::path::Path;
    /// use vgg_spec::source::Syntax;
    /// assert_eq!(Syntax::of(Path::new("specs/vgg16.yaml")), Some(Syntax::Yaml));
    /// assert_eq!(Syntax::of(Path::new("vgg16.VGG")), Some(Syntax::Dsl));
    /// assert_eq!(Syntax::of(Path::new("weights.safetensors")), None);
    /// ```
    pub fn of(path: &Path) -> Option<Syntax> {
        let ending = path.extension()?.to_str()?;
        if ["yaml", "yml"].iter().any(|yaml| ending.eq_ignore_ascii_case(yaml)) {
            Some(Syntax::Yaml)
        } else if ending.eq_ignore_ascii_case("vgg") {
            Some(Syntax::Dsl)
        } else {
            None
        }
    }
}

/// The text of one spec.
#[derive(Debug, Clone)]
pub struct Source {
    name: String,
    path: Option<PathBuf>,
    text: String,
    syntax: Syntax,
    /// Offset of the first byte of each line.
    lines: Vec<usize>,
    /// Where its places start: behind those of the texts read before it.
    base: usize,
    /// Where the paths that it names start.
    folder: Option<PathBuf>,
    /// The folder that no path may leave.
    border: Option<PathBuf>,
}

/// A place as people count: from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineColumn {
    /// The line.
    pub line: usize,
    /// Characters in front of the place on its line, and one.
    pub column: usize,
}

impl Source {
    /// A text with the name that messages give it. A byte order mark is dropped.
    ///
    /// ```
    /// use vgg_spec::source::{Source, Syntax};
    /// let source = Source::new("tiny.yaml", "model: Tiny\n", Syntax::Yaml);
    /// assert_eq!(source.line_column(7).column, 8);
    /// ```
    pub fn new(name: impl Into<String>, text: impl Into<String>, syntax: Syntax) -> Source {
        let mut text: String = text.into();
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(end, _)| end + 1);
        let lines = std::iter::once(0).chain(ends).collect();
        Source { name: name.into(), path: None, text, syntax, lines, base: 0, folder: None, border: None }
    }

    /// The same place and spelling with another text.
    #[must_use]
    pub fn with_text(&self, text: impl Into<String>) -> Source {
        let other = Source::new(self.name(), text, self.syntax);
        Source { path: self.path.clone(), folder: self.folder.clone(), border: self.border.clone(), ..other }
    }

    /// Where the places of the next text may start.
    pub(crate) fn next_base(&self) -> usize {
        self.base + self.text.len() + 1
    }

    /// Where its places start: 0 for a text on its own.
    pub fn base(&self) -> usize {
        self.base
    }

    /// Whether a place is one of this text.
    pub fn contains(&self, span: Span) -> bool {
        (self.base..self.next_base()).contains(&span.start)
    }

    /// The same text by another name in messages.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Source {
        self.name = name.into();
        self
    }

    /// What messages call it: the path as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file it was read from, if it was.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The text, without a byte order mark.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How it is spelled.
    pub fn syntax(&self) -> Syntax {
        self.syntax
    }

    /// The text of a place; empty if the place is not one of this text.
    pub fn slice(&self, span: Span) -> &str {
        let from = |offset: usize| offset.checked_sub(self.base);
        let range = from(span.start).zip(from(span.end)).map(|(start, end)| start..end);
        range.and_then(|range| self.text.get(range)).unwrap_or("")
    }

    /// Line and column of an offset in bytes; the end of the text for anything behind it.
    pub fn line_column(&self, offset: usize) -> LineColumn {
        let line = self.line(offset);
        let offset = self.text.floor_char_boundary(offset.saturating_sub(self.base));
        let before = &self.text[self.lines[line - 1]..offset];
        LineColumn { line, column: before.chars().count() + 1 }
    }

    /// The line of an offset in bytes.
    pub(crate) fn line(&self, offset: usize) -> usize {
        let offset = offset.saturating_sub(self.base);
        self.lines.partition_point(|start| *start <= offset)
    }

    /// The offsets of a line's first byte and of its end without the line break. Lines count from 1.
    pub(crate) fn line_span(&self, line: usize) -> Span {
        let start = self.lines[line - 1];
        let end = self.lines.get(line).copied().unwrap_or(self.text.len());
        let text = &self.text[start..end];
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        Span::new(self.base + start, self.base + start + text.len())
    }
}

/// A text may stand for itself where several are asked for.
impl AsRef<[Source]> for Source {
    fn as_ref(&self) -> &[Source] {
        std::slice::from_ref(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, offset: usize) -> (usize, usize) {
        let place = Source::new("x", text, Syntax::Yaml).line_column(offset);
        (place.line, place.column)
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(place("a\n\u{1f600}b", 6), (2, 2));
        assert_eq!(place("ä: ö", 5), (1, 5 - 1));
        assert_eq!(place("a\r\nb", 3), (2, 1));
        assert_eq!(place("", 0), (1, 1));
        assert_eq!(place("ab", 99), (1, 3));
        assert_eq!(place("\u{feff}ab", 1), (1, 2), "the mark is no character of the text");
        assert_eq!(place("\u{1f600}", 2), (1, 1), "inside a character is in front of it");
    }
}
