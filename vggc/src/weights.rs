//! A trained network out of a spec and a file of weights.

use crate::failure::Failure;
use crate::interp::Interpreter;
use crate::spec::Network;
use std::path::Path;
use vgg_runtime::weights::{self, Metadata};

/// A network that has learned something.
pub(crate) struct Trained {
    pub(crate) network: Interpreter,
    /// The names of its classes, one for each logit.
    pub(crate) classes: Vec<String>,
}

/// Puts the weights of a file into the network of a spec.
pub(crate) fn load(spec: &Network, path: &Path) -> Result<Trained, Failure> {
    let written = weights::metadata(path).map_err(Failure::unusable)?;
    let mut network = Interpreter::blank(&spec.model, &spec.plan);
    weights::load(&mut network, path).map_err(|error| {
        let failure = Failure::unusable(error);
        match written.model() {
            Some(model) if model != spec.model.name() => failure.help(format!(
                "the file holds the weights of `{model}`, but the spec describes `{}`",
                spec.model.name()
            )),
            _ => failure
                .help("the weights must be those of this spec, with the same `--set`, if there was one"),
        }
    })?;
    let classes = classes(&written, spec.model.classes());
    Ok(Trained { network, classes })
}

/// The names that the file gives, or numbers.
fn classes(written: &Metadata, count: usize) -> Vec<String> {
    let named = written.classes().filter(|names| names.len() == count);
    named.unwrap_or_else(|| (0..count).map(|class| class.to_string()).collect())
}
