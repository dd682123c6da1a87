//! Pools over windows, and the mean over whole maps.
//!
//! Only values inside the image count: padding is never the largest value, and no part of a mean. A
//! window without any gives zero. Maps are in blocks of channels; each channel of a block has a pool of its
//! own.

pub mod adaptive;
mod halving;

use super::{pieces, simd};
use crate::activation::Activation;
use crate::cpu::Cpu;
use crate::geometry::{LANES, MapShape, PoolMode, PoolWindow};
use halving::{Halve, HalveBackward};
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
        let expected = (self.batch * self.input.stored(), self.batch * self.output.stored());
        assert_eq!((input.len(), output.len()), expected, "lengths of input and output of {self:?}");
    }

    /// Whether it takes the largest of every two by two values.
    fn is_halving(&self) -> bool {
        self.pool.halves()
    }

    /// The rows and columns of the image that the window at a place of the output covers.
    fn covered(&self, row: usize, column: usize) -> Covered {
        let window = self.pool.window;
        let along = |axis: usize, position: usize, before: usize, extent: usize| {
            let start = position * window.stride[axis];
            let end = (start + window.kernel[axis]).saturating_sub(before).min(extent);
            start.saturating_sub(before).min(end)..end
        };
        let rows = along(0, row, window.padding.top, self.input.height);
        (rows, along(1, column, window.padding.left, self.input.width))
    }
}

/// The rows and columns of the image that a window covers.
type Covered = (Range<usize>, Range<usize>);

/// The values of sixteen channels at one place.
type Lanes = [f32; LANES];

/// Pools maps.
pub fn forward(shape: &PoolShape, input: &[f32], output: &mut [f32]) {
    shape.check(input, output);
    let (input_block, output_block) = (LANES * shape.input.area(), LANES * shape.output.area());
    let blocks = input.chunks_exact(input_block).zip(output.chunks_exact_mut(output_block));
    let cpu = Cpu::active();
    pieces::for_each(blocks, input.len(), |(input, output)| {
        if shape.is_halving() {
            return simd::run(cpu, Halve { shape, input: lanes(input), output: lanes_mut(output) });
        }
        let (input, output) = (lanes(input), lanes_mut(output));
        match shape.pool.mode {
            PoolMode::Max => pool(shape, output, |covered| largest(shape, input, covered)),
            PoolMode::Average => pool(shape, output, |covered| mean(shape.input.width, input, covered)),
        }
    });
}

/// Whether the gradient can pass through a pool and the activation before it at once: where it is a function
/// of the largest value, which the pool finds anyway.
pub fn passes_through(pool: PoolWindow, activation: Activation) -> bool {
    pool.mode == PoolMode::Max && activation == Activation::Relu
}

/// Whether gradients pass where values are above zero only.
fn is_rectified(shape: &PoolShape, activation: Activation) -> bool {
    let rectified = passes_through(shape.pool, activation);
    assert!(rectified || activation == Activation::None, "{activation:?} does not pass through a pool");
    rectified
}

/// Computes the gradient by the maps out of that by the output. For a largest value, `input` is looked
/// through again.
///
/// If `input` is the output of an activation that [passes through](passes_through), the gradient is that by the
/// activation's input.
pub fn backward(
    shape: &PoolShape,
    activation: Activation,
    input: &[f32],
    output_gradient: &[f32],
    input_gradient: &mut [f32],
) {
    let rectified = is_rectified(shape, activation);
    shape.check(input, output_gradient);
    shape.check(input_gradient, output_gradient);
    let (input_block, output_block) = (LANES * shape.input.area(), LANES * shape.output.area());
    let blocks = input.chunks_exact(input_block).zip(input_gradient.chunks_exact_mut(input_block));
    let (cpu, blocks) = (Cpu::active(), blocks.zip(output_gradient.chunks_exact(output_block)));
    pieces::for_each(blocks, input.len(), |((input, target), gradient)| {
        let (input, target, gradient) = (lanes(input), lanes_mut(target), lanes(gradient));
        if shape.is_halving() {
            return simd::run(cpu, HalveBackward { shape, rectified, input: Some(input), gradient, target });
        }
        target.fill([0.0; LANES]);
        match shape.pool.mode {
            PoolMode::Max => unpool(shape, gradient, |covered, gradient| {
                spread_largest(shape, input, covered, rectified, gradient, target);
            }),
            PoolMode::Average => unpool(shape, gradient, |covered, gradient| {
                spread_mean(shape.input.width, covered, gradient, target);
            }),
        }
    });
}

/// Does what [`backward`] does for a pool that [halves](PoolWindow::halves) maps, and writes the gradient over the
/// values.
///
/// # Panics
/// If it is another pool.
pub fn backward_in_place(
    shape: &PoolShape,
    activation: Activation,
    output_gradient: &[f32],
    values: &mut [f32],
) {
    let rectified = is_rectified(shape, activation);
    assert!(shape.is_halving(), "the gradient of {:?} cannot take the place of its values", shape.pool);
    shape.check(values, output_gradient);
    let (input_block, output_block) = (LANES * shape.input.area(), LANES * shape.output.area());
    let (cpu, volume) = (Cpu::active(), values.len());
    let blocks = values.chunks_exact_mut(input_block).zip(output_gradient.chunks_exact(output_block));
    pieces::for_each(blocks, volume, |(values, gradient)| {
        let (target, gradient) = (lanes_mut(values), lanes(gradient));
        simd::run(cpu, HalveBackward { shape, rectified, input: None, gradient, target });
    });
}

