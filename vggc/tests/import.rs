//! Networks of other engines give the logits that those engines compute.

use ndarray::{Array4, ArrayView4};
use safetensors::SafeTensors;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use vgg_runtime::{Predictor, weights};
use vgg_spec::plan::Plan;
use vgg_spec::source::Source;
use vggc::interp::Interpreter;

const IMAGES: usize = 20;
const CLASSES: usize = 3;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/import").join(name)
}

fn recorded() -> HashMap<String, Vec<f32>> {
    let bytes = fs::read(fixture("logits.safetensors")).expect("a fixture");
    let file = SafeTensors::deserialize(&bytes).expect("a fixture");
    let tensors = file.tensors().into_iter().map(|(name, view)| {
        let values = view.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes));
        (name.to_string(), values.collect())
    });
    tensors.collect()
}

fn import(file: &Path, spec: Option<&Path>, out: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vggc"));
    command.arg("import").arg(file).arg("--out").arg(out);
    command.args(spec.into_iter().flat_map(|spec| [Path::new("--spec"), spec]));
    command.output().expect("the program runs")
}

/// The network in a folder.
fn predictor(folder: &Path, images: usize) -> Predictor<Interpreter> {
    let source = Source::read(&folder.join("spec.yaml")).expect("a spec");
    let model = vgg_spec::check(&source, &[]).model.expect("a network");
    let mut network = Interpreter::blank(&model, &Plan::new(&model));
    weights::load(&mut network, &folder.join("weights.safetensors")).expect("its weights");
    Predictor::new(network, images)
}

/// The logits of the network in a folder.
fn logits(folder: &Path, images: &[f32]) -> Vec<f32> {
    let mut predictor = predictor(folder, IMAGES);
    let images = ArrayView4::from_shape((IMAGES, 3, 8, 8), images).expect("images");
    predictor.logits(images).expect("logits").iter().copied().collect()
}

fn top(logits: &[f32]) -> Vec<usize> {
    let best = |row: &[f32]| (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0);
    logits.chunks(CLASSES).map(best).collect()
}

fn agrees(name: &str, spec: Option<&str>, engine: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let spec = spec.map(fixture);
    let output = import(&fixture(name), spec.as_deref(), folder.path());
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    let recorded = recorded();
    let (found, expected) = (logits(folder.path(), &recorded["images"]), &recorded[engine]);
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(0.0, |largest: f32, value| largest.max(value.abs()));
    let worst = found.iter().zip(expected).fold(0.0, |worst: f32, (a, b)| worst.max((a - b).abs()));
    assert!(worst <= 1e-4 * largest, "{name}: off by {worst}, the largest logit is {largest}");
    assert_eq!(top(&found), top(expected), "{name}");
}

#[test]
fn onnx_of_pytorch_gives_its_logits() {
    agrees("torch_script.onnx", None, "torch");
    agrees("torch_dynamo.onnx", None, "torch");
    agrees("torch_shared.onnx", None, "shared");
}

#[test]
fn convolutions_in_groups_give_the_logits_of_their_engine() {
    agrees("grouped_script.onnx", None, "grouped_torch");
    agrees("grouped_dynamo.onnx", None, "grouped_torch");
    agrees("grouped.keras", None, "grouped_keras");
    agrees("grouped.h5", None, "grouped_keras");
}

#[test]
fn models_in_models_give_the_logits_of_keras() {
    for kind in ["sequential", "functional"] {
        let engine = format!("nested_{kind}");
        agrees(&format!("{engine}.keras"), None, &engine);
        agrees(&format!("{engine}.h5"), None, &engine);
    }
}

#[test]
fn a_model_in_a_model_that_branches_is_refused_by_the_name_of_its_layer() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = import(&fixture("nested_branching.keras"), None, folder.path());
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("layer `add") && message.contains("a VGG is one path"), "{message}");
    assert!(fs::read_dir(folder.path()).expect("a folder").next().is_none());
}

/// What `vggc emit onnx` writes of a spec, as a folder with a spec.
fn there_and_back(spec: &str, folder: &Path) -> PathBuf {
    let onnx = folder.join("model.onnx");
    let emitted = Command::new(env!("CARGO_BIN_EXE_vggc"))
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .args(["emit", "onnx", spec, "--seed", "5", "--out"])
        .arg(&onnx)
        .output()
        .expect("the program runs");
    assert!(emitted.status.success(), "{spec}: {}", String::from_utf8_lossy(&emitted.stderr));
    let output = import(&onnx, None, &folder.join("back"));
    assert!(output.status.success(), "{spec}: {}", String::from_utf8_lossy(&output.stderr));
    folder.join("back")
}

#[test]
fn what_is_emitted_as_onnx_comes_back() {
    for name in ["adaptive", "average_flatten", "batch_norm", "everything", "gap", "grouped", "lrn", "plain"]
    {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/specs").join(format!("{name}.yaml"));
        comes_back(&path);
    }
}

/// The last pool has the size of its maps, but what stands behind it wants maps.
#[test]
fn a_pool_of_whole_maps_is_that_of_a_block() {
    let folder = tempfile::tempdir().expect("a folder");
    for (index, behind) in ["gap", "flatten", "gmp"].into_iter().enumerate() {
        let path = folder.path().join(format!("{index}.yaml"));
        let blocks = "blocks: [{conv: [4]}, {conv: [5]}, {conv: [6]}]";
        let text =
            format!("model: Small\ninput: {{shape: [3, 8, 8]}}\n{blocks}\nhead: [{behind}, {{dense: 3}}]\n");
        fs::write(&path, text).expect("a spec");
        let spec = comes_back(&path);
        assert!(!spec.contains("pool"), "{spec}");
    }
}

