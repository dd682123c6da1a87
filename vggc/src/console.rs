//! Standard output and standard error: results go to the one, all else to the other.

use crate::failure::Failure;
use anstream::{AutoStream, ColorChoice};
use indicatif::ProgressBar;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use vgg_spec::diagnostic::render::RenderStyle;

/// Columns of what is printed elsewhere than to a terminal, unless the variable `COLUMNS` says otherwise.
const WIDTH: usize = 100;

/// Writes a result to standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::ClosedPipe,
        _ => Failure::unusable(format_args!("standard output: {error}")),
    })
}

/// The bar that is drawn at the end of standard error, while there is one.
static BAR: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// From now on, messages are written above this bar, or there is none any more.
pub(crate) fn set_bar(bar: Option<ProgressBar>) {
    *BAR.lock().unwrap_or_else(PoisonError::into_inner) = bar;
}

/// Takes the bar away while something is written, and says whether there was one.
fn above_the_bar(write: impl FnOnce(bool)) {
    let bar = BAR.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match bar {
        Some(bar) => bar.suspend(|| write(true)),
        None => write(false),
    }
}

/// Writes a line to standard error. If nobody can read it, there is nobody to tell.
pub(crate) fn note(line: impl Display) {
    above_the_bar(|_| {
        let _ = writeln!(io::stderr().lock(), "{line}");
    });
}

/// Writes a line in answer to Ctrl-C, which the terminal has written where the cursor was.
pub(crate) fn answer(line: impl Display) {
    above_the_bar(|had_bar| {
        let begin = if had_bar { "" } else { "\n" };
        let _ = writeln!(io::stderr().lock(), "{begin}{line}");
    });
}

/// Writes an error to standard error, and what to do about it.
pub(crate) fn error(message: &str, help: Option<&str>) {
    above_the_bar(|_| {
        let mut output = AutoStream::auto(io::stderr()).lock();
        let _ = writeln!(output, "\x1b[1;31merror\x1b[0m: {message}");
        if let Some(help) = help {
            let _ = writeln!(output, "\x1b[1;36mhelp\x1b[0m: {help}");
        }
    });
}

/// Writes a warning to standard error.
pub(crate) fn warning(message: impl Display) {
    above_the_bar(|_| {
        let _ = writeln!(AutoStream::auto(io::stderr()).lock(), "\x1b[1;33mwarning\x1b[0m: {message}");
    });
}

/// Whether someone watches standard error.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Columns of standard output if it is a terminal.
pub(crate) fn terminal_width() -> Option<usize> {
    let (terminal_size::Width(columns), _) = terminal_size::terminal_size_of(io::stdout())?;
    Some(usize::from(columns))
}

/// Columns for a table on standard output.
pub(crate) fn width() -> usize {
    terminal_width().unwrap_or_else(wanted_width)
}

/// What the variable `COLUMNS` says, if it says a number of columns that something fits into.
fn wanted_width() -> usize {
    let wanted = std::env::var("COLUMNS").ok().and_then(|columns| columns.trim().parse().ok());
    wanted.filter(|columns| (20..=1000).contains(columns)).unwrap_or(WIDTH)
}

/// How findings are drawn on standard output.
pub(crate) fn style_of_results() -> RenderStyle {
    RenderStyle { color: has_color(AutoStream::choice(&io::stdout())), width: width() }
}

/// Columns for what is written to standard error.
pub(crate) fn width_of_messages() -> usize {
    let columns = terminal_size::terminal_size_of(io::stderr());
    columns.map_or_else(wanted_width, |(terminal_size::Width(columns), _)| usize::from(columns))
}

/// How findings are drawn on standard error.
pub(crate) fn style_of_messages() -> RenderStyle {
    RenderStyle { color: has_color(AutoStream::choice(&io::stderr())), width: width_of_messages() }
}

fn has_color(choice: ColorChoice) -> bool {
    choice != ColorChoice::Never
}
