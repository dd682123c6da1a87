//! An adaptive average pool as a step.

use super::{Maps, Open};
use crate::arena::Slot;
use crate::ops::AdaptiveOp;
use crate::pass::Pass;
use std::marker::PhantomData;

/// An average pool to maps of the size of where it writes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdaptiveStep<In, Out> {
    op: AdaptiveOp,
    places: PhantomData<(In, Out)>,
}

impl<const C: usize, const H: usize, const W: usize> AdaptiveStep<Maps<C, H, W>, Open> {
    /// Begins a step at what it reads.
    pub const fn reads(x: Maps<C, H, W>) -> Self {
        let op = AdaptiveOp {
            input: Maps::<C, H, W>::SHAPE,
            size: [H, W],
            from: x.slot(),
            to: x.slot(),
            needs_input_gradient: x.has_gradient(),
        };
        AdaptiveStep { op, places: PhantomData }
    }

    /// Ends a step at what it writes.
    pub const fn writes<const OH: usize, const OW: usize>(
        self,
        to: Slot,
    ) -> AdaptiveStep<Maps<C, H, W>, Maps<C, OH, OW>> {
        AdaptiveStep { op: AdaptiveOp { to, size: [OH, OW], ..self.op }, places: PhantomData }
    }
}

impl<const C: usize, const H: usize, const W: usize, const OH: usize, const OW: usize>
    AdaptiveStep<Maps<C, H, W>, Maps<C, OH, OW>>
{
    /// What it writes.
    pub const fn output(&self) -> Maps<C, OH, OW> {
        Maps::at(self.op.to)
    }

    /// Takes the means.
    pub fn forward(&self, pass: &mut Pass<'_>, x: Maps<C, H, W>) -> Maps<C, OH, OW> {
        debug_assert_eq!(x.slot(), self.op.from, "this step reads elsewhere");
        self.op.forward(pass);
        self.output()
    }

    /// Computes the gradient by what comes in.
    pub fn backward(&self, pass: &mut Pass<'_>) {
        self.op.backward(pass);
    }
}
