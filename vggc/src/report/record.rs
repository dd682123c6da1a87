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
    /// What the run is called: the name of its folder.
    pub(crate) name: String,
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

/// Names runs whose folders are called the same by the folders above, too, as far as needed.
pub(crate) fn tell_apart(mut records: Vec<&mut Record>) {
    let deepest = records.iter().map(|record| record.folder.components().count()).max().unwrap_or(0);
    for depth in 2..=deepest.max(8) {
        let names: Vec<String> = records.iter().map(|record| record.name.clone()).collect();
        for (record, name) in records.iter_mut().zip(&names) {
            if names.iter().filter(|other| *other == name).count() > 1 {
                record.name = end(&record.folder, depth);
            }
        }
    }
}

/// The last so many parts of a path.
fn end(folder: &Path, depth: usize) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.into());
    let parts: Vec<_> = folder.iter().collect();
    let end: PathBuf = parts[parts.len().saturating_sub(depth)..].iter().collect();
    end.display().to_string()
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
        Ok(Record { folder: folder.into(), name: end(folder, 1), settings, epochs })
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
    fn runs_of_the_same_name_are_told_apart() {
        let record = |folder: &str| {
            let (folder, name) = (PathBuf::from(folder), end(Path::new(folder), 1));
            Record { folder, name, settings: Map::new(), epochs: Vec::new() }
        };
        let mut records = ["/a/x/run", "/b/x/run", "/b/y/run", "/b/other"].map(record);
        tell_apart(records.iter_mut().collect());
        let names = records.map(|record| record.name);
        assert_eq!(names, ["a/x/run", "b/x/run", "y/run", "other"]);
        let mut same = ["/a/run", "/a/run"].map(record);
        tell_apart(same.iter_mut().collect());
        assert_eq!(same[0].name, "/a/run");
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
