//! From pixels in \[0, 1\] to the numbers that a network was made for.

use super::draws::Draws;
use super::{Augmentation, DataError, Dataset};

/// The order of the colours of an image of three channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colours {
    /// Red, green, blue.
    #[default]
    Rgb,
    /// Blue, green, red.
    Bgr,
}

/// What becomes of a pixel: it is multiplied, then a mean is subtracted, then it is divided.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalisation {
    /// The order in which the network reads colours; `mean` and `std` are in this order, too.
    pub colours: Colours,
    /// Factor of pixels that lie in \[0, 1\].
    pub scale: f32,
    /// Subtracted: one value for all channels, or one a channel; nothing is 0.
    pub mean: Vec<f32>,
    /// Divided by: one value for all channels, or one a channel; nothing is 1.
    pub std: Vec<f32>,
}

impl Default for Normalisation {
    /// Pixels stay as they are.
    fn default() -> Normalisation {
        Normalisation { colours: Colours::Rgb, scale: 1.0, mean: Vec::new(), std: Vec::new() }
    }
}

impl Normalisation {
    /// As the weights of torchvision want it: the mean and the standard deviation of ImageNet.
    pub fn torchvision() -> Normalisation {
        Normalisation {
            mean: vec![0.485, 0.456, 0.406],
            std: vec![0.229, 0.224, 0.225],
            ..Normalisation::default()
        }
    }

    /// As the VGG weights of Keras want it: bytes in the order blue, green, red, less the mean of ImageNet.
    pub fn keras() -> Normalisation {
        Normalisation {
            colours: Colours::Bgr,
            scale: 255.0,
            mean: vec![103.939, 116.779, 123.68],
            std: Vec::new(),
        }
    }

    /// Whether pixels stay as they are.
    pub fn is_identity(&self) -> bool {
        let all = |values: &[f32], one: f32| values.iter().all(|&value| value == one);
        self.colours == Colours::Rgb && self.scale == 1.0 && all(&self.mean, 0.0) && all(&self.std, 1.0)
    }

    /// Changes an image that lies plane by plane.
    pub fn apply(&self, channels: usize, pixels: &mut [f32]) {
        let plane = pixels.len() / channels.max(1);
        self.order(channels, pixels);
        for (channel, plane) in pixels.chunks_exact_mut(plane.max(1)).enumerate() {
            let (mean, std) = (of(&self.mean, channel, 0.0), of(&self.std, channel, 1.0));
            plane.iter_mut().for_each(|pixel| *pixel = (*pixel * self.scale - mean) / std);
        }
    }
}

impl Normalisation {
    /// Makes the pixels out of the numbers again, to be looked at.
    pub fn undo(&self, channels: usize, pixels: &mut [f32]) {
        let plane = pixels.len() / channels.max(1);
        for (channel, plane) in pixels.chunks_exact_mut(plane.max(1)).enumerate() {
            let (mean, std) = (of(&self.mean, channel, 0.0), of(&self.std, channel, 1.0));
            plane.iter_mut().for_each(|pixel| *pixel = (*pixel * std + mean) / self.scale);
        }
        self.order(channels, pixels);
    }

    /// Puts red in the place of blue and the other way round, if that is wanted.
    fn order(&self, channels: usize, pixels: &mut [f32]) {
        let plane = pixels.len() / channels.max(1);
        if self.colours == Colours::Bgr && channels == 3 {
            let (red, others) = pixels.split_at_mut(plane);
            red.swap_with_slice(&mut others[plane..]);
        }
    }
}

/// The value of a channel.
fn of(values: &[f32], channel: usize, otherwise: f32) -> f32 {
    match values {
        [all] => *all,
        values => values.get(channel).copied().unwrap_or(otherwise),
    }
}

/// A data set with its images varied, if it is for training, and [normalised](Normalisation).
#[derive(Debug, Clone)]
pub struct Prepared<D> {
    images: D,
    augmentations: Vec<Augmentation>,
    seed: u64,
    normalisation: Normalisation,
}

