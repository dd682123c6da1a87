//! How a command fails, and with which exit code.

use crate::console;
use std::fmt::Display;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// A command that did not come to its end.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something is wrong with a spec; it has been said what.
    Findings,
    /// Training came to no good end.
    Diverged(String),
    /// Wrong usage, a file that cannot be used, settings that do not fit together.
    Unusable {
        /// What is wrong, and where.
        message: String,
        /// What to do about it.
        help: Option<String>,
    },
    /// The same, and it has been said.
    Reported,
    /// The user asked to stop; it has been said what was saved.
    Interrupted,
    /// An editor left without saying goodbye.
    Hasty,
    /// Whoever read the output has seen enough.
    ClosedPipe,
}

impl Failure {
    /// Something that cannot be used.
    pub(crate) fn unusable(message: impl Display) -> Failure {
        Failure::Unusable { message: message.to_string(), help: None }
    }

    /// Adds what to do about it.
    pub(crate) fn help(self, text: impl Into<String>) -> Failure {
        match self {
            Failure::Unusable { message, .. } => Failure::Unusable { message, help: Some(text.into()) },
            other => other,
        }
    }

    /// A file or folder that the system has trouble with.
    pub(crate) fn io(path: &Path, error: &io::Error) -> Failure {
        let text = error.to_string();
        // Of a temporary file the name is told as well, which says nothing to anybody.
        let what = text.split(" at path \"").next().unwrap_or(&text);
        Failure::unusable(format_args!("{}: {what}", path.display()))
    }

    /// What is wrong, for a place where it is no failure of the command; one that has been said already says
    /// no more.
    pub(crate) fn into_message(self) -> String {
        match self {
            Failure::Diverged(message) | Failure::Unusable { message, .. } => message,
            Failure::Findings => "the spec has errors".to_owned(),
            Failure::Reported | Failure::Interrupted | Failure::Hasty | Failure::ClosedPipe => String::new(),
        }
    }

    /// Says what is wrong, and gives the exit code.
    pub(crate) fn report(self) -> ExitCode {
        match &self {
            Failure::Diverged(message) => console::error(message, None),
            Failure::Unusable { message, help } => console::error(message, help.as_deref()),
            Failure::Findings
            | Failure::Reported
            | Failure::Interrupted
            | Failure::Hasty
            | Failure::ClosedPipe => {}
        }
        ExitCode::from(self.code())
    }

    fn code(&self) -> u8 {
        match self {
            Failure::ClosedPipe => 0,
            Failure::Findings | Failure::Diverged(_) | Failure::Hasty => 1,
            Failure::Unusable { .. } | Failure::Reported => 2,
            // As shells have it: 128 and the number of SIGINT.
            Failure::Interrupted => 130,
        }
    }
}
