//! Summaries against what Keras prints.

mod built;

use built::*;
use vgg_spec::ast::*;
use vgg_spec::emit::keras;

#[test]
fn vgg16_gap_is_printed_as_keras_prints_it() {
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
    let expected = include_str!("../../tests/fixtures/keras/vgg16-gap.txt");
    assert_eq!(keras::summary(&model(&spec), 80), expected);
}
