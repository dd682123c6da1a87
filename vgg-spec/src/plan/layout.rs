//! Collects buffers with their lifetimes, see [the table](super), and turns them into places.

use super::arena::{Buffer, pack};
use super::{Place, Slot};
use crate::ir::Shape;

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

/// All buffers of a model on their two time lines.
#[derive(Debug)]
pub(super) struct Layout {
    steps: usize,
    inference: Vec<Buffer>,
    training: Vec<Buffer>,
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
    pub(super) fn new(steps: usize) -> Self {
        Layout { steps, inference: Vec::new(), training: Vec::new(), places: Vec::new() }
    }

    /// The input images.
    pub(super) fn images(&mut self, shape: Shape) -> PlaceId {
        let inference = live(&mut self.inference, shape, 0, 0);
        let training = live(&mut self.training, shape, 0, 2 * self.steps - 1);
        self.add(Pending { shape, inference: Some(inference), training, gradient: None })
    }

    /// The output of a step. `same_as` is the step's input if inference hands it on untouched.
    pub(super) fn output(&mut self, step: usize, shape: Shape, same_as: Option<PlaceId>) -> PlaceId {
        let last = if step + 1 == self.steps { step } else { step + 1 };
        let shared = same_as.and_then(|input| self.places[input.0].inference);
        let inference = match shared {
            Some(buffer) => {
                self.inference[buffer].last = last;
                buffer
            }
            None => live(&mut self.inference, shape, step, last),
        };
        let backward = self.backward(step);
        let training = live(&mut self.training, shape, step, backward);
        let gradient = live(&mut self.training, shape, backward - 1, backward);
        self.add(Pending { shape, inference: Some(inference), training, gradient: Some(gradient) })
    }

    /// A sum that the backward pass of its step reads.
    pub(super) fn linear(&mut self, step: usize, shape: Shape) -> PlaceId {
        let backward = self.backward(step);
        let training = live(&mut self.training, shape, step, backward);
        self.add(Pending { shape, inference: None, training, gradient: None })
    }

    /// A map between an activation and the pool behind it.
    pub(super) fn activated(&mut self, step: usize, shape: Shape) -> PlaceId {
        let backward = self.backward(step);
        let inference = live(&mut self.inference, shape, step, step);
        let training = live(&mut self.training, shape, step, backward);
        let gradient = live(&mut self.training, shape, backward, backward);
        self.add(Pending { shape, inference: Some(inference), training, gradient: Some(gradient) })
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
        let (inference, inference_size) = pack(&self.inference);
        let (training, training_size) = pack(&self.training);
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

fn live(line: &mut Vec<Buffer>, shape: Shape, first: usize, last: usize) -> usize {
    line.push(Buffer { size: shape.elements(), first, last });
    line.len() - 1
}
