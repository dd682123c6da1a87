//! Lowering, on specs that nobody would write: it never panics, and what it lets through keeps the
//! promises of a model.

mod built;

use built::{Spanned, at, literal};
use proptest::prelude::*;
use std::collections::HashSet;
use std::fmt::Debug;
use vgg_spec::ast::*;
use vgg_spec::diagnostic::Severity;
use vgg_spec::emit::{keras, summary};
use vgg_spec::ir::{Model, Shape};
use vgg_spec::lower::{Override, lower};
use vgg_spec::names::Named;
use vgg_spec::plan::Plan;
use vgg_spec::settings::{Configured, OPTIMIZERS};

/// Mostly small, sometimes absurd.
fn number() -> impl Strategy<Value = Spanned<Number>> {
    prop_oneof![
        60 => (1..5_u64).prop_map(Number::Literal),
        1 => prop::sample::select(vec![0, 224, 65_536, 1 << 20, 1 << 32, u64::MAX]).prop_map(Number::Literal),
        1 => prop::sample::select(vec!["width", "classes"]).prop_map(|name| Number::Param(name.into())),
    ]
    .prop_map(at)
}

/// Channels, height or width of an image.
fn size() -> impl Strategy<Value = Spanned<Number>> {
    prop_oneof![20 => (10..60_u64).prop_map(literal), 1 => number()]
}

fn float() -> impl Strategy<Value = f64> {
    prop_oneof![
        40 => 0.1..0.9,
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, -1.0, 0.0, 1.0, 1e300, -0.0, 1e-300]),
    ]
}

fn name() -> impl Strategy<Value = Option<Spanned<String>>> {
    let names = ["stem", "Stem", "block1", "block2_conv1", "self", "forward", "", "1x", "größe", "dense1"];
    prop::option::weighted(0.02, prop::sample::select(names.to_vec()).prop_map(|name| at(name.to_owned())))
}

fn extent() -> impl Strategy<Value = Extent> {
    (number(), number()).prop_map(|(height, width)| Extent { height, width })
}

fn padding() -> impl Strategy<Value = Padding> {
    prop_oneof![Just(Padding::Same), Just(Padding::Valid), extent().prop_map(Padding::Explicit)]
}

fn activation() -> impl Strategy<Value = Activation> {
    prop_oneof![
        Just(Activation::None),
        Just(Activation::Relu),
        Just(Activation::Gelu),
        float().prop_map(|slope| Activation::LeakyRelu { slope }),
        float().prop_map(|alpha| Activation::Elu { alpha }),
    ]
}

fn norm() -> impl Strategy<Value = Norm> {
    let batch = (float(), float()).prop_map(|(epsilon, momentum)| Norm::Batch { epsilon, momentum });
    let lrn = (float(), float(), float(), float()).prop_map(|(n, k, alpha, beta)| Norm::Lrn {
        n: (n * 10.0).round(),
        k,
        alpha,
        beta,
    });
    prop_oneof![Just(Norm::None), batch, lrn]
}

/// Boxed: strategies within strategies would not fit on the stack.
fn perhaps<T: Debug + 'static>(
    value: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Option<Spanned<T>>> {
    prop::option::weighted(0.2, value.prop_map(at)).boxed()
}

prop_compose! {
    fn options()(
        kernel in perhaps(extent()), stride in perhaps(extent()), padding in perhaps(padding()),
        activation in perhaps(activation()), norm in perhaps(norm()), bias in perhaps(any::<bool>()),
        dropout in perhaps(float()), groups in prop::option::weighted(0.1, number()), trainable in perhaps(any::<bool>()),
    ) -> ConvOptions {
        ConvOptions { kernel, stride, padding, groups, activation, norm, bias, dropout, trainable, dilation: None }
    }
}

fn pool() -> impl Strategy<Value = Pool> {
    let parts =
        (any::<bool>(), perhaps(extent()), perhaps(extent()), perhaps(padding()), perhaps(any::<bool>()));
    let window = parts.prop_map(|(max, size, stride, padding, ceil)| {
        let mode = if max { PoolMode::Max } else { PoolMode::Average };
        Pool::Window(PoolWindow { mode, size, stride, padding, ceil })
    });
    prop_oneof![Just(Pool::None), window]
}

prop_compose! {
    fn conv()(
        name in name(), filters in number(), repeat in prop::option::weighted(0.2, number()), options in options(),
    ) -> Spanned<Conv> {
        at(Conv { name, filters, repeat, options })
    }
}

prop_compose! {
    fn block()(
        name in name(), convs in prop::collection::vec(conv(), 1..4), options in options(), pool in perhaps(pool()),
    ) -> Spanned<Block> {
        at(Block { name, convs, options, pool })
    }
}

prop_compose! {
    fn dense()(units in number(), activation in perhaps(activation()), bias in perhaps(any::<bool>())) -> Dense {
        Dense { units, activation, bias, trainable: None }
    }
}

