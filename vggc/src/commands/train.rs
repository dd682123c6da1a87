//! `vggc train`: a network learns.

use crate::failure::Failure;
use crate::fitting::{self, Fit};
use crate::interp::Interpreter;
use crate::interrupt::Interrupt;
use crate::run::{self, Run};
use crate::spec::{self, Network, SetArgs, SpecArgs};
use crate::training_data::{self, DataArgs, HowArgs};
use crate::{console, memory, settings};
use clap::Parser;
use std::path::{Path, PathBuf};
use std::time::Duration;
use vgg_runtime::weights::{self, Kept, Transfer};
use vgg_runtime::{TrainSettings, Trainer};
use vgg_spec::lower::Override;

/// Trains a network on labelled images
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The spec: a YAML file, or a `.vgg` file
    #[arg(required_unless_present = "resume")]
    spec: Option<PathBuf>,

    #[command(flatten)]
    set: SetArgs,

    /// The images: `digits` for those that are built in; a folder with a folder of PNG or JPEG files for
    /// each class, or with `train`, `val` and `test` that hold such folders; the binary files of CIFAR-10 or
    /// CIFAR-100; the four IDX files of MNIST and its kin, plain or gzipped
    #[arg(long, value_name = "DATA", required_unless_present = "resume")]
    data: Option<PathBuf>,

    #[command(flatten)]
    how: HowArgs,

    /// Starts from the weights in this file instead of random ones: those whose name and shape are that of the
    /// network's. Others, such as those of a head for other classes, are named and start at random
    #[arg(long, value_name = "WEIGHTS")]
    init: Option<PathBuf>,

    /// Leaves the weights of these layers as they are: names of layers or blocks, `head`, or ranges such as
    /// `block1..block4`, with commas in between
    #[arg(long, value_name = "LAYERS", value_delimiter = ',')]
    freeze: Vec<String>,

    /// Writes the metrics of each epoch for TensorBoard, too, into the folder `tensorboard` of the run
    #[arg(long)]
    tensorboard: bool,

    /// The folder of the run, which is made if it is not there
    #[arg(long, value_name = "RUN", required_unless_present = "resume")]
    out: Option<PathBuf>,

    /// Goes on with the run in this folder where it was broken off, with the settings that it had; more
    /// epochs may be asked for
    #[arg(
        long,
        value_name = "RUN",
        conflicts_with_all = ["spec", "overrides", "data", "validation", "skip_broken", "out", "overwrite", "batch", "seed", "init", "freeze"]
    )]
    resume: Option<PathBuf>,

    /// Saves last.safetensors at least this often within an epoch; 0 for behind every step
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    save_every: u64,

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
  vggc train --resume runs/short --epochs 5
  vggc train specs/vgg16-gap.yaml --data photos --out runs/transfer --set classes=12 \\
      --init imagenet.safetensors --freeze block1..block4

The folder of the run holds the spec, settings.json, metrics.jsonl with a line for each epoch,
last.safetensors with the weights behind the last epoch, and best.safetensors with those that did
best on the images that are held out. Ctrl-C saves last.safetensors, too, and ends with exit code
130. A run that was broken off, in whatever way, and is resumed ends with the same bytes as one
that was not. If training diverges, the exit code is 1, and what was saved last stays.";

/// Trains.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    // Before anything else computes, so that all of it does so on these threads.
    set_threads(args.threads)?;
    match (&args.resume, &args.spec, &args.data, &args.out) {
        (Some(folder), ..) => resume(args, folder),
        (None, Some(spec), Some(data), Some(out)) => begin(args, spec, data, out),
        _ => Err(Failure::unusable("a spec, `--data` and `--out` are needed, or `--resume`")),
    }
}

/// Begins a run.
fn begin(args: &Args, spec: &Path, data: &Path, out: &Path) -> Result<(), Failure> {
    let set = SetArgs { overrides: args.set.overrides.clone() };
    let network = spec::network(&SpecArgs { spec: spec.into(), set })?.frozen(&args.freeze)?;
    let settings = train_settings(args, &network);
    let data = DataArgs { data: data.into(), how: args.how.clone() };
    let parts = training_data::load(&data, &network.model, settings.seed)?;
    check_memory(&network, &settings)?;
    let interrupt = Interrupt::listen()?;
    let written = run_settings(args, &data, &network, &settings)?;
    let init = written.init.as_deref();
    // What cannot be taken is said before there is a folder.
    let trainer = untrained(&network, settings, init)?;
    let run = Run::create(out, args.overwrite, &network.sources, &written, parts.train.classes())?;
    // From now on the run can be resumed.
    run.save_last(&trainer)?;
    fit(args, network, trainer, run, &parts, interrupt)
}

