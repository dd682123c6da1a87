//! What is decided behind each epoch: whether the rate falls, whether training ends, which weights are
//! the best. Each decides as the callback of Keras 3 does.

use crate::optim::{SettingError, amount, share};
use serde::{Deserialize, Serialize};

/// What epochs are judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Monitor {
    /// The loss of the validation images: the less, the better.
    Loss,
    /// The share of right validation images: the more, the better.
    Accuracy,
}

impl Monitor {
    /// The number that is looked at.
    pub const fn of(self, loss: f64, accuracy: f64) -> f64 {
        match self {
            Monitor::Loss => loss,
            Monitor::Accuracy => accuracy,
        }
    }

    /// Whether a number is better than another by more than `min_delta`; any is better than none. They are
    /// compared as `f32`, as in Keras: what is less than that apart counts as equal.
    pub fn is_better(self, current: f64, best: Option<f64>, min_delta: f64) -> bool {
        match (self, best) {
            (_, None) => true,
            (Monitor::Loss, Some(best)) => ((current + min_delta) as f32) < best as f32,
            (Monitor::Accuracy, Some(best)) => ((current - min_delta) as f32) > best as f32,
        }
    }
}

/// Lowers the rate when epochs get no better, as `ReduceLROnPlateau`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plateau {
    /// What epochs are judged by.
    pub monitor: Monitor,
    /// What the rate is multiplied by.
    pub factor: f64,
    /// For how many epochs that are no better nothing is done.
    pub patience: u64,
    /// By how much an epoch must be better to count.
    pub min_delta: f64,
    /// For how many epochs behind a change none is counted.
    pub cooldown: u64,
    /// The least share of the rate.
    pub min_share: f64,
}

impl Plateau {
    /// Keras's defaults: a tenth of the rate behind ten epochs without a lower loss.
    pub const DEFAULT: Plateau = Plateau {
        monitor: Monitor::Loss,
        factor: 0.1,
        patience: 10,
        min_delta: 1e-4,
        cooldown: 0,
        min_share: 0.0,
    };

    /// Checks the settings.
    ///
    /// # Errors
    /// Names the first setting that is out of its range.
    pub fn check(&self) -> Result<(), SettingError> {
        share("plateau factor", self.factor)?;
        amount("plateau min_delta", self.min_delta)?;
        amount("plateau min_share", self.min_share)
    }
}

/// What a [`Plateau`] remembers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PlateauState {
    best: Option<f64>,
    wait: u64,
    cooling: u64,
    /// The share of the rate that is in force.
    pub share: f64,
}

impl Default for PlateauState {
    fn default() -> PlateauState {
        PlateauState { best: None, wait: 0, cooling: 0, share: 1.0 }
    }
}

impl PlateauState {
    /// Takes note of an epoch.
    pub fn epoch(&mut self, settings: &Plateau, current: f64) {
        if self.cooling > 0 {
            self.cooling -= 1;
            self.wait = 0;
        }
        if settings.monitor.is_better(current, self.best, settings.min_delta) {
            self.best = Some(current);
            self.wait = 0;
        } else if self.cooling == 0 {
            self.wait += 1;
            if self.wait >= settings.patience && self.share > settings.min_share {
                self.share = (self.share * settings.factor).max(settings.min_share);
                self.cooling = settings.cooldown;
                self.wait = 0;
            }
        }
    }
}

/// Ends training when epochs get no better, as `EarlyStopping`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EarlyStopping {
    /// What epochs are judged by.
    pub monitor: Monitor,
    /// Behind how many epochs that are no better training ends.
    pub patience: u64,
    /// By how much an epoch must be better to count.
    pub min_delta: f64,
    /// Whether the network ends with the weights of the best epoch.
    pub restore_best: bool,
    /// How many epochs at the beginning are not looked at.
    pub start: u64,
}

impl EarlyStopping {
    /// Ends behind so many epochs without a lower loss, and goes back to the weights that had it.
    pub const fn new(patience: u64) -> EarlyStopping {
        EarlyStopping { monitor: Monitor::Loss, patience, min_delta: 0.0, restore_best: true, start: 0 }
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// Names the first setting that is out of its range.
    pub fn check(&self) -> Result<(), SettingError> {
        amount("early stopping min_delta", self.min_delta)
    }
}

/// What an [`EarlyStopping`] remembers.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct EarlyState {
    best: Option<f64>,
    wait: u64,
    /// Whether training has ended.
    pub stopped: bool,
    looked: bool,
}

/// What follows from an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Its weights are to be kept, to be gone back to.
    pub keep: bool,
    /// Training ends.
    pub stop: bool,
}

impl EarlyState {
    /// Takes note of epoch `epoch`, counted from 0.
    pub fn epoch(&mut self, settings: &EarlyStopping, epoch: u64, current: f64) -> Verdict {
        if epoch < settings.start {
            return Verdict { keep: false, stop: false };
        }
        // Keras keeps the weights of the first epoch that it looks at, however bad.
        let first = !std::mem::replace(&mut self.looked, true);
        self.wait += 1;
        if settings.monitor.is_better(current, self.best, settings.min_delta) {
            self.best = Some(current);
            self.wait = 0;
            return Verdict { keep: true, stop: false };
        }
        self.stopped = self.wait >= settings.patience && epoch > 0;
        Verdict { keep: first, stop: self.stopped }
    }
}
