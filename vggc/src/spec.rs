//! A spec named on the command line, from its file to a network.

use crate::console;
use crate::failure::Failure;
use clap::Args;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use vgg_spec::diagnostic::Severity;
use vgg_spec::diagnostic::render::render;
use vgg_spec::ir::Model;
use vgg_spec::lower::Override;
use vgg_spec::names::closest;
use vgg_spec::plan::Plan;
use vgg_spec::source::{Source, SourceError, Syntax};

/// Which network: a spec, and values for its params.
#[derive(Debug, Args)]
pub(crate) struct SpecArgs {
    /// The spec: a YAML file, or a `.vgg` file
    pub(crate) spec: PathBuf,

    #[command(flatten)]
    pub(crate) set: SetArgs,
}

/// Values for the params of a spec.
#[derive(Debug, Clone, Args)]
pub(crate) struct SetArgs {
    /// Sets a param of the spec; may be given several times
    #[arg(long = "set", value_name = "PARAM=NUMBER", value_parser = parse_override)]
    pub(crate) overrides: Vec<Override>,
}

/// Reads `classes=10`.
pub(crate) fn parse_override(text: &str) -> Result<Override, String> {
    let (name, value) =
        text.split_once('=').ok_or("a param and a number are needed, such as `classes=10`")?;
    let value = value.trim();
    match value.parse() {
        _ if name.trim().is_empty() => Err("the name of the param is missing".into()),
        Ok(value) => Ok(Override { name: name.trim().into(), value }),
        Err(_) => Err(format!("`{value}` is no number such as 10 or 0.5")),
    }
}

/// A spec that is a network.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) source: Source,
    /// The text, the one that it extends, and so on.
    pub(crate) sources: Vec<Source>,
    pub(crate) model: Model,
    pub(crate) plan: Plan,
}

impl Network {
    /// The same network, of which training leaves some layers as they are.
    pub(crate) fn frozen(mut self, names: &[String]) -> Result<Network, Failure> {
        if names.is_empty() {
            return Ok(self);
        }
        self.model.freeze(names).map_err(|error| {
            let blocks: Vec<&str> = self.model.blocks().iter().map(|block| block.name.as_str()).collect();
            Failure::unusable(error).help(format!("the blocks are {}, then comes `head`", blocks.join(", ")))
        })?;
        if self.model.trainable() == 0 {
            return Err(Failure::unusable("every layer is frozen, so there is nothing to train"));
        }
        self.plan = Plan::new(&self.model);
        Ok(self)
    }
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> Result<Source, Failure> {
    Source::read(path).map_err(|error| {
        let failure = Failure::unusable(&error);
        let missing = matches!(&error, SourceError::Io { error, .. } if error.kind() == ErrorKind::NotFound);
        match nearest(path).filter(|_| missing) {
            Some(close) => failure.help(format!("did you mean `{}`?", close.display())),
            None => failure,
        }
    })
}

/// The spec in the same folder that was probably meant.
fn nearest(path: &Path) -> Option<PathBuf> {
    /// Files of a folder that are looked at.
    const MOST: usize = 10_000;
    let name = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let files = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?.take(MOST).flatten();
    let mut specs: Vec<String> = files.filter_map(|file| file.file_name().into_string().ok()).collect();
    specs.retain(|name| Syntax::of(Path::new(name)).is_some());
    specs.sort_unstable();
    closest(name, specs.iter().map(String::as_str)).map(|close| path.with_file_name(close))
}

/// Builds the network of a spec. Findings are shown as messages.
pub(crate) fn network(args: &SpecArgs) -> Result<Network, Failure> {
    let source = read(&args.spec)?;
    let checked = vgg_spec::check(&source, &args.set.overrides);
    if !checked.findings.is_empty() {
        console::note(render(&checked.sources, &checked.findings, console::style_of_messages()).trim_end());
    }
    let is_wrong = checked.findings.iter().any(|finding| finding.severity == Severity::Error);
    let model = checked.model.filter(|_| !is_wrong).ok_or(Failure::Findings)?;
    let plan = Plan::new(&model);
    Ok(Network { source, sources: checked.sources, model, plan })
}

#[cfg(test)]
mod tests {
    use super::*;
    use vgg_spec::ir::Amount;

    #[test]
    fn params_are_set_by_name_and_number() {
        let parsed = parse_override(" classes = 10 ").unwrap();
        assert_eq!((parsed.name.as_str(), parsed.value), ("classes", Amount::Whole(10)));
        assert_eq!(
            parse_override("classes").unwrap_err(),
            "a param and a number are needed, such as `classes=10`"
        );
        assert_eq!(parse_override("=10").unwrap_err(), "the name of the param is missing");
        for value in ["", "ten", "-1", "1e999", "18446744073709551616"] {
            let error = parse_override(&format!("classes={value}")).unwrap_err();
            assert_eq!(error, format!("`{value}` is no number such as 10 or 0.5"));
        }
    }
}
