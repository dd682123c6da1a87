//! The handwritten digits that come with the crate.

use super::{Images, Split, idx};

const IMAGES: &[u8] = include_bytes!("../../data/digits-images-idx3-ubyte.gz");
const LABELS: &[u8] = include_bytes!("../../data/digits-labels-idx1-ubyte.gz");

/// The largest value of a pixel.
const INK: f32 = 16.0;

const HELD_OUT: f64 = 0.2;
const SEED: u64 = 0;

/// 1,797 handwritten digits of 1x8x8 pixels, of which a fifth of each class is held out; the same fifth
/// always.
///
/// They are the test set of *Optical Recognition of Handwritten Digits* by E. Alpaydin and C. Kaynak (UCI
/// Machine Learning Repository, 1998, <https://doi.org/10.24432/C50P49>), licensed under CC BY 4.0.
///
/// ```
/// let digits = vgg_runtime::data::digits();
/// assert_eq!(digits.train.count() + digits.held_out.count(), 1797);
/// assert_eq!(digits.train.shape(), [1, 8, 8]);
/// ```
pub fn digits() -> Split {
    let images = idx::decode(IMAGES).expect("the embedded images are intact");
    let labels = idx::decode(LABELS).expect("the embedded labels are intact");
    let classes = (0..10).map(|digit| digit.to_string()).collect();
    Images::new(idx::pixels(&images, INK), idx::labels(&labels), classes)
        .and_then(|images| images.split(HELD_OUT, SEED))
        .expect("the embedded digits are valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts and sums as scikit-learn gives them, and a fixed split.
    #[test]
    fn digits_are_those_of_scikit_learn() {
        let Split { train, held_out } = digits();
        let sum: f64 = [&train, &held_out]
            .map(|part| part.pixels().iter().map(|&p| f64::from(p * INK)).sum::<f64>())
            .iter()
            .sum();
        assert_eq!(sum, 561_718.0);
        let count = |part: &Images, class| part.labels().iter().filter(|&&label| label == class).count();
        let counts: Vec<usize> =
            (0..10).map(|class| count(&train, class) + count(&held_out, class)).collect();
        assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        let counts: Vec<usize> = (0..10).map(|class| count(&held_out, class)).collect();
        assert_eq!(counts, [36, 36, 35, 37, 36, 36, 36, 36, 35, 36]);
        assert_eq!(held_out.labels()[..12], [3, 6, 1, 3, 6, 8, 0, 5, 0, 4, 7, 3]);
    }
}
