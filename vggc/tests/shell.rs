//! What a shell and an editor are told: `schema`, `completions`, `man`.

mod common;

use common::run;
use std::fs;

#[test]
fn the_schema_is_the_committed_one() {
    let committed = fs::read_to_string(common::root().join("docs/vgg.schema.json")).unwrap();
    assert_eq!(run(&["schema"]).is_well(), committed);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schema.json");
    run(&["schema", "--out", path.to_str().unwrap()]).is_well();
    assert_eq!(fs::read_to_string(path).unwrap(), committed);
    run(&["schema", "--out", "/no/such/folder/schema.json"]).fails(2, "/no/such/folder");
}

#[test]
fn every_shell_is_told_of_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = run(&["completions", shell]);
        let script = ran.is_well();
        for word in ["summary", "compare", "template", "deny"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
        let values = ["vgg16-gap", "sarif"].iter().all(|value| script.contains(value));
        assert!(values || matches!(shell, "elvish" | "powershell"), "{shell} lists values");
    }
    let ran = run(&["completions", "tcsh"]);
    ran.fails(2, "possible values: bash, elvish, fish, powershell, zsh");
}

#[test]
fn there_is_a_page_for_every_command() {
    let page = run(&["man"]);
    assert!(page.is_well().contains(".TH vggc 1") && page.out.contains("vggc\\-train(1)"), "{}", page.out);
    let page = run(&["man", "check"]);
    assert!(page.is_well().contains(".TH vggc-check 1"), "{}", page.out);
    assert!(
        page.out.contains("\\-\\-deny") && page.out.contains("vggc check my.yaml \\-\\-fix"),
        "{}",
        page.out
    );
    run(&["man", "chekc"]).fails(2, "there is no command `chekc`");
    let folder = tempfile::tempdir().unwrap();
    let man1 = folder.path().join("man/man1");
    run(&["man", "--out", man1.to_str().unwrap()]).is_well();
    let mut pages: Vec<String> =
        fs::read_dir(man1).unwrap().map(|page| page.unwrap().file_name().into_string().unwrap()).collect();
    pages.sort();
    assert!(
        pages.len() > 15 && pages.contains(&"vggc.1".to_owned()) && pages.contains(&"vggc-lsp.1".to_owned()),
        "{pages:?}"
    );
}
