//! The model for other engines. `tests/reference/emitted.py` runs what is written here, and compares.

use std::path::Path;
use vgg_spec::emit::{keras_model, onnx, pytorch, svg};
use vgg_spec::ir::Model;
use vgg_spec::source::{Source, Syntax};
use vgg_spec::tensors::{Tensor, Tensors};

fn model(name: &str) -> Model {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/specs").join(name);
    vgg_spec::check(&Source::read(&path).expect("a spec"), &[]).model.expect("a network")
}

fn zeros(model: &Model) -> Tensors {
    let zeros = |shape: Vec<usize>| Tensor { values: vec![0.0; shape.iter().product()], shape };
    model.tensors().map(|(name, shape)| (name, zeros(shape))).collect()
}

#[test]
fn python_reads_well() {
    let network = |text: &str| text.split("# What follows is the same").next().map(str::to_owned);
    insta::assert_snapshot!("pytorch", network(&pytorch::file(&model("gap.yaml"))).expect("a module"));
    insta::assert_snapshot!("keras", network(&keras_model::file(&model("gap.yaml"))).expect("a model"));
}

/// What Python or PyTorch already has is written with an underscore behind it.
#[test]
fn names_of_python_are_left_alone() {
    let spec = "model None { input 1 x 8 x 8; block { conv 4 name class; }
                head { flatten; dense 4 name train; dense 2 softmax; } }";
    let model = vgg_spec::check(&Source::new("x.vgg", spec, Syntax::Dsl), &[]).model.expect("a network");
    let text = pytorch::file(&model);
    for line in ["class None_(nn.Module):", "self.class_ = nn.Conv2d(1, 4, 3, padding=1)", "self.train_ = "] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    assert!(keras_model::file(&model).contains("name=\"class_\""));
}

/// What is frozen in the spec is frozen there, and frozen norms stay at their running statistics.
#[test]
fn frozen_layers_are_frozen_elsewhere() {
    let model = model("frozen.yaml");
    let text = pytorch::file(&model);
    for line in [
        "self.block1_conv1 = nn.Conv2d(3, 8, 3, padding=1, bias=False).requires_grad_(False)",
        "self.block3_conv1 = nn.Conv2d(12, 16, 3, padding=1, bias=False)\n",
        "for norm in [self.block1_bn1, self.block1_bn2, self.fixed_bn]:",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    let text = keras_model::file(&model);
    assert!(text.contains("trainable=False, name=\"block1_bn1\""), "{text}");
    assert!(
        text.contains(", name=\"block3_conv1\"") && !text.contains("trainable=False, name=\"block3_conv1\"")
    );
    assert!(!pytorch::file(&self::model("plain.yaml")).contains("def train(self"));
}

/// ONNX has no adaptive pool: its means are two products with constants.
#[test]
fn adaptive_pools_are_written() {
    let model = model("adaptive.yaml");
    assert!(pytorch::file(&model).contains("self.adaptive1 = nn.AdaptiveAvgPool2d((3, 2))"));
    assert!(
        keras_model::file(&model).contains("layers.AdaptiveAveragePooling2D((3, 2), name=\"adaptive1\")")
    );
    let bytes = onnx::file(&model, &zeros(&model), &[]).expect("weights fit");
    for name in ["adaptive1/rows", "adaptive1/columns", "adaptive2/narrowed", "MatMul"] {
        assert!(bytes.windows(name.len()).any(|window| window == name.as_bytes()), "{name}");
    }
}

/// The legend says what all boxes of a colour have in common.
#[test]
fn legends_name_what_is_drawn() {
    let drawn = |blocks: &str| {
        let spec = format!("model A {{ input 3 x 20 x 20; {blocks} head {{ flatten; dense 2; }} }}");
        svg::draw(&vgg_spec::check(&Source::new("x.vgg", spec, Syntax::Dsl), &[]).model.expect("a network"))
    };
    let alike = drawn("block { conv 8 x 2; } block { conv 8; pool average 2; }");
    assert!(alike.contains(">convolution + relu<") && alike.contains(">max and average pool<"), "{alike}");
    let different = drawn("block { conv 8; pool none; } block { conv 8 tanh; pool none; }");
    assert!(different.contains(">convolution<") && !different.contains("pool<"), "{different}");
}

#[test]
fn onnx_holds_every_weight_once() {
    let model = model("batch_norm.yaml");
    let bytes = onnx::file(&model, &zeros(&model), &[("key".into(), "value".into())]).expect("weights fit");
    let values: usize = zeros(&model).values().map(|tensor| 4 * tensor.values.len()).sum();
    assert!((values..values + 5000).contains(&bytes.len()), "{} for {values}", bytes.len());
}

#[test]
fn weights_that_do_not_fit_are_named() {
    let model = model("plain.yaml");
    let error = |change: &dyn Fn(&mut Tensors)| {
        let mut weights = zeros(&model);
        change(&mut weights);
        onnx::file(&model, &weights, &[]).expect_err("refused").to_string()
    };
    assert_eq!(
        error(&|weights| drop(weights.remove("dense1.bias"))),
        "there is no tensor `dense1.bias`, which the model needs with shape [16]"
    );
    assert_eq!(
        error(&|weights| weights.get_mut("dense1.bias").expect("there").shape = vec![4, 4]),
        "`dense1.bias` has shape [4, 4], but the model needs [16]"
    );
    let extra = |weights: &mut Tensors| {
        weights.insert("other".into(), Tensor { shape: vec![], values: vec![0.0] });
    };
    assert_eq!(error(&extra), "there is a tensor `other`, which the model does not have");
}
