//! `vggc fmt`: specs in the one layout.

use crate::console;
use crate::failure::Failure;
use crate::replace::replace;
use crate::spec;
use clap::Parser;
use std::path::PathBuf;
use vgg_spec::diagnostic::render::render;
use vgg_spec::source::Source;
use vgg_spec::write::{self, WriteError};

/// Writes specs in their canonical form: one order, one layout, every comment kept
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Specs: YAML files, or `.vgg` files
    #[arg(required = true)]
    specs: Vec<PathBuf>,

    /// Changes nothing, and fails if something would be changed
    #[arg(long)]
    check: bool,
}

const EXAMPLES: &str = "\
Examples:
  vggc fmt specs/*.yaml
  vggc fmt --check specs/*

Exit code 1 if a file has errors that keep it from being read, or, with `--check`, is not in its
canonical form; 2 if a file cannot be read or written.";

/// Formats every spec. One that has errors keeps none of the others from being formatted.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let (mut unusable, mut failed) = (false, false);
    for path in &args.specs {
        let result = spec::read(path).and_then(|source| {
            let text = written(&source, write::format(&source))?;
            match (text == source.text(), args.check) {
                (true, _) => Ok(()),
                (false, true) => {
                    console::print(&format!("{} would be changed\n", path.display()))?;
                    Err(Failure::Findings)
                }
                (false, false) => replace(path, &text),
            }
        });
        match result {
            Ok(()) => {}
            Err(Failure::Findings) => failed = true,
            Err(Failure::ClosedPipe) => return Err(Failure::ClosedPipe),
            Err(failure) => {
                failure.report();
                unusable = true;
            }
        }
    }
    match (unusable, failed) {
        (true, _) => Err(Failure::Reported),
        (false, true) => Err(Failure::Findings),
        (false, false) => Ok(()),
    }
}

/// The text, or what keeps it from being written.
pub(super) fn written(source: &Source, result: Result<String, WriteError>) -> Result<String, Failure> {
    result.map_err(|error| match error {
        WriteError::Findings(findings) => {
            console::note(render(source, &findings, console::style_of_messages()).trim_end());
            Failure::Findings
        }
        WriteError::Unsayable(_) => Failure::unusable(format_args!("{}: {error}", source.name()))
            .help("`vggc check` says which names are not well formed"),
    })
}
