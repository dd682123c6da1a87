//! The folder of a training run: what went into it, how it went, and the weights that came out.

mod spec;

pub(crate) use spec::spec_name;

use crate::failure::Failure;
use crate::interp::Interpreter;
use crate::tensorboard::EventFile;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use vgg_runtime::Trainer;
use vgg_runtime::atomic;
use vgg_runtime::train::EpochReport;
use vgg_runtime::weights::{self, Metadata};
use vgg_spec::ir::Amount;
use vgg_spec::source::Source;

const SETTINGS: &str = "settings.json";
const METRICS: &str = "metrics.jsonl";
const LAST: &str = "last.safetensors";
const BEST: &str = "best.safetensors";
const EVENTS: &str = "tensorboard";

/// What a run was started with.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Settings {
    /// The version of this program.
    pub(crate) vggc: String,
    /// The name of the model.
    pub(crate) model: String,
    /// The copy of the spec in the run's folder.
    pub(crate) spec: String,
    /// The weights that training started from, if not random ones.
    #[serde(default)]
    pub(crate) init: Option<PathBuf>,
    /// The layers, blocks and ranges of them that training leaves as they are.
    #[serde(default)]
    pub(crate) freeze: Vec<String>,
    /// Values that params were set to.
    pub(crate) set: BTreeMap<String, Amount>,
    /// Where the images came from.
    pub(crate) data: PathBuf,
    /// The share of them that was held out, if one was asked for.
    pub(crate) validation: Option<f64>,
    /// Whether files that cannot be used were left out.
    pub(crate) skip_broken: bool,
    /// Passes over them.
    pub(crate) epochs: u64,
    /// Images in a step.
    pub(crate) batch: usize,
    /// Seed of the weights, of the order of the images, and of dropout.
    pub(crate) seed: u64,
}

/// A folder that a run writes to.
#[derive(Debug)]
pub(crate) struct Run {
    folder: PathBuf,
    metrics: File,
    /// What stands in them.
    epochs: Vec<Epoch>,
    /// What TensorBoard reads, if that is wanted.
    events: Option<EventFile>,
    /// What is written beside weights: the names of the classes.
    metadata: Metadata,
}

/// A line of `metrics.jsonl`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Epoch {
    pub(crate) epoch: u64,
    pub(crate) train_loss: f64,
    pub(crate) train_accuracy: f64,
    pub(crate) val_loss: f64,
    pub(crate) val_accuracy: f64,
    lr: f64,
    pub(crate) seconds: f64,
    images_per_second: f64,
}

impl Run {
    /// Begins a run in a folder, which is made if it is not there. The spec comes with those that it extends.
    pub(crate) fn create(
        folder: &Path,
        overwrite: bool,
        sources: &[Source],
        settings: &Settings,
        classes: &[String],
    ) -> Result<Run, Failure> {
        fs::create_dir_all(folder).map_err(|error| Failure::io(folder, &error))?;
        let spec = folder.join(&settings.spec);
        let names = [SETTINGS, METRICS, LAST, BEST].map(|name| folder.join(name));
        let there = names.iter().chain([&spec]).find(|path| path.exists());
        if let Some(path) = there.filter(|_| !overwrite) {
            let failure = Failure::unusable(format_args!("{} is there already", path.display()));
            return Err(failure.help("choose another `--out`, or replace that run with `--overwrite`"));
        }
        for path in &names {
            remove(path)?;
        }
        for (name, text) in spec::copies(sources) {
            write(&folder.join(name), text.as_bytes())?;
        }
        let json = serde_json::to_string_pretty(settings).map_err(Failure::unusable)? + "\n";
        write(&folder.join(SETTINGS), json.as_bytes())?;
        Run::with_metrics(folder, Vec::new(), classes)
    }

