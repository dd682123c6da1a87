//! How well a network does on a set of images.

use crate::arena::Memory;
use crate::data::{DataError, Dataset, read_ahead};
use crate::loss::{LossError, Score, argmax, check, rank, score_image};
use crate::network::Network;
use crate::predict::{InputError, Predictor, check_input, infer_filled};
use ndarray::Array2;

/// With how many guesses [`Evaluation::top5`] is content.
const GUESSES: usize = 5;

/// What a network made of a set of images.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    score: Score,
    among_five: usize,
    confusion: Array2<u64>,
}

impl Evaluation {
    /// The mean loss.
    pub fn loss(&self) -> f64 {
        self.score.loss()
    }

    /// The share of images, from 0 to 1, whose label has the largest logit.
    pub fn accuracy(&self) -> f64 {
        self.score.accuracy()
    }

    /// The share of images, from 0 to 1, whose label is among the five largest logits.
    pub fn top5(&self) -> f64 {
        self.among_five as f64 / self.score.images as f64
    }

    /// The number of images.
    pub fn images(&self) -> usize {
        self.score.images
    }

    /// How many images of a class (row) were taken for which class (column).
    pub fn confusion(&self) -> &Array2<u64> {
        &self.confusion
    }

    /// The share of the images of a class that were taken for it; `None` if there are none.
    pub fn recall(&self, class: usize) -> Option<f64> {
        share(self.confusion.get([class, class])?, self.confusion.row(class).sum())
    }

    /// The share of the images taken for a class that are of it; `None` if none was taken for it.
    pub fn precision(&self, class: usize) -> Option<f64> {
        share(self.confusion.get([class, class])?, self.confusion.column(class).sum())
    }

    fn new(classes: usize) -> Evaluation {
        Evaluation { score: Score::default(), among_five: 0, confusion: Array2::zeros((classes, classes)) }
    }

    fn add(&mut self, logits: &[f32], labels: &[u32]) -> Result<(), LossError> {
        let classes = self.confusion.ncols();
        check(logits.len(), classes, labels)?;
        for (logits, &label) in logits.chunks_exact(classes).zip(labels) {
            let label = label as usize;
            // Image by image, so that the sum does not depend on the size of the batches.
            self.score += score_image(logits, label).0;
            self.among_five += usize::from(rank(logits, label) < GUESSES && !logits[label].is_nan());
            self.confusion[[label, argmax(logits)]] += 1;
        }
        Ok(())
    }
}

fn share(part: &u64, all: u64) -> Option<f64> {
    (all > 0).then(|| *part as f64 / all as f64)
}

/// Runs a network over all images, as many at a time as the predictor takes.
///
/// # Errors
/// If the images are not of the network's shape, cannot be read, or a label is none of its classes.
pub fn evaluate<N: Network>(
    predictor: &mut Predictor<N>,
    images: &dyn Dataset,
) -> Result<Evaluation, EvaluateError> {
    evaluate_each(predictor, images, &mut |_, _| {})
}

/// Does what [`evaluate`] does, and shows the logits of every image with its index, in order.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_each<N: Network>(
    predictor: &mut Predictor<N>,
    images: &dyn Dataset,
    show: &mut dyn FnMut(usize, &[f32]),
) -> Result<Evaluation, EvaluateError> {
    let (network, memory, batch) = predictor.parts();
    evaluate_in(network, memory, batch, images, show)
}

/// Evaluates a network in given memory for `batch` images.
pub(crate) fn evaluate_in<N: Network>(
    network: &N,
    memory: &mut Memory,
    batch: usize,
    images: &dyn Dataset,
    show: &mut dyn FnMut(usize, &[f32]),
) -> Result<Evaluation, EvaluateError> {
    let [channels, height, width] = images.shape();
    check_input(network, batch, (1, channels, height, width))?;
    let mut evaluation = Evaluation::new(network.classes());
    let order: Vec<usize> = (0..images.count()).collect();
    let mut labels = vec![0; batch];
    read_ahead(images, &order, 0, batch, |batches| {
        for indices in order.chunks(batch) {
            let labels = &mut labels[..indices.len()];
            let logits = infer_filled(network, memory, indices.len(), |pixels| {
                batches.take(pixels, labels).map_err(EvaluateError::Data)
            })?;
            evaluation.add(logits, labels)?;
            indices.iter().zip(logits.chunks_exact(network.classes())).for_each(|(&image, logits)| {
                show(image, logits);
            });
        }
        Ok(evaluation)
    })
}

/// Why a network cannot be evaluated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// Images that do not go into the network.
    #[error(transparent)]
    Input(#[from] InputError),
    /// Labels that the network does not know.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// Images that cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_hand() {
        let mut evaluation = Evaluation::new(6);
        let rising = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
        evaluation.add(&[rising, rising, rising].concat(), &[5, 1, 0]).unwrap();
        assert_eq!(
            (evaluation.images(), evaluation.accuracy(), evaluation.top5()),
            (3, 1.0 / 3.0, 2.0 / 3.0)
        );
        assert_eq!(evaluation.confusion().sum(), 3);
        let share = |class| (evaluation.recall(class), evaluation.precision(class));
        assert_eq!(share(5), (Some(1.0), Some(1.0 / 3.0)));
        assert_eq!(share(1), (Some(0.0), None));
        assert_eq!(share(2), (None, None));
        assert_eq!(share(6), (None, None));
        for label in [5, 1, 0] {
            assert_eq!(evaluation.confusion()[[label, 5]], 1);
        }
        let log_sum = rising.iter().map(|&logit| f64::from(logit).exp()).sum::<f64>().ln();
        assert!((evaluation.loss() - (3.0 * log_sum - 6.0) / 3.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_not_a_number_is_never_right() {
        let mut evaluation = Evaluation::new(2);
        evaluation.add(&[f32::NAN, f32::NAN, f32::NAN, 1.0], &[0, 0]).unwrap();
        assert_eq!((evaluation.accuracy(), evaluation.top5()), (0.0, 0.0));
        assert_eq!(evaluation.confusion()[[0, 1]], 1);
    }
}
