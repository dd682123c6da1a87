//! Training: batches of shuffled images, one update a batch, one validation an epoch.
//!
//! A run is a function of the network, the settings and the images: the same give the same bytes. Where
//! it stands is a [`Position`]; nothing else is carried from one step to the next but the weights, the
//! [`OptimizerState`](crate::optim::OptimizerState) and the best weights so far.

mod error;
mod fit;
mod report;
mod settings;
mod trainer;

pub use error::TrainError;
pub use report::{EpochReport, History, Observer, Position, StepReport};
pub use settings::TrainSettings;
pub use trainer::Trainer;
