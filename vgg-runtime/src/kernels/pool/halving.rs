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
    /// The values that were pooled; `None` if they lie in `target`.
    pub(super) input: Option<&'a [Lanes]>,
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
        for (row, (gradient, target)) in gradient.chunks_exact(columns).zip(targets.by_ref()).enumerate() {
            let input = input.map(|input| &input[2 * row * width..][..2 * width]);
            for (column, gradient) in gradient.iter().enumerate() {
                let window = [0, 1, width, width + 1].map(|place| 2 * column + place);
                let values = window.map(|place| simd.of(&input.unwrap_or(&*target)[place]));
                let shares = share(simd, values, simd.of(gradient), rectified);
                for (place, share) in window.into_iter().zip(shares) {
                    target[place] = simd.to_array(share);
                }
            }
            target.chunks_exact_mut(width).for_each(|target| target[2 * columns..].fill(zero));
        }
        // What no window covers.
        targets.by_ref().for_each(|target| target.fill(zero));
        targets.into_remainder().fill(zero);
    }
}

/// Gives the gradient to the first of the largest of four values, for each channel.
#[inline(always)]
fn share<S: Simd>(simd: S, values: [S::Vector; 4], gradient: S::Vector, rectified: bool) -> [S::Vector; 4] {
    let [a, b, c, d] = values;
    let best = simd.larger(simd.larger(simd.larger(a, b), c), d);
    let mut left = if rectified { simd.where_positive(best, gradient, simd.zero()) } else { gradient };
    let mut shares = [simd.zero(); 4];
    for (value, share) in [a, b, c].into_iter().zip(&mut shares) {
        *share = simd.where_positive(simd.sub(best, value), simd.zero(), left);
        left = simd.sub(left, *share);
    }
    shares[3] = left;
    shares
}
