//! The pages of `vggc explain`: their examples are what they say they are, and no code is without one.

use std::collections::BTreeSet;
use std::path::Path;
use vgg_spec::diagnostic::Diagnostic;
use vgg_spec::lower::Override;
use vgg_spec::source::{Source, Syntax};
use vgg_spec::{check, explain};

/// The examples of a page: the wrong one and the right one.
fn examples(page: &str) -> Vec<&str> {
    let fences = page.split("```yaml\n").skip(1);
    fences.map(|rest| rest.split("```").next().expect("an end")).collect()
}

fn findings(text: &str) -> Vec<Diagnostic> {
    let set = text
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("# set "))
        .and_then(|set| set.split_once(" = "));
    let overrides: Vec<Override> = set
        .map(|(name, value)| Override { name: name.to_owned(), value: value.parse().expect("a number") })
        .into_iter()
        .collect();
    check(&Source::new("example.yaml", text, Syntax::Yaml), &overrides).findings
}

#[test]
fn every_example_is_what_it_says() {
    let mut with_examples = 0;
    let mut wrong_pages = Vec::new();
    for code in explain::codes() {
        let page = explain::page(code).expect("a page");
        assert!(page.starts_with("# ") && page.len() > 80, "{code}");
        let examples = examples(page);
        if let [wrong, right] = examples[..] {
            let found = findings(wrong);
            if !found.iter().any(|finding| finding.code.0 == code) {
                wrong_pages.push(format!("{code} is not found in its example"));
            }
            wrong_pages.extend(
                findings(right).into_iter().map(|finding| format!("{code} still has {}", finding.message)),
            );
            with_examples += 1;
        } else {
            assert!(examples.is_empty(), "{code}");
        }
    }
    assert!(wrong_pages.is_empty(), "{wrong_pages:#?}");
    // Files that are too long or extend one another do not fit onto a page.
    assert_eq!(with_examples + 2, explain::codes().count());
}

#[test]
fn every_code_has_a_page_and_a_fixture() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut declared = BTreeSet::new();
    for file in ["src/parse/codes.rs", "src/lower/codes.rs", "src/lint/codes.rs"] {
        let text = std::fs::read_to_string(root.join(file)).expect("a file");
        declared.extend(text.split("Code(\"").skip(1).map(|rest| rest[..5].to_owned()));
    }
    let explained: BTreeSet<String> = explain::codes().map(str::to_owned).collect();
    assert_eq!(declared, explained);
    let fixtures = std::fs::read_dir(root.join("../tests/diagnostics")).expect("a folder");
    let shown: BTreeSet<String> = fixtures
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().chars().take(5).collect())
        .collect();
    let missing: Vec<&String> = declared.iter().filter(|code| !shown.contains(*code)).collect();
    assert_eq!(missing, ["E0111"], "its text is too long to be kept");
}
