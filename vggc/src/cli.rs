//! The arguments of the command line, and what becomes of a command's result.

use crate::commands::{
    bench, check, compare, completions, convert, emit, eval, expand, explain, fmt, import, lsp, man, new,
    parity, predict, report, schema, summary, train,
};
use crate::failure::Failure;
use clap::{CommandFactory, Parser, Subcommand};
use std::process::ExitCode;

/// Checks, summarises, trains and runs VGG networks that are declared in a spec.
#[derive(Debug, Parser)]
#[command(name = "vggc", version, propagate_version = true, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  vggc new birds.yaml --template vgg16-gap --set classes=200
  vggc check birds.yaml
  vggc summary birds.yaml
  vggc train specs/digits.yaml --data digits --out runs/digits
  vggc eval specs/digits.yaml --weights runs/digits/best.safetensors --data digits

Exit codes: 0 all is well; 1 findings in a spec; 2 wrong usage, a file that cannot be used, or
settings that do not fit together. `vggc COMMAND --help` says more, with examples.";

#[derive(Debug, Subcommand)]
enum Command {
    New(new::Args),
    Check(check::Args),
    Fmt(fmt::Args),
    Convert(convert::Args),
    Summary(summary::Args),
    Compare(compare::Args),
    Expand(expand::Args),
    Emit(emit::Args),
    Explain(explain::Args),
    Train(train::Args),
    Eval(eval::Args),
    Predict(predict::Args),
    Report(report::Args),
    Bench(bench::Args),
    Import(import::Args),
    Parity(parity::Args),
    Lsp(lsp::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// The command line as data.
pub(crate) fn command() -> clap::Command {
    Cli::command()
}

/// Does what the arguments of the process say.
pub fn run() -> ExitCode {
    let result = match Cli::parse().command {
        Command::New(args) => new::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Fmt(args) => fmt::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Summary(args) => summary::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Expand(args) => expand::run(&args),
        Command::Emit(args) => emit::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Predict(args) => predict::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Parity(args) => parity::run(&args),
        Command::Lsp(args) => lsp::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    };
    result.map_or_else(Failure::report, |()| ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_shows_an_example() {
        for command in Cli::command().get_subcommands_mut() {
            let help = command.render_long_help().to_string();
            let call = format!("vggc {}", command.get_name());
            assert!(help.contains("Examples:") && help.contains(&call), "{help}");
            let examples = command.get_after_help().expect("examples").to_string();
            let long = examples.lines().find(|line| line.chars().count() > 100);
            assert_eq!(long, None, "longer than help is wide");
        }
    }
}
