//! Keras: `.keras` archives, `.weights.h5` and legacy `.h5` files.
//!
//! [`config`] finds the path of layers through the description of a model, [`layers`] and [`applied`] know what each
//! of them means, and [`store`] finds their weights in an HDF5 file. Without a description there are weights alone.

mod applied;
mod config;
mod layers;
mod store;

use crate::Imported;
use crate::archive::Archive;
use crate::error::Problem;
use crate::hdf5::File;
use crate::state::State;
use serde_json::Value;
use store::Store;

const CONFIG: &str = "config.json";
const WEIGHTS: &str = "model.weights.h5";
const METADATA: &str = "metadata.json";

/// No description is longer; that of VGG-16 has 30 KB.
const MOST_CONFIG: usize = 2 << 20;

/// Whether an archive is one of Keras.
pub(crate) fn is_likely(archive: &Archive<'_>) -> bool {
    archive.names().any(|name| name == CONFIG) && archive.names().any(|name| name == WEIGHTS)
}

/// Reads a `.keras` archive.
pub(crate) fn read_archive(archive: &mut Archive<'_>) -> Result<Imported, Problem> {
    let config = json(archive.stored(CONFIG)?)?;
    let file = File::open(archive.stored(WEIGHTS)?)?;
    let metadata = archive.find(METADATA)?.map(json).transpose()?.unwrap_or_default();
    let version = metadata.get("keras_version").and_then(Value::as_str).map(str::to_owned);
    let store = Store::read(&file)?;
    layers::chain(&config, store, origin(version)).map(Imported::Network)
}

/// Reads an HDF5 file: a model if it describes one, otherwise weights.
pub(crate) fn read_h5(bytes: &[u8]) -> Result<Imported, Problem> {
    let file = File::open(bytes)?;
    let store = Store::read(&file)?;
    let origin = origin(store.version()?);
    match store.config()? {
        Some(text) => layers::chain(&json(text.as_bytes())?, store, origin).map(Imported::Network),
        None => State::new(origin, store.into_tensors()?).map(Imported::Weights),
    }
}

fn json(bytes: &[u8]) -> Result<Value, Problem> {
    if bytes.len() > MOST_CONFIG {
        return Err(Problem::damaged("Keras", "its description is too long"));
    }
    serde_json::from_slice(bytes)
        .map_err(|error| Problem::damaged("Keras", format_args!("its description is no JSON: {error}")))
}

fn origin(version: Option<String>) -> String {
    match version {
        Some(version) => format!("From a file that Keras {version} wrote"),
        None => "From a Keras file".to_owned(),
    }
}