/// The mean of each map: vectors `[image, channel]`.
pub fn global_average(input: MapShape, maps: &[f32], output: &mut [f32]) {
    let area = input.area();
    check_means(input, maps, output);
    let images = maps.chunks_exact(input.stored()).zip(output.chunks_exact_mut(input.channels));
    let blocks =
        images.flat_map(|(maps, means)| maps.chunks_exact(LANES * area).zip(means.chunks_mut(LANES)));
    pieces::for_each(blocks, maps.len(), |(maps, means)| {
        const RUN: usize = 16;
        let mut totals = [0.0_f64; LANES];
        for run in lanes(maps).chunks(RUN) {
            let mut sums = [0.0; LANES];
            run.iter().for_each(|row| add(&mut sums, row, 1.0));
            totals.iter_mut().zip(sums).for_each(|(total, sum)| *total += f64::from(sum));
        }
        means.iter_mut().zip(totals).for_each(|(mean, total)| *mean = (total / area as f64) as f32);
    });
}

/// Spreads the gradient by the mean of each map over its values.
pub fn global_average_backward(input: MapShape, output_gradient: &[f32], input_gradient: &mut [f32]) {
    let (area, volume) = (input.area(), input_gradient.len());
    check_means(input, input_gradient, output_gradient);
    let images =
        input_gradient.chunks_exact_mut(input.stored()).zip(output_gradient.chunks_exact(input.channels));
    let blocks =
        images.flat_map(|(maps, means)| maps.chunks_exact_mut(LANES * area).zip(means.chunks(LANES)));
    pieces::for_each(blocks, volume, |(maps, gradients)| {
        let mut shares = [0.0; LANES];
        shares.iter_mut().zip(gradients).for_each(|(share, gradient)| *share = gradient / area as f32);
        lanes_mut(maps).fill(shares);
    });
}

/// Panics if the slices do not hold maps and means of just as many images.
fn check_means(input: MapShape, maps: &[f32], means: &[f32]) {
    let batch = means.len() / input.channels;
    let expected = (batch * input.stored(), batch * input.channels);
    assert_eq!((maps.len(), means.len()), expected, "lengths of maps of {input} and of their means");
}

fn lanes(values: &[f32]) -> &[Lanes] {
    values.as_chunks().0
}

fn lanes_mut(values: &mut [f32]) -> &mut [Lanes] {
    values.as_chunks_mut().0
}

/// Adds a multiple of a value to a sum, for each channel.
fn add(sums: &mut Lanes, values: &Lanes, factor: f32) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += factor * value);
}

/// Fills one block of the output.
fn pool(shape: &PoolShape, output: &mut [Lanes], take: impl Fn(Covered) -> Lanes) {
    for (row, output) in output.chunks_exact_mut(shape.output.width).enumerate() {
        for (column, output) in output.iter_mut().enumerate() {
            *output = take(shape.covered(row, column));
        }
    }
}

/// Goes through one block of the gradient by the output.
fn unpool(shape: &PoolShape, gradient: &[Lanes], mut spread: impl FnMut(Covered, &Lanes)) {
    for (row, gradients) in gradient.chunks_exact(shape.output.width).enumerate() {
        for (column, gradient) in gradients.iter().enumerate() {
            spread(shape.covered(row, column), gradient);
        }
    }
}

/// Whether a value takes the place of the largest so far. What is not a number does, so that it is not
/// lost.
fn beats(value: f32, largest: f32) -> bool {
    value > largest || value.is_nan()
}

/// The places of a window in maps of a width.
fn places(width: usize, (rows, columns): Covered) -> impl Iterator<Item = usize> {
    rows.flat_map(move |row| columns.clone().map(move |column| row * width + column))
}

/// The largest value of a window for each channel.
fn largest(shape: &PoolShape, block: &[Lanes], covered: Covered) -> Lanes {
    let mut places = places(shape.input.width, covered);
    let Some(first) = places.next() else { return [0.0; LANES] };
    let mut best = block[first];
    for place in places {
        for (best, &value) in best.iter_mut().zip(&block[place]) {
            *best = if beats(value, *best) { value } else { *best };
        }
    }
    best
}

/// Adds the gradient to where the largest value of a window is, for each channel; to the first of equal ones.
/// If values are rectified, only where it is above zero.
fn spread_largest(
    shape: &PoolShape,
    block: &[Lanes],
    covered: Covered,
    rectified: bool,
    gradient: &Lanes,
    target: &mut [Lanes],
) {
    let mut best = [f32::NEG_INFINITY; LANES];
    let mut at = [u32::MAX; LANES];
    for place in places(shape.input.width, covered.clone()) {
        for lane in 0..LANES {
            let value = block[place][lane];
            let better = at[lane] == u32::MAX || beats(value, best[lane]);
            best[lane] = if better { value } else { best[lane] };
            at[lane] = if better { place as u32 } else { at[lane] };
        }
    }
    for place in places(shape.input.width, covered) {
        for lane in 0..LANES {
            let passes = at[lane] == place as u32 && !(rectified && best[lane] <= 0.0);
            target[place][lane] += if passes { gradient[lane] } else { 0.0 };
        }
    }
}

/// The mean of a window for each channel.
fn mean(width: usize, block: &[Lanes], covered: Covered) -> Lanes {
    let count = covered.0.len() * covered.1.len();
    let mut sums = [0.0; LANES];
    places(width, covered).for_each(|place| add(&mut sums, &block[place], 1.0));
    sums.map(|sum| if count > 0 { sum / count as f32 } else { 0.0 })
}

/// Shares the gradient out among the values of a window, for each channel.
fn spread_mean(width: usize, covered: Covered, gradient: &Lanes, target: &mut [Lanes]) {
    let share = 1.0 / (covered.0.len() * covered.1.len()) as f32;
    places(width, covered).for_each(|place| add(&mut target[place], gradient, share));
}
