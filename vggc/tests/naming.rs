//! Weights under other engines' names come back as they were.

mod common;

use common::run;
use safetensors::SafeTensors;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn tensors(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let bytes = fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    file.tensors().into_iter().map(|(name, view)| (name.to_string(), view.data().to_vec())).collect()
}

#[test]
fn every_naming_is_read_back() {
    for spec in ["specs/digits.yaml", "tests/specs/batch_norm.yaml", "tests/specs/plain.yaml"] {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let emit = |naming: &str| {
            let out = at(naming);
            run(&["emit", "safetensors", spec, "--seed", "3", "--naming", naming, "--out", &out]).is_well();
            out
        };
        let ours = tensors(Path::new(&emit("ours")));
        for naming in ["torchvision", "keras"] {
            let (file, out) = (emit(naming), at("imported"));
            assert_ne!(tensors(Path::new(&file)).keys().next(), ours.keys().next());
            run(&["import", &file, "--spec", spec, "--out", &out, "--overwrite"]).is_well();
            assert_eq!(tensors(&Path::new(&out).join("weights.safetensors")), ours, "{spec} {naming}");
        }
    }
}

#[test]
fn names_are_those_of_the_engines() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("weights.safetensors");
    let path = out.to_str().unwrap();
    run(&["emit", "safetensors", "specs/digits.yaml", "--naming", "torchvision", "--out", path]).is_well();
    let names: Vec<String> = tensors(&out).into_keys().collect();
    assert!(names.contains(&"features.0.weight".into()), "{names:?}");
    assert!(names.contains(&"classifier.0.weight".into()), "{names:?}");
    run(&["emit", "onnx", "specs/digits.yaml", "--naming", "keras", "--out", path])
        .fails(2, "only a safetensors");
}
