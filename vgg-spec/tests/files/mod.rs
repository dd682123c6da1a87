//! Specs that lie in the repository, for tests that read them.

#![allow(dead_code, reason = "each test file uses some of them")]

use std::path::{Path, PathBuf};
use vgg_spec::source::Source;

/// The folder of the whole repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_owned()
}

/// The specs in a folder, in the order of their names.
pub(crate) fn specs(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).expect("a folder");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml" || ending == "vgg"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{folder} holds specs");
    files
}

/// The pairs of one spec in both spellings.
pub(crate) fn pairs(folder: &str) -> Vec<(PathBuf, PathBuf)> {
    let yaml =
        specs(folder).into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    yaml.map(|yaml| (yaml.with_extension("vgg"), yaml))
        .filter(|(dsl, _)| dsl.exists())
        .map(|(a, b)| (b, a))
        .collect()
}

/// Reads a spec under a name that is the same on every machine.
pub(crate) fn read(path: &Path) -> Source {
    let source = Source::read(path).expect("can be read");
    let name = path.strip_prefix(root()).expect("in the repository").display().to_string();
    source.named(&name)
}
