//! A labelled set of images, and its split in two.

use super::{Dataset, PictureError, stratified};
use ndarray::{Array4, ArrayView4, Axis};

/// Images, the class of each, and the names of the classes.
///
/// Whoever holds one may rely on this: there is at least one image, no extent is zero, every pixel is a
/// number in \[0, 1\], there are as many labels as images, and every label is the index of a class.
///
/// ```
/// use ndarray::Array4;
/// use vgg_runtime::data::Images;
///
/// let classes = vec!["night".to_string(), "day".to_string()];
/// let pixels = Array4::from_shape_fn((2, 1, 3, 3), |(image, ..)| image as f32);
/// let images = Images::new(pixels, vec![0, 1], classes)?;
/// assert_eq!(images.count(), 2);
/// assert_eq!(images.classes()[1], "day");
/// # Ok::<(), vgg_runtime::data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Images {
    pixels: Array4<f32>,
    labels: Vec<u32>,
    classes: Vec<String>,
}

impl Images {
    /// Images as `[image, channel, row, column]` with pixels in \[0, 1\], the class of each, and the names
    /// of the classes.
    ///
    /// # Errors
    /// Says what in the data breaks the rules stated [above](Images), and where.
    pub fn new(pixels: Array4<f32>, labels: Vec<u32>, classes: Vec<String>) -> Result<Images, DataError> {
        let (count, channels, height, width) = pixels.dim();
        if pixels.is_empty() {
            return Err(DataError::Empty { shape: [count, channels, height, width] });
        }
        if labels.len() != count {
            return Err(DataError::Counts { images: count, labels: labels.len() });
        }
        if let Some(image) = labels.iter().position(|&label| label as usize >= classes.len()) {
            return Err(DataError::Label { image, label: labels[image], classes: classes.len() });
        }
        let mut pixels = pixels;
        if !pixels.is_standard_layout() {
            pixels = pixels.as_standard_layout().into_owned();
        }
        match pixels.indexed_iter().find(|(_, pixel)| !(0.0..=1.0).contains(*pixel)) {
            Some(((image, ..), &value)) => Err(DataError::Pixel { image, value }),
            None => Ok(Images { pixels, labels, classes }),
        }
    }

    /// The number of images.
    pub fn count(&self) -> usize {
        self.labels.len()
    }

    /// Channels, rows and columns of an image.
    pub fn shape(&self) -> [usize; 3] {
        let (_, channels, height, width) = self.pixels.dim();
        [channels, height, width]
    }

    /// The images as `[image, channel, row, column]`, in standard layout.
    pub fn pixels(&self) -> ArrayView4<'_, f32> {
        self.pixels.view()
    }

    /// The class of each image.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The images and their labels in order, `size` at a time; the last batch may be smaller. A size of 0
    /// is taken for 1.
    pub fn batches(&self, size: usize) -> impl Iterator<Item = (ArrayView4<'_, f32>, &[u32])> {
        let size = size.max(1);
        self.pixels.axis_chunks_iter(Axis(0), size).zip(self.labels.chunks(size))
    }

    /// Copies the images `indices` behind one another into `pixels`, and their labels into `labels`.
    ///
    /// # Errors
    /// If an index is out of range, or a slice has another length than the images need. Then what the
    /// slices hold is unspecified.
    pub fn gather(&self, indices: &[usize], pixels: &mut [f32], labels: &mut [u32]) -> Result<(), DataError> {
        let elements: usize = self.shape().iter().product();
        let (count, found) = (indices.len(), [pixels.len(), labels.len()]);
        if found != [count * elements, count] {
            return Err(DataError::Room { needed: [count * elements, count], found });
        }
        let all = self.pixels.as_slice().unwrap_or_default();
        for ((&index, pixels), label) in indices.iter().zip(pixels.chunks_exact_mut(elements)).zip(labels) {
            *label = *self.labels.get(index).ok_or(DataError::Index { index, count: self.count() })?;
            pixels.copy_from_slice(&all[index * elements..][..elements]);
        }
        Ok(())
    }

    /// The images `indices`, in their order.
    ///
    /// # Errors
    /// If there are none, or an index is out of range.
    pub fn select(&self, indices: &[usize]) -> Result<Images, DataError> {
        let [channels, height, width] = self.shape();
        if indices.is_empty() {
            return Err(DataError::Empty { shape: [0, channels, height, width] });
        }
        let mut pixels = Array4::zeros((indices.len(), channels, height, width));
        let mut labels = vec![0; indices.len()];
        self.gather(indices, pixels.as_slice_mut().unwrap_or_default(), &mut labels)?;
        Ok(Images { pixels, labels, classes: self.classes.clone() })
    }

    /// Holds out a share of the images of each class, rounded, chosen at random by `seed`. Both parts keep
    /// the order that the images had.
    ///
    /// # Errors
    /// If the share is such that one of the parts would be empty.
    pub fn split(&self, held_out: f64, seed: u64) -> Result<Split, DataError> {
        let parts = stratified(&self.labels, &[held_out], seed);
        Ok(Split { train: self.select(&parts[0])?, held_out: self.select(&parts[1])? })
    }
}

