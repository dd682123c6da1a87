//! Runs that are broken off and taken up again from a file.

mod linear;

use linear::Linear;
use std::ops::ControlFlow;
use std::path::Path;
use tempfile::TempDir;
use vgg_runtime::data::{Split, digits};
use vgg_runtime::optim::{Clip, Optimizer};
use vgg_runtime::train::{
    CheckpointError, EarlyStopping, EpochReport, Observer, Plateau, Schedule, Shape, StepReport,
    TrainSettings, Trainer,
};
use vgg_runtime::weights::{self, Metadata};

const PLAIN: TrainSettings = TrainSettings {
    epochs: 4,
    batch: 200,
    seed: 3,
    optimizer: Optimizer::adam(0.01),
    ..TrainSettings::DEFAULT
};

/// All that has a state of its own.
const FULL: TrainSettings = TrainSettings {
    optimizer: Optimizer::rmsprop(0.05).with_momentum(0.9).with_weight_decay(1e-3),
    schedule: Schedule { warmup: 0.5, shape: Shape::Cosine { floor: 0.1 } },
    mixup: Some(0.4),
    clip: Clip::Norm(1.0),
    average: Some(0.9),
    plateau: Some(Plateau { patience: 1, factor: 0.5, min_delta: 0.05, ..Plateau::DEFAULT }),
    early_stopping: Some(EarlyStopping { min_delta: 0.2, ..EarlyStopping::new(1) }),
    epochs: 6,
    ..PLAIN
};

/// Breaks behind a step, or behind an epoch.
struct Break {
    step: Option<u64>,
    epoch: Option<u64>,
}

impl Observer<Linear> for Break {
    fn on_step(&mut self, step: &StepReport, _: &Trainer<Linear>) -> ControlFlow<()> {
        if Some(step.step) == self.step { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn on_epoch(&mut self, epoch: &EpochReport, _: &Trainer<Linear>) -> ControlFlow<()> {
        if Some(epoch.epoch) == self.epoch { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

fn trainer(settings: TrainSettings) -> Trainer<Linear> {
    Trainer::new(Linear::init(8, 10, settings.seed), settings)
}

/// The bytes of the checkpoint at the end.
fn ended(mut trainer: Trainer<Linear>, path: &Path) -> Vec<u8> {
    let Split { train, held_out } = digits();
    trainer.fit(&train, &held_out).unwrap();
    trainer.save_checkpoint(path, &Metadata::default()).unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn a_resumed_run_ends_with_the_same_bytes() {
    let Split { train, held_out } = digits();
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("last.safetensors");
    for settings in [PLAIN, FULL] {
        let undisturbed = ended(trainer(settings), &path);
        let epochs = trainer(settings).fit(&train, &held_out).unwrap().epochs.len() as u64;
        let steps = epochs * 8;
        let breaks = (0..steps).step_by(5).map(|step| Break { step: Some(step), epoch: None });
        for mut observer in breaks.chain((1..=epochs).map(|epoch| Break { step: None, epoch: Some(epoch) })) {
            let mut first = trainer(settings);
            if observer.step != Some(0) {
                first.fit_observed(&train, &held_out, &mut observer).unwrap();
            }
            first.save_checkpoint(&path, &Metadata::default()).unwrap();
            let (second, _) = Trainer::resume(Linear::new(8, 10), settings, &path).unwrap();
            assert_eq!(second.position(), first.position());
            assert!(ended(second, &path) == undisturbed, "{:?} {:?}", observer.step, observer.epoch);
        }
    }
}

#[test]
fn early_stopping_goes_back_to_what_it_kept() {
    let Split { train, held_out } = digits();
    let settings = TrainSettings { early_stopping: FULL.early_stopping, epochs: 50, ..PLAIN };
    let mut trainer = trainer(settings);
    let history = trainer.fit(&train, &held_out).unwrap();
    let ended = history.epochs.len();
    assert!(history.ended_early && trainer.is_finished() && ended < 50);
    let evaluation = trainer.evaluate(&held_out).unwrap();
    let kept = history.epochs.iter().position(|epoch| epoch.val_loss == evaluation.loss()).unwrap();
    assert_eq!(kept + 2, ended, "one epoch that was no better");
    assert!(trainer.fit(&train, &held_out).unwrap().epochs.is_empty());
}

#[test]
fn a_checkpoint_is_a_file_of_weights() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("last.safetensors");
    let mut metadata = Metadata::default();
    metadata.set_classes(&["a".to_owned()]);
    let trainer = trainer(FULL);
    trainer.save_checkpoint(&path, &metadata).unwrap();
    let mut network = Linear::new(8, 10);
    let read = weights::load(&mut network, &path).unwrap();
    assert_eq!((&network, read.classes().unwrap()), (trainer.network(), vec!["a".to_owned()]));
}

#[test]
fn what_cannot_be_resumed_is_named() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("last.safetensors");
    let resume = |settings| match Trainer::resume(Linear::new(8, 10), settings, &path) {
        Ok(_) => panic!("this cannot be resumed"),
        Err(error) => error,
    };
    weights::save(&Linear::init(8, 10, 0), &path, &Metadata::default()).unwrap();
    assert!(matches!(resume(PLAIN), CheckpointError::NoCheckpoint { .. }));
    trainer(PLAIN).save_checkpoint(&path, &Metadata::default()).unwrap();
    assert!(matches!(resume(TrainSettings { seed: 4, ..PLAIN }), CheckpointError::Settings { seed: 3, .. }));
    let other = TrainSettings { optimizer: Optimizer::sgd(0.1), ..PLAIN };
    assert!(resume(other).to_string().contains("@velocity/"), "{}", resume(other));
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(resume(PLAIN).to_string().contains("damaged"));
}
