//! The largest of every two by two values: the pool of nearly every VGG.

use super::super::simd::{Kernel, Simd};
use super::{Lanes, PoolShape};

/// Fills one block of the output.
pub(super) struct Halve<'a> {
    pub(super) shape: &'a PoolShape,
    pub(super) input: &'a [Lanes],
    pub(super) output: &'a mut [Lanes],
}

impl Kernel for Halve<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (width, columns) = (self.shape.input.width, self.shape.output.width);
        let rows = self.output.chunks_exact_mut(columns).zip(self.input.chunks_exact(2 * width));
        for (output, input) in rows {
            let (upper, lower) = input.split_at(width);
            let windows = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
            for (output, (upper, lower)) in output.iter_mut().zip(windows) {
                let [a, b, c, d] = [&upper[0], &upper[1], &lower[0], &lower[1]].map(|lanes| simd.of(lanes));
                *output = simd.to_array(simd.larger(simd.larger(simd.larger(a, b), c), d));
            }
        }
    }
}

/// Fills one block of the gradient by the input.
pub(super) struct HalveBackward<'a> {
    pub(super) shape: &'a PoolShape,
    /// Whether only values above zero pass gradients on.
    pub(super) rectified: bool,
    pub(super) input: &'a [Lanes],
    pub(super) gradient: &'a [Lanes],
    pub(super) target: &'a mut [Lanes],
}

impl Kernel for HalveBackward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let HalveBackward { shape, rectified, input, gradient, target } = self;
        let (width, columns) = (shape.input.width, shape.output.width);
        let zero = [0.0; super::LANES];
        let mut targets = target.chunks_exact_mut(2 * width);
        let mut rows = targets.by_ref().zip(input.chunks_exact(2 * width));
        for gradient in gradient.chunks_exact(columns) {
            let Some((target, input)) = rows.next() else { break };
            let (upper, lower) = input.split_at(width);
            let (upper_target, lower_target) = target.split_at_mut(width);
            for (column, gradient) in gradient.iter().enumerate() {
                let (left, right) = (2 * column, 2 * column + 1);
                let values = [&upper[left], &upper[right], &lower[left], &lower[right]];
                let mut shares = [zero; 4];
                share(simd, values, gradient, rectified, &mut shares);
                [upper_target[left], upper_target[right], lower_target[left], lower_target[right]] = shares;
            }
            upper_target[2 * columns..].fill(zero);
            lower_target[2 * columns..].fill(zero);
        }
        // What no window covers.
        for (target, _) in rows {
            target.fill(zero);
        }
        targets.into_remainder().fill(zero);
    }
}

/// Gives the gradient to the first of the largest of four values, for each channel.
#[inline(always)]
fn share<S: Simd>(simd: S, values: [&Lanes; 4], gradient: &Lanes, rectified: bool, shares: &mut [Lanes; 4]) {
    let [a, b, c, d] = [simd.of(values[0]), simd.of(values[1]), simd.of(values[2]), simd.of(values[3])];
    let best = simd.larger(simd.larger(simd.larger(a, b), c), d);
    let mut left = simd.of(gradient);
    if rectified {
        left = simd.where_positive(best, left, simd.zero());
    }
    for (value, share) in [a, b, c].into_iter().zip(&mut *shares) {
        let taken = simd.where_positive(simd.sub(best, value), simd.zero(), left);
        left = simd.sub(left, taken);
        *share = simd.to_array(taken);
    }
    shares[3] = simd.to_array(left);
}
