//! `vggc man`: manual pages.

use crate::cli;
use crate::console;
use crate::failure::Failure;
use clap::{Command, Parser};
use std::fs;
use std::path::PathBuf;
use vgg_runtime::atomic;

/// Prints the manual page of a command, or writes those of all
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The command whose page is printed [default: the page of vggc itself]
    command: Option<String>,

    /// Writes the pages of all commands into this folder
    #[arg(long, value_name = "FOLDER", conflicts_with = "command")]
    out: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  vggc man | man -l -
  vggc man train | man -l -
  vggc man --out ~/.local/share/man/man1";

/// Prints or writes pages.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let mut vggc = cli::command();
    vggc.build();
    if let Some(folder) = &args.out {
        fs::create_dir_all(folder).map_err(|error| Failure::io(folder, &error))?;
        for command in std::iter::once(&vggc).chain(vggc.get_subcommands()) {
            let path = folder.join(format!("{}.1", name(command)));
            let page = page(command)?;
            atomic::replace(&path, |file| file.write_all(&page))
                .map_err(|error| Failure::io(&path, &error))?;
        }
        return Ok(());
    }
    let command = match &args.command {
        None => &vggc,
        Some(name) => vggc.find_subcommand(name).ok_or_else(|| {
            let names: Vec<&str> = vggc.get_subcommands().map(Command::get_name).collect();
            Failure::unusable(format_args!("there is no command `{name}`"))
                .help(format!("there are {}", names.join(", ")))
        })?,
    };
    console::print(&String::from_utf8_lossy(&page(command)?))
}

/// `vggc`, `vggc-train`.
fn name(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

fn page(command: &Command) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(Failure::unusable)?;
    Ok(page)
}