/// In memory, as they are in every epoch.
impl Dataset for Images {
    fn count(&self) -> usize {
        self.labels.len()
    }

    fn shape(&self) -> [usize; 3] {
        Images::shape(self)
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn label(&self, image: usize) -> u32 {
        self.labels[image]
    }

    fn fill(&self, image: usize, _epoch: u64, pixels: &mut [f32]) -> Result<(), DataError> {
        self.gather(&[image], pixels, &mut [0])
    }

    fn readers(&self) -> usize {
        0
    }
}

/// What a network learns from, and what it is judged by. Both have the same classes.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// Images to learn from.
    pub train: Images,
    /// Images that training never sees.
    pub held_out: Images,
}

/// Why images cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// No images, or images without pixels.
    #[error("there are no pixels: {} images of {}x{}x{}", shape[0], shape[1], shape[2], shape[3])]
    Empty {
        /// Images, channels, rows, columns.
        shape: [usize; 4],
    },
    /// Some images have no label, or the other way round.
    #[error("{images} images, but {labels} labels")]
    Counts {
        /// Number of images.
        images: usize,
        /// Number of labels.
        labels: usize,
    },
    /// A label that is no class.
    #[error("image {image} has label {label}, but the labels of {classes} classes end at {}", classes.saturating_sub(1))]
    Label {
        /// Which image, from 0.
        image: usize,
        /// Its label.
        label: u32,
        /// Number of classes.
        classes: usize,
    },
    /// A pixel that is no number in \[0, 1\].
    #[error("image {image} has a pixel of {value}, but pixels must lie in [0, 1]")]
    Pixel {
        /// Which image, from 0.
        image: usize,
        /// The pixel.
        value: f32,
    },
    /// A file that was fine when the data was opened, and is not any more.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// A thread that reads images ahead came to a bad end.
    #[error("a thread that reads images has failed")]
    Reader,
    /// An index of no image.
    #[error("there is no image {index}: the images end at {}", count.saturating_sub(1))]
    Index {
        /// The index asked for.
        index: usize,
        /// Number of images.
        count: usize,
    },
    /// Slices of the wrong length to put a batch in.
    #[error(
        "a batch needs room for {} pixels and {} labels, not {} and {}",
        needed[0], needed[1], found[0], found[1]
    )]
    Room {
        /// Pixels and labels of the batch.
        needed: [usize; 2],
        /// Lengths of the slices.
        found: [usize; 2],
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|class| class.to_string()).collect()
    }

    /// Image `i` is filled with `i / 100` and is of class `i % classes`.
    fn numbered(count: usize, classes: usize) -> Images {
        let pixels = Array4::from_shape_fn((count, 1, 2, 3), |(image, ..)| image as f32 / 100.0);
        let labels = (0..count).map(|image| (image % classes) as u32).collect();
        Images::new(pixels, labels, names(classes)).unwrap()
    }

    #[test]
    fn wrong_data_is_refused() {
        let ones = |shape: (usize, usize, usize, usize)| Array4::from_elem(shape, 1.0);
        let message =
            |pixels, labels, classes| Images::new(pixels, labels, names(classes)).unwrap_err().to_string();
        assert_eq!(message(ones((0, 1, 2, 2)), vec![], 1), "there are no pixels: 0 images of 1x2x2");
        assert_eq!(message(ones((1, 1, 0, 2)), vec![0], 1), "there are no pixels: 1 images of 1x0x2");
        assert_eq!(message(ones((2, 1, 2, 2)), vec![0], 1), "2 images, but 1 labels");
        assert_eq!(
            message(ones((2, 1, 2, 2)), vec![1, 2], 2),
            "image 1 has label 2, but the labels of 2 classes end at 1"
        );
        for value in [f32::NAN, -0.1, 1.1, f32::INFINITY] {
            let mut pixels = ones((3, 1, 2, 2));
            pixels[[2, 0, 1, 1]] = value;
            assert_eq!(
                message(pixels, vec![0; 3], 1),
                format!("image 2 has a pixel of {value}, but pixels must lie in [0, 1]")
            );
        }
    }

    #[test]
    fn any_memory_layout_is_taken() {
        let pixels = Array4::from_shape_fn((2, 3, 4, 5), |(n, c, y, x)| (n + c + y + x) as f32 / 20.0);
        let mut reversed = pixels.clone().reversed_axes().as_standard_layout().into_owned().reversed_axes();
        assert!(!reversed.is_standard_layout());
        assert_eq!(reversed, pixels);
        let images = Images::new(reversed.clone(), vec![0, 0], names(1)).unwrap();
        assert!(images.pixels().is_standard_layout());
        reversed.fill(0.0);
        assert_eq!(images.pixels(), pixels);
    }

    #[test]
    fn gather_copies_what_it_is_asked_for() {
        let images = numbered(10, 3);
        let (mut pixels, mut labels) = ([0.0; 12], [9; 2]);
        images.gather(&[7, 2], &mut pixels, &mut labels).unwrap();
        assert_eq!(pixels[..6], [0.07; 6]);
        assert_eq!(pixels[6..], [0.02; 6]);
        assert_eq!(labels, [1, 2]);
        assert!(matches!(
            images.gather(&[0, 10], &mut pixels, &mut labels),
            Err(DataError::Index { index: 10, count: 10 })
        ));
        assert!(matches!(images.gather(&[0], &mut pixels, &mut labels[..1]), Err(DataError::Room { .. })));
        assert!(matches!(images.gather(&[0, 1], &mut pixels, &mut labels[..1]), Err(DataError::Room { .. })));
    }

    #[test]
    fn batches_cover_all_images_once() {
        let images = numbered(10, 3);
        let sizes: Vec<usize> = images.batches(4).map(|(pixels, _)| pixels.dim().0).collect();
        assert_eq!(sizes, [4, 4, 2]);
        let labels: Vec<u32> = images.batches(4).flat_map(|(_, labels)| labels.to_vec()).collect();
        assert_eq!(labels, images.labels());
        assert_eq!(images.batches(0).count(), 10);
    }

    #[test]
    fn split_holds_out_a_share_of_each_class() {
        let images = numbered(100, 4);
        let Split { train, held_out } = images.split(0.2, 5).unwrap();
        assert_eq!((train.count(), held_out.count()), (80, 20));
        for class in 0..4 {
            assert_eq!(held_out.labels().iter().filter(|&&label| label == class).count(), 5);
        }
        let mut seen: Vec<u32> = [&train, &held_out]
            .iter()
            .flat_map(|part| {
                part.pixels().into_iter().step_by(6).map(|p| (p * 100.0).round() as u32).collect::<Vec<_>>()
            })
            .collect();
        seen.sort_unstable();
        assert!(seen.into_iter().eq(0..100), "every image is in one of the parts");
        assert_eq!(images.split(0.2, 5).unwrap().held_out, held_out);
        assert_ne!(images.split(0.2, 6).unwrap().held_out, held_out);
    }

    #[test]
    fn split_refuses_an_empty_part() {
        for share in [0.0, 1.0, -1.0, 7.0, f64::NAN] {
            assert!(matches!(numbered(10, 2).split(share, 0), Err(DataError::Empty { .. })), "{share}");
        }
    }
}
