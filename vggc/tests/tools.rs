//! The tools around the language: `fmt`, `convert`, `check --fix`, `emit svg`.

mod common;

use common::{file, run};

const TYPO: &str = "# A net\nmodle: A # called so\ninput: {shape: [1, 8, 8]}\nblocks:\n  - conv: [8]\nhead: [gap, {dense: 2}]\n";

#[test]
fn fmt_checks_first_and_then_changes() {
    let (_folder, path) = file("spec.yaml", TYPO.replace("modle", "model"));
    let checked = run(&["fmt", "--check", &path]);
    assert_eq!((checked.code, checked.out), (1, format!("{path} would be changed\n")));
    run(&["fmt", &path]).is_well();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.starts_with("# A net\nmodel: A  # called so\n")
            && text.ends_with("head:\n  - gap\n  - dense: 2\n")
    );
    run(&["fmt", "--check", &path]).is_well();
}

#[test]
fn fmt_leaves_what_it_cannot_read() {
    let (_folder, path) = file("spec.yaml", TYPO);
    run(&["fmt", &path]).fails(1, "did you mean `model`?");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), TYPO);
    run(&["fmt", "none.yaml"]).fails(2, "none.yaml");
}

#[test]
fn convert_prints_or_writes_the_other_spelling() {
    let dsl = run(&["convert", "specs/vgg16-gap.yaml"]);
    let zoo = std::fs::read_to_string(common::root().join("specs/vgg16-gap.vgg")).unwrap();
    assert_eq!(dsl.is_well(), zoo);
    let (folder, path) = file("spec.vgg", zoo);
    let out = folder.path().join("spec.yaml");
    let out = out.to_str().unwrap();
    run(&["convert", &path, out]).is_well();
    let yaml = std::fs::read_to_string(common::root().join("specs/vgg16-gap.yaml")).unwrap();
    assert_eq!(std::fs::read_to_string(out).unwrap(), yaml);
    run(&["convert", &path, out]).fails(2, "is there already");
    run(&["convert", &path, "spec.txt"]).fails(2, "says nothing of how it is spelled");
}

#[test]
fn fix_mends_typos_and_keeps_comments() {
    let (_folder, path) = file("spec.yaml", TYPO);
    let fixed = run(&["check", "--fix", &path]);
    fixed.is_well();
    assert!(fixed.err.contains("mended in 1 place\n"), "{}", fixed.err);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), TYPO.replace("modle", "model"));
}

#[test]
fn emit_svg_draws_every_block() {
    let ran = run(&["emit", "svg", "specs/vgg16-gap.yaml"]);
    let picture = ran.is_well();
    assert_eq!(picture.matches("<g class=\"conv\">").count(), 13 + 1, "13 convolutions and the legend");
    assert_eq!(picture.matches("<g class=\"pool\">").count(), 5 + 1);
    assert!(picture.contains(">3 × 3×3, 512</text>") && picture.contains(">14,777,458 parameters"));
}

#[test]
fn the_picture_in_the_readme_is_the_one_that_is_drawn() {
    let path = common::root().join("docs/vgg16-gap.svg");
    let ran = run(&["emit", "svg", "specs/vgg16-gap.yaml"]);
    let picture = ran.is_well();
    if std::fs::read_to_string(&path).ok().as_deref() != Some(picture) {
        std::fs::write(&path, picture).unwrap();
        panic!("{} was not up to date; it has been drawn anew", path.display());
    }
}

#[test]
fn five_typos_are_five_findings_each_with_its_suggestion() {
    for spelling in ["yaml", "vgg"] {
        let path = format!("tests/diagnostics/five-typos.{spelling}");
        let ran = run(&["check", &path, "--format", "json"]);
        let help: Vec<String> =
            ran.lines().iter().map(|one| one["help"].as_str().unwrap().to_owned()).collect();
        assert_eq!((ran.code, help.len()), (1, 5), "{help:?}");
        assert!(help.iter().all(|help| help.starts_with("did you mean `")), "{help:?}");
    }
}

#[test]
fn an_error_three_files_away_names_them_all() {
    let ran = run(&["check", "tests/diagnostics/E0302-extends.yaml"]);
    assert_eq!(ran.code, 1);
    let places = [
        "parents/third.yaml:4:23",
        "E0302-extends.yaml:2:10",
        "parents/first.vgg:2:13",
        "parents/second.yaml:1:10",
    ];
    for place in places {
        assert!(ran.out.contains(&format!("tests/diagnostics/{place}")), "{place}: {}", ran.out);
    }
    let ran = run(&["check", "tests/diagnostics/E0302-extends.yaml", "--format", "sarif"]);
    let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let related = document["runs"][0]["results"][0]["relatedLocations"].as_array().unwrap();
    let files: Vec<&str> = related
        .iter()
        .map(|one| one["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap())
        .collect();
    assert!(places[1..].iter().all(|place| files.contains(&&*format!("tests/diagnostics/{}", place.split(':').next().unwrap()))), "{files:?}");
}
