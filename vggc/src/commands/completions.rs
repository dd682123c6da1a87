//! `vggc completions`: what shells complete a command line by.

use crate::cli;
use crate::console;
use crate::failure::Failure;
use clap::Parser;
use clap_complete::Shell;

/// Prints the completions of a shell
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  vggc completions bash > ~/.local/share/bash-completion/completions/vggc
  vggc completions zsh > \"${fpath[1]}/_vggc\"
  vggc completions fish > ~/.config/fish/completions/vggc.fish
  vggc completions powershell >> $PROFILE";

/// Prints the script.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut cli::command(), "vggc", &mut script);
    console::print(&String::from_utf8_lossy(&script))
}
