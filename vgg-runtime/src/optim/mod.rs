//! How gradients change weights.
//!
//! An [`Optimizer`] holds settings, an [`OptimizerState`] what the update of one network remembers between
//! steps. The rules are those of PyTorch in its order of operations, or those of Keras: they differ in
//! where epsilon stands, and in what a change of the rate does to velocities. A [`Convention`] says which.

mod adam;
mod check;
mod clip;
mod rmsprop;
mod sgd;
mod state;

pub use check::SettingError;
pub(crate) use check::{amount, positive, share};
pub use clip::Clip;
pub use state::OptimizerState;
pub(crate) use state::layer_of;

/// An update rule with its settings. Can be written in a `const`.
///
/// ```
/// use vgg_runtime::optim::{Convention, Optimizer};
/// const PLAIN: Optimizer = Optimizer::sgd(0.1).with_momentum(0.0);
/// const DECAYING: Optimizer = Optimizer::adamw(1e-3).with_weight_decay(0.05);
/// const AS_KERAS: Optimizer = Optimizer::rmsprop(1e-3).with_convention(Convention::Keras);
/// assert_eq!(PLAIN.rate, 0.1);
/// assert!(PLAIN.check().is_ok() && DECAYING.check().is_ok() && AS_KERAS.check().is_ok());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Optimizer {
    /// The learning rate.
    pub rate: f64,
    /// How a gradient becomes a step.
    pub rule: Rule,
    /// How strongly weights are drawn to zero; 0 for not at all.
    pub weight_decay: f64,
    /// How that is done.
    pub decay: Decay,
    /// Whose formulas are meant.
    pub convention: Convention,
}

/// How a gradient `g` becomes a step. All that is remembered is first 0; `t` is the number of the step,
/// from 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// Stochastic gradient descent. PyTorch: `v = momentum v + g` and `w = w - rate v`; with Nesterov's
    /// momentum `w = w - rate (g + momentum v)`. Keras has the rate in the velocity: `v = momentum v - rate
    /// g` and `w = w + v`, or `w = w + momentum v - rate g`. At a constant rate, both are the same.
    Sgd {
        /// Share of the last step kept, at least 0 and less than 1.
        momentum: f64,
        /// Whether the step looks ahead (Nesterov, 1983).
        nesterov: bool,
    },
    /// Adam (Kingma & Ba, 2015): `m = beta1 m + (1 - beta1) g` and `v = beta2 v + (1 - beta2) g^2`.
    /// PyTorch: `w = w - rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)`. Keras adds epsilon
    /// before the correction: `w = w - rate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon)`, the
    /// `epsilon hat` of the paper.
    Adam {
        /// Decay of the mean, at least 0 and less than 1.
        beta1: f64,
        /// Decay of the uncentred variance, at least 0 and less than 1.
        beta2: f64,
        /// Added to the root of the variance.
        epsilon: f64,
    },
    /// RMSprop (Hinton, 2012): `v = rho v + (1 - rho) g^2`. PyTorch: `b = momentum b + g / (sqrt(v) +
    /// epsilon)` and `w = w - rate b`. Keras has epsilon under the root and the rate in the velocity:
    /// `b = momentum b + rate g / sqrt(v + epsilon)` and `w = w - b`.
    RmsProp {
        /// Decay of the uncentred variance, at least 0 and less than 1.
        rho: f64,
        /// Share of the last step kept, at least 0 and less than 1.
        momentum: f64,
        /// Added to the root of the variance, or under it.
        epsilon: f64,
    },
}

/// How weights are drawn to zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decay {
    /// By the gradient: `g = g + weight_decay w`, as `weight_decay` of `torch.optim.SGD`, `Adam` and
    /// `RMSprop`.
    Coupled,
    /// Apart from it (Loshchilov & Hutter, 2019): `w = w - rate weight_decay w` before the step, as
    /// `torch.optim.AdamW`, and as all optimisers of Keras.
    Decoupled,
}

/// Whose formulas are meant where two libraries differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Convention {
    /// PyTorch.
    PyTorch,
    /// Keras 3.
    Keras,
}

impl Optimizer {
    const fn new(rate: f64, rule: Rule) -> Optimizer {
        Optimizer { rate, rule, weight_decay: 0.0, decay: Decay::Coupled, convention: Convention::PyTorch }
    }

    /// Stochastic gradient descent with a momentum of 0.9.
    pub const fn sgd(rate: f64) -> Optimizer {
        Optimizer::new(rate, Rule::Sgd { momentum: 0.9, nesterov: false })
    }

    /// Adam with the decays and the epsilon of its paper.
    pub const fn adam(rate: f64) -> Optimizer {
        Optimizer::new(rate, Rule::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 })
    }

    /// Adam with a decoupled weight decay of 0.01.
    pub const fn adamw(rate: f64) -> Optimizer {
        Optimizer { weight_decay: 0.01, decay: Decay::Decoupled, ..Optimizer::adam(rate) }
    }

    /// RMSprop without momentum, with a decay of 0.99.
    pub const fn rmsprop(rate: f64) -> Optimizer {
        Optimizer::new(rate, Rule::RmsProp { rho: 0.99, momentum: 0.0, epsilon: 1e-8 })
    }

    /// The same with another learning rate.
    #[must_use]
    pub const fn with_rate(self, rate: f64) -> Optimizer {
        Optimizer { rate, ..self }
    }

    /// The same with another momentum; Adam has none, and stays as it is.
    #[must_use]
    pub const fn with_momentum(self, momentum: f64) -> Optimizer {
        let rule = match self.rule {
            Rule::Sgd { nesterov, .. } => Rule::Sgd { momentum, nesterov },
            Rule::RmsProp { rho, epsilon, .. } => Rule::RmsProp { rho, momentum, epsilon },
            adam @ Rule::Adam { .. } => adam,
        };
        Optimizer { rule, ..self }
    }

    /// The same with Nesterov's momentum; only stochastic gradient descent has it.
    #[must_use]
    pub const fn with_nesterov(self) -> Optimizer {
        match self.rule {
            Rule::Sgd { momentum, .. } => Optimizer { rule: Rule::Sgd { momentum, nesterov: true }, ..self },
            Rule::Adam { .. } | Rule::RmsProp { .. } => self,
        }
    }

    /// The same with another rule.
    #[must_use]
    pub const fn with_rule(self, rule: Rule) -> Optimizer {
        Optimizer { rule, ..self }
    }

    /// The same with another weight decay.
    #[must_use]
    pub const fn with_weight_decay(self, weight_decay: f64) -> Optimizer {
        Optimizer { weight_decay, ..self }
    }

    /// The same with another way to decay.
    #[must_use]
    pub const fn with_decay(self, decay: Decay) -> Optimizer {
        Optimizer { decay, ..self }
    }

    /// The same with the formulas of another library.
    #[must_use]
    pub const fn with_convention(self, convention: Convention) -> Optimizer {
        Optimizer { convention, ..self }
    }

    /// What the rule remembers of each weight, by name.
    pub const fn moments(&self) -> &'static [&'static str] {
        match self.rule {
            Rule::Sgd { .. } => &["velocity"],
            Rule::Adam { .. } => &["mean", "variance"],
            Rule::RmsProp { .. } => &["variance", "velocity"],
        }
    }
}
