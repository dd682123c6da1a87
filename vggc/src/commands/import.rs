//! `vggc import`: a network, or weights, out of another engine's file.

use crate::console;
use crate::failure::Failure;
use crate::interp::Interpreter;
use crate::run::spec_name;
use crate::spec::{self, SetArgs, SpecArgs};
use crate::zoo::{self, ZOO};
use clap::Parser;
use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use vgg_import::chain::Chain;
use vgg_import::differences::differences;
use vgg_import::error::Problem;
use vgg_import::params::Weights;
use vgg_import::state::State;
use vgg_import::tensor::Tensor;
use vgg_import::{Imported, params, write};
use vgg_runtime::Network as _;
use vgg_runtime::weights::{self, Metadata};
use vgg_runtime::{atomic, network::TensorMut};
use vgg_spec::Checked;
use vgg_spec::diagnostic::render::render;
use vgg_spec::ir::Model;
use vgg_spec::lower::Override;
use vgg_spec::plan::Plan;
use vgg_spec::source::{Source, Syntax};

const WEIGHTS: &str = "weights.safetensors";
const CLASSES: &str = "classes";

/// Brings a network in from ONNX or Keras, or weights from Keras, PyTorch and safetensors files
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// An ONNX model, a Keras model (`.keras`, `.h5`) or its weights (`.weights.h5`), a PyTorch state dict
    /// (`.pth`, `.pt`), or a safetensors file
    file: PathBuf,

    /// The folder that the spec and the weights are written to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// The spec that the weights belong to, where the file does not describe the layers; otherwise the model
    /// that comes with vggc and fits is taken
    #[arg(long, value_name = "SPEC")]
    spec: Option<PathBuf>,

    #[command(flatten)]
    set: SetArgs,

    /// Replaces what an earlier import left in the folder
    #[arg(long)]
    overwrite: bool,
}

const EXAMPLES: &str = "\
Examples:
  vggc import model.onnx --out imported
  vggc import model.keras --out imported
  vggc import vgg16.pth --out imported
  vggc import best.safetensors --spec specs/digits.yaml --out imported

Nothing in the file is run. The folder gets `spec.yaml` and `weights.safetensors`.";

/// What is written.
struct Found {
    source: Source,
    model: Model,
    weights: Weights,
}

/// Imports.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let imported = vgg_import::read(&args.file).map_err(|error| {
        let help = error.help().map(str::to_owned);
        let failure = Failure::unusable(&error);
        help.into_iter().fold(failure, Failure::help)
    })?;
    let found = match (imported, &args.spec) {
        (Imported::Network(chain), None) => from_chain(chain, &args.file),
        (Imported::Network(chain), Some(spec)) => {
            let (source, model) = given(spec, args)?;
            let described = described(&chain, &args.file);
            params::weights(chain, &model)
                .map(|weights| {
                    warn_of_differences(described, &model);
                    Found { source, model, weights }
                })
                .map_err(Failure::from)
        }
        (Imported::Weights(state), Some(spec)) => {
            let (source, model) = given(spec, args)?;
            state.fit(&model).map(|weights| Found { source, model, weights }).map_err(Failure::from)
        }
        (Imported::Weights(state), None) => from_zoo(state),
    };
    let found = found.map_err(|failure| failure.in_file(&args.file))?;
    store(found, args)
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Failure {
        Failure::unusable(problem)
    }
}

impl Failure {
    /// Puts the name of the file before the message.
    fn in_file(self, file: &Path) -> Failure {
        match self {
            Failure::Unusable { message, help } => {
                Failure::Unusable { message: format!("{}: {message}", file.display()), help }
            }
            other => other,
        }
    }
}

/// The spec that the user named.
fn given(path: &Path, args: &Args) -> Result<(Source, Model), Failure> {
    let set = SetArgs { overrides: args.set.overrides.clone() };
    let network = spec::network(&SpecArgs { spec: path.into(), set })?;
    Ok((network.source, network.model))
}

/// A spec out of layers, and what it says.
fn described(chain: &Chain, file: &Path) -> Result<(Source, Checked), Problem> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let source = Source::new("spec.yaml", write::spec(chain, &stem)?, Syntax::Yaml);
    let checked = vgg_spec::check(&source, &[]);
    Ok((source, checked))
}

/// A network out of layers.
fn from_chain(chain: Chain, file: &Path) -> Result<Found, Failure> {
    let (source, checked) = described(&chain, file)?;
    let Some(model) = checked.model else {
        console::note(render(&source, &checked.findings, console::style_of_messages()).trim_end());
        return Err(Failure::unusable("its layers make a spec that cannot be built; see above"));
    };
    let weights = params::weights(chain, &model)?;
    Ok(Found { source, model, weights })
}

