//! `vggc lsp`: the language server.

use crate::failure::Failure;
use crate::lsp;
use clap::Parser;

/// Serves an editor over standard input and output (Language Server Protocol)
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Accepted because editors pass it; there is no other way to talk
    #[arg(long)]
    stdio: bool,
}

const EXAMPLES: &str = "\
Examples:
  vggc lsp --stdio

An editor starts it, not a person. It checks as one types, shows shapes and costs, completes,
formats, mends, and finds what a name stands for, in YAML and in `.vgg`. The README says how to
tell VS Code, Neovim and Helix of it.";

/// Serves until the editor says goodbye.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let Args { stdio: _ } = args;
    lsp::serve()
}
