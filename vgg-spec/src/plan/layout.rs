//! Collects buffers with their lifetimes, see [the table](super), and turns them into places.

use super::arena::{Buffer, pack};
use super::{Place, Slot};
use crate::ir::Shape;
use std::ops::RangeInclusive;

/// A place to come.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlaceId(usize);

/// The buffers of a place, by index; a buffer that is not needed is `None`.
#[derive(Debug, Clone, Copy)]
struct Pending {
    shape: Shape,
    inference: Option<usize>,
    training: usize,
    gradient: Option<usize>,
}

/// What the output of a step may have in common with its input, because the step then leaves it as it is
/// or changes it in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shared {
    pub(super) inference: bool,
    pub(super) training: bool,
    pub(super) gradient: bool,
}

/// All buffers of a model on their two time lines.
#[derive(Debug)]
pub(super) struct Layout {
    steps: usize,
    /// The first step that has a backward pass.
    first: usize,
    inference: Line,
    training: Line,
    places: Vec<Pending>,
}

/// The places of a [`Layout`], and how large the arenas must be.
pub(super) struct Resolved {
    places: Vec<Place>,
    pub(super) inference: usize,
    pub(super) training: usize,
}

impl Resolved {
    pub(super) fn place(&self, id: PlaceId) -> Place {
        self.places[id.0]
    }
}

impl Layout {
    pub(super) fn new(steps: usize, first: usize) -> Self {
        Layout { steps, first, inference: Line::default(), training: Line::default(), places: Vec::new() }
    }

    /// The input images, which lie plane by plane.
    pub(super) fn images(&mut self, shape: Shape) -> PlaceId {
        let inference = self.inference.add(shape.elements(), 0..=0);
        let training = self.training.add(shape.elements(), 0..=self.last_use(0));
        self.add(Pending { shape, inference: Some(inference), training, gradient: None })
    }

    /// The output of a step.
    pub(super) fn output(&mut self, step: usize, shape: Shape, input: PlaceId, shared: Shared) -> PlaceId {
        let input = self.places[input.0];
        let next = if step + 1 == self.steps { step } else { step + 1 };
        let backward = self.backward(step);
        let read = if step < self.first { self.last_use(next) } else { backward };
        let inference = input.inference.filter(|_| shared.inference);
        let training = Some(input.training).filter(|_| shared.training);
        let inference = self.inference.share(inference, shape.stored(), step..=next);
        let training = self.training.share(training, shape.stored(), step..=read);
        let gradient = (step >= self.first).then(|| {
            let gradient = input.gradient.filter(|_| shared.gradient);
            self.training.share(gradient, shape.stored(), backward - 1..=backward)
        });
        self.add(Pending { shape, inference: Some(inference), training, gradient })
    }

    /// A sum that the backward pass of its step reads.
    pub(super) fn linear(&mut self, step: usize, shape: Shape) -> PlaceId {
        let training = self.training.add(shape.stored(), step..=self.last_use(step));
        self.add(Pending { shape, inference: None, training, gradient: None })
    }

    /// A map between an activation and the pool behind it. Its gradient may take the place of its values.
    pub(super) fn activated(&mut self, step: usize, shape: Shape, replaced: bool) -> PlaceId {
        let backward = self.backward(step);
        let inference = self.inference.add(shape.stored(), step..=step);
        let training = self.training.add(shape.stored(), step..=self.last_use(step));
        let gradient = (step >= self.first).then(|| {
            self.training.share(Some(training).filter(|_| replaced), shape.stored(), backward..=backward)
        });
        self.add(Pending { shape, inference: Some(inference), training, gradient })
    }

    /// The last tick at which a step reads what it reads or keeps.
    fn last_use(&self, step: usize) -> usize {
        if step < self.first { step } else { self.backward(step) }
    }

    /// The tick at which a step runs backward.
    fn backward(&self, step: usize) -> usize {
        2 * self.steps - 1 - step
    }

    fn add(&mut self, pending: Pending) -> PlaceId {
        self.places.push(pending);
        PlaceId(self.places.len() - 1)
    }

    /// Packs both time lines.
    pub(super) fn resolve(self) -> Resolved {
        let (inference, inference_size) = pack(&self.inference.buffers);
        let (training, training_size) = pack(&self.training.buffers);
        let places = self.places.iter().map(|pending| Place {
            shape: pending.shape,
            slot: Slot {
                inference: pending.inference.map_or(0, |buffer| inference[buffer]),
                training: training[pending.training],
                gradient: pending.gradient.map_or(0, |buffer| training[buffer]),
            },
        });
        Resolved { places: places.collect(), inference: inference_size, training: training_size }
    }
}

/// Buffers that share an arena, with their lifetimes.
#[derive(Debug, Default)]
struct Line {
    buffers: Vec<Buffer>,
}

impl Line {
    /// A buffer of its own.
    fn add(&mut self, size: usize, alive: RangeInclusive<usize>) -> usize {
        self.buffers.push(Buffer { size, first: *alive.start(), last: *alive.end() });
        self.buffers.len() - 1
    }

    /// A buffer that is there already and now lives longer, or else one of its own.
    fn share(&mut self, buffer: Option<usize>, size: usize, alive: RangeInclusive<usize>) -> usize {
        let Some(index) = buffer else { return self.add(size, alive) };
        let buffer = &mut self.buffers[index];
        buffer.first = buffer.first.min(*alive.start());
        buffer.last = buffer.last.max(*alive.end());
        index
    }
}
