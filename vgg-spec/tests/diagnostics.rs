//! Every fixture in `tests/diagnostics`: the codes it gives, and how that looks.

mod files;

use files::{read, specs};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use vgg_spec::check;
use vgg_spec::diagnostic::Severity;
use vgg_spec::diagnostic::render::{RenderStyle, render};
use vgg_spec::lower::Override;
use vgg_spec::source::Source;

const FOLDER: &str = "tests/diagnostics";

/// The overrides that a fixture asks for in its first comment: `set classes = 7`.
fn overrides(source: &Source) -> Vec<Override> {
    let first = source.text().lines().next().unwrap_or("").trim_start_matches(['#', '/', ' ']);
    let Some((name, value)) = first.strip_prefix("set ").and_then(|set| set.split_once(" = ")) else {
        return Vec::new();
    };
    vec![Override { name: name.to_owned(), value: value.parse().expect("a number") }]
}

fn stem(path: &Path) -> String {
    path.file_stem().expect("a name").to_string_lossy().into_owned()
}

#[test]
fn fixtures_give_their_code_and_read_well() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/diagnostics");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _guard = settings.bind_to_scope();
    let mut wrong = Vec::new();
    for path in specs(FOLDER) {
        let source = read(&path);
        let checked = check(&source, &overrides(&source));
        let stem = stem(&path);
        let codes: BTreeSet<&str> = checked.findings.iter().map(|finding| finding.code.0).collect();
        let code = stem.split('-').next().filter(|code| code.starts_with(['E', 'W']));
        if code.is_some_and(|code| codes != BTreeSet::from([code])) {
            wrong.push(format!("{} gives {codes:?}", source.name()));
        }
        let failed = checked.findings.iter().any(|finding| finding.severity == Severity::Error);
        assert_eq!(checked.model.is_none(), failed, "{}", source.name());
        let ending = path.extension().expect("an ending").to_string_lossy();
        insta::assert_snapshot!(
            format!("{stem}.{ending}"),
            render(&checked.sources, &checked.findings, RenderStyle::PLAIN)
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn both_spellings_of_a_fixture_give_the_same_codes() {
    let mut codes: BTreeMap<String, Vec<Vec<&str>>> = BTreeMap::new();
    for path in specs(FOLDER) {
        let source = read(&path);
        let checked = check(&source, &overrides(&source));
        let found = checked.findings.iter().map(|finding| finding.code.0).collect();
        codes.entry(stem(&path)).or_default().push(found);
    }
    for (stem, found) in codes {
        // Of some things YAML alone is capable.
        if !stem.ends_with("-yaml") && !stem.ends_with("-vgg") {
            assert_eq!(found.len(), 2, "{stem} is there in one spelling");
            assert_eq!(found[0], found[1], "{stem}");
        }
    }
}
