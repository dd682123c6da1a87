//! What training and evaluation ask of images: in memory, on a disk, or made up as they are asked for.

use super::DataError;

/// Labelled images of one shape, any of which can be had at any time, by any thread.
///
/// [`Trainer::fit`](crate::train::Trainer::fit) and [`evaluate`](crate::evaluate::evaluate()) read from one.
/// What [`fill`](Dataset::fill) gives must depend on nothing but the image and the epoch: then a run is the
/// same however many threads read, and a resumed run is the run that was interrupted.
///
/// ```
/// use vgg_runtime::data::{DataError, Dataset};
///
/// /// Grey images, light in even epochs.
/// struct Flashing(Vec<String>);
///
/// impl Dataset for Flashing {
///     fn count(&self) -> usize { 100 }
///     fn shape(&self) -> [usize; 3] { [1, 8, 8] }
///     fn classes(&self) -> &[String] { &self.0 }
///     fn label(&self, image: usize) -> u32 { (image % self.0.len()) as u32 }
///     fn fill(&self, _image: usize, epoch: u64, pixels: &mut [f32]) -> Result<(), DataError> {
///         pixels.fill(if epoch % 2 == 0 { 0.9 } else { 0.1 });
///         Ok(())
///     }
/// }
/// ```
pub trait Dataset: Sync {
    /// The number of images.
    fn count(&self) -> usize;

    /// Channels, rows and columns of every image.
    fn shape(&self) -> [usize; 3];

    /// The names of the classes.
    fn classes(&self) -> &[String];

    /// The class of an image, which must be below [`count`](Dataset::count).
    fn label(&self, image: usize) -> u32;

    /// Writes the values of an image, `[channel, row, column]`, as an epoch sees it. Only data that is varied
    /// for training looks at the epoch; an evaluation is always of epoch 0.
    ///
    /// # Errors
    /// If there is no such image, if it cannot be read, or if `pixels` is not as long as an image.
    fn fill(&self, image: usize, epoch: u64, pixels: &mut [f32]) -> Result<(), DataError>;

    /// How many threads should fill images ahead of the step that needs them. 0, if that takes no longer
    /// than to copy what another thread filled; then the step itself does it.
    fn readers(&self) -> usize {
        std::thread::available_parallelism().map_or(1, usize::from)
    }

    /// Floats of an image.
    fn elements(&self) -> usize {
        self.shape().iter().product()
    }

    /// The class of every image.
    fn labels(&self) -> Vec<u32> {
        (0..self.count()).map(|image| self.label(image)).collect()
    }
}

impl<D: Dataset + ?Sized> Dataset for &D {
    fn count(&self) -> usize {
        (**self).count()
    }

    fn shape(&self) -> [usize; 3] {
        (**self).shape()
    }

    fn classes(&self) -> &[String] {
        (**self).classes()
    }

    fn label(&self, image: usize) -> u32 {
        (**self).label(image)
    }

    fn fill(&self, image: usize, epoch: u64, pixels: &mut [f32]) -> Result<(), DataError> {
        (**self).fill(image, epoch, pixels)
    }

    fn readers(&self) -> usize {
        (**self).readers()
    }
}

impl<D: Dataset + Send + ?Sized> Dataset for Box<D> {
    fn count(&self) -> usize {
        (**self).count()
    }

    fn shape(&self) -> [usize; 3] {
        (**self).shape()
    }

    fn classes(&self) -> &[String] {
        (**self).classes()
    }

    fn label(&self, image: usize) -> u32 {
        (**self).label(image)
    }

    fn fill(&self, image: usize, epoch: u64, pixels: &mut [f32]) -> Result<(), DataError> {
        (**self).fill(image, epoch, pixels)
    }

    fn readers(&self) -> usize {
        (**self).readers()
    }
}
