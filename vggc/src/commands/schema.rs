//! `vggc schema`: the YAML spelling for editors.

use crate::console;
use crate::failure::Failure;
use clap::Parser;
use std::path::PathBuf;
use vgg_runtime::atomic;
use vgg_spec::language::schema::schema;

/// Prints a JSON Schema of specs in YAML, for editors
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  vggc schema > vgg.schema.json
  vggc schema --out vgg.schema.json

An editor with a YAML language server then completes and checks a spec that starts with
  # yaml-language-server: $schema=vgg.schema.json
`vggc lsp` knows more: params, shapes, and the other spelling.";

/// Prints or writes the schema.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    match &args.out {
        None => console::print(&schema()),
        Some(path) => atomic::replace(path, |file| file.write_all(schema().as_bytes()))
            .map_err(|error| Failure::io(path, &error)),
    }
}
