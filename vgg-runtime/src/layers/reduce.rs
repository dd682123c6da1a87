//! Steps without weights whose output has another shape: pools, flatten, the mean of each map.

use super::{Features, Maps, Open};
use crate::arena::Slot;
use crate::geometry::{MapShape, PoolWindow};
use crate::ops::{FlattenOp, GapOp, PoolOp};
use crate::pass::Pass;
use std::marker::PhantomData;

/// A pool that is fused into no other step; a max pool of 2x2 unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoolStep<In, Out> {
    op: PoolOp,
    places: PhantomData<(In, Out)>,
}

impl<const C: usize, const H: usize, const W: usize> PoolStep<Maps<C, H, W>, Open> {
    /// Begins a step at what it reads.
    pub const fn reads(x: Maps<C, H, W>) -> Self {
        let op = PoolOp {
            input: Maps::<C, H, W>::SHAPE,
            pool: PoolWindow::max(2, 2),
            from: x.slot(),
            to: x.slot(),
            needs_input_gradient: x.has_gradient(),
        };
        PoolStep { op, places: PhantomData }
    }

    /// What is taken, and from which windows.
    pub const fn pool(self, pool: PoolWindow) -> Self {
        PoolStep { op: PoolOp { pool, ..self.op }, ..self }
    }

    /// Ends a step at what it writes.
    ///
    /// # Panics
    /// If the shape of the place is not that of what comes out; in a constant, that is an error of the
    /// compiler.
    pub const fn writes<const OH: usize, const OW: usize>(
        self,
        to: Slot,
    ) -> PoolStep<Maps<C, H, W>, Maps<C, OH, OW>> {
        let op = PoolOp { to, ..self.op };
        let fits = match op.output() {
            Some(output) => output.is(MapShape::new(C, OH, OW)),
            None => false,
        };
        assert!(fits, "what this pool gives has another shape than where it is written");
        PoolStep { op, places: PhantomData }
    }
}

impl<const C: usize, const H: usize, const W: usize, const OH: usize, const OW: usize>
    PoolStep<Maps<C, H, W>, Maps<C, OH, OW>>
{
    /// What it writes.
    pub const fn output(&self) -> Maps<C, OH, OW> {
        Maps::at(self.op.to)
    }

    /// Pools.
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

/// Maps to a vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlattenStep<In, Out> {
    op: FlattenOp,
    places: PhantomData<(In, Out)>,
}

impl<const C: usize, const H: usize, const W: usize> FlattenStep<Maps<C, H, W>, Open> {
    /// Begins a step at what it reads.
    pub const fn reads(x: Maps<C, H, W>) -> Self {
        let op = FlattenOp {
            input: Maps::<C, H, W>::SHAPE,
            from: x.slot(),
            to: x.slot(),
            needs_input_gradient: x.has_gradient(),
        };
        FlattenStep { op, places: PhantomData }
    }

    /// Ends a step at what it writes.
    ///
    /// # Panics
    /// If the place has not just as many values; in a constant, that is an error of the compiler.
    pub const fn writes<const N: usize>(self, to: Slot) -> FlattenStep<Maps<C, H, W>, Features<N>> {
        assert!(N == C * H * W, "a flattened map has another number of values than where it is written");
        FlattenStep { op: FlattenOp { to, ..self.op }, places: PhantomData }
    }
}

impl<const C: usize, const H: usize, const W: usize, const N: usize> FlattenStep<Maps<C, H, W>, Features<N>> {
    /// What it writes.
    pub const fn output(&self) -> Features<N> {
        Features::at(self.op.to)
    }

    /// Puts the values where they are read as a vector.
    pub fn forward(&self, pass: &mut Pass<'_>, x: Maps<C, H, W>) -> Features<N> {
        debug_assert_eq!(x.slot(), self.op.from, "this step reads elsewhere");
        self.op.forward(pass);
        self.output()
    }

    /// Puts the gradient where it is read as that of maps.
    pub fn backward(&self, pass: &mut Pass<'_>) {
        self.op.backward(pass);
    }
}

/// The mean of each map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GapStep<In, Out> {
    op: GapOp,
    places: PhantomData<(In, Out)>,
}

impl<const C: usize, const H: usize, const W: usize> GapStep<Maps<C, H, W>, Open> {
    /// Begins a step at what it reads.
    pub const fn reads(x: Maps<C, H, W>) -> Self {
        let op = GapOp {
            input: Maps::<C, H, W>::SHAPE,
            from: x.slot(),
            to: x.slot(),
            needs_input_gradient: x.has_gradient(),
        };
        GapStep { op, places: PhantomData }
    }

    /// Ends a step at what it writes.
    pub const fn writes(self, to: Slot) -> GapStep<Maps<C, H, W>, Features<C>> {
        GapStep { op: GapOp { to, ..self.op }, places: PhantomData }
    }
}

impl<const C: usize, const H: usize, const W: usize> GapStep<Maps<C, H, W>, Features<C>> {
    /// What it writes.
    pub const fn output(&self) -> Features<C> {
        Features::at(self.op.to)
    }

    /// Takes the means.
    pub fn forward(&self, pass: &mut Pass<'_>, x: Maps<C, H, W>) -> Features<C> {
        debug_assert_eq!(x.slot(), self.op.from, "this step reads elsewhere");
        self.op.forward(pass);
        self.output()
    }

    /// Computes the gradient by what comes in.
    pub fn backward(&self, pass: &mut Pass<'_>) {
        self.op.backward(pass);
    }
}
