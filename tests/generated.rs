//! The code and the summary of every spec, as they were last looked at.
//!
//! If the generator writes other code than what is kept, the files are written anew and the test fails:
//! look at the difference, and commit it. The code is compiled in `goldens/`, by a test of its own, so that it
//! can also be written anew when the old one no longer compiles.

mod zoo;

use std::fs;
use std::path::Path;
use vgg_spec::codegen::{self, Settings};
use vgg_spec::emit::summary;
use vgg_spec::plan::Plan;

#[test]
fn code_is_what_was_last_looked_at() {
    let mut stale = Vec::new();
    for (module, model) in zoo::models() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/goldens/{module}.rs"));
        let code = codegen::format(codegen::generate(&model, &Plan::new(&model), &Settings::default()));
        if fs::read_to_string(&path).ok().as_ref() != Some(&code) {
            fs::write(&path, code).expect("written");
            stale.push(path);
        }
    }
    assert!(stale.is_empty(), "these were stale, and are written anew: {stale:#?}");
}

#[test]
fn summaries() {
    for (module, model) in zoo::models() {
        let text = summary::text(&model, &Plan::new(&model), 1, summary::TableStyle::default());
        insta::assert_snapshot!(module, text);
    }
}
