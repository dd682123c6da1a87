//! What an update remembers between steps.

use super::adam::Adam;
use super::rmsprop::RmsProp;
use super::sgd::Sgd;
use super::{Decay, Optimizer, Rule};
use crate::network::Network;

/// The update of one network: an [`Optimizer`], the number of steps taken, and one or two moments for
/// each trainable tensor, in the order in which the network visits them. All memory is taken when it is
/// made.
#[derive(Debug, Clone, PartialEq)]
pub struct OptimizerState {
    optimizer: Optimizer,
    steps: u64,
    tensors: Vec<Moments>,
}

/// The moments of a tensor. With one moment, the second is empty.
#[derive(Debug, Clone, PartialEq)]
struct Moments {
    tensor: String,
    first: Vec<f32>,
    second: Vec<f32>,
    /// Room for the gradients with what coupled decay adds to them; empty if it adds nothing.
    decayed: Vec<f32>,
}

impl OptimizerState {
    /// The state before the first step: all moments are 0.
    pub fn new<N: Network>(optimizer: Optimizer, network: &N) -> OptimizerState {
        let second = optimizer.moments().len() > 1;
        let decays = optimizer.decay == Decay::Coupled && optimizer.weight_decay != 0.0;
        let mut tensors = Vec::new();
        network.visit(&mut |tensor| {
            if tensor.role.is_trainable() {
                let zeros = |wanted| vec![0.0; if wanted { tensor.values.len() } else { 0 }];
                tensors.push(Moments {
                    tensor: tensor.name.to_string(),
                    first: zeros(true),
                    second: zeros(second),
                    decayed: zeros(decays),
                });
            }
        });
        OptimizerState { optimizer, steps: 0, tensors }
    }

    /// Changes the trainable tensors of a network against their gradients. The network must be the one
    /// that the state was made for, or one with the same tensors.
    pub fn step<N: Network>(&mut self, network: &mut N, gradients: &N) {
        self.steps += 1;
        let mut tensors = self.tensors.iter_mut();
        let update = Update::new(self.optimizer, self.steps);
        network.update(gradients, &mut |tensor, gradients| {
            if let Some(moments) = tensors.next() {
                update.apply(tensor.values, gradients, moments);
            }
        });
    }

    /// The settings in force.
    pub fn optimizer(&self) -> Optimizer {
        self.optimizer
    }

    /// Sets the learning rate of the steps to come.
    pub fn set_rate(&mut self, rate: f64) {
        self.optimizer = self.optimizer.with_rate(rate);
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Sets the number of steps taken, on which Adam's bias correction depends.
    pub fn set_steps(&mut self, steps: u64) {
        self.steps = steps;
    }

    /// Every moment: the name of its tensor, its own name out of [`Optimizer::moments`], its values.
    pub fn moments(&self) -> impl Iterator<Item = (&str, &'static str, &[f32])> {
        let names = self.optimizer.moments();
        self.tensors.iter().flat_map(move |moments| {
            let values = [moments.first.as_slice(), moments.second.as_slice()];
            names.iter().zip(values).map(|(&name, values)| (moments.tensor.as_str(), name, values))
        })
    }

    /// Every moment as [`moments`](Self::moments) gives it, to be changed.
    pub fn moments_mut(&mut self) -> impl Iterator<Item = (&str, &'static str, &mut [f32])> {
        let names = self.optimizer.moments();
        self.tensors.iter_mut().flat_map(move |moments| {
            let Moments { tensor, first, second, .. } = moments;
            let values = [first.as_mut_slice(), second.as_mut_slice()];
            names.iter().zip(values).map(|(&name, values)| (tensor.as_str(), name, values))
        })
    }
}

/// A rule with all that the weights of one step have in common.
struct Update {
    rule: Bound,
    /// What weights are multiplied by before the step, if decay is decoupled.
    kept: f32,
    /// What of a weight is added to its gradient, if decay is coupled.
    coupled: f32,
}

enum Bound {
    Sgd(Sgd),
    Adam(Adam),
    RmsProp(RmsProp),
}

impl Update {
    /// The update in step `step`, counted from 1.
    fn new(optimizer: Optimizer, step: u64) -> Update {
        let Optimizer { rate, rule, weight_decay, decay, convention } = optimizer;
        let rule = match rule {
            Rule::Sgd { momentum, nesterov } => {
                Bound::Sgd(Sgd { rate: rate as f32, momentum: momentum as f32, nesterov, convention })
            }
            Rule::Adam { beta1, beta2, epsilon } => {
                Bound::Adam(Adam::new(rate, [beta1, beta2], epsilon, step, convention))
            }
            Rule::RmsProp { rho, momentum, epsilon } => Bound::RmsProp(RmsProp {
                rate: rate as f32,
                rho: rho as f32,
                gain: (1.0 - rho) as f32,
                momentum: momentum as f32,
                epsilon: epsilon as f32,
                convention,
            }),
        };
        let (kept, coupled) = match decay {
            Decay::Coupled => (1.0, weight_decay as f32),
            Decay::Decoupled => ((1.0 - rate * weight_decay) as f32, 0.0),
        };
        Update { rule, kept, coupled }
    }

    fn apply(&self, weights: &mut [f32], gradients: &[f32], moments: &mut Moments) {
        let Moments { first, second, decayed, .. } = moments;
        if self.kept != 1.0 {
            weights.iter_mut().for_each(|weight| *weight *= self.kept);
        }
        let gradients = if self.coupled == 0.0 {
            gradients
        } else {
            let sums =
                weights.iter().zip(gradients).map(|(weight, gradient)| gradient + self.coupled * weight);
            decayed.iter_mut().zip(sums).for_each(|(place, sum)| *place = sum);
            decayed
        };
        match &self.rule {
            Bound::Sgd(sgd) => sgd.step(weights, gradients, first),
            Bound::Adam(adam) => adam.step(weights, gradients, first, second),
            Bound::RmsProp(rmsprop) => rmsprop.step(weights, gradients, first, second),
        }
    }
}
