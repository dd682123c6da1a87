//! `vggc convert`: a spec in the other spelling.

use super::fmt::written;
use crate::console;
use crate::failure::Failure;
use crate::replace::create;
use crate::spec;
use clap::Parser;
use std::path::PathBuf;
use vgg_spec::source::Syntax;
use vgg_spec::write;

/// Writes a spec in the other spelling: YAML becomes `.vgg`, `.vgg` becomes YAML
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The spec: a YAML file, or a `.vgg` file
    spec: PathBuf,

    /// The file to write, whose ending says how it is spelled; standard output unless given
    out: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  vggc convert specs/vgg16-gap.yaml
  vggc convert specs/vgg16-gap.yaml vgg16-gap.vgg

The network stays the same, and so do all comments. A file that is there already is not overwritten.";

/// Converts the spec.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let source = spec::read(&args.spec)?;
    let to = match &args.out {
        Some(out) => Syntax::of(out).ok_or_else(|| {
            Failure::unusable(format_args!("`{}` says nothing of how it is spelled", out.display()))
                .help("end the name in `.yaml` or `.vgg`")
        })?,
        None if source.syntax() == Syntax::Yaml => Syntax::Dsl,
        None => Syntax::Yaml,
    };
    let text = written(&source, write::convert(&source, to))?;
    match &args.out {
        Some(out) => create(out, &text),
        None => console::print(&text),
    }
}
