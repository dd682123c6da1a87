//! `vggc new`: a spec to start from.

use crate::console;
use crate::failure::Failure;
use crate::replace::{create, replace};
use crate::spec::SetArgs;
use crate::zoo::{self, ZOO};
use clap::Parser;
use clap::builder::{PossibleValue, PossibleValuesParser};
use std::path::{Path, PathBuf};
use vgg_spec::ast::Spec;
use vgg_spec::names::Named;
use vgg_spec::parse::parse;
use vgg_spec::source::{Source, Syntax};
use vgg_spec::write;

/// Writes a spec to start from, out of the zoo
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The file to write; its ending, `.yaml` or `.vgg`, says how it is spelled
    file: PathBuf,

    /// The spec to start from
    #[arg(long, value_name = "NAME", value_parser = templates())]
    template: String,

    #[command(flatten)]
    set: SetArgs,

    /// Replaces the file if it is there
    #[arg(long)]
    force: bool,
}

const EXAMPLES: &str = "\
Examples:
  vggc new birds.yaml --template vgg16 --set classes=200
  vggc new birds.vgg --template vgg16-gap
  vggc new small.yaml --template digits --force

The network is called after the file: `birds.yaml` holds `Birds`. A template that extends another
is written out whole, so the file stands on its own.";

fn templates() -> PossibleValuesParser {
    let value = |(name, text): (&'static str, &str)| PossibleValue::new(name).help(zoo::about(text));
    PossibleValuesParser::new(ZOO.map(value))
}

/// Writes the file.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let path = &args.file;
    let syntax = Syntax::of(path).ok_or_else(|| {
        Failure::unusable(format_args!("`{}` says nothing of how it is spelled", path.display()))
            .help("end the name in `.yaml` or `.vgg`")
    })?;
    let template = zoo::whole(&args.template)
        .ok_or_else(|| Failure::unusable(format_args!("there is no template `{}`", args.template)))?;
    let text = spelled(&personal(&template, args)?, syntax)?;
    if args.force && path.exists() {
        replace(path, &text)?
    } else {
        create(path, &text)?
    }
    console::note(format_args!("wrote {}", path.display()));
    Ok(())
}

/// The template with the name of the file and with the numbers that were given.
fn personal(template: &Source, args: &Args) -> Result<Source, Failure> {
    let spec = parse(template).0.unwrap_or_default();
    let mut edits = Vec::new();
    for given in &args.set.overrides {
        let param = spec.params.iter().find(|param| param.name.value == given.name);
        let param = param.ok_or_else(|| no_param(&given.name, &args.template, &spec))?;
        edits.push((param.default.span, given.value.to_string()));
    }
    edits.extend(spec.name.iter().map(|name| (name.span, model_name(&args.file))));
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    let mut text = template.text().to_owned();
    for (span, value) in edits {
        text.replace_range(span.range(), &value);
    }
    Ok(template.with_text(text))
}

/// What a network in this file is called.
fn model_name(path: &Path) -> String {
    Named::Model.nearest(&path.file_stem().unwrap_or_default().to_string_lossy())
}

fn no_param(name: &str, template: &str, spec: &Spec) -> Failure {
    let failure = Failure::unusable(format_args!("`{template}` has no param `{name}`"));
    let known: Vec<String> = spec.params.iter().map(|param| format!("`{}`", param.name.value)).collect();
    if known.is_empty() { failure } else { failure.help(format!("it has {}", known.join(", "))) }
}

fn spelled(source: &Source, syntax: Syntax) -> Result<String, Failure> {
    if source.syntax() == syntax {
        return Ok(source.text().to_owned());
    }
    write::convert(source, syntax).map_err(Failure::unusable)
}
