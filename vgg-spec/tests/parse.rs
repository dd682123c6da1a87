//! Both spellings of a spec say the same, and every library for YAML reads the same tree.

mod files;

use files::{pairs, read, specs};
use vgg_spec::ast::Spec;
use vgg_spec::check;
use vgg_spec::parse::parse;
use vgg_spec::source::Source;

fn spec(source: &Source) -> Spec {
    let (spec, findings) = parse(source);
    assert_eq!(findings, [], "{}", source.name());
    spec.expect("a spec")
}

#[test]
fn both_spellings_give_the_same_spec() {
    for folder in ["specs", "tests/specs"] {
        for (yaml, dsl) in pairs(folder) {
            let (yaml, dsl) = (read(&yaml), read(&dsl));
            assert_eq!(spec(&yaml), spec(&dsl), "{}", yaml.name());
        }
    }
}

#[test]
fn every_spec_in_the_repository_is_clean() {
    let mut remarks = Vec::new();
    for folder in ["specs", "tests/specs"] {
        for path in specs(folder) {
            let source = read(&path);
            let checked = check(&source, &[]);
            remarks
                .extend(checked.findings.iter().map(|finding| format!("{} {}", source.name(), finding.code)));
            assert!(checked.model.is_some(), "{}", source.name());
        }
    }
    assert!(remarks.is_empty(), "{remarks:#?}");
}
