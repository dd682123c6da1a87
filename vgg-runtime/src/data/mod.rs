//! Images with labels: checked once, where they come in.

mod digits;
pub mod idx;
mod images;
mod picture;

pub use digits::digits;
pub use idx::IdxError;
pub use images::{DataError, Images, Split};
pub use picture::{Fitted, Picture, PictureError, PictureProblem};
