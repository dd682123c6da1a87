//! Generated networks against PyTorch: logits, loss, every gradient, and twenty steps of each optimiser.
//!
//! Single precision itself leaves gradients some 1e-6 of their largest element apart, see
//! `tests/reference/README.md`.

use crate::fixture::Fixture;
use crate::networks::{SmallAdaptive, SmallAverage, SmallGap, SmallGrouped, SmallNorm, SmallPlain};
use vgg::optim::Optimizer;
use vgg::{Network, TrainSettings, Trainer};

/// How far logits, losses and gradients may be from PyTorch's, as a share of the largest one.
const SHARE: f32 = 1e-5;

/// The same for weights after twenty steps of SGD.
const SGD_SHARE: f32 = 1e-5;

/// The same for Adam, which divides gradients by their size: what rounding leaves of one that is nearly
/// zero becomes a step like any other.
const ADAM_SHARE: f32 = 1e-4;

const STEPS: usize = 20;

fn trainer<N: Network>(fixture: &Fixture, network: N, optimizer: Optimizer) -> Trainer<N> {
    let settings = TrainSettings {
        epochs: 1,
        batch: fixture.labels.len(),
        seed: 0,
        optimizer,
        ..TrainSettings::DEFAULT
    };
    Trainer::new(fixture.load(network), settings)
}

fn logits_loss_and_gradients<N: Network>(name: &str, network: N) {
    let fixture = Fixture::read(name);
    let mut predictor = vgg::Predictor::new(fixture.load(network.clone()), fixture.labels.len());
    let logits = predictor.logits(fixture.images()).expect("logits");
    fixture.assert_near("logits", logits.as_slice().expect("rows"), SHARE);

    let mut trainer = trainer(&fixture, network, Optimizer::sgd(0.05));
    let report = trainer.train_step(fixture.images(), &fixture.labels).expect("a step");
    fixture.assert_near("loss", &[report.loss as f32], SHARE);
    fixture.assert_all_near("gradients", trainer.gradients(), false, SHARE);
}

fn training<N: Network>(name: &str, network: &N, prefix: &str, optimizer: Optimizer, share: f32) {
    let fixture = Fixture::read(name);
    let mut trainer = trainer(&fixture, network.clone(), optimizer);
    let losses: Vec<f32> = (0..STEPS)
        .map(|_| trainer.train_step(fixture.images(), &fixture.labels).expect("a step").loss as f32)
        .collect();
    fixture.assert_near(&format!("losses_{prefix}"), &losses, share);
    fixture.assert_all_near(prefix, trainer.network(), true, share);
}

fn agrees<N: Network>(name: &str, network: N) {
    training(name, &network, "sgd", Optimizer::sgd(0.05), SGD_SHARE);
    training(name, &network, "adam", Optimizer::adam(1e-3), ADAM_SHARE);
    logits_loss_and_gradients(name, network);
}

#[test]
fn plain() {
    agrees("plain", SmallPlain::init(0));
}

/// Groups, a depthwise convolution, and local response normalisation.
#[test]
fn grouped() {
    agrees("grouped", SmallGrouped::init(0));
}

#[test]
fn adaptive() {
    agrees("adaptive", SmallAdaptive::init(0));
}

#[test]
fn batch_norm() {
    agrees("batch_norm", SmallNorm::init(0));
}

#[test]
fn average_flatten() {
    agrees("average_flatten", SmallAverage::init(0));
}

#[test]
fn gap() {
    agrees("gap", SmallGap::init(0));
}
