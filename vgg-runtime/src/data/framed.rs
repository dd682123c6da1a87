//! Images of one shape as a network of another reads them.

use super::draws::Draws;
use super::resample::{Raster, resample};
use super::{DataError, Dataset, FRAME, Framing};

/// A data set with its images brought to other extents, as they are needed; the channels stay. So a network for
/// images of 28x28 can learn from images of 8x8:
///
/// ```
/// use vgg_runtime::data::{Dataset, Framed, Framing, digits};
///
/// let large = Framed::new(digits().train, [28, 28], Framing::Stretch, 0);
/// assert_eq!(large.shape(), [1, 28, 28]);
/// ```
#[derive(Debug, Clone)]
pub struct Framed<D> {
    images: D,
    extents: [usize; 2],
    framing: Framing,
    seed: u64,
}

impl<D: Dataset> Framed<D> {
    /// Images with pixels in \[0, 1\], to be of so many rows and columns; random framing depends on `seed`.
    pub fn new(images: D, extents: [usize; 2], framing: Framing, seed: u64) -> Framed<D> {
        Framed { images, extents, framing, seed }
    }
}

impl<D: Dataset> Dataset for Framed<D> {
    fn count(&self) -> usize {
        self.images.count()
    }

    fn shape(&self) -> [usize; 3] {
        let [height, width] = self.extents;
        [self.images.shape()[0], height, width]
    }

    fn classes(&self) -> &[String] {
        self.images.classes()
    }

    fn label(&self, image: usize) -> u32 {
        self.images.label(image)
    }

    fn fill(&self, image: usize, epoch: u64, pixels: &mut [f32]) -> Result<(), DataError> {
        if pixels.len() != self.elements() {
            return Err(DataError::Room { needed: [self.elements(), 1], found: [pixels.len(), 1] });
        }
        let [channels, height, width] = self.images.shape();
        let mut original = vec![0.0; channels * height * width];
        self.images.fill(image, epoch, &mut original)?;
        let draws = Draws::new(self.seed, epoch, image, FRAME);
        let cut = self.framing.cut([height, width], self.extents, draws);
        let [from, to] = [[height, width], self.extents].map(|[rows, columns]| (rows * columns).max(1));
        for (values, plane) in original.chunks_exact(from).zip(pixels.chunks_exact_mut(to)) {
            resample(Raster::<_, 1> { values, height, width }, cut, plane);
        }
        pixels.iter_mut().for_each(|pixel| *pixel = pixel.clamp(0.0, 1.0));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Images;
    use ndarray::Array4;

    /// Two images of two channels, the second channel one minus the first.
    fn ramps() -> Images {
        let pixels = Array4::from_shape_fn((2, 2, 4, 6), |(image, channel, row, column)| {
            let ramp = (image * 24 + row * 6 + column) as f32 / 48.0;
            if channel == 0 { ramp } else { 1.0 - ramp }
        });
        Images::new(pixels, vec![0, 1], vec!["a".into(), "b".into()]).unwrap()
    }

    fn fill(images: &dyn Dataset, image: usize, epoch: u64) -> Vec<f32> {
        let mut pixels = vec![9.0; images.elements()];
        images.fill(image, epoch, &mut pixels).unwrap();
        pixels
    }

    #[test]
    fn extents_change_and_nothing_else() {
        let images = ramps();
        let large = Framed::new(&images, [8, 12], Framing::Stretch, 0);
        assert_eq!((large.count(), large.shape(), large.labels()), (2, [2, 8, 12], vec![0, 1]));
        let pixels = fill(&large, 1, 0);
        for (first, second) in pixels[..96].iter().zip(&pixels[96..]) {
            assert!((first + second - 1.0).abs() < 1e-6, "channels are scaled alike");
        }
        let mean = |pixels: &[f32]| pixels.iter().sum::<f32>() / pixels.len() as f32;
        assert!((mean(&pixels[..96]) - mean(&fill(&images, 1, 0)[..24])).abs() < 1e-4);
        assert!(matches!(large.fill(0, 0, &mut [0.0; 95]), Err(DataError::Room { .. })));
        assert!(matches!(large.fill(2, 0, &mut [0.0; 192]), Err(DataError::Index { .. })));
    }

    #[test]
    fn same_extents_same_pixels() {
        let images = ramps();
        for framing in
            [Framing::Stretch, Framing::Middle { shorter: None }, Framing::Middle { shorter: Some(4) }]
        {
            assert_eq!(fill(&Framed::new(&images, [4, 6], framing, 0), 1, 0), fill(&images, 1, 0));
        }
    }

    #[test]
    fn random_framing_is_drawn_in_each_epoch_anew() {
        let images = ramps();
        let framed = |seed| Framed::new(&images, [4, 4], Framing::Jitter { least: 4, most: 9 }, seed);
        assert_eq!(fill(&framed(1), 0, 1), fill(&framed(1), 0, 1));
        assert_ne!(fill(&framed(1), 0, 1), fill(&framed(1), 0, 2));
        assert_ne!(fill(&framed(1), 0, 1), fill(&framed(2), 0, 1));
    }
}
