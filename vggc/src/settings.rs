//! The settings of training: those of the spec, in the runtime's terms.

use crate::console;
use vgg_runtime::TrainSettings;
use vgg_runtime::loss::Targets;
use vgg_runtime::optim::{Optimizer, Rule};
use vgg_runtime::train::{EarlyStopping, Plateau, Schedule, Shape};
use vgg_spec::ir;
use vgg_spec::settings::Configured;

/// How a spec wants its network to be trained.
pub(crate) fn of_spec(train: &ir::Train) -> TrainSettings {
    let mut settings = TrainSettings {
        epochs: train.epochs,
        batch: usize::try_from(train.batch).unwrap_or(usize::MAX),
        seed: train.seed,
        optimizer: match train.optimizer {
            ir::Optimizer::Sgd { rate, momentum } => Optimizer::sgd(rate).with_momentum(momentum),
            ir::Optimizer::Adam { rate, beta1, beta2, epsilon } => {
                Optimizer::adam(rate).with_rule(Rule::Adam { beta1, beta2, epsilon })
            }
        },
        schedule: schedule(&train.schedule),
        targets: Targets { smoothing: number(&train.loss, "smoothing"), ..Targets::HARD },
        ..TrainSettings::DEFAULT
    };
    let rate = settings.optimizer.rate;
    for callback in &train.callbacks {
        match callback.name() {
            "reduce_on_plateau" => settings.plateau = Some(plateau(callback, rate)),
            "early_stopping" => settings.early_stopping = Some(early_stopping(callback)),
            // The best weights are kept anyway.
            _ => {}
        }
    }
    settings
}

/// Says what of a spec's wishes this program does not fulfil.
pub(crate) fn warn_of_unfulfilled(train: &ir::Train) {
    let saves_all =
        |callback: &&Configured| callback.name() == "checkpoint" && callback.get("best") == Some(0.0);
    if train.callbacks.iter().any(|callback| saves_all(&callback)) {
        console::warning(
            "the spec asks for the weights of each epoch, but the last and the best are kept only",
        );
    }
}

fn number(configured: &Configured, key: &str) -> f64 {
    configured.get(key).unwrap_or(0.0)
}

fn schedule(schedule: &Configured) -> Schedule {
    let number = |key| number(schedule, key);
    match schedule.name() {
        "step" => Schedule {
            warmup: 0.0,
            shape: Shape::Step { every: number("every") as u64, factor: number("factor") },
        },
        "cosine" => Schedule { warmup: number("warmup"), shape: Shape::Cosine { floor: number("floor") } },
        "warmup" => Schedule { warmup: number("epochs"), shape: Shape::Constant },
        _ => Schedule::CONSTANT,
    }
}

fn plateau(callback: &Configured, rate: f64) -> Plateau {
    let number = |key| number(callback, key);
    Plateau {
        factor: number("factor"),
        patience: number("patience") as u64,
        min_delta: number("min_delta"),
        cooldown: number("cooldown") as u64,
        min_share: if rate > 0.0 { number("min_rate") / rate } else { 0.0 },
        ..Plateau::DEFAULT
    }
}

fn early_stopping(callback: &Configured) -> EarlyStopping {
    let number = |key| number(callback, key);
    EarlyStopping {
        min_delta: number("min_delta"),
        restore_best: number("restore") != 0.0,
        ..EarlyStopping::new(number("patience") as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
            "{loss: {cross_entropy: {smoothing: 0.1}}, schedule: {cosine: {floor: 0.1, warmup: 2}}, \
             optimizer: {sgd: {rate: 0.5, momentum: 0.8}}, \
             callbacks: [{reduce_on_plateau: {patience: 3, min_rate: 0.05}}, {early_stopping: {patience: 7, restore: 0}}]}",
        );
        assert_eq!(full.targets.smoothing, 0.1);
        assert_eq!(full.schedule, Schedule { warmup: 2.0, shape: Shape::Cosine { floor: 0.1 } });
        assert_eq!(full.plateau, Some(Plateau { patience: 3, min_share: 0.1, ..Plateau::DEFAULT }));
        assert_eq!(full.early_stopping, Some(EarlyStopping { restore_best: false, ..EarlyStopping::new(7) }));
        let step = settings("{schedule: {step: {every: 4, factor: 0.5}}}");
        assert_eq!(step.schedule.shape, Shape::Step { every: 4, factor: 0.5 });
    }
}
