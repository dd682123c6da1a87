//! Lowering: names, inheritance, shapes and costs.

mod built;

use built::*;
use vgg_spec::ast::*;
use vgg_spec::plan::Plan;

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
