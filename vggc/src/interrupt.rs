//! Ctrl-C, and the signals by which a system asks a process to end.

use crate::console;
use crate::failure::Failure;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Knows whether the user wants to stop.
#[derive(Debug, Clone)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on the first signal is only noted; a second one ends the process at once.
    pub(crate) fn listen() -> Result<Interrupt, Failure> {
        let noted = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&noted);
        ctrlc::set_handler(move || {
            if flag.swap(true, Ordering::Relaxed) {
                process::exit(130);
            }
            console::answer("stopping behind this step; once more to stop at once, without saving");
        })
        .map_err(|error| Failure::unusable(format_args!("cannot listen for Ctrl-C: {error}")))?;
        Ok(Interrupt(noted))
    }

    /// Whether a signal came.
    pub(crate) fn is_wanted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