/// Checks that a spec, emitted as ONNX, gives the same logits when it is imported; gives the spec that is imported.
fn comes_back(path: &Path) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let name = path.display();
    let back = there_and_back(path.to_str().expect("a path"), folder.path());
    let model = vgg_spec::check(&Source::read(path).expect("a spec"), &[]).model.expect("a network");
    let input = model.input();
    let shape = (2, input.channels, input.height, input.width);
    let images = Array4::from_shape_fn(shape, |(n, c, h, w)| ((n * 7 + c * 5 + h * 3 + w) as f32).sin());
    let ours = Predictor::new(Interpreter::init(&model, &Plan::new(&model), 5), 2)
        .logits(images.view())
        .expect("logits")
        .to_owned();
    let theirs = predictor(&back, 2).logits(images.view()).expect("logits").to_owned();
    assert_eq!(ours, theirs, "{name}");
    fs::read_to_string(back.join("spec.yaml")).expect("a spec")
}

#[test]
fn local_response_norms_are_written_in_a_word() {
    let folder = tempfile::tempdir().expect("a folder");
    let spec =
        fs::read_to_string(there_and_back("tests/specs/grouped.yaml", folder.path()).join("spec.yaml"));
    insta::assert_snapshot!("grouped", spec.expect("a spec"));
}

#[test]
fn weights_beside_a_model_are_read() {
    agrees("torch_external.onnx", None, "torch");
    agrees("keras_large.zip", None, "large_keras");
    let folder = tempfile::tempdir().expect("a folder");
    let alone = folder.path().join("alone.onnx");
    fs::copy(fixture("torch_external.onnx"), &alone).expect("a copy");
    let output = import(&alone, None, &folder.path().join("out"));
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        message.contains("torch_external.bin") && message.contains("put both files into one folder"),
        "{message}"
    );
}

#[test]
fn onnx_of_keras_gives_its_logits() {
    for name in ["keras_tf2onnx.onnx", "keras_export_tensorflow.onnx", "keras_export_torch.onnx"] {
        agrees(name, None, "keras");
    }
}

#[test]
fn models_of_keras_give_its_logits() {
    agrees("keras.keras", None, "keras");
    agrees("keras.h5", None, "keras");
}

#[test]
fn adaptive_pools_of_keras_give_its_logits() {
    agrees("adaptive.keras", None, "adaptive_keras");
}

#[test]
fn weights_of_keras_give_its_logits_with_a_spec() {
    for name in ["keras.weights.h5", "keras_chunked.h5", "keras_latest.h5", "keras.keras", "keras.h5"] {
        agrees(name, Some("keras.yaml"), "keras");
    }
}

#[test]
fn a_spec_that_computes_otherwise_than_the_file_is_warned_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let same = folder.path().join("same.yaml");
    let spec = fs::read_to_string(fixture("keras.yaml")).expect("a fixture") + "allow: [W0303]\n";
    fs::write(&same, &spec).expect("a spec");
    let spec = spec.replace("pool: average", "pool: max").replace("activation: relu", "activation: gelu");
    let path = folder.path().join("other.yaml");
    fs::write(&path, spec).expect("a spec");
    let output = import(&fixture("keras.keras"), Some(&path), &folder.path().join("out"));
    assert!(output.status.success(), "the weights fit");
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stderr));
    let output = import(&fixture("keras.keras"), Some(&same), &folder.path().join("same"));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn adaptive_pools_of_equal_windows_come_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("adaptive.yaml");
    let head = "[{adaptive: [3, 6]}, {adaptive: 2}, flatten, {dense: 3}]";
    fs::write(
        &path,
        format!("model: Small\ninput: {{shape: [3, 12, 24]}}\nblocks: [{{conv: [4]}}]\nhead: {head}\n"),
    )
    .expect("a spec");
    let spec = comes_back(&path);
    assert!(spec.contains("- adaptive: [3, 6]\n  - adaptive: 2\n"), "{spec}");
}

#[test]
fn state_dicts_of_pytorch_give_its_logits() {
    for name in ["torch.pth", "torch_legacy.pth", "torch.safetensors"] {
        agrees(name, Some("torch.yaml"), "torch");
    }
}

#[test]
fn specs_are_short() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(import(&fixture("keras_tf2onnx.onnx"), None, folder.path()).status.success());
    insta::assert_snapshot!(fs::read_to_string(folder.path().join("spec.yaml")).expect("a spec"));
    let folder = tempfile::tempdir().expect("a folder");
    assert!(import(&fixture("keras.keras"), None, folder.path()).status.success());
    insta::assert_snapshot!("keras", fs::read_to_string(folder.path().join("spec.yaml")).expect("a spec"));
}

#[test]
fn nothing_is_overwritten_unasked() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(import(&fixture("torch_script.onnx"), None, folder.path()).status.success());
    let output = import(&fixture("torch_script.onnx"), None, folder.path());
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is there already"));
}

#[test]
fn weights_that_are_no_numbers_are_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut bytes = fs::read(fixture("torch.safetensors")).expect("a fixture");
    let place = bytes.len() - 4;
    bytes[place..].copy_from_slice(&f32::NAN.to_le_bytes());
    let file = folder.path().join("nan.safetensors");
    fs::write(&file, bytes).expect("a file");
    let output = import(&file, Some(&fixture("torch.yaml")), &folder.path().join("out"));
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("nan.safetensors: value ") && message.contains("` is NaN"), "{message}");
    assert!(!folder.path().join("out").exists());
}

#[test]
fn weights_that_fit_nothing_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = import(&fixture("torch.pth"), None, folder.path());
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("2 convolutions, 2 batch norms, 2 dense layers"), "{message}");
    assert!(fs::read_dir(folder.path()).expect("a folder").next().is_none());
}
