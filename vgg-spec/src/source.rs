//! The text of one spec, and how it may be read.

use crate::span::Span;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use thiserror::Error;

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

/// Why a file could not be read as the text of a spec.
#[derive(Debug, Error)]
pub enum SourceError {
    /// The ending of its name says neither.
    #[error("`{}` is no spec: its name must end in .yaml, .yml or .vgg", path.display())]
    UnknownEnding {
        /// The file.
        path: PathBuf,
    },
    /// A folder.
    #[error("`{}` is a folder: name a spec in it", path.display())]
    AFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A pipe, a device.
    #[error("`{}` is no regular file", path.display())]
    NotAFile {
        /// What it is not.
        path: PathBuf,
    },
    /// More than [`MAX_BYTES`].
    #[error("`{}` is too large for a spec: it has {bytes} bytes, {MAX_BYTES} are allowed", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// Not UTF-8.
    #[error("{}:{line}:{column}: the text is not UTF-8 from here on; save it as UTF-8", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// Line of the first wrong byte, from 1.
        line: usize,
        /// Characters in front of it on its line, and one.
        column: usize,
    },
    /// The system cannot read it.
    #[error("cannot read `{}`: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
}

impl SourceError {
    /// The same error of a file that is called otherwise.
    fn of(mut self, name: &Path) -> SourceError {
        let (SourceError::UnknownEnding { path }
        | SourceError::AFolder { path }
        | SourceError::NotAFile { path }
        | SourceError::TooLarge { path, .. }
        | SourceError::NotUtf8 { path, .. }
        | SourceError::Io { path, .. }) = &mut self;
        name.clone_into(path);
        self
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

    /// Reads a file. Its size is looked at before its text is.
    ///
    /// # Errors
    ///
    /// If it is no regular file, is larger than [`MAX_BYTES`], is not UTF-8, cannot be read, or has a name
    /// that says nothing of how it is spelled.
    pub fn read(path: &Path) -> Result<Source, SourceError> {
        let io = |error| SourceError::Io { path: path.to_owned(), error };
        if path.is_dir() {
            return Err(SourceError::AFolder { path: path.to_owned() });
        }
        if Syntax::of(path).is_none() {
            return Err(SourceError::UnknownEnding { path: path.to_owned() });
        }
        // Looked at before it is opened: to open a pipe is to wait for its writer.
        let is_file = std::fs::metadata(path).map_err(io)?.is_file();
        if !is_file {
            return Err(SourceError::NotAFile { path: path.to_owned() });
        }
        let file = File::open(path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        if !metadata.is_file() {
            return Err(SourceError::NotAFile { path: path.to_owned() });
        }
        let too_large = |bytes| SourceError::TooLarge { path: path.to_owned(), bytes };
        if metadata.len() > MAX_BYTES as u64 {
            return Err(too_large(metadata.len()));
        }
        let mut bytes = Vec::with_capacity(metadata.len() as usize + 1);
        // The file may grow meanwhile.
        file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(io)?;
        if bytes.len() > MAX_BYTES {
            return Err(too_large(bytes.len() as u64));
        }
        let text = String::from_utf8(bytes).map_err(|error| not_utf8(path, &error))?;
        Source::at(path, text).ok_or_else(|| SourceError::UnknownEnding { path: path.to_owned() })
    }

    /// The text of a file, which need not be what the file holds or even be saved yet. `None` if the ending of
    /// its name says nothing of how it is spelled.
    pub fn at(path: &Path, text: impl Into<String>) -> Option<Source> {
        let mut source = Source::new(path.display().to_string(), text, Syntax::of(path)?);
        source.path = Some(path.to_owned());
        source.folder = Some(path.parent().unwrap_or(Path::new("")).to_owned());
        Some(source)
    }

    /// The same place and spelling with another text.
    #[must_use]
    pub fn with_text(&self, text: impl Into<String>) -> Source {
        let other = Source::new(self.name(), text, self.syntax);
        Source { path: self.path.clone(), folder: self.folder.clone(), border: self.border.clone(), ..other }
    }

    /// Takes the paths that the text names as relative to a folder. For a file that is its own folder.
    #[must_use]
    pub fn in_folder(mut self, folder: &Path) -> Source {
        self.folder = Some(folder.to_owned());
        self
    }

    /// Refuses paths in the text that lead out of a folder.
    #[must_use]
    pub fn within(mut self, border: &Path) -> Source {
        self.border = Some(border.to_owned());
        self
    }

    /// Reads the file that this text names, as one whose places start at `base`.
    pub(crate) fn related(&self, relative: &str, base: usize) -> Result<Source, RelatedError> {
        let folder = self.folder.as_ref().ok_or(RelatedError::NoFolder)?;
        if Path::new(relative).is_absolute() {
            return Err(RelatedError::Absolute);
        }
        let path = folder.join(relative);
        if let Some(border) = &self.border {
            let inside = match (path.canonicalize(), border.canonicalize()) {
                (Ok(path), Ok(border)) => path.starts_with(border),
                // There is no such file, which reading it will say.
                _ => true,
            };
            if !inside {
                return Err(RelatedError::Outside);
            }
        }
        // Called as if it lay beside what this text is called.
        let name = Path::new(&self.name).with_file_name("").join(relative);
        let source = Source::read(&path).map_err(|error| error.of(&name))?;
        Ok(Source { base, border: self.border.clone(), ..source }.named(name.display().to_string()))
    }

    /// Whether two texts are one file.
    pub(crate) fn is_same_file(&self, other: &Source) -> bool {
        let canonical = |source: &Source| source.path.as_ref().and_then(|path| path.canonicalize().ok());
        canonical(self).is_some_and(|path| canonical(other) == Some(path))
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

/// Why a file that a text names cannot be read.
#[derive(Debug, Error)]
pub(crate) enum RelatedError {
    #[error("this spec is not in a file that the path could be relative to")]
    NoFolder,
    #[error("the path must be relative to this file")]
    Absolute,
    #[error("the path leads out of the folder that specs may lie in")]
    Outside,
    #[error(transparent)]
    Source(#[from] SourceError),
}

fn not_utf8(path: &Path, error: &std::string::FromUtf8Error) -> SourceError {
    let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
    let start = valid.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = String::from_utf8_lossy(&valid[start..]).trim_start_matches('\u{feff}').chars().count() + 1;
    SourceError::NotUtf8 { path: path.to_owned(), line, column }
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

    #[test]
    fn only_small_regular_text_files_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).expect("written");
            path
        };
        let good = write("good.vgg", "\u{feff}model A { }".as_bytes());
        let source = Source::read(&good).expect("read");
        assert_eq!((source.text(), source.syntax()), ("model A { }", Syntax::Dsl));

        let error = |path: &Path| Source::read(path).expect_err("refused").to_string();
        let broken = write("broken.yaml", b"model: A\nhead: \xff\n");
        assert!(error(&broken).contains("broken.yaml:2:7: the text is not UTF-8"), "{}", error(&broken));
        assert!(error(&write("big.yaml", &vec![b'a'; MAX_BYTES + 1])).contains("too large"));
        assert!(Source::read(&write("fits.yaml", &vec![b'a'; MAX_BYTES])).is_ok());
        assert!(error(&write("spec.txt", b"")).contains("must end in"));
        assert!(error(&folder.path().join("none.yaml")).contains("cannot read"));
        let inner = folder.path().join("folder.yaml");
        std::fs::create_dir(&inner).expect("made");
        assert!(error(&inner).contains("is a folder: name a spec in it"));
        #[cfg(unix)]
        assert!(error(&device(folder.path())).contains("no regular file"));
    }

    /// A link with a good name to a device that never ends.
    #[cfg(unix)]
    fn device(folder: &Path) -> PathBuf {
        let link = folder.join("zero.yaml");
        std::os::unix::fs::symlink("/dev/zero", &link).expect("linked");
        link
    }
}
