//! Training on the command line: what is shown, and what is kept, while a network learns.

use crate::console;
use crate::failure::Failure;
use crate::interp::Interpreter;
use crate::interrupt::Interrupt;
use crate::progress::{Progress, duration, loss};
use crate::run::{Epoch, Run};
use crate::training_data::Parts;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};
use vgg_runtime::Trainer;
use vgg_runtime::train::{EpochReport, Monitor, Observer, StepReport, TrainError};
use vgg_spec::ir::Model;
use vgg_spec::quantity::grouped;

/// A run to be brought to its end.
pub(crate) struct Fit<'a> {
    pub(crate) model: &'a Model,
    pub(crate) trainer: Trainer<Interpreter>,
    pub(crate) run: Run,
    pub(crate) parts: &'a Parts,
    pub(crate) interrupt: Interrupt,
    /// The longest time between two checkpoints.
    pub(crate) save_every: Duration,
    /// Whether the weights of each epoch are kept.
    pub(crate) keep_each: bool,
}

/// Trains to the end, or up to where the user stops it.
pub(crate) fn fit(fit: Fit<'_>) -> Result<(), Failure> {
    let Fit { model, mut trainer, run, parts, interrupt, save_every, keep_each } = fit;
    let settings = *trainer.settings();
    console::note(format_args!(
        "training `{}` on {} images, {} held out; {}",
        model.name(),
        parts.train.count(),
        parts.validation.count(),
        learning(model)
    ));
    let mut watch = Watch {
        progress: Progress::new(settings.epochs, parts.train.count()),
        run,
        interrupt,
        save_every,
        keep_each,
        saved: Instant::now(),
        best: trainer.best_score(),
        failure: None,
    };
    let result = trainer.fit_observed(&parts.train, &parts.validation, &mut watch);
    watch.progress.finish();
    let history = result.map_err(|error| stopped(error, &watch.run))?;
    if let Some(failure) = watch.failure {
        return Err(failure);
    }
    // Behind the last epoch, early stopping may have gone back to better weights.
    watch.run.save_last(&trainer)?;
    if history.stopped {
        return Err(interrupted(&trainer, &watch.run));
    }
    if history.ended_early {
        console::note("training ended early: the last epochs were no better");
    }
    console::print(&table(model, settings.best, &watch.run))
}

/// Keeps the run's folder up to date while a network trains.
struct Watch {
    progress: Progress,
    run: Run,
    interrupt: Interrupt,
    save_every: Duration,
    keep_each: bool,
    saved: Instant,
    /// What the best epoch was judged by.
    best: Option<f64>,
    /// Why the folder could not be written.
    failure: Option<Failure>,
}

impl Observer<Interpreter> for Watch {
    fn on_step(&mut self, step: &StepReport, trainer: &Trainer<Interpreter>) -> ControlFlow<()> {
        self.progress.step(step, trainer.position());
        if self.interrupt.is_wanted() {
            return ControlFlow::Break(());
        }
        match self.saved.elapsed() >= self.save_every {
            true => self.unless_failed(|watch| watch.save(trainer)),
            false => ControlFlow::Continue(()),
        }
    }

    fn on_epoch(&mut self, report: &EpochReport, trainer: &Trainer<Interpreter>) -> ControlFlow<()> {
        let is_best = self.best != trainer.best_score();
        self.progress.epoch(report, is_best);
        self.unless_failed(|watch| watch.keep(report, trainer, is_best))
    }
}

impl Watch {
    /// Keeps what an epoch brought. The checkpoint comes last: what is written before it is written again
    /// by a run that goes on from the one before.
    fn keep(
        &mut self,
        report: &EpochReport,
        trainer: &Trainer<Interpreter>,
        is_best: bool,
    ) -> Result<(), Failure> {
        if let (true, Some(best)) = (is_best, trainer.best()) {
            self.best = trainer.best_score();
            self.run.save_best(best)?;
        }
        if self.keep_each {
            self.run.save_epoch(report.epoch, trainer.network())?;
        }
        self.run.record(report)?;
        self.save(trainer)
    }

    fn save(&mut self, trainer: &Trainer<Interpreter>) -> Result<(), Failure> {
        self.run.save_last(trainer)?;
        self.saved = Instant::now();
        Ok(())
    }

    /// Stops training if the folder cannot be written.
    fn unless_failed(&mut self, write: impl FnOnce(&mut Watch) -> Result<(), Failure>) -> ControlFlow<()> {
        match write(self) {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => {
                self.failure = Some(failure);
                ControlFlow::Break(())
            }
        }
    }
}

/// What to say when training cannot go on.
fn stopped(error: TrainError, run: &Run) -> Failure {
    match error {
        TrainError::Diverged { .. } => {
            Failure::Diverged(format!("{error}\n{} holds what was saved last", run.last().display()))
        }
        other => Failure::unusable(other),
    }
}

/// Says what was saved, and how to go on.
fn interrupted(trainer: &Trainer<Interpreter>, run: &Run) -> Failure {
    let position = trainer.position();
    console::note(format_args!(
        "stopped in epoch {}, {} of {} steps done; saved in {}\ngo on with `vggc train --resume {}`",
        position.epoch + 1,
        position.batch,
        position.batches,
        run.last().display(),
        run.folder().display()
    ));
    Failure::Interrupted
}

/// How much of a network learns.
fn learning(model: &Model) -> String {
    let (all, trainable) = (model.parameters(), model.trainable());
    format!("{} parameters trainable, {} not", grouped(trainable), grouped(all - trainable))
}

/// What came out, for the end.
fn table(model: &Model, monitor: Monitor, run: &Run) -> String {
    let epochs = run.epochs();
    let seconds: f64 = epochs.iter().map(|epoch| epoch.seconds).sum();
    let mut text = format!(
        "{}: {} {} in {}; {}\n\n{:<6}{:>7}{:>12}{:>11}{:>19}{:>11}\n",
        model.name(),
        epochs.len(),
        if epochs.len() == 1 { "epoch" } else { "epochs" },
        duration(seconds),
        learning(model),
        "",
        "epoch",
        "loss",
        "accuracy",
        "validation loss",
        "accuracy",
    );
    let score = |epoch: &Epoch| monitor.of(epoch.val_loss, epoch.val_accuracy);
    let best = epochs.iter().reduce(|best, epoch| {
        if monitor.is_better(score(epoch), Some(score(best)), 0.0) { epoch } else { best }
    });
    for (name, epoch) in [("best", best), ("last", epochs.last())] {
        let Some(epoch) = epoch else { continue };
        let _ = writeln!(
            text,
            "{name:<6}{:>7}{:>12}{:>10.2}%{:>19}{:>10.2}%",
            epoch.epoch,
            loss(epoch.train_loss),
            100.0 * epoch.train_accuracy,
            loss(epoch.val_loss),
            100.0 * epoch.val_accuracy,
        );
    }
    text + &format!("\n{}\n{}\n", run.best().display(), run.last().display())
}
