//! Training a convolutional network with batch norm from end to end, on the digits.

mod convolutional;

use convolutional::Convolutional;
use std::ops::ControlFlow;
use tempfile::TempDir;
use vgg_runtime::data::{Split, digits};
use vgg_runtime::evaluate::evaluate;
use vgg_runtime::network::Network;
use vgg_runtime::optim::{Clip, Optimizer};
use vgg_runtime::predict::Predictor;
use vgg_runtime::train::{Observer, StepReport, TrainError, TrainSettings, Trainer};
use vgg_runtime::weights::{self, Metadata};

const SETTINGS: TrainSettings = TrainSettings {
    epochs: 2,
    batch: 32,
    seed: 1,
    optimizer: Optimizer::adam(0.01),
    ..TrainSettings::DEFAULT
};

fn trainer(settings: TrainSettings) -> Trainer<Convolutional> {
    Trainer::new(Convolutional::init(settings.seed), settings)
}

fn in_threads<T: Send>(threads: usize, run: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(run)
}

#[test]
fn it_learns_the_digits_and_its_file_is_as_good() {
    let Split { train, held_out } = digits();
    let mut trainer = trainer(TrainSettings { epochs: 6, ..SETTINGS });
    let history = trainer.fit(&train, &held_out).unwrap();
    let best = *history.best().unwrap();
    assert!(best.val_accuracy > 0.97, "{:#?}", history.epochs);

    let folder = TempDir::new().unwrap();
    let path = folder.path().join("best.safetensors");
    weights::save(trainer.best().unwrap(), &path, &Metadata::default()).unwrap();
    let mut loaded = Convolutional::init(99);
    weights::load(&mut loaded, &path).unwrap();
    assert_eq!(&loaded, trainer.best().unwrap());
    let evaluation = evaluate(&mut Predictor::new(loaded, SETTINGS.batch), &held_out).unwrap();
    assert_eq!((evaluation.accuracy(), evaluation.loss()), (best.val_accuracy, best.val_loss));
}

#[test]
fn threads_do_not_change_a_byte() {
    let Split { train, held_out } = digits();
    let run = || {
        let mut trainer = trainer(SETTINGS);
        trainer.fit(&train, &held_out).unwrap();
        trainer.into_network()
    };
    let one = in_threads(1, run);
    assert_eq!(one, in_threads(2, run));
    assert_eq!(one, in_threads(5, run));
}

/// Breaks behind a step.
struct BreakAt(u64);

impl Observer<Convolutional> for BreakAt {
    fn on_step(&mut self, step: &StepReport, _: &Trainer<Convolutional>) -> ControlFlow<()> {
        if step.step == self.0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Batch statistics too are those of an undisturbed run.
#[test]
fn a_run_goes_on_where_it_was_broken_off() {
    let Split { train, held_out } = digits();
    let mut undisturbed = trainer(SETTINGS);
    undisturbed.fit(&train, &held_out).unwrap();
    for step in [20, 45, 70] {
        let mut broken_off = trainer(SETTINGS);
        assert!(broken_off.fit_observed(&train, &held_out, &mut BreakAt(step)).unwrap().stopped);
        broken_off.fit(&train, &held_out).unwrap();
        assert_eq!(broken_off.network(), undisturbed.network());
        assert_eq!(broken_off.best(), undisturbed.best());
    }
}

/// Gradients of frozen layers change nothing, and do not count where gradients are shortened.
#[test]
fn frozen_layers_keep_their_weights() {
    let Split { train, held_out } = digits();
    let before = trainer(SETTINGS).into_network();
    let clip = Clip::Norm(0.1);
    let mut frozen = trainer(TrainSettings { frozen: &["conv1", "bn1"], clip, ..SETTINGS });
    frozen.fit(&train, &held_out).unwrap();
    let tensors = |network: &Convolutional| {
        let mut tensors = Vec::new();
        network.visit(&mut |tensor| {
            tensors.push((tensor.name.to_owned(), tensor.role, tensor.values.to_vec()));
        });
        tensors
    };
    for ((name, role, old), (_, _, new)) in tensors(&before).iter().zip(tensors(frozen.network())) {
        // A norm goes on observing.
        let changes = name.starts_with("dense1") || !role.is_trainable();
        assert_eq!(*old != new, changes, "{name}");
    }
    let mut gradients = 0.0;
    frozen.gradients().visit(&mut |tensor| {
        gradients += tensor.values.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>();
    });
    assert!(gradients.sqrt() < 0.1001, "{gradients}");

    let mut wrong = trainer(TrainSettings { frozen: &["conv7"], ..SETTINGS });
    let error = wrong.fit(&train, &held_out).unwrap_err().to_string();
    assert_eq!(error, "there is no layer `conv7` to be frozen");
    let mut nothing = trainer(TrainSettings { frozen: &["conv1", "bn1", "dense1"], ..SETTINGS });
    assert!(matches!(nothing.fit(&train, &held_out), Err(TrainError::AllFrozen)));
}
