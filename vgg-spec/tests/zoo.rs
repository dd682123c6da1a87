//! The zoo, against torchvision and against what is published about its networks.

mod files;

use files::{read, root};
use serde_json::Value;
use vgg_spec::check;
use vgg_spec::ir::{Layer, Model, Op, PoolMode, Shape};

fn model(name: &str) -> Model {
    let source = read(&root().join("specs").join(name).with_extension("yaml"));
    let checked = check(&source, &[]);
    checked.model.unwrap_or_else(|| panic!("{name}: {:#?}", checked.findings))
}

/// What is known of a layer: kind, shape of the output, multiply-accumulates and receptive field.
type Facts<'k> = (&'k str, Vec<usize>, Option<u64>, Option<usize>);

/// The layers that the fixture holds: those with weights, and pools.
fn recorded(model: &Model) -> Vec<Facts<'static>> {
    let kind = |op: &Op| match op {
        Op::Conv(_) => Some("conv"),
        Op::BatchNorm(_) => Some("norm"),
        Op::Pool(pool) if pool.mode == PoolMode::Average => Some("adaptive"),
        Op::Pool(_) => Some("max_pool"),
        Op::Dense(_) => Some("dense"),
        _ => None,
    };
    let shape = |shape| match shape {
        Shape::Maps(maps) => vec![maps.channels, maps.height, maps.width],
        Shape::Vector(features) => vec![features],
    };
    let facts = |layer: &Layer| {
        let kind = kind(&layer.op)?;
        let macs = matches!(kind, "conv" | "dense").then(|| layer.macs());
        let field = matches!(kind, "conv" | "max_pool").then(|| {
            assert_eq!(layer.receptive_field[0], layer.receptive_field[1], "{}", layer.name);
            layer.receptive_field[0]
        });
        Some((kind, shape(layer.output), macs, field))
    };
    model.layers().iter().filter_map(facts).collect()
}

#[test]
fn every_layer_costs_and_sees_what_torchvision_does() {
    let path = root().join("tests/fixtures/torchvision/zoo.json");
    let zoo: Value =
        serde_json::from_str(&std::fs::read_to_string(path).expect("a fixture")).expect("is JSON");
    let zoo = zoo.as_object().expect("a map");
    let mut compared = 0;
    for (name, expected) in zoo.iter().filter(|(name, _)| *name != "torchvision") {
        let model = model(&name.replace('_', "-"));
        assert_eq!(Some(model.trainable()), expected["parameters"].as_u64(), "{name}");
        let ours = recorded(&model);
        let theirs: Vec<Facts<'_>> = expected["layers"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|layer| {
                let output = layer["output"].as_array().expect("a shape").iter();
                let output = output.map(|extent| extent.as_u64().expect("an extent") as usize);
                let field = layer["field"].as_u64().map(|field| field as usize);
                (layer["kind"].as_str().expect("a kind"), output.collect(), layer["macs"].as_u64(), field)
            })
            // The adaptive pool of torchvision's VGGs makes 7x7 of 7x7; they say it, the paper does not.
            .filter(|(kind, ..)| *kind != "adaptive" || name == "alexnet")
            .collect();
        assert_eq!(ours, theirs, "{name}");
        compared += 1;
    }
    assert_eq!(compared, 9);
}

#[test]
fn counts_are_the_published_ones() {
    // Trainable parameters, GMACs, receptive field behind the last pool.
    for (name, parameters, giga_macs, field) in [
        ("vgg11", 132_863_336, 7.609, 150),
        ("vgg13", 133_047_848, 11.308, 156),
        ("vgg16", 138_357_544, 15.470, 212),
        ("vgg16-c", 133_638_952, 11.771, 156),
        ("vgg19", 143_667_240, 19.632, 268),
        ("vgg11-bn", 132_868_840, 7.609, 150),
        ("vgg13-bn", 133_053_736, 11.308, 156),
        ("vgg16-bn", 138_365_992, 15.470, 212),
        ("vgg19-bn", 143_678_248, 19.632, 268),
    ] {
        let model = model(name);
        assert_eq!(model.trainable(), parameters, "{name}");
        let macs: u64 = model.layers().iter().map(|layer| layer.macs()).sum();
        assert!((macs as f64 / 1e9 - giga_macs).abs() < 5e-4, "{name}: {macs}");
        let last = model.layers().iter().rfind(|layer| matches!(layer.op, Op::Pool(_))).expect("a pool");
        assert_eq!(last.receptive_field, [field; 2], "{name}");
    }
    assert_eq!(model("alexnet").trainable(), 61_100_840);
    assert_eq!(model("vgg16-gap").trainable(), 14_777_458);
}
