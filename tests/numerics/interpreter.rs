//! Generated code and the interpreter: the same bits forward, backward, and after steps of training.

use crate::networks::{
    Digits, Frozen, SmallAdaptive, SmallAverage, SmallGap, SmallGrouped, SmallLrn, SmallNorm, SmallPlain,
};
use ndarray::Array4;
use vgg::random::{SHUFFLE, Stream};
use vgg::{Network, Predictor, Trainer};
use vgg_spec::plan::Plan;
use vgg_spec::source::Source;
use vggc::interp::Interpreter;

const SEED: u64 = 11;
/// Two batches of training and a smaller one.
const BATCHES: [usize; 3] = [6, 6, 5];

/// Names and bits of all tensors.
fn bits<N: Network>(network: &N) -> Vec<(String, Vec<u32>)> {
    let mut tensors = Vec::new();
    network.visit(&mut |tensor| {
        tensors.push((tensor.name.to_owned(), tensor.values.iter().map(|value| value.to_bits()).collect()));
    });
    tensors
}

/// A random batch that is a function of its number.
fn batch<N: Network>(network: &N, number: u64, images: usize) -> (Array4<f32>, Vec<u32>) {
    let shape = network.input();
    let mut pixels = Array4::zeros((images, shape.channels, shape.height, shape.width));
    let uniforms = Stream::new(SEED, number, SHUFFLE).uniforms();
    pixels.iter_mut().zip(uniforms).for_each(|(pixel, uniform)| *pixel = uniform);
    let labels = (0..images).map(|image| (image * 7 % network.classes()) as u32).collect();
    (pixels, labels)
}

fn equal<N: Network>(path: &str, generated: N, settings: vgg::TrainSettings) {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    let source = Source::read(path.as_ref()).expect("a spec");
    let model = vgg_spec::check(&source, &[]).model.expect("a network");
    let interpreted = Interpreter::init(&model, &Plan::new(&model), SEED);
    assert_eq!(bits(&generated), bits(&interpreted), "{path}: initial weights");

    let (images, _) = batch(&generated, 0, BATCHES[0]);
    let mut by_code = Predictor::new(generated.clone(), BATCHES[0]);
    let mut by_plan = Predictor::new(interpreted.clone(), BATCHES[0]);
    let logits = [
        by_code.logits(images.view()).expect("logits").mapv(f32::to_bits),
        by_plan.logits(images.view()).expect("logits").mapv(f32::to_bits),
    ];
    assert_eq!(logits[0], logits[1], "{path}: logits");

    let settings = vgg::TrainSettings { batch: BATCHES[0], ..settings };
    let mut by_code = Trainer::new(generated, settings);
    let mut by_plan = Trainer::new(interpreted, settings);
    for (number, size) in BATCHES.into_iter().enumerate() {
        let (images, labels) = batch(by_code.network(), number as u64, size);
        let reports = [
            by_code.train_step(images.view(), &labels).expect("a step"),
            by_plan.train_step(images.view(), &labels).expect("a step"),
        ];
        assert_eq!(reports[0], reports[1], "{path}: step {number}");
        assert_eq!(bits(by_code.gradients()), bits(by_plan.gradients()), "{path}: gradients {number}");
        assert_eq!(bits(by_code.network()), bits(by_plan.network()), "{path}: weights {number}");
    }
}

#[test]
fn frozen() {
    equal("tests/specs/frozen.yaml", Frozen::init(SEED), Frozen::TRAIN);
}

/// What is frozen stays, to the bit; all else learns. A layer in front of which nothing learns has the gradients
/// that it has in a network of which nothing is frozen.
#[test]
fn what_is_frozen_stays() {
    let before = bits(&Frozen::init(SEED));
    let mut trainer = Trainer::new(Frozen::init(SEED), Frozen::TRAIN);
    for number in 0..2 {
        let (images, labels) = batch(trainer.network(), number, BATCHES[0]);
        trainer.train_step(images.view(), &labels).expect("a step");
    }
    let learned = ["block3_conv1.", "block3_bn1.", "dense2."];
    for ((name, old), (_, new)) in before.iter().zip(&bits(trainer.network())) {
        assert_eq!(old != new, learned.iter().any(|layer| name.starts_with(layer)), "{name}");
    }

    let source = Source::read("tests/specs/plain.yaml".as_ref()).expect("a spec");
    let model = vgg_spec::check(&source, &[]).model.expect("a network");
    let mut frozen = model.clone();
    frozen.freeze(&["block1"]).expect("a block");
    assert!(frozen.freeze(&["block2", "nothing"]).is_err());
    assert!(Plan::new(&frozen).arena.training < Plan::new(&model).arena.training);
    let gradients = [&model, &frozen].map(|model| {
        let network = Interpreter::init(model, &Plan::new(model), SEED);
        let mut trainer = Trainer::new(network, SmallPlain::TRAIN);
        let (images, labels) = batch(trainer.network(), 0, 4);
        trainer.train_step(images.view(), &labels).expect("a step");
        bits(trainer.gradients())
    });
    for ((name, all), (_, some)) in gradients[0].iter().zip(&gradients[1]) {
        match name.starts_with("block1_") {
            true => assert!(some.iter().all(|bits| *bits == 0), "{name}"),
            false => assert_eq!(all, some, "{name}"),
        }
    }
}

#[test]
fn lrn() {
    equal("tests/specs/lrn.yaml", SmallLrn::init(SEED), SmallLrn::TRAIN);
}

#[test]
fn grouped() {
    equal("tests/specs/grouped.yaml", SmallGrouped::init(SEED), SmallGrouped::TRAIN);
}

#[test]
fn plain() {
    equal("tests/specs/plain.yaml", SmallPlain::init(SEED), SmallPlain::TRAIN);
}

#[test]
fn adaptive() {
    equal("tests/specs/adaptive.yaml", SmallAdaptive::init(SEED), SmallAdaptive::TRAIN);
}

#[test]
fn batch_norm() {
    equal("tests/specs/batch_norm.yaml", SmallNorm::init(SEED), SmallNorm::TRAIN);
}

#[test]
fn average_flatten() {
    equal("tests/specs/average_flatten.yaml", SmallAverage::init(SEED), SmallAverage::TRAIN);
}

#[test]
fn gap() {
    equal("tests/specs/gap.yaml", SmallGap::init(SEED), SmallGap::TRAIN);
}

#[test]
fn digits() {
    equal("specs/digits.yaml", Digits::init(SEED), Digits::TRAIN);
}
