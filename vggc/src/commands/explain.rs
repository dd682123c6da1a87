//! `vggc explain`: what a code means.

use crate::console;
use crate::failure::Failure;
use clap::Parser;
use vgg_spec::explain;

/// Explains the code of an error or warning, with a wrong example and the corrected one
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The code, as it stands in front of a message
    code: String,
}

const EXAMPLES: &str = "\
Examples:
  vggc explain E0302
  vggc explain w0303";

/// Prints the page.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let page = explain::page(&args.code).ok_or_else(|| {
        let failure = Failure::unusable(format_args!("there is no code `{}`", args.code));
        match explain::closest(&args.code) {
            Some(close) => failure.help(format!("did you mean `{close}`?")),
            None => failure.help("codes are an `E` or `W` and four digits, such as E0302"),
        }
    })?;
    console::print(page)
}
