//! Softmax cross-entropy: how far logits are from the labels, and where they should go.
//!
//! For the logits `z` of an image of class `y`, the loss is `-log softmax(z)[y]`, and its derivative by `z`
//! is `softmax(z)` less one at `y`. A batch counts as the mean of its images. Logits and gradients are
//! `f32`; what lies between is `f64`, with the exponential of `libm`, the same on every machine.

use crate::optim::{SettingError, amount, share};
use serde::{Deserialize, Serialize};
use std::ops::AddAssign;

/// What a number of images scored. Scores of batches add up to that of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Score {
    /// How many images.
    pub images: usize,
    /// How many of them had their largest logit at their label.
    pub correct: usize,
    /// The sum of their losses, each times the weight of its class.
    pub total_loss: f64,
    /// The sum of those weights; the number of images if no class has a weight of its own.
    pub weight: f64,
}

impl Score {
    /// The mean loss; not a number if there are no images.
    pub fn loss(&self) -> f64 {
        self.total_loss / self.weight
    }

    /// The share of correct images, from 0 to 1; not a number if there are no images.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.images as f64
    }
}

impl AddAssign for Score {
    fn add_assign(&mut self, other: Score) {
        self.images += other.images;
        self.correct += other.correct;
        self.total_loss += other.total_loss;
        self.weight += other.weight;
    }
}

/// Scores logits, `classes` an image, by the labels of the images.
///
/// ```
/// let score = vgg_runtime::loss::cross_entropy(&[0.0, 0.0, 3.0, 0.0], 2, &[0, 1])?;
/// assert_eq!(score.correct, 1);
/// assert!((score.total_loss - (2_f64.ln() + (1.0 + 3_f64.exp()).ln())).abs() < 1e-12);
/// # Ok::<(), vgg_runtime::loss::LossError>(())
/// ```
///
/// # Errors
/// If a label is no class, or there are not `classes` logits for each label.
pub fn cross_entropy(logits: &[f32], classes: usize, labels: &[u32]) -> Result<Score, LossError> {
    check(logits.len(), classes, labels)?;
    let mut score = Score::default();
    for (logits, &label) in logits.chunks_exact(classes).zip(labels) {
        score += score_image(logits, label as usize).0;
    }
    Ok(score)
}

/// What the loss is told that a network should say of an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Targets {
    /// The share of the probability that all classes have in common, while the rest belongs to the label
    /// (Szegedy et al., 2016); 0 if it all does.
    pub smoothing: f64,
    /// How much the images of each class count; empty if all count the same. A batch then is the weighted
    /// mean of its images, as in PyTorch.
    pub class_weights: &'static [f64],
}

impl Targets {
    /// All of the probability belongs to the label, and all classes count the same.
    pub const HARD: Targets = Targets { smoothing: 0.0, class_weights: &[] };

    /// Checks that shares and weights are such.
    ///
    /// # Errors
    /// Names the first that is not.
    pub fn check(&self) -> Result<(), SettingError> {
        share("label smoothing", self.smoothing)?;
        self.class_weights.iter().try_for_each(|&weight| amount("a class weight", weight))
    }

    /// How much a class counts.
    fn weight(&self, class: usize) -> f64 {
        self.class_weights.get(class).copied().unwrap_or(1.0)
    }
}

/// Scores like [`cross_entropy`] by `targets`, and puts the gradient of the mean loss by the logits into
/// `gradient`. For the probabilities `p` of an image of class `y`, of `K`, with a smoothing of `s` and the
/// weights `w`, the loss is that of `torch.nn.CrossEntropyLoss`:
/// `-(1 - s) w[y] log p[y] - s / K sum w[k] log p[k]`, and a batch is the sum of its images over the sum of
/// their `w[y]`.
///
/// # Errors
/// As [`cross_entropy`], and if `gradient` is not as long as `logits`. Then `gradient` is as it was.
pub fn cross_entropy_gradient(
    logits: &[f32],
    classes: usize,
    labels: &[u32],
    targets: &Targets,
    gradient: &mut [f32],
) -> Result<Score, LossError> {
    mixed_cross_entropy_gradient(logits, classes, labels, 0.0, targets, gradient)
}

