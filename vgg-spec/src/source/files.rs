//! Texts out of files, and the files that a text names.

use super::{MAX_BYTES, RelatedError, Source, SourceError, Syntax};
use std::fs::File;
use std::io::Read;
use std::path::Path;

impl Source {
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
    fn device(folder: &Path) -> std::path::PathBuf {
        let link = folder.join("zero.yaml");
        std::os::unix::fs::symlink("/dev/zero", &link).expect("linked");
        link
    }
}
