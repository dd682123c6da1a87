//! Logits out of images.

use crate::arena::{Memory, MemoryError};
use crate::geometry::MapShape;
use crate::network::Network;
use crate::pass::Mode;
use ndarray::{ArrayView2, ArrayView4, ArrayViewMut4};

/// A network with the memory to run it: up to so many images at once, with no allocation in a call.
#[derive(Debug)]
pub struct Predictor<N> {
    network: N,
    memory: Memory,
    max_batch: usize,
}

impl<N: Network> Predictor<N> {
    /// Takes the memory for batches of up to `max_batch` images; 0 is taken for 1.
    ///
    /// # Panics
    /// If there is not so much memory; [`try_new`](Predictor::try_new) returns the error.
    pub fn new(network: N, max_batch: usize) -> Predictor<N> {
        Predictor::try_new(network, max_batch).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Takes the memory for batches of up to `max_batch` images; 0 is taken for 1.
    ///
    /// # Errors
    /// If there is not so much memory, or `VGG_CPU` asks for what this machine has not.
    pub fn try_new(network: N, max_batch: usize) -> Result<Predictor<N>, MemoryError> {
        let max_batch = max_batch.max(1);
        let memory = Memory::try_inference(network.arena(), max_batch)?.for_fixed_weights();
        Ok(Predictor { network, memory, max_batch })
    }

    /// The logits `[image, class]` of images `[image, channel, row, column]` in any memory layout.
    ///
    /// # Errors
    /// If the images are not of the network's shape, or are more than
    /// [`max_batch`](Predictor::max_batch).
    pub fn logits(&mut self, images: ArrayView4<'_, f32>) -> Result<ArrayView2<'_, f32>, InputError> {
        infer(&self.network, &mut self.memory, self.max_batch, images)
    }

    /// The most images that go into one call.
    pub fn max_batch(&self) -> usize {
        self.max_batch
    }

    /// The network.
    pub fn network(&self) -> &N {
        &self.network
    }

    /// The network, its memory, and how many images that takes.
    pub(crate) fn parts(&mut self) -> (&N, &mut Memory, usize) {
        (&self.network, &mut self.memory, self.max_batch)
    }

    /// Gives the network back.
    pub fn into_network(self) -> N {
        self.network
    }
}

/// Runs a network over images; the logits are in `memory`.
pub(crate) fn infer<'a, N: Network>(
    network: &N,
    memory: &'a mut Memory,
    max_batch: usize,
    images: ArrayView4<'_, f32>,
) -> Result<ArrayView2<'a, f32>, InputError> {
    check_input(network, max_batch, images.dim())?;
    let batch = images.dim().0;
    let logits = infer_filled(network, memory, batch, |pixels| {
        place(images, pixels);
        Ok::<(), InputError>(())
    })?;
    ArrayView2::from_shape((batch, network.classes()), logits)
        .map_err(|_| InputError::Batch { found: batch, most: max_batch })
}

/// Runs a network over `batch` images, for which there must be memory; `fill` puts them in their place, one
/// behind the other. The logits are in `memory`.
pub(crate) fn infer_filled<'a, N: Network, E>(
    network: &N,
    memory: &'a mut Memory,
    batch: usize,
    fill: impl FnOnce(&mut [f32]) -> Result<(), E>,
) -> Result<&'a [f32], E> {
    let mut pass = memory.pass(batch, Mode::Inference);
    fill(pass.values_mut(network.input_slot(), network.input().elements()))?;
    network.forward(&mut pass);
    Ok(pass.into_values(network.logits_slot(), network.classes()))
}

/// Checks the shape and the number of images.
pub(crate) fn check_input<N: Network>(
    network: &N,
    max_batch: usize,
    (batch, channels, height, width): (usize, usize, usize, usize),
) -> Result<(), InputError> {
    let (found, expected) = (MapShape::new(channels, height, width), network.input());
    if found != expected {
        return Err(InputError::Shape { expected, found });
    }
    if batch > max_batch {
        return Err(InputError::Batch { found: batch, most: max_batch });
    }
    Ok(())
}

/// Copies images of any layout to a place of just as many floats, as `[image, channel, row, column]`.
pub(crate) fn place(images: ArrayView4<'_, f32>, place: &mut [f32]) {
    if let Ok(mut place) = ArrayViewMut4::from_shape(images.raw_dim(), place) {
        place.assign(&images);
    }
}

/// Images that do not go into a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// Images of the wrong shape.
    #[error("the network reads images of {expected}, not of {found}")]
    Shape {
        /// The shape that the network reads.
        expected: MapShape,
        /// The shape of the images.
        found: MapShape,
    },
    /// Too many images.
    #[error("{found} images at once, but there is memory for {most}")]
    Batch {
        /// The number of images.
        found: usize,
        /// The number for which memory was taken.
        most: usize,
    },
}
