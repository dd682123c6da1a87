//! The settings of training: those of the spec, in the runtime's terms. Generated code says the same, which a
//! test holds.

use vgg_runtime::TrainSettings;
use vgg_runtime::data::{Augmentation, Colours, Normalisation};
use vgg_runtime::loss::Targets;
use vgg_runtime::optim::{Clip, Convention, Decay, Optimizer, Rule};
use vgg_runtime::train::{EarlyStopping, Monitor, Plateau, Schedule, Shape};
use vgg_spec::ir;
use vgg_spec::settings::Configured;

/// How a spec wants its network to be trained. Class weights are never freed, because settings are constants
/// everywhere else.
pub fn of_spec(train: &ir::Train) -> TrainSettings {
    let mut settings = TrainSettings {
        epochs: train.epochs,
        batch: usize::try_from(train.batch).unwrap_or(usize::MAX),
        seed: train.seed,
        optimizer: optimizer(&train.optimizer),
        schedule: schedule(&train.schedule),
        targets: Targets {
            smoothing: train.loss.number("smoothing"),
            class_weights: train.class_weights.clone().leak(),
        },
        clip: match train.clip.name() {
            "norm" => Clip::Norm(train.clip.number("most")),
            "value" => Clip::Value(train.clip.number("most")),
            _ => Clip::None,
        },
        average: train.average,
        ..TrainSettings::DEFAULT
    };
    let mixup = train.augment.iter().find(|augmentation| augmentation.name() == "mixup");
    settings.mixup = mixup.map(|mixup| mixup.number("alpha"));
    for callback in &train.callbacks {
        match callback.name() {
            "reduce_on_plateau" => settings.plateau = Some(plateau(callback, settings.optimizer.rate)),
            "early_stopping" => settings.early_stopping = Some(early_stopping(callback)),
            _ => settings.best = monitor(callback),
        }
    }
    settings
}

/// Whether a spec asks for the weights of each epoch.
pub fn keeps_each_epoch(train: &ir::Train) -> bool {
    let mut checkpoints = train.callbacks.iter().filter(|callback| callback.name() == "checkpoint");
    checkpoints.any(|checkpoint| !checkpoint.is("best"))
}

/// How a spec wants training images to be varied; mixing them is a setting of the step.
pub fn augmentations(train: &ir::Train) -> Vec<Augmentation> {
    train.augment.iter().filter_map(augmentation).collect()
}

/// What a spec wants pixels in \[0, 1\] to become.
pub fn normalisation(preprocess: &ir::Preprocess) -> Normalisation {
    let floats = |values: &[f64]| values.iter().map(|&value| value as f32).collect();
    Normalisation {
        colours: match preprocess.channels {
            ir::Colours::Rgb => Colours::Rgb,
            ir::Colours::Bgr => Colours::Bgr,
        },
        // The spec's factor is of bytes, the runtime's of pixels in [0, 1].
        scale: (preprocess.scale * 255.0) as f32,
        mean: floats(&preprocess.mean),
        std: floats(&preprocess.std),
    }
}

fn optimizer(optimizer: &Configured) -> Optimizer {
    let number = |key| optimizer.number(key);
    let [momentum, beta1, beta2, rho, epsilon] = ["momentum", "beta1", "beta2", "rho", "epsilon"].map(number);
    let rule = match optimizer.name() {
        "sgd" => Rule::Sgd { momentum, nesterov: optimizer.is("nesterov") },
        "rmsprop" => Rule::RmsProp { rho, momentum, epsilon },
        _ => Rule::Adam { beta1, beta2, epsilon },
    };
    let decoupled = optimizer.name() == "adamw" || optimizer.is("decoupled");
    Optimizer {
        rate: number("rate"),
        rule,
        weight_decay: number("weight_decay"),
        decay: if decoupled { Decay::Decoupled } else { Decay::Coupled },
        convention: match optimizer.word("convention") {
            Some("keras") => Convention::Keras,
            _ => Convention::PyTorch,
        },
    }
}

fn schedule(schedule: &Configured) -> Schedule {
    let number = |key| schedule.number(key);
    let (warmup, shape) = match schedule.name() {
        "step" => (number("warmup"), Shape::Step { every: number("every") as u64, factor: number("factor") }),
        "cosine" => (number("warmup"), Shape::Cosine { floor: number("floor") }),
        "warmup" => (number("epochs"), Shape::Constant),
        _ => (number("warmup"), Shape::Constant),
    };
    Schedule { warmup, shape }
}

fn monitor(callback: &Configured) -> Monitor {
    match callback.word("monitor") {
        Some("accuracy") => Monitor::Accuracy,
        _ => Monitor::Loss,
    }
}

fn plateau(callback: &Configured, rate: f64) -> Plateau {
    let number = |key| callback.number(key);
    Plateau {
        monitor: monitor(callback),
        factor: number("factor"),
        patience: number("patience") as u64,
        min_delta: number("min_delta"),
        cooldown: number("cooldown") as u64,
        min_share: number("min_rate") / rate,
    }
}

