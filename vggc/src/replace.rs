//! Files are replaced as a whole or not at all.

use crate::failure::Failure;
use std::io::Write;
use std::path::Path;

/// Puts a text in the place of a file, whose permissions stay. A link stays a link: its target is replaced.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let io = |error: std::io::Error| Failure::io(path, &error);
    let path = path.canonicalize().map_err(io)?;
    let permissions = std::fs::metadata(&path).map_err(io)?.permissions();
    let mut file = beside(&path)?;
    file.write_all(text.as_bytes()).map_err(io)?;
    file.as_file().set_permissions(permissions).map_err(io)?;
    file.persist(&path).map_err(|error| io(error.error))?;
    Ok(())
}

/// Writes a file that is not there yet.
pub(crate) fn create(path: &Path, text: &str) -> Result<(), Failure> {
    let mut file = std::fs::File::create_new(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::unusable(format_args!("`{}` is there already", path.display()))
                .help("choose another name")
        }
        _ => Failure::io(path, &error),
    })?;
    file.write_all(text.as_bytes()).map_err(|error| Failure::io(path, &error))
}

fn beside(path: &Path) -> Result<tempfile::NamedTempFile, Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    tempfile::NamedTempFile::new_in(folder).map_err(|error| Failure::io(folder, &error))
}