/// Goes on with a run.
fn resume(args: &Args, folder: &Path) -> Result<(), Failure> {
    let written = run::settings(folder)?;
    let overrides = written.set.iter().map(|(name, &value)| Override { name: name.clone(), value });
    let set = SetArgs { overrides: overrides.collect() };
    let network =
        spec::network(&SpecArgs { spec: folder.join(&written.spec), set })?.frozen(&written.freeze)?;
    let settings = TrainSettings {
        epochs: args.epochs.unwrap_or(written.epochs),
        batch: written.batch,
        seed: written.seed,
        ..settings::of_spec(network.model.train())
    };
    let how = HowArgs { validation: written.validation, skip_broken: written.skip_broken };
    let data = DataArgs { data: written.data, how };
    let parts = training_data::load(&data, &network.model, settings.seed)?;
    check_memory(&network, &settings)?;
    let interrupt = Interrupt::listen()?;
    let last = run::last(folder);
    let trainer = if last.exists() {
        let blank = Interpreter::blank(&network.model, &network.plan);
        Trainer::resume(blank, settings, &last).map_err(Failure::unusable)?.0
    } else {
        // It was broken off before anything was learned.
        untrained(&network, settings, written.init.as_deref())?
    };
    let run = Run::open(folder, trainer.position().epoch, parts.train.classes())?;
    let position = trainer.position();
    console::note(format_args!(
        "going on with {} behind {} epochs and {} steps",
        folder.display(),
        position.epoch,
        position.batch
    ));
    fit(args, network, trainer, run, &parts, interrupt)
}

fn fit(
    args: &Args,
    network: Network,
    trainer: Trainer<Interpreter>,
    mut run: Run,
    parts: &training_data::Parts,
    interrupt: Interrupt,
) -> Result<(), Failure> {
    if args.tensorboard {
        run.write_events()?;
    }
    let save_every = Duration::from_secs(args.save_every);
    let keep_each = settings::keeps_each_epoch(network.model.train());
    let model = &network.model;
    fitting::fit(Fit { model, trainer, run, parts, interrupt, save_every, keep_each })
}

/// A network that has learned nothing here: with random weights, or with those of a file, as far as they fit.
fn untrained(
    network: &Network,
    settings: TrainSettings,
    init: Option<&Path>,
) -> Result<Trainer<Interpreter>, Failure> {
    let mut interpreter = Interpreter::init(&network.model, &network.plan, settings.seed);
    if let Some(path) = init {
        let transfer = weights::transfer(&mut interpreter, path).map_err(|error| {
            Failure::unusable(error).help("`--init` takes weights of a network with layers of the same names")
        })?;
        console::note(said(&transfer, path));
    }
    Trainer::try_new(interpreter, settings).map_err(Failure::unusable)
}

/// What became of the weights of a file.
fn said(transfer: &Transfer, path: &Path) -> String {
    let (taken, all) = (transfer.taken.len(), transfer.taken.len() + transfer.kept.len());
    let mut text = format!("took {taken} of {all} tensors from {}", path.display());
    for Kept { tensor, shape, found } in &transfer.kept {
        text += &match found {
            Some(found) => {
                format!("\n  {tensor} starts at random: it is {shape:?}, but {found:?} in the file")
            }
            None => format!("\n  {tensor} starts at random: it is {shape:?}, and not in the file"),
        };
    }
    for tensor in &transfer.unused {
        text += &format!("\n  {tensor} of the file is not used");
    }
    text
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

fn run_settings(
    args: &Args,
    data: &DataArgs,
    network: &Network,
    settings: &TrainSettings,
) -> Result<run::Settings, Failure> {
    let overrides = args.set.overrides.iter();
    Ok(run::Settings {
        vggc: env!("CARGO_PKG_VERSION").to_owned(),
        model: network.model.name().to_owned(),
        spec: run::spec_name(&network.source).to_owned(),
        init: args.init.as_deref().map(std::path::absolute).transpose().map_err(Failure::unusable)?,
        freeze: args.freeze.clone(),
        set: overrides.map(|set| (set.name.clone(), set.value)).collect(),
        data: training_data::anywhere(&data.data)?,
        validation: data.how.validation,
        skip_broken: data.how.skip_broken,
        epochs: settings.epochs,
        batch: settings.batch,
        seed: settings.seed,
    })
}

/// Beside what a step needs, there are weights that are kept: the best, the average, those to go back to. The
/// images are in memory already.
fn check_memory(network: &Network, settings: &TrainSettings) -> Result<(), Failure> {
    let copies = 1 + u64::from(settings.average.is_some()) + u64::from(settings.early_stopping.is_some());
    let best = copies * network.model.parameters() * vgg_spec::cost::BYTES;
    memory::check_training(&network.model, &network.plan, settings.batch as u64, best)
}

fn set_threads(threads: Option<u64>) -> Result<(), Failure> {
    let Some(threads) = threads.and_then(|threads| usize::try_from(threads).ok()) else { return Ok(()) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build_global().map_err(Failure::unusable)
}