/// Does what [`cross_entropy_gradient`] does, for a batch whose images are mixed in pairs: through each shows the
/// one at the same place from the other end, and the share `through` of the loss is that of the other's label.
/// Whether an image is right is judged by its own label.
///
/// # Errors
/// As [`cross_entropy_gradient`].
pub fn mixed_cross_entropy_gradient(
    logits: &[f32],
    classes: usize,
    labels: &[u32],
    through: f64,
    targets: &Targets,
    gradient: &mut [f32],
) -> Result<Score, LossError> {
    check(logits.len(), classes, labels)?;
    check(gradient.len(), classes, labels)?;
    let mut score = Score::default();
    let total: f64 = labels.iter().map(|&label| targets.weight(label as usize)).sum();
    let share = 1.0 / total;
    let common = targets.smoothing / classes as f64;
    let rows = logits.chunks_exact(classes).zip(gradient.chunks_exact_mut(classes)).zip(labels);
    for (((logits, gradient), &label), &other) in rows.zip(labels.iter().rev()) {
        let (label, other) = (label as usize, other as usize);
        let (image, log_sum) = score_image(logits, label);
        let weight = targets.weight(label);
        let target = |class: usize| {
            let own = if class == label { (1.0 - through) * (1.0 - targets.smoothing) * weight } else { 0.0 };
            let others = if class == other && through > 0.0 {
                through * (1.0 - targets.smoothing) * targets.weight(other)
            } else {
                0.0
            };
            if common == 0.0 { own + others } else { own + others + common * targets.weight(class) }
        };
        let mut total_loss = weight * image.total_loss;
        let mut all = weight;
        if common != 0.0 || through > 0.0 {
            let losses = logits.iter().enumerate();
            total_loss = losses.map(|(class, &z)| target(class) * (log_sum - f64::from(z))).sum();
            all = (0..classes).map(target).sum();
        }
        score += Score { total_loss, weight, ..image };
        for (class, (gradient, &logit)) in gradient.iter_mut().zip(logits).enumerate() {
            let probability = libm::exp(f64::from(logit) - log_sum);
            *gradient = ((all * probability - target(class)) * share) as f32;
        }
    }
    Ok(score)
}

/// How many logits come before that of `label` when they are sorted, largest first. Among equals, the
/// first class wins; what is not a number comes before all else, so it never makes a label look right.
pub fn rank(logits: &[f32], label: usize) -> usize {
    let Some(&own) = logits.get(label) else { return logits.len() };
    let comes_before = |class: usize, logit: f32| match logit.partial_cmp(&own) {
        Some(order) => order.is_gt() || (order.is_eq() && class < label),
        None => class != label,
    };
    logits.iter().enumerate().filter(|&(class, &logit)| comes_before(class, logit)).count()
}

/// The class of the largest logit, the first among equals; the first class if none is a number.
pub fn argmax(logits: &[f32]) -> usize {
    let mut best = 0;
    for (class, &logit) in logits.iter().enumerate() {
        if logit > logits[best] || logits[best].is_nan() && !logit.is_nan() {
            best = class;
        }
    }
    best
}

/// The score of one image, and the logarithm of the sum of the exponentials of its logits. The label must
/// be a class.
pub(crate) fn score_image(logits: &[f32], label: usize) -> (Score, f64) {
    // Less the largest logit, no exponential overflows.
    let largest = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let sum: f64 = logits.iter().map(|&logit| libm::exp(f64::from(logit) - largest)).sum();
    let log_sum = largest + libm::log(sum);
    let correct = usize::from(rank(logits, label) == 0 && !logits[label].is_nan());
    let total_loss = log_sum - f64::from(logits[label]);
    (Score { images: 1, correct, total_loss, weight: 1.0 }, log_sum)
}

