//! Lowering: names, inheritance, shapes and costs.

use vgg_spec::ast::*;
use vgg_spec::ir::Model;
use vgg_spec::lower::lower;
use vgg_spec::plan::Plan;
use vgg_spec::span::{Span, Spanned};

fn at<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::new(0, 0))
}

fn literal(value: u64) -> Spanned<Number> {
    at(Number::Literal(value))
}

fn vgg(blocks: &[(u64, u64)], head: Vec<HeadKind>) -> Spec {
    let conv = |filters| {
        at(Conv { name: None, filters: literal(filters), repeat: None, options: ConvOptions::default() })
    };
    Spec {
        name: Some(at("Net".to_owned())),
        params: Vec::new(),
        input: Some(at(Input { shape: [3, 224, 224].map(literal) })),
        defaults: Defaults::default(),
        blocks: blocks
            .iter()
            .map(|&(filters, convs)| {
                at(Block {
                    name: None,
                    convs: (0..convs).map(|_| conv(filters)).collect(),
                    options: ConvOptions::default(),
                    pool: None,
                })
            })
            .collect(),
        head: head.into_iter().map(|kind| at(HeadLayer { name: None, kind })).collect(),
        train: None,
    }
}

fn dense(units: u64, activation: Activation) -> HeadKind {
    HeadKind::Dense(Dense { units: literal(units), activation: Some(at(activation)), bias: None })
}

fn model(spec: &Spec) -> Model {
    let (model, findings) = lower(spec, &[]);
    model.unwrap_or_else(|| panic!("{findings:#?}"))
}

const VGG16: [(u64, u64); 5] = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)];

#[test]
fn vgg16_has_the_published_costs() {
    let head = vec![
        HeadKind::Flatten,
        dense(4096, Activation::Relu),
        dense(4096, Activation::Relu),
        dense(1000, Activation::None),
        HeadKind::Softmax,
    ];
    let model = model(&vgg(&VGG16, head));
    assert_eq!(model.parameters(), 138_357_544);
    assert_eq!(model.macs(), 15_470_264_320);
    let pool5 = model.layers().iter().find(|layer| layer.name == "block5_pool").unwrap();
    assert_eq!(pool5.receptive_field, [212, 212]);
}

#[test]
fn the_network_with_a_gap_head_has_14_777_458_parameters() {
    let head = vec![
        HeadKind::GlobalAveragePool,
        HeadKind::Dropout(at(0.5)),
        dense(120, Activation::Relu),
        HeadKind::Dropout(at(0.5)),
        dense(10, Activation::None),
        HeadKind::Softmax,
    ];
    let model = model(&vgg(&VGG16, head));
    assert_eq!(model.parameters(), 14_777_458);
    let names: Vec<&str> = model.layers()[33..].iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(names, ["dense1", "dense1_relu", "dropout2", "dense2", "softmax"]);
    let plan = Plan::new(&model);
    assert_eq!(plan.steps.len(), 13 + 5);
    // The input of the second convolution, its output before the pool and behind it.
    assert_eq!(plan.arena.inference, (64 + 64 + 16) * 224 * 224);
}
