//! Declare a VGG network, train it, run it.

pub use vgg_runtime::*;

/// What most programs use.
pub mod prelude {
    pub use crate::data;
    pub use crate::evaluate::evaluate;
    pub use crate::network::Network;
    pub use crate::predict::Predictor;
    pub use crate::tensor::{FeatureMaps, Logits};
    pub use crate::train::{Observer, TrainSettings, Trainer};
}
