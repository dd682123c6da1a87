//! Training: batches of shuffled images, one update a batch, one validation an epoch.
//!
//! A run is a function of the network, the settings and the images: the same give the same bytes. Where
//! it stands is a [`Position`]; nothing else is carried from one step to the next but the weights and their
//! average, the [`OptimizerState`](crate::optim::OptimizerState), what the callbacks count, and the weights
//! that they keep. A [checkpoint](Trainer::save_checkpoint) holds all of it.

mod callbacks;
mod checkpoint;
mod error;
mod fit;
mod mixup;
mod report;
mod schedule;
mod settings;
mod trainer;

pub use callbacks::{EarlyState, EarlyStopping, Monitor, Plateau, PlateauState, Verdict};
pub use checkpoint::CheckpointError;
pub use error::TrainError;
pub use report::{EpochReport, History, Observer, Position, StepReport};
pub use schedule::{Schedule, Shape};
pub use settings::TrainSettings;
pub use trainer::Trainer;
