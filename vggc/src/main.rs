//! `vggc`: the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    vggc::cli::run()
}
