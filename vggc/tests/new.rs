//! `vggc new`: a spec to start from.

mod common;

use common::run;
use std::fs;

#[test]
fn every_template_becomes_a_spec_of_its_own_in_both_spellings() {
    let folder = tempfile::tempdir().unwrap();
    let help = run(&["new", "--help"]);
    let help = help.is_well();
    for template in ["vgg16", "vgg16-bn", "vgg19-bn", "vgg16-gap", "alexnet", "digits"] {
        assert!(help.contains(&format!("- {template}: ")), "{template} is in the help: {help}");
        for ending in ["yaml", "vgg"] {
            let path = folder.path().join(format!("my-{template}.{ending}"));
            let path = path.to_str().unwrap();
            let ran = run(&["new", path, "--template", template]);
            assert_eq!((ran.is_well(), ran.err.as_str()), ("", format!("wrote {path}\n").as_str()));
            run(&["check", path, "--deny", "warnings"]).is_well();
            run(&["fmt", "--check", path]).is_well();
        }
    }
    let text = fs::read_to_string(folder.path().join("my-vgg16-bn.yaml")).unwrap();
    assert!(text.contains("\nmodel: MyVgg16Bn\n") && !text.contains("extends"), "{text}");
}

#[test]
fn params_may_be_set_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("birds.yaml");
    let path = path.to_str().unwrap();
    run(&["new", path, "--template", "vgg16-gap", "--set", "classes=200"]).is_well();
    assert!(fs::read_to_string(path).unwrap().contains("model: Birds\nparams: {classes: 200}\n"));
    let other = folder.path().join("other.yaml");
    let ran = run(&["new", other.to_str().unwrap(), "--template", "vgg16-gap", "--set", "clases=2"]);
    ran.fails(2, "`vgg16-gap` has no param `clases`");
    assert!(ran.err.contains("it has `classes`"), "{}", ran.err);
    assert!(!other.exists());
}

#[test]
fn nothing_is_overwritten_unasked() {
    let (folder, path) = common::file("net.yaml", "# mine\n");
    run(&["new", &path, "--template", "digits"]).fails(2, "is there already");
    assert_eq!(fs::read_to_string(&path).unwrap(), "# mine\n");
    run(&["new", &path, "--template", "digits", "--force"]).is_well();
    assert!(fs::read_to_string(&path).unwrap().contains("model: Net\n"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn a_wrong_name_is_answered_with_the_right_one() {
    let ran = run(&["new", "x.yaml", "--template", "vgg16-gab"]);
    ran.fails(2, "vgg16-gap");
    assert!(ran.err.contains("tip: ") && ran.err.contains("alexnet"), "{}", ran.err);
    run(&["new", "x.yaml"]).fails(2, "--template");
    run(&["new", "x.txt", "--template", "digits"]).fails(2, "says nothing of how it is spelled");
    let ran = run(&["new", "/no/such/folder/x.yaml", "--template", "digits"]);
    ran.fails(2, "error: /no/such/folder: No such file or directory (os error 2)\n");
}