    /// Takes up a run in its folder, of which `epochs` epochs have come to their end. What is known of later
    /// ones is forgotten: they come again.
    pub(crate) fn open(folder: &Path, epochs: u64, classes: &[String]) -> Result<Run, Failure> {
        let path = folder.join(METRICS);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Failure::io(&path, &error)),
            text => text.unwrap_or_default(),
        };
        // A process that was killed may have left half a line.
        let lines = text.lines().filter_map(|line| serde_json::from_str(line).ok());
        let known: Vec<Epoch> = lines.filter(|epoch: &Epoch| epoch.epoch <= epochs).collect();
        let mut text = String::new();
        for epoch in &known {
            text += &line(epoch)?;
        }
        write(&path, text.as_bytes())?;
        Run::with_metrics(folder, known, classes)
    }

    fn with_metrics(folder: &Path, epochs: Vec<Epoch>, classes: &[String]) -> Result<Run, Failure> {
        let path = folder.join(METRICS);
        let opened = OpenOptions::new().create(true).append(true).open(&path);
        let metrics = opened.map_err(|error| Failure::io(&path, &error))?;
        let mut metadata = Metadata::default();
        metadata.set_classes(classes);
        Ok(Run { folder: folder.into(), metrics, epochs, events: None, metadata })
    }

    /// From now on writes metrics for TensorBoard, too.
    pub(crate) fn write_events(&mut self) -> Result<(), Failure> {
        self.events = Some(EventFile::create(&self.folder.join(EVENTS))?);
        Ok(())
    }

    /// Adds an epoch to the metrics.
    pub(crate) fn record(&mut self, report: &EpochReport) -> Result<(), Failure> {
        let EpochReport { epoch, train_loss, train_accuracy, val_loss, val_accuracy, lr, .. } = *report;
        let EpochReport { seconds, images_per_second, .. } = *report;
        if let Some(events) = &mut self.events {
            let values = [
                ("loss/training", train_loss),
                ("loss/validation", val_loss),
                ("accuracy/training", train_accuracy),
                ("accuracy/validation", val_accuracy),
                ("learning_rate", lr),
                ("images_per_second", images_per_second),
            ];
            events.add(epoch, &values)?;
        }
        let epoch = Epoch {
            epoch,
            train_loss,
            train_accuracy,
            val_loss,
            val_accuracy,
            lr,
            seconds,
            images_per_second,
        };
        let written = self.metrics.write_all(line(&epoch)?.as_bytes());
        self.epochs.push(epoch);
        written.map_err(|error| Failure::io(&self.folder.join(METRICS), &error))
    }

    /// The epochs that have come to their end.
    pub(crate) fn epochs(&self) -> &[Epoch] {
        &self.epochs
    }

    /// Keeps the weights as they stand, and all that training needs to go on.
    pub(crate) fn save_last(&self, trainer: &Trainer<Interpreter>) -> Result<(), Failure> {
        trainer.save_checkpoint(&self.last(), &self.metadata).map_err(Failure::unusable)
    }

    /// Keeps the weights that did best.
    pub(crate) fn save_best(&self, network: &Interpreter) -> Result<(), Failure> {
        weights::save(network, &self.best(), &self.metadata).map_err(Failure::unusable)
    }

    /// Keeps the weights behind an epoch, counted from 1.
    pub(crate) fn save_epoch(&self, epoch: u64, network: &Interpreter) -> Result<(), Failure> {
        let path = self.folder.join(format!("epoch-{epoch:04}.safetensors"));
        weights::save(network, &path, &self.metadata).map_err(Failure::unusable)
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of the weights as they stand.
    pub(crate) fn last(&self) -> PathBuf {
        last(&self.folder)
    }

    /// The file of the weights that did best.
    pub(crate) fn best(&self) -> PathBuf {
        self.folder.join(BEST)
    }
}

/// The file of the weights as they stand in a run's folder.
pub(crate) fn last(folder: &Path) -> PathBuf {
    folder.join(LAST)
}

/// What a run was started with.
pub(crate) fn settings(folder: &Path) -> Result<Settings, Failure> {
    let path = folder.join(SETTINGS);
    let json = fs::read(&path).map_err(|error| {
        let failure = Failure::io(&path, &error);
        failure.help("`--resume` takes the folder of a run that `vggc train` has begun")
    })?;
    serde_json::from_slice(&json)
        .map_err(|error| Failure::unusable(format_args!("{}: {error}", path.display())))
}

fn line(epoch: &Epoch) -> Result<String, Failure> {
    Ok(serde_json::to_string(epoch).map_err(Failure::unusable)? + "\n")
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    atomic::replace(path, |file| file.write_all(bytes)).map_err(|error| Failure::io(path, &error))
}

fn remove(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Failure::io(path, &error)),
        _ => Ok(()),
    }
}