fn head_layer() -> impl Strategy<Value = Spanned<HeadLayer>> {
    let kind = prop_oneof![
        1 => to_vector().prop_map(|layer| layer.value.kind),
        1 => Just(HeadKind::Softmax),
        9 => dense().prop_map(HeadKind::Dense),
        9 => float().prop_map(|rate| HeadKind::Dropout(at(rate))),
        9 => activation().prop_map(|activation| HeadKind::Activation(at(activation))),
        9 => norm().prop_map(|norm| HeadKind::Norm(at(norm))),
    ];
    (name(), kind).prop_map(|(name, kind)| at(HeadLayer { name, kind }))
}

fn to_vector() -> impl Strategy<Value = Spanned<HeadLayer>> {
    let kind = prop_oneof![Just(HeadKind::Flatten), Just(HeadKind::GlobalAveragePool)];
    kind.prop_map(|kind| at(HeadLayer { name: None, kind }))
}

/// SGD with the same number for rate and momentum.
fn optimizer(rate: f64) -> Configured {
    let mut sgd = Configured::usual(&OPTIMIZERS[0]);
    sgd.values[..2].fill(rate);
    sgd
}

prop_compose! {
    fn spec()(
        named in prop_oneof![9 => Just(Some("Net")), 1 => Just(Some("net")), 1 => Just(None)],
        params in prop::collection::vec((prop::sample::select(vec!["width", "classes", "depth"]), 1..9_u64), 0..3),
        input in prop::option::weighted(0.95, [size(), size(), size()]),
        conv in options(), default_pool in perhaps(pool()),
        blocks in prop::collection::vec(block(), 0..4),
        to_vector in prop::option::weighted(0.9, to_vector()), rest in prop::collection::vec(head_layer(), 0..5),
        train in perhaps((perhaps(0..100_u64), float())),
    ) -> Spec {
        let param = |(name, default): (&str, u64)| Param { name: at(name.to_owned()), default: at(default.into()) };
        let to_train = |(batch, rate)| Train {
            batch,
            optimizer: Some(at(optimizer(rate))),
            ..Train::default()
        };
        Spec {
            description: String::new(),
            name: named.map(|name| at(name.to_owned())),
            params: params.into_iter().map(param).collect(),
            input: input.map(|shape| at(Input { shape, order: Order::Chw })),
            defaults: Defaults { conv, pool: default_pool },
            blocks,
            head: to_vector.into_iter().chain(rest).collect(),
            train: train.map(|train| train.map(to_train)),
            ..Spec::default()
        }
    }
}

fn keeps_its_promises(model: &Model) {
    let mut names = HashSet::new();
    let mut shape = Shape::Maps(model.input());
    for layer in model.layers() {
        assert_eq!(Named::Layer.check(&layer.name), Ok(()));
        assert!(names.insert(&layer.name), "{} twice", layer.name);
        assert_eq!(layer.input, shape, "{}", layer.name);
        assert!(layer.output.elements() > 0);
        shape = layer.output;
    }
    assert!(matches!(shape, Shape::Vector(_)));
    let mut end = 0;
    for block in model.blocks() {
        assert_eq!(block.layers.start, end);
        end = block.layers.end;
    }
    assert_eq!(model.head(), end..model.layers().len());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_spec_is_lowered_or_refused(spec in spec(), value in any::<u64>()) {
        let overrides = [Override { name: "width".into(), value: value.into() }];
        for overrides in [&[][..], &overrides] {
            let (model, findings) = lower(&spec, overrides);
            let failed = findings.iter().any(|finding| finding.severity == Severity::Error);
            prop_assert_eq!(model.is_none(), failed);
            let Some(model) = model else { continue };
            keeps_its_promises(&model);
            let plan = Plan::new(&model);
            for batch in [1, u64::MAX] {
                summary::text(&model, &plan, batch, summary::TableStyle { width: 0, ascii: true });
                summary::json(&model, &plan, batch);
            }
            keras::summary(&model, 0);
        }
    }
}

/// The largest of everything at once: all sums are bounded, so nothing wraps.
#[test]
fn the_largest_network_is_refused_not_wrapped() {
    let huge = |value| literal(value);
    let mut spec = built::vgg(&[(1 << 20, 3)], vec![HeadKind::Flatten]);
    spec.input = Some(at(Input { shape: [huge(1 << 20), huge(65_536), huge(65_536)], order: Order::Chw }));
    spec.defaults.conv.kernel = Some(at(built::square(65_536)));
    let (model, findings) = lower(&spec, &[]);
    assert!(model.is_none());
    let codes: Vec<&str> = findings.iter().map(|finding| finding.code.0).collect();
    assert_eq!(codes, ["E0308"], "{findings:#?}");
}
