//! How gradients change weights.
//!
//! [`Optimizer`] holds settings, [`OptimizerState`] what the update of one network remembers between
//! steps. The rules are those of PyTorch, in its order of operations.

mod adam;
mod sgd;
mod state;

pub use state::OptimizerState;

/// An update rule with its settings. Can be written in a `const`.
///
/// ```
/// use vgg_runtime::optim::Optimizer;
/// const PLAIN: Optimizer = Optimizer::Sgd { rate: 0.1, momentum: 0.0 };
/// assert_eq!(PLAIN.rate(), 0.1);
/// assert!(PLAIN.check().is_ok());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Optimizer {
    /// Stochastic gradient descent with momentum, as `torch.optim.SGD` has it: with the gradient `g` and
    /// the velocity `v`, first 0, `v = momentum v + g` and `w = w - rate v`.
    Sgd {
        /// Learning rate.
        rate: f64,
        /// Share of the last step kept, at least 0 and less than 1.
        momentum: f64,
    },
    /// Adam (Kingma & Ba, 2015), as `torch.optim.Adam` has it: with the gradient `g`, its mean `m` and its
    /// uncentred variance `v`, both first 0, and the number of the step `t`, from 1,
    /// `m = beta1 m + (1 - beta1) g`, `v = beta2 v + (1 - beta2) g^2` and
    /// `w = w - rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)`.
    Adam {
        /// Learning rate.
        rate: f64,
        /// Decay of the mean, at least 0 and less than 1.
        beta1: f64,
        /// Decay of the uncentred variance, at least 0 and less than 1.
        beta2: f64,
        /// Added to the root of the variance.
        epsilon: f64,
    },
}

impl Optimizer {
    /// Stochastic gradient descent with a momentum of 0.9.
    pub const fn sgd(rate: f64) -> Optimizer {
        Optimizer::Sgd { rate, momentum: 0.9 }
    }

    /// Adam with the decays and the epsilon of its paper.
    pub const fn adam(rate: f64) -> Optimizer {
        Optimizer::Adam { rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }

    /// The learning rate.
    pub const fn rate(&self) -> f64 {
        match *self {
            Optimizer::Sgd { rate, .. } | Optimizer::Adam { rate, .. } => rate,
        }
    }

    /// The same with another learning rate.
    #[must_use]
    pub const fn with_rate(mut self, new: f64) -> Optimizer {
        match &mut self {
            Optimizer::Sgd { rate, .. } | Optimizer::Adam { rate, .. } => *rate = new,
        }
        self
    }

    /// Checks that each setting lies in its range: shares in \[0, 1), all else finite and not below 0.
    ///
    /// # Errors
    /// Names the first setting that does not.
    pub fn check(&self) -> Result<(), SettingError> {
        let share = |name, value: f64| match (0.0..1.0).contains(&value) {
            true => Ok(()),
            false => Err(SettingError { name, value, range: "at least 0 and less than 1" }),
        };
        let amount = |name, value: f64| match value.is_finite() && value >= 0.0 {
            true => Ok(()),
            false => Err(SettingError { name, value, range: "a number of at least 0" }),
        };
        match *self {
            Optimizer::Sgd { rate, momentum } => amount("rate", rate).and(share("momentum", momentum)),
            Optimizer::Adam { rate, beta1, beta2, epsilon } => amount("rate", rate)
                .and(share("beta1", beta1))
                .and(share("beta2", beta2))
                .and(amount("epsilon", epsilon)),
        }
    }

    /// What the rule remembers of each weight, by name.
    pub const fn moments(&self) -> &'static [&'static str] {
        match self {
            Optimizer::Sgd { .. } => &["velocity"],
            Optimizer::Adam { .. } => &["mean", "variance"],
        }
    }
}

/// A setting that is out of its range.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{name} is {value}, but must be {range}")]
pub struct SettingError {
    /// The setting.
    pub name: &'static str,
    /// What it is.
    pub value: f64,
    /// What it must be.
    pub range: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_out_of_range_are_named() {
        let message = |optimizer: Optimizer| optimizer.check().unwrap_err().to_string();
        assert_eq!(message(Optimizer::sgd(f64::NAN)), "rate is NaN, but must be a number of at least 0");
        assert_eq!(message(Optimizer::sgd(-1.0)), "rate is -1, but must be a number of at least 0");
        assert_eq!(
            message(Optimizer::Sgd { rate: 0.1, momentum: 1.0 }),
            "momentum is 1, but must be at least 0 and less than 1"
        );
        assert_eq!(
            message(Optimizer::Adam { rate: 0.1, beta1: 0.9, beta2: 1.5, epsilon: 0.0 }),
            "beta2 is 1.5, but must be at least 0 and less than 1"
        );
        assert_eq!(
            message(Optimizer::Adam { rate: 0.1, beta1: 0.9, beta2: 0.9, epsilon: f64::INFINITY }),
            "epsilon is inf, but must be a number of at least 0"
        );
        assert_eq!(Optimizer::adam(1e-3).check(), Ok(()));
        assert_eq!(Optimizer::adam(1e-3).with_rate(0.5).rate(), 0.5);
    }
}
