//! Images with labels: checked once, where they come in.

mod digits;
pub mod idx;
mod images;

pub use digits::digits;
pub use idx::IdxError;
pub use images::{DataError, Images, Split};
