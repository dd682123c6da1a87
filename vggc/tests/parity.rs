//! `vggc parity`: agreement with recordings of PyTorch and Keras, and the first layer that departs.

mod common;

use common::{Ran, file, root, run};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use std::fs;

const SPEC: &str = "tests/specs/batch_norm.yaml";
const WEIGHTS: &str = "tests/fixtures/parity/weights.safetensors";
const PYTORCH: &str = "tests/fixtures/parity/pytorch.safetensors";
const KERAS: &str = "tests/fixtures/parity/keras.safetensors";

fn parity(weights: &str, reference: &str, more: &[&str]) -> Ran {
    run(&[&["parity", SPEC, "--weights", weights, "--reference", reference], more].concat())
}

fn json(ran: &Ran) -> serde_json::Value {
    serde_json::from_str(&ran.out).unwrap()
}

/// A file with its tensors changed: shown are name, shape and values.
fn changed(path: &str, change: impl Fn(&mut String, &mut Vec<usize>, &mut Vec<f32>)) -> Vec<u8> {
    let bytes = fs::read(root().join(path)).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensors = file.tensors().into_iter().map(|(name, view)| {
        let values = view.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes));
        let (mut name, mut shape, mut values) = (name.to_string(), view.shape().to_vec(), values.collect());
        change(&mut name, &mut shape, &mut values);
        (name, shape, values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
    });
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = tensors.collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
    });
    safetensors::serialize(views, None).unwrap()
}

