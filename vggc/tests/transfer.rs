//! Training that starts from what another network has learned, and runs that are taken elsewhere.

mod common;

use common::{Ran, run};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use vgg_runtime::weights;

/// A folder, and how files in it are called.
fn scene() -> (TempDir, impl Fn(&str) -> String) {
    let folder = TempDir::new().unwrap();
    let root = folder.path().to_owned();
    (folder, move |name: &str| root.join(name).to_str().unwrap().to_owned())
}

fn train(spec: &str, out: &str, more: &[&str]) -> Ran {
    run(&[&["train", spec, "--data", "digits", "--out", out], more].concat())
}

/// The share of held-out digits that are right.
fn accuracy(spec: &str, weights: &str) -> f64 {
    let ran = run(&["eval", spec, "--weights", weights, "--data", "digits", "--format", "json"]);
    ran.is_well();
    ran.lines()[0]["accuracy"].as_f64().unwrap()
}

const SPEC: &str = "model Small {
    param width = 32;
    input 1 x 8 x 8;
    defaults { norm batch; bias off; }
    block { conv 16; }
    block { conv 16; }
    head { flatten; dense width relu; dense 10 softmax; }
    train { epochs 3; batch 64; seed 5; optimizer adam rate 0.002; }
}
";

#[test]
fn weights_of_another_head_are_taken_as_far_as_they_fit() {
    let (_folder, at) = scene();
    let (spec, first) = (at("small.vgg"), at("first"));
    fs::write(&spec, SPEC).unwrap();
    train(&spec, &first, &[]).is_well();
    let best = at("first/best.safetensors");

    let same = train(&spec, &at("same"), &["--init", &best, "--epochs", "1"]);
    same.is_well();
    assert!(same.err.contains("took 14 of 14 tensors from "), "{}", same.err);
    assert!(accuracy(&spec, &at("same/last.safetensors")) > 0.9);

    let other = train(&spec, &at("other"), &["--init", &best, "--epochs", "1", "--set", "width=24"]);
    other.is_well();
    assert!(other.err.contains("took 11 of 14 tensors"), "{}", other.err);
    let said = "dense1.weight starts at random: it is [24, 64], but [32, 64] in the file";
    assert!(other.err.contains(said), "{}", other.err);
    assert!(other.err.contains("parameters trainable"), "{}", other.err);
    let scratch = train(&spec, &at("scratch"), &["--epochs", "1", "--set", "width=24"]);
    let best_of = |ran: &Ran| {
        let line = ran.is_well().lines().find(|line| line.starts_with("best")).unwrap().to_owned();
        line.split_whitespace().last().unwrap().trim_end_matches('%').parse::<f64>().unwrap()
    };
    assert!(best_of(&other) > best_of(&scratch), "{}{}", other.out, scratch.out);

    let alien =
        run(&["train", "specs/digits.yaml", "--data", "digits", "--out", &at("alien"), "--init", &spec]);
    alien.fails(2, "this is no intact safetensors file");
    assert!(!Path::new(&at("alien")).exists(), "nothing is left of a run that cannot begin");
}

/// A run that was broken off before its first checkpoint starts from the same weights again.
#[test]
fn a_resumed_run_starts_from_the_same_weights() {
    let (_folder, at) = scene();
    let spec = at("small.vgg");
    fs::write(&spec, SPEC).unwrap();
    train(&spec, &at("first"), &["--epochs", "1"]).is_well();
    train(&spec, &at("whole"), &["--init", &at("first/last.safetensors"), "--epochs", "1"]).is_well();
    let whole = fs::read(at("whole/last.safetensors")).unwrap();
    fs::remove_file(at("whole/last.safetensors")).unwrap();
    run(&["train", "--resume", &at("whole")]).is_well();
    assert!(whole == fs::read(at("whole/last.safetensors")).unwrap());
}

