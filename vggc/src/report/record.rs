//! What the folder of a run says.

use crate::failure::Failure;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::fs;
use std::path::{Path, PathBuf};

/// A run, read from its folder.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) folder: PathBuf,
    /// What the run was started with, by name.
    pub(crate) settings: Map<String, Value>,
    pub(crate) epochs: Vec<Epoch>,
}

/// A line of `metrics.jsonl`. What an older version did not write is not a number.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Epoch {
    pub(crate) epoch: u64,
    #[serde(default = "unknown")]
    pub(crate) train_loss: f64,
    #[serde(default = "unknown")]
    pub(crate) train_accuracy: f64,
    #[serde(default = "unknown")]
    pub(crate) val_loss: f64,
    #[serde(default = "unknown")]
    pub(crate) val_accuracy: f64,
    #[serde(default = "unknown")]
    pub(crate) lr: f64,
    #[serde(default = "unknown")]
    pub(crate) seconds: f64,
    #[serde(default = "unknown")]
    pub(crate) images_per_second: f64,
}

fn unknown() -> f64 {
    f64::NAN
}

impl Record {
    /// Reads the settings and the metrics of a run.
    pub(crate) fn read(folder: &Path) -> Result<Record, Failure> {
        let text = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).map_err(|error| {
                Failure::io(&path, &error).help("a run is a folder that `vggc train --out` made")
            })
        };
        let damaged = |name: &str, line: usize, error: serde_json::Error| {
            Failure::unusable(format_args!("{}, line {line}: {error}", folder.join(name).display()))
        };
        let settings = serde_json::from_str(&text("settings.json")?)
            .map_err(|error| damaged("settings.json", error.line(), error))?;
        let mut epochs: Vec<Epoch> = Vec::new();
        for (index, line) in text("metrics.jsonl")?.lines().enumerate() {
            let epoch: Epoch =
                serde_json::from_str(line).map_err(|error| damaged("metrics.jsonl", index + 1, error))?;
            // A run that went on from an earlier epoch wrote that epoch anew.
            epochs.retain(|earlier| earlier.epoch < epoch.epoch);
            epochs.push(epoch);
        }
        Ok(Record { folder: folder.into(), settings, epochs })
    }

    /// What the run is called: the name of its folder.
    pub(crate) fn name(&self) -> String {
        let folder = self.folder.canonicalize().unwrap_or_else(|_| self.folder.clone());
        folder.file_name().map_or_else(|| folder.display().to_string(), |name| name.to_string_lossy().into())
    }

    /// A setting that is a text.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.settings.get(key)?.as_str()
    }

    /// The epoch of the highest validation accuracy, the first among equals.
    pub(crate) fn best(&self) -> Option<&Epoch> {
        self.epochs.iter().rev().max_by(|a, b| a.val_accuracy.total_cmp(&b.val_accuracy))
    }

    /// Seconds of all epochs.
    pub(crate) fn seconds(&self) -> f64 {
        self.epochs.iter().map(|epoch| epoch.seconds).filter(|seconds| seconds.is_finite()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_written_anew_replaces_those_behind_it() {
        let folder = tempfile::TempDir::new().unwrap();
        fs::write(folder.path().join("settings.json"), r#"{"model": "Tiny", "set": {}}"#).unwrap();
        let lines = [(1, 0.5), (2, 0.6), (3, 0.9), (2, 0.7)];
        let line = |(epoch, accuracy)| {
            format!("{{\"epoch\": {epoch}, \"val_accuracy\": {accuracy}, \"more\": 1}}\n")
        };
        let text: String = lines.map(line).concat();
        fs::write(folder.path().join("metrics.jsonl"), text).unwrap();
        let record = Record::read(folder.path()).unwrap();
        let epochs: Vec<_> = record.epochs.iter().map(|epoch| (epoch.epoch, epoch.val_accuracy)).collect();
        assert_eq!(epochs, [(1, 0.5), (2, 0.7)]);
        assert!(record.epochs[0].train_loss.is_nan());
        assert_eq!(record.text("model"), Some("Tiny"));
        assert_eq!(record.best().unwrap().epoch, 2);
    }

    #[test]
    fn what_is_damaged_is_named() {
        let folder = tempfile::TempDir::new().unwrap();
        let message = |folder: &Path| match Record::read(folder) {
            Err(Failure::Unusable { message, .. }) => message,
            other => panic!("{other:?}"),
        };
        assert!(message(folder.path()).contains("settings.json"));
        fs::write(folder.path().join("settings.json"), "{}").unwrap();
        fs::write(folder.path().join("metrics.jsonl"), "{\"epoch\": 1}\n{\"epoch\"").unwrap();
        assert!(message(folder.path()).contains("metrics.jsonl, line 2"), "{}", message(folder.path()));
    }
}
