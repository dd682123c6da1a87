//! `vggc summary` and `vggc expand`.

mod common;

use common::{run, vggc};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

#[test]
fn text_is_as_wide_as_a_page() {
    let ran = run(&["summary", "specs/digits.yaml"]);
    insta::assert_snapshot!("digits", ran.is_well());
    assert_eq!(run(&["summary", "specs/digits.vgg"]).is_well(), ran.out, "the other spelling");
}

#[test]
fn keras_style_is_that_of_keras() {
    let ran = run(&["summary", "specs/vgg16-gap.yaml", "--style", "keras"]);
    assert_eq!(ran.is_well(), include_str!("../../tests/fixtures/keras/vgg16-gap.txt"));
    run(&["summary", "specs/vgg16-gap.yaml", "--style", "keras", "--format", "json"])
        .fails(2, "goes with `--format text` only");
}

#[test]
fn json_has_all_that_is_promised() {
    let ran = run(&["summary", "specs/vgg16-gap.yaml", "--format", "json", "--batch", "8"]);
    let json: serde_json::Value = serde_json::from_str(ran.is_well()).unwrap();
    assert_eq!(
        (json["name"].as_str(), &json["input"]),
        (Some("Vgg16Gap"), &serde_json::json!([3, 224, 224]))
    );
    assert_eq!(json["totals"]["parameters"], 14_777_458);
    for key in
        ["name", "kind", "output", "parameters", "trainable", "macs", "receptive_field", "activation_bytes"]
    {
        assert!(json["layers"].as_array().unwrap().iter().all(|layer| !layer[key].is_null()), "{key}");
    }
    for key in ["parameters", "trainable", "macs", "inference_bytes", "training_bytes"] {
        assert!(json["totals"][key].is_u64(), "{key}");
    }
}

#[test]
fn params_change_the_network() {
    let ran = run(&["summary", "specs/digits.yaml", "--set", "classes=3", "--format", "markdown"]);
    assert!(ran.is_well().contains("| dense2 (Dense) | 3 |"), "{}", ran.out);
}

#[test]
fn findings_are_messages() {
    let (_folder, path) = common::file("bad.yaml", "modle: A\n");
    let ran = run(&["summary", &path]);
    ran.fails(1, "did you mean `model`?");
    assert_eq!(ran.out, "");
    run(&["summary", "missing.yaml"]).fails(2, "missing.yaml");
    run(&["summary", "specs/digits.yaml", "--batch", "0"]).fails(2, "--batch");
}

#[test]
fn the_code_is_that_of_the_generator() {
    let ran = run(&["expand", "specs/digits.yaml"]);
    assert!(ran.is_well().contains("pub struct Digits {"), "{}", ran.out);
    assert!(ran.out.contains("impl Network for Digits"));
}

/// `vggc summary ... | head -1`
#[test]
fn a_closed_pipe_is_no_error() {
    let mut child =
        vggc(&["expand", "specs/vgg16.yaml"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::with_capacity(16, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), [].as_slice()));
}