fn early_stopping(callback: &Configured) -> EarlyStopping {
    let number = |key| callback.number(key);
    EarlyStopping {
        monitor: monitor(callback),
        patience: number("patience") as u64,
        min_delta: number("min_delta"),
        restore_best: callback.is("restore"),
        start: number("start") as u64,
    }
}

/// `None` for mixup.
fn augmentation(configured: &Configured) -> Option<Augmentation> {
    let real = |key: &str| configured.number(key) as f32;
    let whole = |key: &str| configured.number(key) as usize;
    Some(match configured.name() {
        "flip" => Augmentation::Flip { probability: real("probability") },
        "crop" => Augmentation::Crop { padding: whole("padding") },
        "scale_jitter" => Augmentation::ScaleJitter { least: whole("least"), most: whole("most") },
        "rotate" => Augmentation::Rotate { degrees: real("degrees") },
        "brightness" => Augmentation::Brightness { share: real("share") },
        "contrast" => Augmentation::Contrast { share: real("share") },
        "cutout" => Augmentation::Cutout { size: whole("size") },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use vgg_spec::settings::AUGMENTATIONS;
    use vgg_spec::source::{Source, Syntax};

    fn settings(train: &str) -> TrainSettings {
        let text = format!(
            "model: A\ninput: {{shape: [1, 8, 8]}}\nblocks: [{{conv: [8]}}]\nhead: [gap, {{dense: 2}}]\ntrain: {train}\n"
        );
        let checked = vgg_spec::check(&Source::new("a.yaml", text, Syntax::Yaml), &[]);
        let findings = checked.findings;
        of_spec(checked.model.unwrap_or_else(|| panic!("{findings:#?}")).train())
    }

    #[test]
    fn what_a_spec_says_is_done() {
        let plain = settings("{epochs: 3}");
        assert_eq!(plain, TrainSettings { epochs: 3, ..TrainSettings::DEFAULT });
        let full = settings(
            "{loss: {cross_entropy: {smoothing: 0.1}}, schedule: {cosine: {floor: 0.1, warmup: 1.5}}, \
             optimizer: {sgd: {rate: 0.5, momentum: 0.8, nesterov: true, weight_decay: 5e-4}}, \
             clip: {norm: 2}, average: 0.99, class_weights: [1, 3], augment: {mixup: 0.4}, \
             callbacks: [{reduce_on_plateau: {patience: 3, min_rate: 0.05}}, {checkpoint: {monitor: loss}}, \
             {early_stopping: {patience: 7, restore: 0, start: 2, monitor: accuracy}}]}",
        );
        let sgd = Optimizer::sgd(0.5).with_momentum(0.8).with_nesterov().with_weight_decay(5e-4);
        let expected = TrainSettings {
            optimizer: sgd,
            schedule: Schedule { warmup: 1.5, shape: Shape::Cosine { floor: 0.1 } },
            targets: Targets { smoothing: 0.1, class_weights: &[1.0, 3.0] },
            mixup: Some(0.4),
            clip: Clip::Norm(2.0),
            average: Some(0.99),
            plateau: Some(Plateau { patience: 3, min_share: 0.1, ..Plateau::DEFAULT }),
            early_stopping: Some(EarlyStopping {
                monitor: Monitor::Accuracy,
                restore_best: false,
                start: 2,
                ..EarlyStopping::new(7)
            }),
            best: Monitor::Loss,
            ..TrainSettings::DEFAULT
        };
        assert_eq!(full, expected);
        let step = settings("{schedule: {step: {every: 4, factor: 0.5}}}");
        assert_eq!(step.schedule.shape, Shape::Step { every: 4, factor: 0.5 });
    }

    #[test]
    fn optimizers_are_those_of_the_runtime() {
        for (text, expected) in [
            ("sgd", Optimizer::sgd(0.01)),
            ("adam", Optimizer::adam(0.001)),
            ("adamw", Optimizer::adamw(0.001)),
            ("rmsprop", Optimizer::rmsprop(0.001)),
            (
                "{rmsprop: {rho: 0.9, epsilon: 1e-7, convention: keras, weight_decay: 0.1, decoupled: on}}",
                Optimizer::rmsprop(0.001)
                    .with_rule(Rule::RmsProp { rho: 0.9, momentum: 0.0, epsilon: 1e-7 })
                    .with_convention(Convention::Keras)
                    .with_weight_decay(0.1)
                    .with_decay(Decay::Decoupled),
            ),
        ] {
            assert_eq!(settings(&format!("{{optimizer: {text}}}")).optimizer, expected, "{text}");
        }
    }

    #[test]
    fn every_word_of_the_language_is_an_augmentation() {
        for kind in AUGMENTATIONS.iter().filter(|kind| kind.name != "mixup") {
            assert!(augmentation(&Configured::usual(kind)).is_some(), "{}", kind.name);
        }
    }
}
