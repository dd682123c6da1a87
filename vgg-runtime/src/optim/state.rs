//! What an update remembers between steps.

use super::adam::Adam;
use super::{Optimizer, sgd};
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
}

impl OptimizerState {
    /// The state before the first step: all moments are 0.
    pub fn new<N: Network>(optimizer: Optimizer, network: &N) -> OptimizerState {
        let second = optimizer.moments().len() > 1;
        let mut tensors = Vec::new();
        network.visit(&mut |tensor| {
            if tensor.role.is_trainable() {
                tensors.push(Moments {
                    tensor: tensor.name.to_string(),
                    first: vec![0.0; tensor.values.len()],
                    second: vec![0.0; if second { tensor.values.len() } else { 0 }],
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
        let rule = Rule::new(self.optimizer, self.steps);
        network.update(gradients, &mut |tensor, gradients| {
            if let Some(Moments { first, second, .. }) = tensors.next() {
                rule.apply(tensor.values, gradients, first, second);
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
            let Moments { tensor, first, second } = moments;
            let values = [first.as_mut_slice(), second.as_mut_slice()];
            names.iter().zip(values).map(|(&name, values)| (tensor.as_str(), name, values))
        })
    }
}

/// A rule with all that the weights of one step have in common.
enum Rule {
    Sgd { rate: f32, momentum: f32 },
    Adam(Adam),
}

impl Rule {
    fn new(optimizer: Optimizer, step: u64) -> Rule {
        match optimizer {
            Optimizer::Sgd { rate, momentum } => Rule::Sgd { rate: rate as f32, momentum: momentum as f32 },
            Optimizer::Adam { rate, beta1, beta2, epsilon } => {
                Rule::Adam(Adam::new(rate, beta1, beta2, epsilon, step))
            }
        }
    }

    fn apply(&self, weights: &mut [f32], gradients: &[f32], first: &mut [f32], second: &mut [f32]) {
        match self {
            Rule::Sgd { rate, momentum } => sgd::step(weights, gradients, first, *rate, *momentum),
            Rule::Adam(adam) => adam.step(weights, gradients, first, second),
        }
    }
}
