//! Pools over windows, and the mean over whole maps.
//!
//! Only values inside the image count: padding is never the largest value, and no part of a mean. A
//! window without any gives zero.

use super::{pieces, sums};
use crate::geometry::{MapShape, PoolMode, PoolWindow};
use std::ops::Range;

/// The shapes of a pool over a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolShape {
    batch: usize,
    input: MapShape,
    output: MapShape,
    pool: PoolWindow,
}

impl PoolShape {
    /// A pool over `batch` images; `None` if the window does not fit.
    pub const fn new(batch: usize, input: MapShape, pool: PoolWindow) -> Option<PoolShape> {
        match pool.output(input) {
            Some(output) => Some(PoolShape { batch, input, output, pool }),
            None => None,
        }
    }

    /// The shape of what goes out.
    pub const fn output(&self) -> MapShape {
        self.output
    }

    fn check(&self, input: &[f32], output: &[f32]) {
        let expected = (self.batch * self.input.elements(), self.batch * self.output.elements());
        assert_eq!((input.len(), output.len()), expected, "lengths of input and output of {self:?}");
    }

    /// The rows and columns of the image that the window at a place of the output covers.
    fn covered(&self, row: usize, column: usize) -> (Range<usize>, Range<usize>) {
        let window = self.pool.window;
        let along = |axis: usize, position: usize, before: usize, extent: usize| {
            let start = position * window.stride[axis];
            let end = (start + window.kernel[axis]).saturating_sub(before).min(extent);
            start.saturating_sub(before).min(end)..end
        };
        let rows = along(0, row, window.padding.top, self.input.height);
        (rows, along(1, column, window.padding.left, self.input.width))
    }

    /// Whether every window is two by two, and no two overlap.
    fn is_halving(&self) -> bool {
        let [kernel, stride] = [self.pool.window.kernel, self.pool.window.stride];
        kernel == [2, 2] && stride == [2, 2] && self.pool.window.padding == Default::default()
    }
}

/// Pools images.
pub fn forward(shape: &PoolShape, input: &[f32], output: &mut [f32]) {
    shape.check(input, output);
    let planes = input.chunks_exact(shape.input.area()).zip(output.chunks_exact_mut(shape.output.area()));
    pieces::for_each(planes, input.len(), |(input, output)| match shape.pool.mode {
        PoolMode::Max if shape.is_halving() => halve_max(shape, input, output),
        PoolMode::Max => pool(shape, output, |covered| largest(shape, input, covered).map(|at| input[at])),
        PoolMode::Average => pool(shape, output, |covered| mean(shape, input, covered)),
    });
}

/// Computes the gradient by the images out of that by the output. For a largest value, `input` is looked
/// through again.
pub fn backward(shape: &PoolShape, input: &[f32], output_gradient: &[f32], input_gradient: &mut [f32]) {
    shape.check(input, output_gradient);
    shape.check(input_gradient, output_gradient);
    let planes =
        input.chunks_exact(shape.input.area()).zip(input_gradient.chunks_exact_mut(shape.input.area()));
    let planes = planes.zip(output_gradient.chunks_exact(shape.output.area()));
    pieces::for_each(planes, input.len(), |((input, input_gradient), output_gradient)| {
        match shape.pool.mode {
            PoolMode::Max if shape.is_halving() => {
                halve_max_backward(shape, input, output_gradient, input_gradient)
            }
            PoolMode::Max => unpool(shape, output_gradient, input_gradient, |covered, gradient, target| {
                if let Some(at) = largest(shape, input, covered) {
                    target[at] += gradient;
                }
            }),
            PoolMode::Average => {
                unpool(shape, output_gradient, input_gradient, |covered, gradient, target| {
                    let (rows, columns) = covered;
                    let share = gradient / (rows.len() * columns.len()) as f32;
                    for row in rows {
                        let row = row * shape.input.width;
                        target[row..][columns.clone()].iter_mut().for_each(|value| *value += share);
                    }
                })
            }
        }
    });
}

/// The mean of each map: `[image, channel]`.
pub fn global_average(input: &[f32], area: usize, output: &mut [f32]) {
    assert_eq!(input.len(), output.len() * area);
    let maps = input.chunks_exact(area).zip(output);
    pieces::for_each(maps, input.len(), |(map, mean)| *mean = (sums::sum(map) / area as f64) as f32);
}

