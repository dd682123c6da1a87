//! Steps whose output has the shape of their input: activations and dropout.

use super::places::Place;
use super::{Done, Features, Maps, Open};
use crate::activation::Activation;
use crate::arena::Slot;
use crate::ops::{ActivationOp, DropoutOp};
use crate::pass::Pass;
use std::marker::PhantomData;

/// An activation that is fused into no other step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ActivationStep<P, State = Done> {
    from: P,
    to: Slot,
    activation: Activation,
    state: PhantomData<State>,
}

impl<P: Place> ActivationStep<P, Open> {
    /// Begins a step at what it reads.
    pub const fn reads(x: P) -> Self {
        let to = Slot::new(0, 0, 0);
        ActivationStep { from: x, to, activation: Activation::None, state: PhantomData }
    }

    /// What is applied.
    pub const fn activation(self, activation: Activation) -> Self {
        ActivationStep { activation, ..self }
    }

    /// Ends a step at what it writes.
    pub const fn writes(self, to: Slot) -> ActivationStep<P> {
        ActivationStep { from: self.from, to, activation: self.activation, state: PhantomData }
    }
}

impl<P: Place> ActivationStep<P> {
    /// Applies the activation.
    pub fn forward(&self, pass: &mut Pass<'_>, x: P) -> P {
        debug_assert_eq!(x.slot(), self.from.slot(), "this step reads elsewhere");
        self.op().forward(pass);
        P::at(self.to)
    }

    /// Computes the gradient by what comes in.
    pub fn backward(&self, pass: &mut Pass<'_>) {
        self.op().backward(pass);
    }

    fn op(&self) -> ActivationOp {
        ActivationOp {
            extent: P::EXTENT,
            activation: self.activation,
            from: self.from.slot(),
            to: self.to,
            needs_input_gradient: self.from.has_gradient(),
        }
    }
}

/// Dropout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DropoutStep<P, State = Done> {
    from: P,
    to: Slot,
    rate: f32,
    stream: u32,
    state: PhantomData<State>,
}

impl<P: Place> DropoutStep<P, Open> {
    /// Begins a step at what it reads.
    pub const fn reads(x: P) -> Self {
        DropoutStep { from: x, to: Slot::new(0, 0, 0), rate: 0.0, stream: 0, state: PhantomData }
    }

    /// The share of values that is dropped, at least 0 and less than 1, and the number of the step in the
    /// network, of which the random numbers are a function.
    pub const fn rate(self, rate: f32, stream: u32) -> Self {
        DropoutStep { rate, stream, ..self }
    }

    /// Ends a step at what it writes.
    ///
    /// # Panics
    /// If the rate is less than 0, or not less than 1; in a constant, that is an error of the compiler.
    pub const fn writes(self, to: Slot) -> DropoutStep<P> {
        let DropoutStep { from, rate, stream, .. } = self;
        assert!(0.0 <= rate && rate < 1.0, "the rate of dropout is at least 0 and less than 1");
        DropoutStep { from, to, rate, stream, state: PhantomData }
    }
}

impl<P: Place> DropoutStep<P> {
    /// Drops values in training.
    pub fn forward(&self, pass: &mut Pass<'_>, x: P) -> P {
        debug_assert_eq!(x.slot(), self.from.slot(), "this step reads elsewhere");
        self.op().forward(pass);
        P::at(self.to)
    }

    /// Drops the gradients of the values that were dropped.
    pub fn backward(&self, pass: &mut Pass<'_>) {
        self.op().backward(pass);
    }

    fn op(&self) -> DropoutOp {
        DropoutOp {
            extent: P::EXTENT,
            rate: self.rate,
            stream: self.stream,
            from: self.from.slot(),
            to: self.to,
            needs_input_gradient: self.from.has_gradient(),
        }
    }
}

/// A function of a trait cannot be `const`: what a step writes is said for maps and for vectors.
macro_rules! outputs {
    ($($step:ident),*) => {$(
        impl<const C: usize, const H: usize, const W: usize> $step<Maps<C, H, W>> {
            /// What it writes.
            pub const fn output(&self) -> Maps<C, H, W> {
                Maps::at(self.to)
            }
        }

        impl<const N: usize> $step<Features<N>> {
            /// What it writes.
            pub const fn output(&self) -> Features<N> {
                Features::at(self.to)
            }
        }
    )*};
}

outputs!(ActivationStep, DropoutStep);
