//! What training tells about itself.

use super::Trainer;
use crate::loss::Score;
use crate::network::Network;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// One step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepReport {
    /// The number of the step since training began, from 1.
    pub step: u64,
    /// Images in its batch.
    pub images: usize,
    /// Mean loss of the batch, before the update.
    pub loss: f64,
    /// Images of the batch whose label had the largest logit.
    pub correct: usize,
}

/// One epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpochReport {
    /// The number of the epoch, from 1.
    pub epoch: u64,
    /// Mean loss of the training images, each in its step, before the update and with dropout.
    pub train_loss: f64,
    /// Share of correct training images, from 0 to 1, taken like the loss.
    pub train_accuracy: f64,
    /// Mean loss of the validation images behind the epoch.
    pub val_loss: f64,
    /// Share of correct validation images behind the epoch, from 0 to 1.
    pub val_accuracy: f64,
    /// Learning rate.
    pub lr: f64,
    /// Seconds that training and validation took, since this process took up the epoch.
    pub seconds: f64,
    /// Training images a second, without validation.
    pub images_per_second: f64,
}

/// All epochs of a call of [`fit`](Trainer::fit).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    /// A report for each epoch that came to its end.
    pub epochs: Vec<EpochReport>,
    /// Whether the observer asked to stop.
    pub stopped: bool,
    /// Whether training ended because epochs got no better.
    pub ended_early: bool,
}

impl History {
    /// The epoch of the highest validation accuracy, the first among equals.
    pub fn best(&self) -> Option<&EpochReport> {
        self.epochs.iter().rev().max_by(|a, b| a.val_accuracy.total_cmp(&b.val_accuracy))
    }
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Position {
    /// Epochs that came to their end.
    pub epoch: u64,
    /// Steps taken in the epoch that has not.
    pub batch: usize,
    /// Steps of an epoch; 0 before the first.
    pub batches: usize,
    /// Steps taken since training began.
    pub step: u64,
    /// What the steps of the epoch that has not come to its end scored.
    pub score: Score,
}

/// Watches training and may stop it: an answer of [`ControlFlow::Break`] ends [`fit`](Trainer::fit) there
/// and then, in a state from which a further call goes on as if nothing had been.
pub trait Observer<N: Network> {
    /// Called behind every step.
    fn on_step(&mut self, step: &StepReport, trainer: &Trainer<N>) -> ControlFlow<()> {
        let _ = (step, trainer);
        ControlFlow::Continue(())
    }

    /// Called behind every epoch and its validation.
    fn on_epoch(&mut self, epoch: &EpochReport, trainer: &Trainer<N>) -> ControlFlow<()> {
        let _ = (epoch, trainer);
        ControlFlow::Continue(())
    }
}

/// Watches nothing.
impl<N: Network> Observer<N> for () {}
