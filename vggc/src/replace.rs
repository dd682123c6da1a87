//! Files are replaced as a whole or not at all.

use crate::failure::Failure;
use std::io::{self, Write};
use std::path::Path;

/// Puts a text in the place of a file, whose permissions stay. A link stays a link: its target is replaced.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let io = |error: io::Error| Failure::io(path, &error);
    let path = path.canonicalize().map_err(io)?;
    let permissions = std::fs::metadata(&path).map_err(io)?.permissions();
    let mut file = beside(&path)?;
    file.write_all(text.as_bytes()).map_err(io)?;
    file.as_file().set_permissions(permissions).map_err(io)?;
    file.persist(&path).map_err(|error| io(error.error))?;
    Ok(())
}

/// Writes a file that is not there yet: all of it, or nothing.
pub(crate) fn create(path: &Path, text: &str) -> Result<(), Failure> {
    let mut file = beside(path)?;
    file.write_all(text.as_bytes()).map_err(|error| Failure::io(path, &error))?;
    file.persist_noclobber(path).map_err(|failed| match failed.error.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::unusable(format_args!("`{}` is there already", path.display()))
                .help("choose another name")
        }
        _ => Failure::io(path, &failed.error),
    })?;
    Ok(())
}

/// A temporary file in the folder of another, which anybody may read who may read new files.
fn beside(path: &Path) -> Result<tempfile::NamedTempFile, Failure> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder).map_err(|error| Failure::io(folder, &error))
}