/// Spreads the gradient by the mean of each map over its values.
pub fn global_average_backward(output_gradient: &[f32], area: usize, input_gradient: &mut [f32]) {
    let volume = input_gradient.len();
    assert_eq!(volume, output_gradient.len() * area);
    let maps = input_gradient.chunks_exact_mut(area).zip(output_gradient);
    pieces::for_each(maps, volume, |(map, &gradient)| map.fill(gradient / area as f32));
}

/// Fills one plane of the output.
fn pool(shape: &PoolShape, output: &mut [f32], take: impl Fn((Range<usize>, Range<usize>)) -> Option<f32>) {
    for (row, output) in output.chunks_exact_mut(shape.output.width).enumerate() {
        for (column, output) in output.iter_mut().enumerate() {
            *output = take(shape.covered(row, column)).unwrap_or(0.0);
        }
    }
}

/// Fills one plane of the gradient by the input.
fn unpool(
    shape: &PoolShape,
    output_gradient: &[f32],
    input_gradient: &mut [f32],
    spread: impl Fn((Range<usize>, Range<usize>), f32, &mut [f32]),
) {
    input_gradient.fill(0.0);
    for (row, gradients) in output_gradient.chunks_exact(shape.output.width).enumerate() {
        for (column, &gradient) in gradients.iter().enumerate() {
            spread(shape.covered(row, column), gradient, input_gradient);
        }
    }
}

/// Whether a value takes the place of the largest so far. What is not a number does, so that it is not
/// lost.
fn beats(value: f32, largest: f32) -> bool {
    value > largest || value.is_nan()
}

/// The place of the largest value of a window, the first of equal ones.
fn largest(shape: &PoolShape, plane: &[f32], (rows, columns): (Range<usize>, Range<usize>)) -> Option<usize> {
    let places = rows.flat_map(|row| columns.clone().map(move |column| row * shape.input.width + column));
    places.reduce(|best, at| if beats(plane[at], plane[best]) { at } else { best })
}

/// The mean of a window.
fn mean(shape: &PoolShape, plane: &[f32], (rows, columns): (Range<usize>, Range<usize>)) -> Option<f32> {
    let count = rows.len() * columns.len();
    let sum: f32 = rows.flat_map(|row| &plane[row * shape.input.width..][columns.clone()]).sum();
    (count > 0).then(|| sum / count as f32)
}

/// The four values of each two-by-two window, a row of windows at a time.
fn quads<'a>(shape: &PoolShape, plane: &'a [f32]) -> impl Iterator<Item = [&'a [f32]; 2]> {
    let width = shape.input.width;
    let used = 2 * shape.output.width;
    plane.chunks_exact(2 * width).map(move |rows| [&rows[..used], &rows[width..width + used]])
}

/// [`pool`] for two-by-two windows.
fn halve_max(shape: &PoolShape, input: &[f32], output: &mut [f32]) {
    for (output, [upper, lower]) in output.chunks_exact_mut(shape.output.width).zip(quads(shape, input)) {
        let (upper, lower) = (upper.as_chunks::<2>().0, lower.as_chunks::<2>().0);
        for ((output, upper), lower) in output.iter_mut().zip(upper).zip(lower) {
            let mut largest = upper[0];
            for value in [upper[1], lower[0], lower[1]] {
                largest = if beats(value, largest) { value } else { largest };
            }
            *output = largest;
        }
    }
}

/// [`unpool`] for two-by-two windows: every value is written once.
fn halve_max_backward(shape: &PoolShape, input: &[f32], output_gradient: &[f32], input_gradient: &mut [f32]) {
    let (width, columns) = (shape.input.width, shape.output.width);
    let rows = quads(shape, input).zip(output_gradient.chunks_exact(columns));
    let mut targets = input_gradient.chunks_exact_mut(2 * width);
    for (target, ([upper, lower], gradient)) in targets.by_ref().zip(rows) {
        let (upper_target, lower_target) = target.split_at_mut(width);
        upper_target[2 * columns..].fill(0.0);
        lower_target[2 * columns..].fill(0.0);
        for (column, &gradient) in gradient.iter().enumerate() {
            let at = 2 * column;
            let values = [upper[at], upper[at + 1], lower[at], lower[at + 1]];
            let (mut best, mut largest) = (0, values[0]);
            for (place, &value) in values.iter().enumerate().skip(1) {
                if beats(value, largest) {
                    (best, largest) = (place, value);
                }
            }
            let share = |place| if best == place { gradient } else { 0.0 };
            (upper_target[at], upper_target[at + 1]) = (share(0), share(1));
            (lower_target[at], lower_target[at + 1]) = (share(2), share(3));
        }
    }
    targets.into_remainder().fill(0.0);
}
