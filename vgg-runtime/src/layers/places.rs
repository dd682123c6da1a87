//! Places in the arena, with the shape of what lies there in their type.

use crate::arena::Slot;
use crate::geometry::{Extent, MapShape};
use crate::pass::Pass;

/// Feature maps in the arena of a pass, in [blocks of 16 channels](crate::kernels::layout), or the images of
/// the input, `[image, C, H, W]`. The handle says where; the values are in the [`Pass`](crate::pass::Pass).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maps<const C: usize, const H: usize, const W: usize> {
    slot: Slot,
    are_images: bool,
    has_gradient: bool,
}

/// Vectors in the arena of a pass: `[image, N]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Features<const N: usize> {
    slot: Slot,
    has_gradient: bool,
}

impl<const C: usize, const H: usize, const W: usize> Maps<C, H, W> {
    /// The shape of one image.
    pub const SHAPE: MapShape = MapShape::new(C, H, W);

    /// Feature maps in a slot.
    pub const fn at(slot: Slot) -> Self {
        Maps { slot, are_images: false, has_gradient: true }
    }

    /// The images that a network reads: maps without a gradient.
    pub const fn images(slot: Slot) -> Self {
        Maps { slot, are_images: true, has_gradient: false }
    }

    /// The same maps without a gradient: nothing in front of them learns.
    pub const fn fixed(self) -> Self {
        Maps { has_gradient: false, ..self }
    }

    /// Where they are.
    pub const fn slot(self) -> Slot {
        self.slot
    }

    /// Their values, image behind image, in blocks.
    pub fn values<'a>(self, pass: &'a Pass<'_>) -> &'a [f32] {
        pass.values(self.slot, Self::SHAPE.stored())
    }

    /// Whether they are images, which lie plane by plane.
    pub(super) const fn are_images(self) -> bool {
        self.are_images
    }

    /// Whether the gradient by them is wanted.
    pub(super) const fn has_gradient(self) -> bool {
        self.has_gradient
    }
}

impl<const N: usize> Features<N> {
    /// Vectors in a slot.
    pub const fn at(slot: Slot) -> Self {
        Features { slot, has_gradient: true }
    }

    /// The same vectors without a gradient: nothing in front of them learns.
    pub const fn fixed(self) -> Self {
        Features { has_gradient: false, ..self }
    }

    /// Whether the gradient by them is wanted.
    pub(super) const fn has_gradient(self) -> bool {
        self.has_gradient
    }

    /// Where they are.
    pub const fn slot(self) -> Slot {
        self.slot
    }

    /// Their values, image behind image.
    pub fn values<'a>(self, pass: &'a Pass<'_>) -> &'a [f32] {
        pass.values(self.slot, N)
    }
}

/// What a step may read or write: [`Maps`] or [`Features`].
pub trait Place: Copy + sealed::Sealed {
    /// What there is of one image.
    const EXTENT: Extent;

    /// The place in a slot.
    fn at(slot: Slot) -> Self;

    /// Where it is.
    fn slot(self) -> Slot;

    /// Whether the gradient by what lies there is wanted.
    fn has_gradient(self) -> bool;
}

/// A place with `C` channels: maps of `C` channels, or vectors of `C` features.
pub trait Channels<const C: usize>: Place {}

impl<const C: usize, const H: usize, const W: usize> Place for Maps<C, H, W> {
    const EXTENT: Extent = Extent::Maps(Self::SHAPE);

    fn at(slot: Slot) -> Self {
        Maps::at(slot)
    }

    fn slot(self) -> Slot {
        self.slot
    }

    fn has_gradient(self) -> bool {
        self.has_gradient()
    }
}

impl<const N: usize> Place for Features<N> {
    const EXTENT: Extent = Extent::Vector(N);

    fn at(slot: Slot) -> Self {
        Features::at(slot)
    }

    fn slot(self) -> Slot {
        self.slot
    }

    fn has_gradient(self) -> bool {
        self.has_gradient
    }
}

impl<const C: usize, const H: usize, const W: usize> Channels<C> for Maps<C, H, W> {}

impl<const N: usize> Channels<N> for Features<N> {}

mod sealed {
    pub trait Sealed {}
    impl<const C: usize, const H: usize, const W: usize> Sealed for super::Maps<C, H, W> {}
    impl<const N: usize> Sealed for super::Features<N> {}
}
