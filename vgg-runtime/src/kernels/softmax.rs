//! Softmax.

/// Turns logits into probabilities, in place, row by row: `exp(z) / Σ exp(z)`. The largest logit is
/// subtracted first, so that no exponential overflows.
///
/// ```
/// let mut rows = [0.0, 0.0, 1000.0, 0.0];
/// vgg_runtime::kernels::softmax::forward(2, &mut rows);
/// assert_eq!(rows, [0.5, 0.5, 1.0, 0.0]);
/// ```
pub fn forward(classes: usize, logits: &mut [f32]) {
    for row in logits.chunks_exact_mut(classes.max(1)) {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        row.iter_mut().for_each(|logit| *logit = libm::expf(*logit - largest));
        let total = row.iter().map(|&power| f64::from(power)).sum::<f64>();
        row.iter_mut().for_each(|power| *power = (f64::from(*power) / total) as f32);
    }
}
