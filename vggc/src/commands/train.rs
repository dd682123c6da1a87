//! `vggc train`: a network learns.

use crate::console;
use crate::failure::Failure;
use crate::interp::Interpreter;
use crate::interrupt::Interrupt;
use crate::progress::{Progress, duration};
use crate::run::{self, Run};
use crate::spec::{self, Network, SpecArgs};
use crate::training_data::{self, DataArgs};
use crate::{memory, settings, threads};
use clap::Parser;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use vgg_runtime::train::{EpochReport, History, Observer, StepReport, TrainError};
use vgg_runtime::{TrainSettings, Trainer};

/// Trains a network on labelled images
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    spec: SpecArgs,

    #[command(flatten)]
    data: DataArgs,

    /// Writes the metrics of each epoch for TensorBoard, too, into the folder `tensorboard` of the run
    #[arg(long)]
    tensorboard: bool,

    /// The folder of the run, which is made if it is not there
    #[arg(long, value_name = "RUN")]
    out: PathBuf,

    /// Replaces a run that is in the folder already
    #[arg(long)]
    overwrite: bool,

    /// Passes over the images, instead of those of the spec
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    epochs: Option<u64>,

    /// Images in a step, instead of those of the spec
    #[arg(long, value_name = "IMAGES", value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    batch: Option<u64>,

    /// Seed of weights, order and dropout, instead of that of the spec
    #[arg(long)]
    seed: Option<u64>,

    /// Threads that compute, instead of one a core; results do not depend on it
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: Option<u64>,
}

const EXAMPLES: &str = "\
Examples:
  vggc train specs/digits.yaml --data digits --out runs/digits
  vggc train specs/vgg16-gap.yaml --data photos --out runs/photos
  vggc train specs/fashion.yaml --data /usr/share/datasets/fashion-mnist --out runs/fashion
  vggc train specs/digits.yaml --data digits --out runs/short --epochs 3 --seed 1

The folder of the run holds the spec, settings.json, metrics.jsonl with a line for each epoch,
last.safetensors with the weights behind the last epoch, and best.safetensors with those that did best on
the images that are held out. Ctrl-C saves last.safetensors, too, and ends with exit code 130. If training
diverges, the exit code is 1, and the weights of the last epoch stay.";

/// Trains.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let network = spec::network(&args.spec)?;
    let settings = train_settings(args, &network);
    // Before anything else computes, so that all of it does so on these threads.
    threads::set(args.threads)?;
    let parts = training_data::load(&args.data, &network.model)?;
    check_memory(&network, &settings)?;
    let interrupt = Interrupt::listen()?;
    let mut run = Run::create(
        &args.out,
        args.overwrite,
        &network.source,
        &run_settings(args, &network, &settings),
        parts.train.classes(),
    )?;

    if args.tensorboard {
        run.write_events()?;
    }
    let interpreter = Interpreter::init(&network.model, &network.plan, settings.seed);
    let mut trainer = Trainer::try_new(interpreter, settings).map_err(Failure::unusable)?;
    console::note(format_args!(
        "training `{}` on {} images, {} held out",
        network.model.name(),
        parts.train.count(),
        parts.validation.count()
    ));
    let mut watch = Watch {
        progress: Progress::new(settings.epochs, parts.train.count()),
        run,
        interrupt,
        best: None,
        failure: None,
    };
    let begin = Instant::now();
    let result = trainer.fit_observed(&parts.train, &parts.validation, &mut watch);
    watch.progress.finish();
    let history = result.map_err(|error| stopped(error, &watch))?;
    if let Some(failure) = watch.failure {
        return Err(failure);
    }
    if history.stopped {
        return interrupted(&trainer, &watch.run);
    }
    console::print(&table(&network, &history, begin.elapsed(), &watch.run))
}

/// The settings of the spec, with those of the command line in their place.
fn train_settings(args: &Args, network: &Network) -> TrainSettings {
    let spec = settings::of_spec(network.model.train());
    TrainSettings {
        epochs: args.epochs.unwrap_or(spec.epochs),
        batch: args.batch.and_then(|batch| usize::try_from(batch).ok()).unwrap_or(spec.batch),
        seed: args.seed.unwrap_or(spec.seed),
        ..spec
    }
}

