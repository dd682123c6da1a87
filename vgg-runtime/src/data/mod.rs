//! Images with labels: checked once, where they come in.

mod ahead;
mod augment;
pub mod cifar;
mod dataset;
mod digits;
mod draws;
pub mod folder;
mod framed;
mod framing;
pub mod idx;
mod images;
mod intact;
mod picture;
mod prepared;
mod resample;
mod split;
mod warp;

pub(crate) use ahead::{Batches, read_ahead};
pub use augment::Augmentation;
pub use dataset::Dataset;
pub use digits::digits;
pub use folder::{Folder, FolderError};
pub use framed::Framed;
pub use framing::Framing;
pub use idx::IdxError;
pub use images::{DataError, Images, Split};
pub use picture::{Fitted, Picture, PictureError, PictureProblem};
pub use prepared::{Colours, Normalisation, Prepared};
pub use split::stratified;

/// The purpose of the random numbers that frame an image.
const FRAME: u32 = u32::MAX;
