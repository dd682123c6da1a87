//! Batch norms, and their step where they are fused into no other.

use super::places::{Channels, Place};
use super::tensors::{slice, slice_mut, tensor, tensor_mut};
use super::{Done, Features, Layer, Maps, Open};
use crate::activation::Activation;
use crate::arena::Slot;
use crate::geometry::Norm;
use crate::network::{Role, Tensor, TensorMut};
use crate::ops::{NormGradients, NormOp, NormWeights};
use crate::pass::Pass;
use ndarray::Array1;
use std::marker::PhantomData;

/// The tensors of a batch norm over `C` channels or features.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchNorm<const C: usize> {
    /// What normalised values are multiplied by, `[C]`.
    pub weight: Array1<f32>,
    /// What is added then, `[C]`.
    pub bias: Array1<f32>,
    /// The running mean, in force in inference, `[C]`.
    pub running_mean: Array1<f32>,
    /// The running variance, in force in inference, `[C]`.
    pub running_var: Array1<f32>,
}

impl<const C: usize> BatchNorm<C> {
    /// A norm that expects a mean of zero and a variance of one, and changes nothing else.
    pub fn identity() -> Self {
        BatchNorm {
            weight: Array1::ones(C),
            bias: Array1::zeros(C),
            running_mean: Array1::zeros(C),
            running_var: Array1::ones(C),
        }
    }

    pub(super) fn weights(&self) -> NormWeights<'_> {
        NormWeights {
            scale: slice(&self.weight, C),
            shift: slice(&self.bias, C),
            mean: slice(&self.running_mean, C),
            variance: slice(&self.running_var, C),
        }
    }

    pub(super) fn gradients(&mut self) -> NormGradients<'_> {
        NormGradients { scale: slice_mut(&mut self.weight, C), shift: slice_mut(&mut self.bias, C) }
    }

    pub(super) fn running_mut(&mut self) -> (&mut [f32], &mut [f32]) {
        (slice_mut(&mut self.running_mean, C), slice_mut(&mut self.running_var, C))
    }
}

impl<const C: usize> Layer for BatchNorm<C> {
    fn tensors(&self) -> [Option<Tensor<'_>>; 4] {
        [
            tensor("weight", Role::Scale, &self.weight),
            tensor("bias", Role::Shift, &self.bias),
            tensor("running_mean", Role::Mean, &self.running_mean),
            tensor("running_var", Role::Variance, &self.running_var),
        ]
    }

    fn tensors_mut(&mut self) -> [Option<TensorMut<'_>>; 4] {
        [
            tensor_mut("weight", Role::Scale, &[C], &mut self.weight),
            tensor_mut("bias", Role::Shift, &[C], &mut self.bias),
            tensor_mut("running_mean", Role::Mean, &[C], &mut self.running_mean),
            tensor_mut("running_var", Role::Variance, &[C], &mut self.running_var),
        ]
    }
}

/// A batch norm that is fused into no other step, with the activation behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NormStep<P, State = Done> {
    from: P,
    to: Slot,
    norm: Norm,
    activation: Activation,
    statistics: usize,
    state: PhantomData<State>,
}

impl<P: Place> NormStep<P, Open> {
    /// Begins a step at what it reads.
    pub const fn reads(x: P) -> Self {
        NormStep {
            from: x,
            to: Slot::new(0, 0, 0),
            norm: Norm::DEFAULT,
            activation: Activation::None,
            statistics: 0,
            state: PhantomData,
        }
    }

    /// The settings of the norm, and the offset of its batch statistics.
    pub const fn norm(self, norm: Norm, statistics: usize) -> Self {
        NormStep { norm, statistics, ..self }
    }

    /// The activation behind the norm.
    pub const fn activation(self, activation: Activation) -> Self {
        NormStep { activation, ..self }
    }

    /// Ends a step at what it writes.
    pub const fn writes(self, to: Slot) -> NormStep<P> {
        let NormStep { from, norm, activation, statistics, .. } = self;
        NormStep { from, to, norm, activation, statistics, state: PhantomData }
    }
}

impl<P: Place> NormStep<P> {
    /// Normalises.
    pub fn forward<const C: usize>(&self, pass: &mut Pass<'_>, x: P, norm: &BatchNorm<C>) -> P
    where
        P: Channels<C>,
    {
        debug_assert_eq!(x.slot(), self.from.slot(), "this step reads elsewhere");
        self.op().forward(pass, norm.weights());
        P::at(self.to)
    }

    /// Computes the gradients by what comes in and by the weights.
    pub fn backward<const C: usize>(
        &self,
        pass: &mut Pass<'_>,
        norm: &BatchNorm<C>,
        gradients: &mut BatchNorm<C>,
    ) where
        P: Channels<C>,
    {
        self.op().backward(pass, norm.weights(), gradients.gradients());
    }

    /// Moves the running statistics towards those of the batch.
    pub fn update_statistics<const C: usize>(&self, pass: &Pass<'_>, norm: &mut BatchNorm<C>)
    where
        P: Channels<C>,
    {
        let (mean, variance) = norm.running_mut();
        self.op().update_statistics(pass, mean, variance);
    }

    fn op<const C: usize>(&self) -> NormOp
    where
        P: Channels<C>,
    {
        NormOp {
            extent: P::EXTENT,
            norm: self.norm,
            activation: self.activation,
            statistics: self.statistics,
            from: self.from.slot(),
            to: self.to,
            needs_input_gradient: self.from.has_gradient(),
        }
    }
}

impl<const C: usize, const H: usize, const W: usize> NormStep<Maps<C, H, W>> {
    /// What it writes.
    pub const fn output(&self) -> Maps<C, H, W> {
        Maps::at(self.to)
    }
}

impl<const N: usize> NormStep<Features<N>> {
    /// What it writes.
    pub const fn output(&self) -> Features<N> {
        Features::at(self.to)
    }
}
