//! `vggc check`, in both spellings.

mod common;

use common::{file, run};

/// Checks a text, and gives `code line:column` of each finding.
fn findings(name: &str, text: &str) -> (i32, Vec<String>) {
    let (_folder, path) = file(name, text);
    let ran = run(&["check", &path, "--format", "json"]);
    let findings = ran.lines().into_iter().map(|finding| {
        assert_eq!(finding["file"], path);
        assert!(finding["end_line"].as_u64() >= finding["line"].as_u64());
        format!("{} {}:{}", finding["code"].as_str().unwrap(), finding["line"], finding["column"])
    });
    (ran.code, findings.collect())
}

#[track_caller]
fn both(yaml: &str, in_yaml: &[&str], dsl: &str, in_dsl: &[&str]) {
    for (name, text, expected) in [("spec.yaml", yaml, in_yaml), ("spec.vgg", dsl, in_dsl)] {
        let (code, found) = findings(name, text);
        assert_eq!(
            (code, found.as_slice()),
            (1, expected.iter().map(|s| s.to_string()).collect::<Vec<_>>().as_slice()),
            "{name}"
        );
    }
}

#[test]
fn an_unknown_key() {
    both(
        "model: A\ninput: {shape: [1, 8, 8]}\nblocks:\n  - conv: [{filter: 8}]\nhead: [gap, {dense: 2}]\n",
        &["E0106 4:13"],
        "model A {\n    input 1 x 8 x 8;\n    block { conf 8; }\n    head { gap; dense 2; }\n}\n",
        &["E0106 3:13"],
    );
}

#[test]
fn a_wrong_type() {
    both(
        "model: A\ninput: {shape: [1, 8, 8]}\nblocks:\n  - conv: [many]\nhead: [gap, {dense: 2}]\n",
        &["E0109 4:12"],
        "model A {\n    input 1 x 8 x 8;\n    block { conv 8 kernel 3.5; }\n    head { gap; dense 2; }\n}\n",
        &["E0109 3:27"],
    );
}

#[test]
fn a_pool_on_1x1() {
    both(
        "model: A\ninput: {shape: [1, 1, 1]}\nblocks:\n  - conv: [8]\n    pool: {max: 2}\nhead: [gap, {dense: 2}]\n",
        &["E0302 5:11"],
        "model A {\n    input 1 x 1 x 1;\n    block { conv 8; pool max 2; }\n    head { gap; dense 2; }\n}\n",
        &["E0302 3:26"],
    );
}

#[test]
fn a_head_that_reads_maps_without_flatten() {
    both(
        "model: A\ninput: {shape: [1, 8, 8]}\nblocks:\n  - conv: [8]\nhead:\n  - dense: 2\n",
        &["E0303 6:5"],
        "model A {\n    input 1 x 8 x 8;\n    block { conv 8; }\n    head { dense 2; }\n}\n",
        &["E0303 4:12"],
    );
}

#[test]
fn a_kernel_larger_than_its_input() {
    both(
        "model: A\ninput: {shape: [1, 8, 8]}\nblocks:\n  - conv: [{filters: 8, kernel: 9, padding: valid}]\nhead: [gap, {dense: 2}]\n",
        &["E0301 4:12"],
        "model A {\n    input 1 x 8 x 8;\n    block { conv 8 kernel 9 padding valid; }\n    head { gap; dense 2; }\n}\n",
        &["E0301 3:18"],
    );
}

#[test]
fn a_name_given_twice() {
    both(
        "model: A\ninput: {shape: [1, 8, 8]}\nblocks:\n  - {name: a, conv: [8]}\n  - {name: a, conv: [8]}\nhead: [gap, {dense: 2}]\n",
        &["E0210 5:12"],
        "model A {\n    input 1 x 8 x 8;\n    block a { conv 8; }\n    block a { conv 8; }\n    head { gap; dense 2; }\n}\n",
        &["E0210 4:11"],
    );
}

