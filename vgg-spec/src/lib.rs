//! The compiler behind `vgg!` and `vggc`.

pub mod ast;
pub mod build;
mod check;
pub mod codegen;
pub mod cost;
pub mod diagnostic;
pub mod emit;
pub mod explain;
mod extend;
mod freeze;
pub mod ir;
pub mod language;
mod lint;
pub mod lower;
pub mod names;
pub mod parse;
pub mod plan;
pub mod quantity;
pub mod settings;
pub mod shape;
pub mod source;
pub mod span;
pub mod tensors;
pub mod write;

pub use check::{Checked, check};
pub use freeze::FreezeError;
