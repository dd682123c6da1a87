//! What a file of weights says about itself.

use super::Problem;
use flate2::Crc;
use std::collections::BTreeMap;

/// The key of the checksum: CRC-32 of the tensors' bytes, then of every other key and value of the
/// metadata in the order of the keys, each with a zero byte behind it.
const CHECKSUM: &str = "crc32";
const MODEL: &str = "model";
const CLASSES: &str = "classes";

/// What a file says about its weights: strings by key.
///
/// ```
/// use vgg_runtime::weights::Metadata;
/// let mut metadata = Metadata::default();
/// metadata.set_classes(&["cat".to_string(), "dog".to_string()]);
/// assert_eq!(metadata.classes().unwrap()[1], "dog");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metadata(BTreeMap<String, String>);

impl Metadata {
    /// The name of the model.
    pub fn model(&self) -> Option<&str> {
        self.get(MODEL)
    }

    /// The names of the classes, in the order of the logits.
    pub fn classes(&self) -> Option<Vec<String>> {
        serde_json::from_str(self.get(CLASSES)?).ok()
    }

    /// Sets the name of the model.
    pub fn set_model(&mut self, name: &str) {
        self.set(MODEL, name);
    }

    /// Sets the names of the classes.
    pub fn set_classes(&mut self, names: &[String]) {
        self.set(CLASSES, &serde_json::Value::from(names).to_string());
    }

    /// What stands under a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Puts a value under a key. The keys `model` and `classes` have their own methods, and `crc32` is
    /// written anew with every file.
    pub fn set(&mut self, key: &str, value: &str) {
        self.0.insert(key.into(), value.into());
    }

    /// All keys and values, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// All keys and values.
    pub(super) fn entries(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// Adds the checksum; `crc` already knows the tensors.
    pub(super) fn seal(&mut self, crc: Crc) {
        let checksum = self.checksum(crc);
        self.set(CHECKSUM, &checksum);
    }

    /// Checks the checksum, if there is one; `crc` already knows the tensors.
    pub(super) fn check_seal(&self, crc: Crc) -> Result<(), Problem> {
        let found = self.checksum(crc);
        match self.get(CHECKSUM) {
            Some(expected) if expected != found => {
                Err(Problem::Checksum { expected: expected.into(), found })
            }
            _ => Ok(()),
        }
    }

    /// The same without the checksum.
    pub(super) fn without_seal(mut self) -> Metadata {
        self.0.remove(CHECKSUM);
        self
    }

    fn checksum(&self, mut crc: Crc) -> String {
        for (key, value) in self.iter().filter(|&(key, _)| key != CHECKSUM) {
            for text in [key, value] {
                crc.update(text.as_bytes());
                crc.update(&[0]);
            }
        }
        format!("{:08x}", crc.sum())
    }
}

impl FromIterator<(String, String)> for Metadata {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(entries: I) -> Metadata {
        Metadata(entries.into_iter().collect())
    }
}
