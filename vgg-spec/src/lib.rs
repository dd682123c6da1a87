//! The compiler behind `vgg!` and `vggc`.

pub mod ast;
pub mod diagnostic;
pub mod ir;
pub mod plan;
pub mod source;
pub mod span;
