//! The ranges of settings.

use super::{Optimizer, Rule};

impl Optimizer {
    /// Checks that each setting lies in its range: shares in \[0, 1), all else finite and not below 0.
    ///
    /// # Errors
    /// Names the first setting that does not.
    pub fn check(&self) -> Result<(), SettingError> {
        amount("rate", self.rate)?;
        amount("weight_decay", self.weight_decay)?;
        match self.rule {
            Rule::Sgd { momentum, .. } => share("momentum", momentum),
            Rule::Adam { beta1, beta2, epsilon } => {
                share("beta1", beta1).and(share("beta2", beta2)).and(amount("epsilon", epsilon))
            }
            Rule::RmsProp { rho, momentum, epsilon } => {
                share("rho", rho).and(share("momentum", momentum)).and(amount("epsilon", epsilon))
            }
        }
    }
}

/// Checks a share of a whole that is never all of it.
pub(crate) fn share(name: &'static str, value: f64) -> Result<(), SettingError> {
    within((0.0..1.0).contains(&value), name, value, "at least 0 and less than 1")
}

/// Checks an amount that may be nothing.
pub(crate) fn amount(name: &'static str, value: f64) -> Result<(), SettingError> {
    within(value.is_finite() && value >= 0.0, name, value, "a number of at least 0")
}

/// Checks an amount that is something.
pub(crate) fn positive(name: &'static str, value: f64) -> Result<(), SettingError> {
    within(value.is_finite() && value > 0.0, name, value, "a number above 0")
}

fn within(is: bool, name: &'static str, value: f64, range: &'static str) -> Result<(), SettingError> {
    if is { Ok(()) } else { Err(SettingError { name, value, range }) }
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
            message(Optimizer::sgd(0.1).with_momentum(1.0)),
            "momentum is 1, but must be at least 0 and less than 1"
        );
        let adam = |beta2, epsilon| Optimizer::adam(0.1).with_rule(Rule::Adam { beta1: 0.9, beta2, epsilon });
        assert_eq!(message(adam(1.5, 0.0)), "beta2 is 1.5, but must be at least 0 and less than 1");
        assert_eq!(message(adam(0.9, f64::INFINITY)), "epsilon is inf, but must be a number of at least 0");
        assert_eq!(
            message(Optimizer::adamw(0.1).with_weight_decay(-0.5)),
            "weight_decay is -0.5, but must be a number of at least 0"
        );
        let rmsprop = Rule::RmsProp { rho: -0.1, momentum: 0.0, epsilon: 0.0 };
        assert_eq!(
            message(Optimizer::rmsprop(0.1).with_rule(rmsprop)),
            "rho is -0.1, but must be at least 0 and less than 1"
        );
        assert_eq!(Optimizer::adam(1e-3).check(), Ok(()));
    }
}