/// Says what a spec does otherwise than the file whose weights fit it.
fn warn_of_differences(described: Result<(Source, Checked), Problem>, model: &Model) {
    let unknown = |reason: String| {
        let question = "whether the spec computes the same with them as the file could not be compared";
        console::warning(format_args!("the weights fit, but {question}: {reason}"));
    };
    match described.map(|(_, checked)| checked.model) {
        Ok(Some(own)) => {
            let differ = differences(&own, model);
            if !differ.is_empty() {
                let list = differ.join("\n  ");
                console::warning(format_args!(
                    "the weights fit, but the spec computes something else with them than the file:\n  {list}"
                ));
            }
        }
        Ok(None) => unknown("its layers make no spec that can be built".to_owned()),
        Err(problem) => unknown(problem.to_string()),
    }
}

/// The spec that comes with the program and that the weights fit.
fn from_zoo(state: State) -> Result<Found, Failure> {
    for (name, _) in ZOO {
        let Some(source) = zoo::whole(name).map(|source| with_classes(source, state.classes())) else {
            continue;
        };
        let Some(model) = vgg_spec::check(&source, &[]).model else { continue };
        if state.check(&model).is_ok() {
            console::note(format_args!("the weights are those of {name}, {} classes", model.classes()));
            let weights = state.fit(&model)?;
            return Ok(Found { source, model, weights });
        }
    }
    let names: Vec<&str> = ZOO.iter().map(|(name, _)| *name).collect();
    let message = format!("no model that comes with vggc has such weights: {}", state.summary());
    Err(Failure::unusable(message)
        .help(format!("name the spec they belong to with `--spec`; tried were {}", names.join(", "))))
}

/// A spec of the zoo, its number of classes replaced.
fn with_classes(source: Source, classes: Option<usize>) -> Source {
    let (spec, _) = vgg_spec::parse::parse(&source);
    let param = spec.and_then(|spec| spec.params.into_iter().find(|param| param.name.value == CLASSES));
    match (param, classes) {
        (Some(param), Some(classes)) => {
            let mut text = source.text().to_owned();
            text.replace_range(param.default.span.range(), &classes.to_string());
            source.with_text(text)
        }
        _ => source,
    }
}

/// Writes weights, then the spec: each is replaced as a whole, and where there is a spec there are weights.
fn store(found: Found, args: &Args) -> Result<(), Failure> {
    let Found { source, model, weights } = found;
    let network = filled(&model, weights).map_err(|failure| failure.in_file(&args.file))?;
    let spec = args.out.join(spec_name(&source));
    let file = args.out.join(WEIGHTS);
    let there = [&spec, &file].into_iter().find(|path| path.exists());
    if let Some(path) = there.filter(|_| !args.overwrite) {
        let failure = Failure::unusable(format_args!("{} is there already", path.display()));
        return Err(failure.help("choose another `--out`, or replace it with `--overwrite`"));
    }
    fs::create_dir_all(&args.out).map_err(|error| Failure::io(&args.out, &error))?;
    weights::save(&network, &file, &Metadata::default()).map_err(Failure::unusable)?;
    let text = source.text().as_bytes();
    atomic::replace(&spec, |out: &mut dyn Write| out.write_all(text))
        .map_err(|error| Failure::io(&spec, &error))?;
    if !args.set.overrides.is_empty() {
        console::note(format_args!("the weights belong to the spec with {}", shown(&args.set.overrides)));
    }
    console::print(&format!("{}\n{}\n", spec.display(), file.display()))
}

fn shown(overrides: &[Override]) -> String {
    let each = overrides.iter().map(|given| format!("`--set {}={}`", given.name, given.value));
    each.collect::<Vec<_>>().join(" ")
}

/// A network with these weights, which must be numbers.
fn filled(model: &Model, weights: Weights) -> Result<Interpreter, Failure> {
    let not_finite = |(name, tensor): &(String, Tensor)| {
        let place = tensor.values().iter().position(|value| !value.is_finite())?;
        Some((name.clone(), place, tensor.values()[place]))
    };
    if let Some((name, place, value)) = weights.iter().find_map(not_finite) {
        let failure = Failure::unusable(format_args!("value {place} of what becomes `{name}` is {value}"));
        return Err(failure.help(
            "nothing can be computed with it: take a file whose training went well, and of a network whose head was \
             trained, too",
        ));
    }
    let mut network = Interpreter::blank(model, &Plan::new(model));
    let mut weights: HashMap<String, Vec<f32>> =
        weights.into_iter().map(|(name, tensor)| (name, tensor.into_values())).collect();
    let mut missing = None;
    network.visit_mut(&mut |tensor: TensorMut<'_>| match weights.remove(tensor.name) {
        Some(values) if values.len() == tensor.values.len() => tensor.values.copy_from_slice(&values),
        _ => missing = Some(tensor.name.to_owned()),
    });
    match missing {
        None => Ok(network),
        Some(name) => Err(Failure::unusable(format_args!("there are no weights for `{name}`"))),
    }
}
