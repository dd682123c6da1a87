//! `vggc compare`.

mod common;

use common::{file, ran, run, vggc};
use serde_json::Value;

#[test]
fn layers_are_aligned_and_totals_compared() {
    let ran = run(&["compare", "specs/vgg16.yaml", "specs/vgg16-gap.yaml"]);
    insta::assert_snapshot!("vgg16-and-gap", ran.is_well());
    let ran = run(&["compare", "specs/vgg11.yaml", "specs/vgg11-bn.yaml", "--format", "markdown"]);
    insta::assert_snapshot!("vgg11-and-bn", ran.is_well());
}

#[test]
fn a_model_is_the_same_as_itself() {
    let ran = run(&["compare", "specs/digits.yaml", "specs/digits.vgg", "--format", "json"]);
    let json: Value = serde_json::from_str(ran.is_well()).unwrap();
    let layers = json["layers"].as_array().unwrap();
    assert!(layers.len() > 10 && layers.iter().all(|layer| layer["change"] == "same"), "{}", ran.out);
    for (key, total) in json["totals"].as_object().unwrap() {
        assert!(total["a"].is_u64() && total["a"] == total["b"], "{key}");
    }
    assert_eq!(json["totals"]["parameters"]["a"], 99_754);
}

#[test]
fn a_change_that_no_number_shows_is_a_change() {
    let spec = |activation: &str| {
        format!(
            "model: A\ninput: {{shape: [1, 8, 8]}}\nblocks: [{{conv: [8], activation: {activation}}}]\nhead: [gap, {{dense: 2}}]\n"
        )
    };
    let (_one, a) = file("a.yaml", spec("relu"));
    let (_two, b) = file("b.yaml", spec("silu"));
    let ran = run(&["compare", &a, &b]);
    assert!(ran.is_well().contains("3x3 convolution, ReLU → 3x3 convolution, SiLU"), "{}", ran.out);
    assert!(ran.out.contains("\n~ block1_conv1 (Conv2D)"), "{}", ran.out);
}

#[test]
fn a_spec_with_errors_is_shown() {
    let (_folder, path) = file("bad.yaml", "modle: A\n");
    run(&["compare", "specs/digits.yaml", &path]).fails(1, "did you mean `model`?");
    run(&["compare", "specs/digits.yaml", "none.yaml"]).fails(2, "none.yaml");
}

#[test]
fn tables_fit_where_there_is_little_room() {
    let narrow = |arguments: &[&str]| ran(vggc(arguments).env("COLUMNS", "40").output().unwrap());
    let compared = narrow(&["compare", "specs/vgg16.yaml", "specs/vgg16-gap.yaml"]);
    let summed = narrow(&["summary", "specs/vgg16.yaml"]);
    let tables = compared.is_well().lines().skip(3).chain(summed.is_well().lines().skip(2).take(30));
    for line in tables {
        assert!(line.chars().count() <= 40, "{line}");
    }
    let odd = |columns: &str| {
        ran(vggc(&["summary", "specs/digits.yaml"]).env("COLUMNS", columns).output().unwrap()).out
    };
    assert_eq!(odd("none"), odd("100"));
    assert_eq!(odd("0"), odd("100"));
}