impl<D: Dataset> Prepared<D> {
    /// Images with pixels in \[0, 1\], to be normalised.
    pub fn new(images: D, normalisation: Normalisation) -> Prepared<D> {
        Prepared { images, augmentations: Vec::new(), seed: 0, normalisation }
    }

    /// Varies the images, one way after the other, in each epoch anew. The same seed gives the same bytes.
    pub fn augmented(self, augmentations: Vec<Augmentation>, seed: u64) -> Prepared<D> {
        Prepared { augmentations, seed, ..self }
    }

    /// The images as they were.
    pub fn images(&self) -> &D {
        &self.images
    }

    /// Fills in an image, varied.
    fn vary(&self, image: usize, epoch: u64, pixels: &mut [f32]) -> Result<(), DataError> {
        self.images.fill(image, epoch, pixels)?;
        for (purpose, augmentation) in self.augmentations.iter().enumerate() {
            let draws = Draws::new(self.seed, epoch, image, purpose as u32);
            augmentation.apply(self.images.shape(), draws, pixels);
        }
        Ok(())
    }
}

impl<D: Dataset> Dataset for Prepared<D> {
    fn count(&self) -> usize {
        self.images.count()
    }

    fn shape(&self) -> [usize; 3] {
        self.images.shape()
    }

    fn classes(&self) -> &[String] {
        self.images.classes()
    }

    fn label(&self, image: usize) -> u32 {
        self.images.label(image)
    }

    fn fill(&self, image: usize, epoch: u64, pixels: &mut [f32]) -> Result<(), DataError> {
        self.vary(image, epoch, pixels)?;
        self.normalisation.apply(self.shape()[0], pixels);
        Ok(())
    }

    fn readers(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        match self.augmentations.is_empty() && self.normalisation.is_identity() {
            true => self.images.readers(),
            false => self.images.readers().max(cores()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Images;
    use ndarray::Array4;

    #[test]
    fn presets_are_those_of_their_frameworks() {
        // One pixel of bytes 10, 100, 200.
        let pixel = [10.0, 100.0, 200.0].map(|byte: f32| byte / 255.0);
        let mut torch = pixel;
        Normalisation::torchvision().apply(3, &mut torch);
        let expected =
            [(0.039_215_69 - 0.485) / 0.229, (0.392_156_87 - 0.456) / 0.224, (0.784_313_74 - 0.406) / 0.225];
        assert!(torch.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{torch:?}");
        let mut keras = pixel;
        Normalisation::keras().apply(3, &mut keras);
        let expected = [200.0 - 103.939, 100.0 - 116.779, 10.0 - 123.68];
        assert!(keras.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4), "{keras:?}");
        Normalisation::keras().undo(3, &mut keras);
        assert!(keras.iter().zip(pixel).all(|(a, b)| (a - b).abs() < 1e-6), "{keras:?}");
        assert!(Normalisation::default().is_identity() && !Normalisation::keras().is_identity());
    }

    #[test]
    fn same_seed_same_bytes() {
        let pixels = Array4::from_shape_fn((6, 1, 8, 8), |(n, _, y, x)| (n + y * x) as f32 / 64.0);
        let images = Images::new(pixels, vec![0; 6], vec!["a".into()]).unwrap();
        let all = vec![
            Augmentation::Flip { probability: 0.5 },
            Augmentation::Crop { padding: 2 },
            Augmentation::ScaleJitter { least: 8, most: 12 },
            Augmentation::Rotate { degrees: 20.0 },
            Augmentation::Brightness { share: 0.3 },
            Augmentation::Contrast { share: 0.3 },
            Augmentation::Cutout { size: 3 },
        ];
        let prepared =
            |seed| Prepared::new(images.clone(), Normalisation::default()).augmented(all.clone(), seed);
        let view = |seed, epoch| {
            let mut pixels = [0.0; 64];
            prepared(seed).fill(3, epoch, &mut pixels).unwrap();
            pixels
        };
        assert_eq!(view(1, 1), view(1, 1));
        assert_ne!(view(1, 1), view(1, 2));
        assert_ne!(view(1, 1), view(2, 1));
        assert!(view(1, 1).iter().all(|pixel| (0.0..=1.0).contains(pixel)));
    }
}
