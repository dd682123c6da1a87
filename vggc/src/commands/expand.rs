//! `vggc expand`: the Rust that `vgg!` stands for.

use crate::console;
use crate::failure::Failure;
use crate::spec::{self, SpecArgs};
use clap::Parser;
use vgg_spec::codegen::{self, Settings};

/// Prints the Rust that `vgg!` makes of a spec
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    spec: SpecArgs,
}

const EXAMPLES: &str = "\
Examples:
  vggc expand specs/digits.yaml
  vggc expand specs/vgg16.yaml --set classes=200 > src/birds.rs

The text is a module of its own: it runs on the crate `vgg`.";

/// Prints the code.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let network = spec::network(&args.spec)?;
    let code = codegen::generate(&network.model, &network.plan, &Settings::default());
    console::print(&codegen::format(code))
}
