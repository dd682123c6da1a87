//! What an update remembers between steps.

use super::adam::Adam;
use super::rmsprop::RmsProp;
use super::sgd::Sgd;
use super::{Decay, Optimizer, Rule};
use crate::cpu::Cpu;
use crate::kernels::pieces;
use crate::kernels::simd::{self, Kernel, Simd};
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
    /// The state before the first step: all moments are 0. Layers that are frozen have none, and stay as they
    /// are.
    pub fn new<N: Network>(optimizer: Optimizer, network: &N) -> OptimizerState {
        OptimizerState::freezing(optimizer, network, &[])
    }

    /// The same for a network of which some layers more, given by their names, stay as they are.
    pub fn freezing<N: Network>(optimizer: Optimizer, network: &N, frozen: &[&str]) -> OptimizerState {
        let second = optimizer.moments().len() > 1;
        let decays = optimizer.decay == Decay::Coupled && optimizer.weight_decay != 0.0;
        let mut tensors = Vec::new();
        network.visit(&mut |tensor| {
            let layer = layer_of(tensor.name);
            if tensor.role.is_trainable() && !network.is_frozen(layer) && !frozen.contains(&layer) {
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
        let mut tensors = self.tensors.iter_mut().peekable();
        let update = Update::new(self.optimizer, self.steps);
        network.update(gradients, &mut |tensor, gradients| {
            if let Some(moments) = tensors.next_if(|moments| moments.tensor == tensor.name) {
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

    /// Whether there is nothing to change: every layer is frozen.
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
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

/// The layer that a tensor belongs to.
pub(crate) fn layer_of(tensor: &str) -> &str {
    tensor.rsplit_once('.').map_or(tensor, |(layer, _)| layer)
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

    /// Changes the weights of a tensor, in pieces.
    fn apply(&self, weights: &mut [f32], gradients: &[f32], moments: &mut Moments) {
        /// The values of a piece.
        const CHUNK: usize = 1 << 13;
        /// Chunks of a slice; empty ones behind its end.
        fn chunks(values: &mut [f32]) -> impl Iterator<Item = &mut [f32]> {
            values.chunks_mut(CHUNK).chain(std::iter::repeat_with(Default::default))
        }
        let (cpu, volume) = (Cpu::active(), weights.len());
        let Moments { first, second, decayed, .. } = moments;
        let moments = chunks(first).zip(chunks(second)).zip(chunks(decayed));
        let pieces = weights.chunks_mut(CHUNK).zip(gradients.chunks(CHUNK)).zip(moments);
        pieces::for_each(pieces, volume, |((weights, gradients), ((first, second), decayed))| {
            simd::run(cpu, Piece { update: self, weights, gradients, first, second, decayed });
        });
    }
}

/// A part of a tensor, and what is remembered of it.
struct Piece<'a> {
    update: &'a Update,
    weights: &'a mut [f32],
    gradients: &'a [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
    decayed: &'a mut [f32],
}

impl Kernel for Piece<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Piece { update, weights, gradients, first, second, decayed } = self;
        if update.kept != 1.0 {
            weights.iter_mut().for_each(|weight| *weight *= update.kept);
        }
        let gradients = if update.coupled == 0.0 {
            gradients
        } else {
            let sums =
                weights.iter().zip(gradients).map(|(weight, gradient)| gradient + update.coupled * weight);
            decayed.iter_mut().zip(sums).for_each(|(place, sum)| *place = sum);
            decayed
        };
        match &update.rule {
            Bound::Sgd(sgd) => sgd.step(weights, gradients, first),
            Bound::Adam(adam) => adam.step(weights, gradients, first, second),
            Bound::RmsProp(rmsprop) => rmsprop.step(weights, gradients, first, second),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Long tensors are updated in pieces, by any instructions, to the bits of one weight after the other.
    #[test]
    fn pieces_and_instructions_change_no_bit() {
        let length = 3 * (1 << 13) + 7;
        let values = |factor: f32| (0..length).map(|i| (i as f32 * factor).sin()).collect::<Vec<_>>();
        let (weights, gradients) = (values(0.37), values(1.3));
        let rules = [
            Optimizer::sgd(0.1),
            Optimizer::adam(0.1),
            Optimizer { weight_decay: 0.1, ..Optimizer::adam(0.1) },
            Optimizer { weight_decay: 0.1, decay: Decay::Decoupled, ..Optimizer::adam(0.1) },
        ];
        for optimizer in rules {
            let moments = || Moments {
                tensor: String::new(),
                first: vec![0.0; length],
                second: vec![0.0; length],
                decayed: vec![0.0; length],
            };
            let update = Update::new(optimizer, 1);
            let mut expected = weights.clone();
            let mut whole = moments();
            for i in 0..length {
                let [first, second, decayed] = [&mut whole.first, &mut whole.second, &mut whole.decayed];
                let [first, second, decayed] = [first, second, decayed].map(|values| &mut values[i..=i]);
                let (weights, gradients) = (&mut expected[i..=i], &gradients[i..=i]);
                let piece = Piece { update: &update, weights, gradients, first, second, decayed };
                simd::run(Cpu::Portable, piece);
            }
            let (mut found, mut by_pieces) = (weights.clone(), moments());
            update.apply(&mut found, &gradients, &mut by_pieces);
            assert_eq!((&found, &by_pieces), (&expected, &whole), "{optimizer:?}");
            for cpu in Cpu::available() {
                let (mut found, mut parts) = (weights.clone(), moments());
                let Moments { first, second, decayed, .. } = &mut parts;
                let piece = Piece {
                    update: &update,
                    weights: &mut found,
                    gradients: &gradients,
                    first,
                    second,
                    decayed,
                };
                simd::run(cpu, piece);
                assert_eq!(found, expected, "{optimizer:?} by {cpu}");
            }
        }
    }
}
