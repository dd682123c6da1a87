//! How the learning rate changes while a network trains.

use crate::optim::{SettingError, amount, positive};

/// The learning rate over the time of training, as a share of that of the optimiser.
///
/// Time is counted in epochs, with steps as fractions: step 5 of 10 in the third epoch is at 2.5.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    /// Over how many epochs the rate rises in a straight line; 0 for not at all.
    pub warmup: f64,
    /// How it goes on.
    pub shape: Shape,
}

/// How the learning rate goes on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// It stays.
    Constant,
    /// It is multiplied by `factor` whenever so many epochs have gone by, as `StepLR` of PyTorch.
    Step {
        /// Epochs between two changes.
        every: u64,
        /// What the rate is multiplied by.
        factor: f64,
    },
    /// It falls along half a cosine from the end of the warm-up to the last epoch (Loshchilov & Hutter,
    /// 2017).
    Cosine {
        /// The share of the rate that is left at the end.
        floor: f64,
    },
}

impl Schedule {
    /// The rate stays as it is.
    pub const CONSTANT: Schedule = Schedule { warmup: 0.0, shape: Shape::Constant };

    /// Checks that rates are numbers.
    ///
    /// # Errors
    /// Names the first setting that is out of its range.
    pub fn check(&self) -> Result<(), SettingError> {
        amount("warmup", self.warmup)?;
        match self.shape {
            Shape::Constant => Ok(()),
            Shape::Step { every, factor } => positive("every", every as f64).and(positive("factor", factor)),
            Shape::Cosine { floor } => amount("floor", floor),
        }
    }

    /// The share of the rate in step `batch` (from 0) of `batches` in epoch `epoch` (from 0) of `epochs`.
    ///
    /// ```
    /// use vgg_runtime::train::{Schedule, Shape};
    /// let schedule = Schedule { warmup: 2.0, shape: Shape::Cosine { floor: 0.1 } };
    /// assert_eq!(schedule.factor(0, 0, 10, 20), 0.05); // the first of twenty steps of warm-up
    /// assert_eq!(schedule.factor(2, 0, 10, 20), 1.0);
    /// assert!((schedule.factor(11, 0, 10, 20) - 0.55).abs() < 1e-12);
    /// ```
    pub fn factor(&self, epoch: u64, batch: usize, batches: usize, epochs: u64) -> f64 {
        let step = 1.0 / batches.max(1) as f64;
        let now = epoch as f64 + batch as f64 * step;
        if now < self.warmup {
            return (now + step).min(self.warmup) / self.warmup;
        }
        match self.shape {
            Shape::Constant => 1.0,
            Shape::Step { every, factor } => libm::pow(factor, (epoch / every.max(1)) as f64),
            Shape::Cosine { floor } => {
                let rest = (epochs as f64 - self.warmup).max(step);
                let share = ((now - self.warmup) / rest).clamp(0.0, 1.0);
                floor + (1.0 - floor) * 0.5 * (1.0 + libm::cos(std::f64::consts::PI * share))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `torch.optim.lr_scheduler` gives them.
    #[test]
    fn epochs_as_in_pytorch() {
        let step = Schedule { warmup: 0.0, shape: Shape::Step { every: 3, factor: 0.1 } };
        for (epoch, expected) in [(0, 1.0), (2, 1.0), (3, 0.1), (5, 0.1), (6, 0.01), (9, 0.001)] {
            assert!((step.factor(epoch, 4, 5, 10) - expected).abs() < 1e-12);
        }
        let cosine = Schedule { warmup: 0.0, shape: Shape::Cosine { floor: 0.0 } };
        for (epoch, expected) in [(0, 1.0), (1, 0.975_528_258), (5, 0.5), (9, 0.024_471_742), (10, 0.0)] {
            assert!((cosine.factor(epoch, 0, 7, 10) - expected).abs() < 1e-9);
        }
    }

    #[test]
    fn a_warm_up_ends_at_the_full_rate() {
        let schedule = Schedule { warmup: 0.5, shape: Shape::Constant };
        let factors = [0, 1, 2, 3].map(|batch| schedule.factor(0, batch, 4, 1));
        assert_eq!(factors, [0.5, 1.0, 1.0, 1.0]);
    }

    #[test]
    fn a_schedule_without_time_is_finite() {
        for shape in [Shape::Constant, Shape::Step { every: 0, factor: 0.5 }, Shape::Cosine { floor: 0.0 }] {
            let schedule = Schedule { warmup: 3.0, shape };
            assert!(schedule.factor(3, 0, 0, 3).is_finite());
        }
    }
}