fn run_settings(args: &Args, network: &Network, settings: &TrainSettings) -> run::Settings {
    let overrides = args.spec.set.overrides.iter();
    run::Settings {
        vggc: env!("CARGO_PKG_VERSION"),
        model: network.model.name().to_owned(),
        spec: run::spec_name(&network.source).to_owned(),
        set: overrides.map(|set| (set.name.clone(), set.value)).collect(),
        data: args.data.data.clone(),
        validation: args.data.validation,
        skip_broken: args.data.skip_broken,
        epochs: settings.epochs,
        batch: settings.batch,
        seed: settings.seed,
    }
}

/// Beside what a step needs, there are the weights that did best. The images are in memory already.
fn check_memory(network: &Network, settings: &TrainSettings) -> Result<(), Failure> {
    let best = network.model.parameters() * vgg_spec::cost::BYTES;
    memory::check_training(&network.model, &network.plan, settings.batch as u64, best)
}

/// Keeps the run's folder up to date while a network trains.
struct Watch {
    progress: Progress,
    run: Run,
    interrupt: Interrupt,
    /// The highest validation accuracy.
    best: Option<f64>,
    /// Why the folder could not be written.
    failure: Option<Failure>,
}

impl Observer<Interpreter> for Watch {
    fn on_step(&mut self, step: &StepReport, trainer: &Trainer<Interpreter>) -> ControlFlow<()> {
        self.progress.step(step, trainer.position());
        match self.interrupt.is_wanted() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn on_epoch(&mut self, report: &EpochReport, trainer: &Trainer<Interpreter>) -> ControlFlow<()> {
        let is_best = self.best.is_none_or(|best| report.val_accuracy > best);
        self.progress.epoch(report, is_best);
        match self.keep(report, trainer, is_best) {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => {
                self.failure = Some(failure);
                ControlFlow::Break(())
            }
        }
    }
}

impl Watch {
    fn keep(
        &mut self,
        report: &EpochReport,
        trainer: &Trainer<Interpreter>,
        is_best: bool,
    ) -> Result<(), Failure> {
        self.run.save_last(trainer.network())?;
        if is_best {
            self.best = Some(report.val_accuracy);
            self.run.save_best(trainer.network())?;
        }
        self.run.record(report)
    }
}

/// What to say when training cannot go on.
fn stopped(error: TrainError, watch: &Watch) -> Failure {
    match error {
        TrainError::Diverged { .. } if watch.best.is_some() => Failure::Diverged(format!(
            "{error}\n{} holds the weights behind the last epoch that came to its end",
            watch.run.last().display()
        )),
        TrainError::Diverged { .. } => Failure::Diverged(error.to_string()),
        other => Failure::unusable(other),
    }
}

/// Saves what was learned up to here.
fn interrupted(trainer: &Trainer<Interpreter>, run: &Run) -> Result<(), Failure> {
    run.save_last(trainer.network())?;
    let position = trainer.position();
    console::note(format_args!(
        "stopped in epoch {}, {} of {} steps done; the weights are in {}",
        position.epoch + 1,
        position.batch,
        position.batches,
        run.last().display()
    ));
    Err(Failure::Interrupted)
}

/// What came out, for the end.
fn table(network: &Network, history: &History, elapsed: Duration, run: &Run) -> String {
    let mut text = format!(
        "{}: {} epochs in {}\n\n{:<6}{:>7}{:>12}{:>11}{:>19}{:>11}\n",
        network.model.name(),
        history.epochs.len(),
        duration(elapsed.as_secs_f64()),
        "",
        "epoch",
        "loss",
        "accuracy",
        "validation loss",
        "accuracy",
    );
    for (name, report) in [("best", history.best()), ("last", history.epochs.last())] {
        let Some(report) = report else { continue };
        let _ = writeln!(
            text,
            "{name:<6}{:>7}{:>12.4}{:>10.2}%{:>19.4}{:>10.2}%",
            report.epoch,
            report.train_loss,
            100.0 * report.train_accuracy,
            report.val_loss,
            100.0 * report.val_accuracy,
        );
    }
    let path = |path: &Path| path.display().to_string();
    text + &format!("\n{}\n{}\n", path(&run.best()), path(&run.last()))
}