#[test]
fn every_layer_and_gradient_agrees_with_pytorch_and_keras() {
    for reference in [PYTORCH, KERAS] {
        let ran = parity(WEIGHTS, reference, &["--tolerance", "1e-5", "--format", "json"]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        let found = json(&ran);
        assert_eq!(found["agrees"], true);
        assert_eq!((&found["top1"]["same"], &found["top1"]["images"]), (&2.into(), &2.into()));
        assert_eq!(found["activations"].as_array().unwrap().len(), 12);
        assert_eq!(found["training"].as_array().unwrap().len(), 12);
        assert_eq!(found["gradients"].as_array().unwrap().len(), 11);
        assert_eq!(found["branches"]["other"].as_array().unwrap().len(), 0);
        assert!(found["branches"]["all"].as_u64().unwrap() > 100);
        assert_eq!(found["not_recorded"].as_array().unwrap().len(), 0);
        assert_eq!(found["activations"][1]["name"], "block1_bn1");
        assert_eq!(found["activations"][1]["kind"], "BatchNormalization");
    }
}

#[test]
fn the_first_layer_that_departs_is_named() {
    let weights = changed(WEIGHTS, |name, _, values| {
        if name == "block1_bn2.weight" {
            values[0] *= 1.01;
        }
    });
    let (_folder, weights) = file("weights.safetensors", weights);
    let ran = parity(&weights, PYTORCH, &[]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("the first activation that departs is that of `block1_bn2`"), "{}", ran.out);
    let found = json(&parity(&weights, PYTORCH, &["--format", "json"]));
    assert_eq!(found["first_activation"], "block1_bn2");
    assert_eq!(found["first_gradient"], "dense1.weight");
    assert_eq!(found["activations"][3]["agrees"], true, "what comes before it agrees");
    assert_eq!(found["agrees"], false);
}

#[test]
fn decisions_that_the_other_engine_took_otherwise_are_counted() {
    let reference = changed(PYTORCH, |name, _, values| {
        if name == "training.block1_relu1" {
            let zero = values.iter().position(|value| *value == 0.0).unwrap();
            values[zero] = 1e-9;
        }
    });
    let (_folder, reference) = file("reference.safetensors", reference);
    let ran = parity(WEIGHTS, &reference, &[]);
    assert_eq!(ran.code, 0, "nothing else departs: {}{}", ran.out, ran.err);
    assert!(ran.out.contains("took some otherwise, as rounding has it: 1 in `block1_relu1`"), "{}", ran.out);
    let found = json(&parity(WEIGHTS, &reference, &["--format", "json"]));
    assert_eq!(found["branches"]["other"], serde_json::json!([{"name": "block1_relu1", "decisions": 1}]));
}

#[test]
fn what_is_recorded_here_is_a_reference() {
    let folder = tempfile::tempdir().unwrap();
    let ours = folder.path().join("ours.safetensors");
    let ours = ours.to_str().unwrap();
    assert_eq!(parity(WEIGHTS, PYTORCH, &["--record", ours]).code, 0);
    let ran = parity(WEIGHTS, ours, &["--tolerance", "1e-5", "--format", "json"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let (found, theirs) = (json(&ran), json(&parity(WEIGHTS, PYTORCH, &["--format", "json"])));
    for part in ["activations", "training", "gradients"] {
        assert_eq!(found[part].as_array().unwrap().len(), theirs[part].as_array().unwrap().len(), "{part}");
    }
    assert_eq!(found["loss"]["absolute"], 0.0);
    assert!(found["gradients"].as_array().unwrap().iter().all(|row| row["absolute"] == 0.0));
}

#[test]
fn what_is_not_recorded_is_said() {
    let found = json(&parity(WEIGHTS, PYTORCH, &["--format", "json"]));
    let bytes = fs::read(root().join(PYTORCH)).unwrap();
    let whole = SafeTensors::deserialize(&bytes).unwrap();
    let kept = whole.tensors().into_iter().filter(|(name, _)| {
        let name: &str = name.as_ref();
        name == "images" || name == "activations.gap"
    });
    let (_folder, reference) = file("reference.safetensors", safetensors::serialize(kept, None).unwrap());
    let ran = parity(WEIGHTS, &reference, &[]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("not recorded: block1_conv1, block1_bn1,"), "{}", ran.out);
    let alone = json(&parity(WEIGHTS, &reference, &["--format", "json"]));
    assert_eq!(alone["activations"].as_array().unwrap().len(), 1);
    assert_eq!(alone["activations"][0], found["activations"][10]);
}

#[test]
fn references_of_other_networks_are_refused() {
    let renamed = |from: &str, to: &'static str| {
        let from = from.to_owned();
        changed(PYTORCH, move |name, _, _| {
            if *name == from {
                *name = to.to_owned();
            }
        })
    };
    let cases = [
        (renamed("activations.gap", "activations.gup"), "`gup`, which is no layer"),
        (renamed("gradients.dense1.bias", "gradients.dense1.bios"), "`dense1.bios` is no tensor"),
        (renamed("loss", "lass"), "holds no `lass`"),
        (renamed("images", "loss2"), "has no `images`"),
        (changed(PYTORCH, |_, shape, _| shape.reverse()), "but should be"),
        (b"{}".to_vec(), "no safetensors file"),
    ];
    for (reference, message) in cases {
        let (_folder, reference) = file("reference.safetensors", reference);
        let ran = parity(WEIGHTS, &reference, &[]);
        ran.fails(2, message);
        assert!(ran.err.contains("--record"), "{}", ran.err);
    }
    parity(WEIGHTS, "/dev/null", &[]).fails(2, "no regular file");
    parity(WEIGHTS, PYTORCH, &["--tolerance", "nan"]).fails(2, "a share such as 1e-4");
}

#[test]
fn what_is_no_number_departs() {
    let reference = changed(PYTORCH, |name, _, values| {
        if name == "activations.gap" {
            values[3] = f32::NAN;
        }
    });
    let (_folder, reference) = file("reference.safetensors", reference);
    let ran = parity(WEIGHTS, &reference, &["--format", "json"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let found = json(&ran);
    assert_eq!(found["first_activation"], "gap");
    assert!(found["activations"].as_array().unwrap().iter().any(|row| row["absolute"].is_null()));
}
