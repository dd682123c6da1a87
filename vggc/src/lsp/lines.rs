//! Places as editors count: lines from 0, and in a line the 16-bit units of UTF-16.

use gen_lsp_types::{Position, Range};
use vgg_spec::span::Span;

/// Where the lines of a text start. A line ends in `\n`, `\r\n` or `\r`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Starts(Vec<usize>);

impl Starts {
    pub(super) fn of(text: &str) -> Starts {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(index, byte)| {
            **byte == b'\n' || (**byte == b'\r' && bytes.get(index + 1) != Some(&b'\n'))
        });
        Starts(std::iter::once(0).chain(ends.map(|(index, _)| index + 1)).collect())
    }

    /// The lines of the text that these are the starts of.
    pub(super) fn lines<'t>(&'t self, text: &'t str) -> Lines<'t> {
        Lines { text, starts: &self.0 }
    }
}

/// A text by its lines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: &'t [usize],
}

impl Lines<'_> {
    /// The place of a byte; the end of the text for anything behind it.
    pub(super) fn position(&self, offset: usize) -> Position {
        let offset = self.text.floor_char_boundary(offset);
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let character = self.text[self.starts[line]..offset].chars().map(char::len_utf16).sum::<usize>();
        Position { line: line as u32, character: character as u32 }
    }

    /// The byte of a place; the end of its line for anything behind that.
    pub(super) fn offset(&self, position: Position) -> usize {
        let Some(start) = self.starts.get(position.line as usize) else { return self.text.len() };
        let mut left = position.character as usize;
        let mut offset = *start;
        for letter in self.text[*start..].chars().take_while(|letter| !matches!(letter, '\n' | '\r')) {
            if left < letter.len_utf16() {
                break;
            }
            left -= letter.len_utf16();
            offset += letter.len_utf8();
        }
        offset
    }

    /// The place of a span that starts at the same byte as the text does.
    pub(super) fn range(&self, span: Span) -> Range {
        Range { start: self.position(span.start), end: self.position(span.end) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_count_in_units_of_utf16() {
        let text = "a😀b\r\nä\rx\n";
        let starts = Starts::of(text);
        let lines = starts.lines(text);
        for (offset, letter) in text.char_indices().filter(|(_, letter)| !matches!(letter, '\r' | '\n')) {
            let place = lines.position(offset);
            assert_eq!(lines.offset(place), offset, "{letter} at {place:?}");
        }
        let at = |line, character| lines.offset(Position { line, character });
        assert_eq!(lines.position(5), Position { line: 0, character: 3 });
        assert_eq!(at(0, 2), 1, "within a character is in front of it");
        assert_eq!(at(0, 99), 6, "behind a line is its end");
        assert_eq!((at(1, 0), at(2, 0), at(3, 0)), (8, 11, 13));
        assert_eq!(at(99, 0), text.len());
        assert_eq!(lines.position(999), Position { line: 3, character: 0 });
    }
}