#[test]
fn five_errors_in_one_file() {
    both(
        "model: A\ninput: {shape: [0, 8, 8]}\nblocks:\n  - conv: [0, $many]\n  - conv: [8]\n    pool: {max: 0}\nhead: [gap, {dense: 0}]\n",
        &["E0205 2:17", "E0205 4:12", "E0202 4:15", "E0205 6:17", "E0205 7:21"],
        "model A {\n    input 0 x 8 x 8;\n    block { conv 0; conv many; }\n    block { conv 8; pool max 0; }\n    head { gap; dense 0; }\n}\n",
        &["E0205 2:11", "E0205 3:18", "E0202 3:26", "E0205 4:30", "E0205 5:23"],
    );
}

#[test]
fn good_specs_pass() {
    let ran = run(&["check", "specs/digits.yaml", "specs/digits.vgg", "--deny", "warnings"]);
    assert_eq!(ran.is_well(), "");
    assert_eq!(ran.err, "checked 2 specs: all is well\n");
    assert_eq!(run(&["check", "specs/digits.yaml", "--format", "json"]).is_well(), "");
}

#[test]
fn warnings_count_when_they_are_denied() {
    let text = "model: A\nparams: {unused: 3}\ninput: {shape: [1, 8, 8]}\nblocks: [{conv: [8]}]\nhead: [gap, {dense: 2}]\n";
    let (_folder, path) = file("spec.yaml", text);
    let ran = run(&["check", &path]);
    assert!(ran.is_well().contains("W0201") && ran.out.contains("unused"), "{}", ran.out);
    assert_eq!(ran.err, "checked 1 spec: 1 warning\n");
    assert_eq!(run(&["check", &path, "--deny", "warnings"]).code, 1);
}

#[test]
fn people_see_the_line() {
    let (_folder, path) = file("spec.yaml", "modle: A\n");
    let ran = run(&["check", &path]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("spec.yaml:1:1") && ran.out.contains("did you mean `model`?"), "{}", ran.out);
}

#[test]
fn params_may_be_set() {
    run(&["check", "specs/vgg16.yaml", "--set", "classes=3"]).is_well();
    let ran = run(&["check", "specs/vgg16.yaml", "--set", "clases=3", "--format", "json"]);
    assert_eq!((ran.code, ran.lines()[0]["help"].as_str()), (1, Some("did you mean `classes`?")));
    run(&["check", "specs/vgg16.yaml", "--set", "classes"]).fails(2, "such as `classes=10`");
    run(&["check", "specs/vgg16.yaml", "--set", "classes=-1"]).fails(2, "is no number");
}

#[test]
fn files_that_are_no_specs_are_named() {
    run(&["check", "missing.yaml"]).fails(2, "missing.yaml");
    run(&["check", "specs"]).fails(2, "`specs` is a folder: name a spec in it");
    run(&["check", "specs/vgg16-gab.yaml"]).fails(2, "help: did you mean `specs/vgg16-gap.yaml`?");
    run(&["check", "README.txt"]).fails(2, "README.txt");
    let (_folder, path) = file("latin.yaml", b"model: \xff\n");
    run(&["check", &path]).fails(2, "latin.yaml:1:8");
    run(&["check"]).fails(2, "required");
    // The others are checked all the same.
    let ran = run(&["check", "missing.yaml", "specs/digits.yaml"]);
    ran.fails(2, "missing.yaml");
    assert!(ran.err.contains("checked 1 spec: all is well"), "{}", ran.err);
}

#[test]
fn codes_are_explained() {
    assert!(run(&["explain", "e0302"]).is_well().starts_with("# A pool larger than its input"));
    run(&["explain", "E0399"]).fails(2, "there is no code `E0399`");
}

#[test]
fn findings_for_other_programs() {
    let (_folder, path) = file("spec.yaml", "model: A\nhaed: [gap]\n");
    let ran = run(&["check", &path, "--format", "github"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("line=2,endLine=2,col=1,endColumn=5,title=E0106::"), "{}", ran.out);
    let ran = run(&["check", &path, &path, "--format", "sarif"]);
    assert_eq!(ran.code, 1);
    let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let results = document["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len() % 2, 0, "of both files");
    assert!(results.iter().any(|result| result["ruleId"] == "E0106"));
}
