//! How to train.

use super::TrainError;
use crate::optim::Optimizer;

/// How to train. Can be written in a `const`.
///
/// ```
/// use vgg_runtime::optim::Optimizer;
/// use vgg_runtime::train::TrainSettings;
/// const SETTINGS: TrainSettings =
///     TrainSettings { epochs: 3, batch: 32, seed: 1, optimizer: Optimizer::adam(1e-3) };
/// assert!(SETTINGS.check().is_ok());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainSettings {
    /// Passes over the training images.
    pub epochs: u64,
    /// Images in a step; an epoch's last step may have fewer.
    pub batch: usize,
    /// Seed of the order of the images and of dropout.
    pub seed: u64,
    /// How gradients change weights.
    pub optimizer: Optimizer,
}

impl TrainSettings {
    /// Checks that training is possible.
    ///
    /// # Errors
    /// If a step would have no images, or a setting of the optimiser is out of its range.
    pub fn check(&self) -> Result<(), TrainError> {
        if self.batch == 0 {
            return Err(TrainError::NoBatch);
        }
        Ok(self.optimizer.check()?)
    }
}

impl Default for TrainSettings {
    /// 10 epochs of batches of 64 with Adam at 0.001, seed 0.
    fn default() -> TrainSettings {
        TrainSettings { epochs: 10, batch: 64, seed: 0, optimizer: Optimizer::adam(1e-3) }
    }
}
