//! Local response normalisation as a step.

use super::{Maps, Open};
use crate::arena::Slot;
use crate::geometry::Lrn;
use crate::ops::LrnOp;
use crate::pass::Pass;
use std::marker::PhantomData;

/// A local response normalisation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LrnStep<P, State = super::Done> {
    op: LrnOp,
    places: PhantomData<(P, State)>,
}

impl<const C: usize, const H: usize, const W: usize> LrnStep<Maps<C, H, W>, Open> {
    /// Begins a step at what it reads.
    pub const fn reads(x: Maps<C, H, W>) -> Self {
        let op = LrnOp {
            input: Maps::<C, H, W>::SHAPE,
            lrn: Lrn::DEFAULT,
            from: x.slot(),
            to: x.slot(),
            needs_input_gradient: x.has_gradient(),
        };
        LrnStep { op, places: PhantomData }
    }

    /// The settings.
    pub const fn lrn(self, lrn: Lrn) -> Self {
        LrnStep { op: LrnOp { lrn, ..self.op }, ..self }
    }

    /// Ends a step at what it writes.
    ///
    /// # Panics
    /// If the number of channels is even; in a constant, that is an error of the compiler.
    pub const fn writes(self, to: Slot) -> LrnStep<Maps<C, H, W>> {
        assert!(self.op.lrn.size % 2 == 1, "an LRN sees as many channels on the one side as on the other");
        LrnStep { op: LrnOp { to, ..self.op }, places: PhantomData }
    }
}

impl<const C: usize, const H: usize, const W: usize> LrnStep<Maps<C, H, W>> {
    /// What it writes.
    pub const fn output(&self) -> Maps<C, H, W> {
        Maps::at(self.op.to)
    }

    /// Normalises.
    pub fn forward(&self, pass: &mut Pass<'_>, x: Maps<C, H, W>) -> Maps<C, H, W> {
        debug_assert_eq!(x.slot(), self.op.from, "this step reads elsewhere");
        self.op.forward(pass);
        self.output()
    }

    /// Computes the gradient by what comes in.
    pub fn backward(&self, pass: &mut Pass<'_>) {
        self.op.backward(pass);
    }
}
