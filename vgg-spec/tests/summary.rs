//! Summaries, against what Keras says and against what they said last.

mod built;

use built::*;
use vgg_spec::ast::*;
use vgg_spec::emit::{keras, summary};
use vgg_spec::plan::Plan;

#[test]
fn dev() {
    let head = vec![
        HeadKind::GlobalAveragePool,
        HeadKind::Dropout(at(0.5)),
        dense(120, Activation::Relu),
        HeadKind::Dropout(at(0.5)),
        dense(10, Activation::None),
        HeadKind::Softmax,
    ];
    let mut spec = vgg(&[(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)], head);
    spec.name = Some(at("Vgg16Gap".into()));
    let model = model(&spec);
    let plan = Plan::new(&model);
    for width in [110, 80, 60, 40] {
        println!("{}", summary::text(&model, &plan, 8, summary::TableStyle { width, ascii: width == 60 }));
    }
    println!("{}", summary::markdown(&model, &plan, 1));
    println!("{}", summary::json(&model, &plan, 1));
    assert_eq!(keras::summary(&model, 80), include_str!("../../tests/fixtures/keras/vgg16-gap.txt"));
    for width in [40, 50, 60, 70, 79, 85, 90, 91, 92, 93, 120] {
        std::fs::write(format!("/tmp/k{width}.txt"), keras::summary(&model, width)).unwrap();
    }
}