/// Checks the length of logits or gradients, and the labels.
pub(crate) fn check(values: usize, classes: usize, labels: &[u32]) -> Result<(), LossError> {
    if classes == 0 || labels.len().checked_mul(classes) != Some(values) {
        return Err(LossError::Length { values, classes, images: labels.len() });
    }
    match labels.iter().position(|&label| label as usize >= classes) {
        Some(image) => Err(LossError::Label { image, label: labels[image], classes }),
        None => Ok(()),
    }
}

/// Why a loss cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LossError {
    /// A label that is no class.
    #[error("image {image} of the batch has label {label}, but the network tells {classes} classes apart")]
    Label {
        /// Which image of the batch, from 0.
        image: usize,
        /// Its label.
        label: u32,
        /// The number of logits of an image.
        classes: usize,
    },
    /// Logits or gradients of the wrong number.
    #[error("{images} labels and {classes} classes do not go with {values} values")]
    Length {
        /// Logits or gradients.
        values: usize,
        /// The number of logits of an image.
        classes: usize,
        /// The number of labels.
        images: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradient_is_that_of_finite_differences() {
        let logits = [0.3, -1.2, 2.0, 0.7, 0.0, -0.4];
        let labels = [2, 0];
        let mut gradient = [0.0; 6];
        let score = cross_entropy_gradient(&logits, 3, &labels, &Targets::HARD, &mut gradient).unwrap();
        assert_eq!(score, cross_entropy(&logits, 3, &labels).unwrap());
        assert_eq!(score.correct, 2);
        let step = 1.0 / 1024.0;
        for index in 0..6 {
            let at = |offset: f32| {
                let mut logits = logits;
                logits[index] += offset;
                cross_entropy(&logits, 3, &labels).unwrap().loss()
            };
            let difference = (at(step) - at(-step)) / (2.0 * f64::from(step));
            assert!((difference - f64::from(gradient[index])).abs() < 1e-6, "{index}");
        }
    }

    fn gradient_of(logits: &[f32], label: u32, gradient: &mut [f32]) -> Result<Score, LossError> {
        cross_entropy_gradient(logits, logits.len(), &[label], &Targets::HARD, gradient)
    }

    /// `torch.nn.functional.cross_entropy(z, y, weight=w, label_smoothing=0.2)` in `f64`.
    #[test]
    fn smoothing_and_weights_are_those_of_pytorch() {
        let logits = [0.5, -1.25, 2.0, 0.75, 0.0, -0.5];
        let labels = [2, 0];
        let targets = |smoothing, class_weights| Targets { smoothing, class_weights };
        for (targets, loss) in [
            (targets(0.0, &[]), 0.398_647_153_904_660_66),
            (targets(0.2, &[]), 0.623_647_153_904_660_6),
            (targets(0.0, &[0.5, 2.0, 1.5]), 0.315_634_568_503_346_7),
            (targets(0.2, &[0.5, 2.0, 1.5]), 0.712_980_229_177_253_6),
        ] {
            let mut gradient = [0.0; 6];
            let score = cross_entropy_gradient(&logits, 3, &labels, &targets, &mut gradient).unwrap();
            assert!((score.loss() - loss).abs() < 1e-9, "{targets:?}: {}", score.loss());
            for index in 0..6 {
                let at = |offset: f32| {
                    let (mut logits, mut unused) = (logits, [0.0; 6]);
                    logits[index] += offset;
                    cross_entropy_gradient(&logits, 3, &labels, &targets, &mut unused).unwrap().loss()
                };
                let difference = (at(1.0 / 1024.0) - at(-1.0 / 1024.0)) * 512.0;
                assert!((difference - f64::from(gradient[index])).abs() < 1e-6, "{targets:?} {index}");
            }
        }
    }

    /// The loss of a mixture is the mean of the losses by both labels, by their shares, as in the paper's code.
    #[test]
    fn mixtures_lie_between_their_labels() {
        let logits = [0.5, -1.25, 2.0, 0.75, 0.0, -0.5];
        for targets in [
            Targets::HARD,
            Targets { smoothing: 0.1, ..Targets::HARD },
            Targets { smoothing: 0.1, class_weights: &[0.5, 2.0, 1.5] },
        ] {
            let (mut own, mut other, mut mixed) = ([0.0; 6], [0.0; 6], [0.0; 6]);
            let a = cross_entropy_gradient(&logits, 3, &[2, 0], &targets, &mut own).unwrap();
            let b = cross_entropy_gradient(&logits, 3, &[0, 2], &targets, &mut other).unwrap();
            let both = mixed_cross_entropy_gradient(&logits, 3, &[2, 0], 0.25, &targets, &mut mixed).unwrap();
            assert!((both.loss() - (0.75 * a.loss() + 0.25 * b.loss())).abs() < 1e-9, "{targets:?}");
            for ((own, other), mixed) in own.iter().zip(other).zip(mixed) {
                assert!((0.75 * own + 0.25 * other - mixed).abs() < 1e-6, "{targets:?}");
            }
            assert_eq!(both.correct, a.correct);
        }
    }

    #[test]
    fn large_logits_do_not_overflow() {
        let mut gradient = [0.0; 3];
        let score = gradient_of(&[3e38, -3e38, 0.0], 0, &mut gradient).unwrap();
        assert_eq!((score.loss(), score.correct, gradient), (0.0, 1, [0.0; 3]));
        let score = gradient_of(&[1000.0, 0.0, 0.0], 1, &mut gradient).unwrap();
        assert_eq!((score.loss(), score.correct, gradient), (1000.0, 0, [1.0, -1.0, 0.0]));
    }

    #[test]
    fn what_is_not_finite_shows_in_the_loss() {
        for logits in [[f32::NAN, 0.0], [0.0, f32::NAN], [f32::INFINITY, 0.0], [f32::NEG_INFINITY, 0.0]] {
            let score = cross_entropy(&logits, 2, &[0]).unwrap();
            assert!(!score.loss().is_finite(), "{logits:?}");
        }
        let score = cross_entropy(&[f32::NAN], 1, &[0]).unwrap();
        assert_eq!((score.loss().is_nan(), score.correct), (true, 0));
    }

    #[test]
    fn rank_prefers_the_first_of_equals_and_distrusts_nan() {
        assert_eq!([0, 1, 2, 3].map(|label| rank(&[1.0, 2.0, 1.0, 2.0], label)), [2, 0, 3, 1]);
        assert_eq!([0, 1, 2].map(|label| rank(&[1.0, f32::NAN, 2.0], label)), [2, 2, 1]);
        assert_eq!(rank(&[1.0], 7), 1);
    }

    #[test]
    fn wrong_labels_and_lengths_are_errors() {
        let mut gradient = [7.0; 4];
        let error = cross_entropy_gradient(&[0.0; 4], 2, &[0, 2], &Targets::HARD, &mut gradient).unwrap_err();
        assert_eq!(
            error.to_string(),
            "image 1 of the batch has label 2, but the network tells 2 classes apart"
        );
        assert_eq!(gradient, [7.0; 4]);
        assert!(matches!(cross_entropy(&[0.0; 4], 2, &[0]), Err(LossError::Length { .. })));
        assert!(matches!(cross_entropy(&[], 0, &[]), Err(LossError::Length { .. })));
        assert!(matches!(
            cross_entropy_gradient(&[0.0; 4], 2, &[0, 1], &Targets::HARD, &mut gradient[..2]),
            Err(LossError::Length { .. })
        ));
    }

    #[test]
    fn the_first_of_equal_logits_is_the_largest() {
        assert_eq!(argmax(&[1.0, 2.0, 2.0]), 1);
        assert_eq!(argmax(&[f32::NEG_INFINITY, f32::NEG_INFINITY]), 0);
    }
}
