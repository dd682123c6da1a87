//! Softmax and cross-entropy.

use super::Real;
use ndarray::{Array2, ArrayView1};

/// The probabilities of each row: `exp(z) / Σ exp(z)`.
pub fn softmax<T: Real>(logits: &Array2<T>) -> Array2<T> {
    Array2::from_shape_fn(logits.dim(), |(image, class)| {
        (logits[[image, class]] - log_sum(logits.row(image))).exp()
    })
}

/// The mean over the batch of `-log softmax(z)[label]`, and its gradient by the logits.
pub fn cross_entropy<T: Real>(logits: &Array2<T>, labels: &[usize]) -> (T, Array2<T>) {
    assert_eq!(logits.nrows(), labels.len(), "labels");
    let count = T::of(labels.len() as f64);
    let losses =
        labels.iter().enumerate().map(|(image, &label)| log_sum(logits.row(image)) - logits[[image, label]]);
    let loss = losses.fold(T::zero(), |sum, loss| sum + loss) / count;
    let mut gradient = softmax(logits);
    for (image, &label) in labels.iter().enumerate() {
        gradient[[image, label]] -= T::one();
    }
    (loss, gradient / count)
}

/// `log Σ exp(z)`.
fn log_sum<T: Real>(logits: ArrayView1<'_, T>) -> T {
    let largest = logits.fold(T::neg_infinity(), |largest, &logit| largest.max(logit));
    largest + logits.fold(T::zero(), |sum, &logit| sum + (logit - largest).exp()).ln()
}
