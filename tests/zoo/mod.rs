//! The networks of all specs in the repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use vgg_spec::ir::Model;
use vgg_spec::names::snake_case;
use vgg_spec::source::Source;

/// All of them, by the names of the modules that they become.
pub(crate) fn models() -> BTreeMap<String, Model> {
    let specs = ["specs", "tests/specs"].map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
    let files = specs.iter().flat_map(|folder| fs::read_dir(folder).expect("a folder of specs"));
    files
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| {
            let source = Source::read(&path).expect("a spec");
            let model = vgg_spec::check(&source, &[]).model;
            let model = model.unwrap_or_else(|| panic!("{} has errors", path.display()));
            (snake_case(model.name()), model)
        })
        .collect()
}
