//! The command line of the spec compiler as a library: the commands, and the interpreter behind `train`,
//! `eval` and `predict`.

pub mod cli;
pub mod interp;
pub mod settings;

mod commands;
mod console;
mod failure;
mod fitting;
mod interrupt;
mod lsp;
mod memory;
mod overlay;
mod parity;
mod picture;
mod preparation;
mod progress;
mod replace;
mod report;
mod run;
mod spec;
mod tensorboard;
mod threads;
mod timed;
mod training_data;
mod weights;
mod zoo;
