//! How to train.

use super::callbacks::{EarlyStopping, Monitor, Plateau};
use super::{Schedule, TrainError};
use crate::loss::Targets;
use crate::optim::{Clip, Optimizer, positive, share};

/// How to train. Can be written in a `const`.
///
/// ```
/// use vgg_runtime::optim::Optimizer;
/// use vgg_runtime::train::TrainSettings;
/// const SETTINGS: TrainSettings = TrainSettings {
///     epochs: 3,
///     batch: 32,
///     optimizer: Optimizer::adam(1e-3),
///     ..TrainSettings::DEFAULT
/// };
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
    /// How the learning rate changes with time.
    pub schedule: Schedule,
    /// What the loss is told that the network should say.
    pub targets: Targets,
    /// How strongly images of a batch are mixed with one another: both parameters of the beta distribution of
    /// which their shares are (Zhang et al.: *mixup*, 2018); `None` for not at all. The training accuracy then is
    /// that of the image which has the larger share.
    pub mixup: Option<f64>,
    /// How gradients are shortened.
    pub clip: Clip,
    /// The decay of a moving average of the weights, which then is what is validated, kept and used; `None`
    /// for the weights themselves. In step `t`, from 1, the average keeps the share
    /// `min(decay, (1 + t) / (10 + t))` of what it was.
    pub average: Option<f64>,
    /// Layers whose weights stay as they are, by their names: `block1_conv1`. Their norms go on observing, as in
    /// PyTorch; where `trainable: false` in a spec, or `vggc train --freeze`, leaves them alone too and computes no
    /// gradient that nobody needs.
    pub frozen: &'static [&'static str],
    /// When the rate falls because epochs get no better.
    pub plateau: Option<Plateau>,
    /// When training ends because epochs get no better.
    pub early_stopping: Option<EarlyStopping>,
    /// What makes an epoch the best.
    pub best: Monitor,
}

impl TrainSettings {
    /// 10 epochs of batches of 64 with Adam at a constant 0.001, seed 0, and nothing else.
    pub const DEFAULT: TrainSettings = TrainSettings {
        epochs: 10,
        batch: 64,
        seed: 0,
        optimizer: Optimizer::adam(1e-3),
        schedule: Schedule::CONSTANT,
        targets: Targets::HARD,
        mixup: None,
        clip: Clip::None,
        average: None,
        frozen: &[],
        plateau: None,
        early_stopping: None,
        best: Monitor::Accuracy,
    };

    /// Checks that training is possible.
    ///
    /// # Errors
    /// If a step would have no images, or a setting is out of its range.
    pub fn check(&self) -> Result<(), TrainError> {
        if self.batch == 0 {
            return Err(TrainError::NoBatch);
        }
        self.optimizer.check()?;
        self.schedule.check()?;
        self.targets.check()?;
        self.mixup.map_or(Ok(()), |alpha| positive("mixup", alpha))?;
        self.clip.check()?;
        self.average.map_or(Ok(()), |decay| share("average", decay))?;
        self.plateau.map_or(Ok(()), |plateau| plateau.check())?;
        Ok(self.early_stopping.map_or(Ok(()), |stopping| stopping.check())?)
    }
}

impl Default for TrainSettings {
    fn default() -> TrainSettings {
        TrainSettings::DEFAULT
    }
}
