//! Lowering: the published networks, names, inheritance and overrides.

mod built;

use built::{at, dense, literal, model, square, vgg};
use vgg_spec::ast::{Activation, ConvOptions, HeadKind, Norm, Spec};
use vgg_spec::ir::{Model, Op, Shape};

/// A configuration of Simonyan & Zisserman (2015): its convolutions, and what is published about it with a
/// head of 4096, 4096 and 1000 units.
struct Published {
    name: &'static str,
    /// In each block.
    convolutions: [u64; 5],
    /// Whether the third convolution of a block is 1x1.
    pointwise: bool,
    parameters: u64,
    with_batch_norm: u64,
    giga_macs: f64,
    receptive_field: usize,
}

const PUBLISHED: [Published; 5] = [
    Published {
        name: "A",
        convolutions: [1, 1, 2, 2, 2],
        pointwise: false,
        parameters: 132_863_336,
        with_batch_norm: 132_868_840,
        giga_macs: 7.609,
        receptive_field: 150,
    },
    Published {
        name: "B",
        convolutions: [2, 2, 2, 2, 2],
        pointwise: false,
        parameters: 133_047_848,
        with_batch_norm: 133_053_736,
        giga_macs: 11.308,
        receptive_field: 156,
    },
    Published {
        name: "C",
        convolutions: [2, 2, 3, 3, 3],
        pointwise: true,
        parameters: 133_638_952,
        with_batch_norm: 133_647_400,
        giga_macs: 11.771,
        receptive_field: 156,
    },
    Published {
        name: "D",
        convolutions: [2, 2, 3, 3, 3],
        pointwise: false,
        parameters: 138_357_544,
        with_batch_norm: 138_365_992,
        giga_macs: 15.470,
        receptive_field: 212,
    },
    Published {
        name: "E",
        convolutions: [2, 2, 4, 4, 4],
        pointwise: false,
        parameters: 143_667_240,
        with_batch_norm: 143_678_248,
        giga_macs: 19.632,
        receptive_field: 268,
    },
];

fn spec_of(published: &Published) -> Spec {
    let head = vec![
        HeadKind::Flatten,
        dense(4096, Activation::Relu),
        dense(4096, Activation::Relu),
        dense(1000, Activation::None),
        HeadKind::Softmax,
    ];
    let widths = [64, 128, 256, 512, 512];
    let blocks: Vec<(u64, u64)> = widths.into_iter().zip(published.convolutions).collect();
    let mut spec = vgg(&blocks, head);
    for block in spec.blocks.iter_mut().filter(|_| published.pointwise) {
        for third in block.value.convs.iter_mut().skip(2) {
            third.value.options.kernel = Some(at(square(1)));
        }
    }
    spec
}

fn layer<'m>(model: &'m Model, name: &str) -> &'m vgg_spec::ir::Layer {
    model.layers().iter().find(|layer| layer.name == name).unwrap_or_else(|| panic!("no layer {name}"))
}

#[test]
fn published_networks_have_the_published_costs() {
    for published in PUBLISHED {
        let mut spec = spec_of(&published);
        let plain = model(&spec);
        assert_eq!(plain.parameters(), published.parameters, "{}", published.name);
        assert_eq!(plain.trainable(), published.parameters, "{}", published.name);
        let giga_macs = (plain.macs() as f64 / 1e6).round() / 1e3;
        assert_eq!(giga_macs, published.giga_macs, "{}", published.name);
        let last = layer(&plain, "block5_pool");
        assert_eq!(last.receptive_field, [published.receptive_field; 2], "{}", published.name);
        assert_eq!(layer(&plain, "flatten").receptive_field, [224, 224]);

        spec.defaults.conv.norm = Some(at(Norm::Batch { epsilon: 1e-5, momentum: 0.1 }));
        let normed = model(&spec);
        assert_eq!(normed.trainable(), published.with_batch_norm, "{}", published.name);
        // Running means and variances are as many as scales and shifts.
        let statistics = published.with_batch_norm - published.parameters;
        assert_eq!(normed.parameters(), published.with_batch_norm + statistics, "{}", published.name);
    }
}

#[test]
fn the_nearest_option_wins() {
    let mut spec = vgg(&[(8, 3)], vec![HeadKind::GlobalAveragePool]);
    let options = |kernel| ConvOptions { kernel: Some(at(square(kernel))), ..ConvOptions::default() };
    spec.defaults.conv = ConvOptions {
        activation: Some(at(Activation::Tanh)),
        bias: Some(at(false)),
        dropout: Some(at(0.25)),
        ..options(7)
    };
    spec.blocks[0].value.options = ConvOptions { activation: Some(at(Activation::None)), ..options(5) };
    spec.blocks[0].value.convs[1].value.options = ConvOptions {
        activation: Some(at(Activation::Elu { alpha: 1.0 })),
        bias: Some(at(true)),
        ..options(1)
    };
    let model = model(&spec);
    let names: Vec<&str> = model.layers().iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "block1_conv1",
            "block1_dropout1",
            "block1_conv2",
            "block1_elu2",
            "block1_dropout2",
            "block1_conv3",
            "block1_dropout3",
            "block1_pool",
            "gap",
        ]
    );
    let conv = |name| match layer(&model, name).op {
        Op::Conv(conv) => (conv.window.kernel[0], conv.bias),
        op => panic!("{op:?}"),
    };
    assert_eq!(conv("block1_conv1"), (5, false));
    assert_eq!(conv("block1_conv2"), (1, true));
    assert_eq!(conv("block1_conv3"), (5, false));
}

#[test]
fn layers_behind_a_named_one_take_its_name() {
    let head = vec![HeadKind::GlobalAveragePool, dense(9, Activation::Relu), dense(4, Activation::None)];
    let mut spec = vgg(&[(8, 2)], head);
    spec.blocks[0].value.name = Some(at("stem".into()));
    spec.blocks[0].value.convs[0].value.name = Some(at("first".into()));
    spec.blocks[0].value.convs[0].value.options.norm = Some(at(Norm::Batch { epsilon: 1e-5, momentum: 0.1 }));
    spec.head[1].value.name = Some(at("hidden".into()));
    let model = model(&spec);
    let names: Vec<&str> = model.layers().iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "first",
            "first_bn",
            "first_relu",
            "stem_conv2",
            "stem_relu2",
            "stem_pool",
            "gap",
            "hidden",
            "hidden_relu",
            "dense2"
        ]
    );
    assert_eq!(model.blocks()[0].name, "stem");
    assert_eq!(model.head(), 6..10);
    assert_eq!(layer(&model, "dense2").output, Shape::Vector(4));
}

#[test]
fn a_repeat_is_the_same_as_writing_it_out() {
    let head = || vec![HeadKind::GlobalAveragePool];
    let mut repeated = vgg(&[(8, 1)], head());
    repeated.blocks[0].value.convs[0].value.repeat = Some(literal(3));
    assert_eq!(model(&repeated), model(&vgg(&[(8, 3)], head())));
}
