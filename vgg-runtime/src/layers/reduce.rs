//! Steps without weights whose output has another shape than their input: pools, flatten, the mean of each map, means
//! to maps of a given size.

use super::places::Place;
use super::{Features, Maps, Open};
use crate::arena::Slot;
use crate::geometry::{MapShape, PoolWindow};
use crate::ops::{AdaptiveOp, FlattenOp, GapOp, PoolOp};
use crate::pass::Pass;
use sealed::{Op, Reduce};
use std::marker::PhantomData;

/// A pool that is fused into no other step; a max pool of 2x2 unless said otherwise.
pub type PoolStep<In, Out> = ReduceStep<PoolWindow, In, Out>;

/// Maps to a vector.
pub type FlattenStep<In, Out> = ReduceStep<Flatten, In, Out>;

/// The mean of each map.
pub type GapStep<In, Out> = ReduceStep<Mean, In, Out>;

/// An average pool to maps of the size of where it writes.
pub type AdaptiveStep<In, Out> = ReduceStep<Adaptive, In, Out>;

/// A step from maps to something of another shape: a [pool](PoolStep), a [flatten](FlattenStep), a
/// [mean](GapStep), [means](AdaptiveStep) to a given size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReduceStep<How, In, Out> {
    how: How,
    from: In,
    to: Slot,
    out: PhantomData<Out>,
}

impl<How: Reduce, const C: usize, const H: usize, const W: usize> ReduceStep<How, Maps<C, H, W>, Open> {
    /// Begins a step at what it reads.
    pub const fn reads(x: Maps<C, H, W>) -> Self {
        ReduceStep { how: How::USUAL, from: x, to: x.slot(), out: PhantomData }
    }

    /// Ends a step at what it writes.
    const fn into<Out: Place>(self, to: Slot) -> ReduceStep<How, Maps<C, H, W>, Out> {
        ReduceStep { how: self.how, from: self.from, to, out: PhantomData }
    }
}

impl<const C: usize, const H: usize, const W: usize> PoolStep<Maps<C, H, W>, Open> {
    /// What is taken, and from which windows.
    pub const fn pool(self, pool: PoolWindow) -> Self {
        ReduceStep { how: pool, ..self }
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
        let fits = match self.how.output(Maps::<C, H, W>::SHAPE) {
            Some(output) => output.is(MapShape::new(C, OH, OW)),
            None => false,
        };
        assert!(fits, "what this pool gives has another shape than where it is written");
        self.into(to)
    }
}

impl<const C: usize, const H: usize, const W: usize> FlattenStep<Maps<C, H, W>, Open> {
    /// Ends a step at what it writes.
    ///
    /// # Panics
    /// If the place has not just as many values; in a constant, that is an error of the compiler.
    pub const fn writes<const N: usize>(self, to: Slot) -> FlattenStep<Maps<C, H, W>, Features<N>> {
        assert!(N == C * H * W, "a flattened map has another number of values than where it is written");
        self.into(to)
    }
}

impl<const C: usize, const H: usize, const W: usize> GapStep<Maps<C, H, W>, Open> {
    /// Ends a step at what it writes.
    pub const fn writes(self, to: Slot) -> GapStep<Maps<C, H, W>, Features<C>> {
        self.into(to)
    }
}

impl<const C: usize, const H: usize, const W: usize> AdaptiveStep<Maps<C, H, W>, Open> {
    /// Ends a step at what it writes.
    pub const fn writes<const OH: usize, const OW: usize>(
        self,
        to: Slot,
    ) -> AdaptiveStep<Maps<C, H, W>, Maps<C, OH, OW>> {
        ReduceStep { how: Adaptive { size: [OH, OW] }, ..self }.into(to)
    }
}

impl<How: Reduce, const C: usize, const H: usize, const W: usize, Out: Place>
    ReduceStep<How, Maps<C, H, W>, Out>
{
    /// Pools, flattens, or takes the means.
    pub fn forward(&self, pass: &mut Pass<'_>, x: Maps<C, H, W>) -> Out {
        debug_assert_eq!(x.slot(), self.from.slot(), "this step reads elsewhere");
        self.op().forward(pass);
        Out::at(self.to)
    }

    /// Computes the gradient by what comes in.
    pub fn backward(&self, pass: &mut Pass<'_>) {
        self.op().backward(pass);
    }

    fn op(&self) -> Op {
        let (from, needs_input_gradient) = (self.from.slot(), self.from.has_gradient());
        self.how.op(Maps::<C, H, W>::SHAPE, from, self.to, needs_input_gradient)
    }
}

impl<How, In, const C: usize, const H: usize, const W: usize> ReduceStep<How, In, Maps<C, H, W>> {
    /// What it writes.
    pub const fn output(&self) -> Maps<C, H, W> {
        Maps::at(self.to)
    }
}

impl<How, In, const N: usize> ReduceStep<How, In, Features<N>> {
    /// What it writes.
    pub const fn output(&self) -> Features<N> {
        Features::at(self.to)
    }
}

/// Maps become a vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flatten;

/// Each map becomes its mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mean;

/// Windows share each map out among so many rows and columns of means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Adaptive {
    /// Rows and columns that go out.
    pub size: [usize; 2],
}

impl Reduce for PoolWindow {
    const USUAL: PoolWindow = PoolWindow::max(2, 2);

    fn op(self, input: MapShape, from: Slot, to: Slot, needs_input_gradient: bool) -> Op {
        Op::Pool(PoolOp { input, pool: self, from, to, needs_input_gradient })
    }
}

impl Reduce for Flatten {
    const USUAL: Flatten = Flatten;

    fn op(self, input: MapShape, from: Slot, to: Slot, needs_input_gradient: bool) -> Op {
        Op::Flatten(FlattenOp { input, from, to, needs_input_gradient })
    }
}

impl Reduce for Mean {
    const USUAL: Mean = Mean;

    fn op(self, input: MapShape, from: Slot, to: Slot, needs_input_gradient: bool) -> Op {
        Op::Mean(GapOp { input, from, to, needs_input_gradient })
    }
}

impl Reduce for Adaptive {
    const USUAL: Adaptive = Adaptive { size: [1, 1] };

    fn op(self, input: MapShape, from: Slot, to: Slot, needs_input_gradient: bool) -> Op {
        Op::Adaptive(AdaptiveOp { input, size: self.size, from, to, needs_input_gradient })
    }
}

/// Public, because steps are, and yet nobody else's.
mod sealed {
    use super::{AdaptiveOp, FlattenOp, GapOp, MapShape, Pass, PoolOp, Slot};

    /// How maps become something of another shape.
    pub trait Reduce: Copy {
        /// How, unless it is said.
        const USUAL: Self;

        fn op(self, input: MapShape, from: Slot, to: Slot, needs_input_gradient: bool) -> Op;
    }

    #[derive(Debug)]
    pub enum Op {
        Pool(PoolOp),
        Flatten(FlattenOp),
        Mean(GapOp),
        Adaptive(AdaptiveOp),
    }

    impl Op {
        pub fn forward(&self, pass: &mut Pass<'_>) {
            match self {
                Op::Pool(op) => op.forward(pass),
                Op::Flatten(op) => op.forward(pass),
                Op::Mean(op) => op.forward(pass),
                Op::Adaptive(op) => op.forward(pass),
            }
        }

        pub fn backward(&self, pass: &mut Pass<'_>) {
            match self {
                Op::Pool(op) => op.backward(pass),
                Op::Flatten(op) => op.backward(pass),
                Op::Mean(op) => op.backward(pass),
                Op::Adaptive(op) => op.backward(pass),
            }
        }
    }
}