#[test]
fn a_run_holds_all_that_its_spec_extends() {
    let (_folder, at) = scene();
    fs::create_dir(at("zoo")).unwrap();
    fs::write(at("zoo/small.vgg"), SPEC).unwrap();
    fs::write(at("zoo/middle.yaml"), "extends: small.vgg\ntrain: {seed: 6}\n").unwrap();
    fs::create_dir(at("mine")).unwrap();
    let spec = at("mine/mine.yaml");
    fs::write(&spec, "# Mine\nextends: ../zoo/middle.yaml\nparams: {width: 16}\ntrain: {epochs: 2}\n")
        .unwrap();
    train(&spec, &at("run"), &[]).is_well();

    fs::create_dir(at("elsewhere")).unwrap();
    fs::rename(at("run"), at("elsewhere/run")).unwrap();
    fs::remove_dir_all(at("zoo")).unwrap();
    fs::remove_dir_all(at("mine")).unwrap();
    let copy = at("elsewhere/run/spec.yaml");
    assert!(accuracy(&copy, &at("elsewhere/run/best.safetensors")) > 0.5);
    run(&["report", &at("elsewhere/run")]).is_well();
    run(&["train", "--resume", &at("elsewhere/run"), "--epochs", "3"]).is_well();
    assert_eq!(fs::read_to_string(at("elsewhere/run/metrics.jsonl")).unwrap().lines().count(), 3);
}

/// All that a spec can say of training; `tests/training.rs` of the runtime breaks such runs off.
#[test]
fn every_setting_is_resumed_to_the_same_bytes() {
    let (_folder, at) = scene();
    let spec = at("all.vgg");
    let train_section =
        "train { epochs 4; batch 64; seed 5; optimizer rmsprop rate 0.002 momentum 0.5 weight_decay 1e-4;
        loss cross_entropy smoothing 0.1; class_weights 1 2 1 1 1 1 1 1 1 1; clip norm 2; average 0.9;
        schedule cosine warmup 0.5; augment crop padding 1; augment mixup 0.4;
        callback reduce_on_plateau patience 1; callback early_stopping patience 3 monitor accuracy;
        callback checkpoint best off; }";
    let begin = SPEC.find("train {").unwrap();
    fs::write(&spec, format!("{}{train_section}\n}}\n", &SPEC[..begin])).unwrap();
    let whole = train(&spec, &at("whole"), &[]);
    whole.is_well();
    assert!(!whole.err.contains("warning"), "{}", whole.err);
    // The schedule looks at the last epoch, so a shorter run is another one: it is stopped, not shortened.
    train(&spec, &at("parts"), &["--save-every", "0"]).is_well();
    assert!(
        fs::read(at("whole/last.safetensors")).unwrap() == fs::read(at("parts/last.safetensors")).unwrap(),
        "the same seed gives the same bytes"
    );
    for epoch in 1..=4 {
        assert!(weights::metadata(Path::new(&at(&format!("whole/epoch-000{epoch}.safetensors")))).is_ok());
    }
}

/// Frozen layers keep every bit, norms included; the others learn.
#[test]
fn frozen_layers_stay_as_they_are() {
    let (_folder, at) = scene();
    let spec = at("small.vgg");
    fs::write(&spec, SPEC).unwrap();
    train(&spec, &at("first"), &["--epochs", "1"]).is_well();
    let first = at("first/last.safetensors");
    let more = ["--init", &first, "--freeze", "block1..block2, dense1", "--epochs", "2"];
    let ran = train(&spec, &at("second"), &more);
    let counted = "330 parameters trainable, 4,656 not";
    assert!(ran.is_well().contains(counted) && ran.err.contains(counted), "{}{}", ran.out, ran.err);
    let tensors = |path: &str| {
        let bytes = fs::read(path).unwrap();
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let tensors = file.iter().filter(|(name, _)| !name.starts_with('@'));
        tensors.map(|(name, view)| (name.to_owned(), view.data().to_vec())).collect::<BTreeMap<_, _>>()
    };
    let (before, after) = (tensors(&first), tensors(&at("second/last.safetensors")));
    for (name, values) in &before {
        assert_eq!(*values == after[name], !name.starts_with("dense2"), "{name}");
    }

    // A run that goes on freezes the same layers.
    run(&["train", "--resume", &at("second"), "--epochs", "3"]).is_well();
    let later = tensors(&at("second/last.safetensors"));
    assert!(before["block1_conv1.weight"] == later["block1_conv1.weight"]);
    assert!(after["dense2.weight"] != later["dense2.weight"]);

    let wrong = |names: &str| train(&spec, &at("wrong"), &["--freeze", names]);
    wrong("blokc1").fails(2, "did you mean `block1`?");
    wrong("block1..head").fails(2, "nothing to train");
    wrong("head..block1").fails(2, "comes before");
    assert!(!Path::new(&at("wrong")).exists());
}
