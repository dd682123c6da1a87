//! Convolutions in groups: each filter looks at the channels of its group alone.
//!
//! The sixteen channels of a block may be of several groups. So for each of a filter's inputs in turn, a row of what
//! lies under the sixteen filters of a block is put side by side, and then every vector of products is one of sixteen
//! sums. Of a depthwise convolution such a row is a row of the maps as it is.

use super::ConvShape;
use crate::geometry::{LANES, MapShape};
use crate::kernels::scratch::Lanes;
use crate::kernels::simd::{self, Kernel, Simd};
use crate::kernels::{Epilogue, Scratch, activation, pieces};
use std::ops::Range;

type Vector = [f32; LANES];

/// Which channels of the one side go with the channels of a block of the other.
#[derive(Clone, Copy)]
struct Partners {
    maps: MapShape,
    planes: bool,
    /// For each lane its first partner; none for lanes that are padding.
    first: [Option<usize>; LANES],
}

impl Partners {
    /// Of a block of `of` channels, each group of `own`, with groups of `theirs` channels of `maps`.
    fn new(of: usize, own: usize, block: usize, maps: MapShape, theirs: usize, planes: bool) -> Partners {
        let first = std::array::from_fn(|lane| {
            let channel = block * LANES + lane;
            (channel < of).then(|| channel / own * theirs)
        });
        Partners { maps, planes, first }
    }

    /// Puts a row of the partners with a number within their groups side by side.
    #[inline(always)]
    fn row(&self, image: &[f32], number: usize, row: usize, into: &mut [Vector]) {
        let MapShape { height, width, .. } = self.maps;
        let step = if self.planes { 1 } else { LANES };
        let start = |channel: usize| match self.planes {
            true => (channel * height + row) * width,
            false => (channel / LANES * height + row) * width * LANES + channel % LANES,
        };
        if !self.planes && self.first[0].is_some_and(|first| self.is_block(first, number)) {
            let from = start(self.first[0].unwrap_or(0) + number);
            let (vectors, _) = image[from..from + width * LANES].as_chunks::<LANES>();
            return into.copy_from_slice(vectors);
        }
        for (lane, first) in self.first.into_iter().enumerate() {
            let Some(first) = first else {
                into.iter_mut().for_each(|vector| vector[lane] = 0.0);
                continue;
            };
            let from = image[start(first + number)..].iter().step_by(step);
            into.iter_mut().zip(from).for_each(|(vector, value)| vector[lane] = *value);
        }
    }

    /// Whether the partners are a block of the maps in its order, padding included.
    fn is_block(&self, first: usize, number: usize) -> bool {
        let begins = (first + number).is_multiple_of(LANES);
        let follows = |(lane, partner): (usize, &Option<usize>)| match partner {
            Some(partner) => *partner == first + lane,
            None => first + number + lane >= self.maps.channels,
        };
        begins && self.first.iter().enumerate().all(follows)
    }
}

/// The positions of a kernel's row or column at which it lies on a place inside of an extent.
fn positions(tap: usize, stride: usize, before: usize, extent: usize, outputs: usize) -> Range<usize> {
    let start = before.saturating_sub(tap).div_ceil(stride).min(outputs);
    let end = match (extent + before).checked_sub(tap + 1) {
        Some(last) => (last / stride + 1).min(outputs),
        None => 0,
    };
    start..end.max(start)
}

/// Convolves maps.
pub(super) fn forward(
    shape: &ConvShape,
    input: &[f32],
    weight: &[f32],
    epilogue: Epilogue<'_>,
    output: &mut [f32],
    scratch: &mut Scratch,
) {
    let blocks = shape.output.blocks();
    let each = shape.output.area() * LANES;
    over_blocks(
        shape,
        shape.input.width,
        0,
        scratch,
        output.chunks_exact_mut(each),
        |rows, index, output| {
            let (image, block) = (index / blocks, index % blocks);
            let input = &input[image * shape.input_stored()..][..shape.input_stored()];
            simd::run(shape.cpu(), Forward { shape, input, weight, block, row: rows, output: &mut *output });
            finish(shape, epilogue, block, output);
        },
    );
}

/// Does to sums what is to be done before they are stored.
fn finish(shape: &ConvShape, epilogue: Epilogue<'_>, block: usize, sums: &mut [f32]) {
    let [factors, summands] = epilogue.block(block, shape.output.channels);
    for values in sums.as_chunks_mut::<LANES>().0 {
        for lane in 0..LANES {
            values[lane] = values[lane] * factors[lane] + summands[lane];
        }
    }
    simd::run(shape.cpu(), activation::Apply { activation: epilogue.activation, values: &mut *sums });
    let padding = shape.output.channels.saturating_sub(block * LANES).min(LANES);
    if padding < LANES {
        sums.as_chunks_mut::<LANES>().0.iter_mut().for_each(|values| values[padding..].fill(0.0));
    }
}

/// Computes the gradient by the maps.
pub(super) fn input_gradient(
    shape: &ConvShape,
    output_gradient: &[f32],
    weight: &[f32],
    input_gradient: &mut [f32],
    scratch: &mut Scratch,
) {
    let blocks = shape.input.blocks();
    let each = shape.input.area() * LANES;
    let chunks = input_gradient.chunks_exact_mut(each);
    over_blocks(shape, shape.output.width, 0, scratch, chunks, |row, index, target| {
        let (image, block) = (index / blocks, index % blocks);
        let gradient = &output_gradient[image * shape.output.stored()..][..shape.output.stored()];
        simd::run(shape.cpu(), InputGradient { shape, gradient, weight, block, row, target });
    });
}

/// Computes the gradient by the weights.
pub(super) fn weight_gradient(
    shape: &ConvShape,
    input: &[f32],
    output_gradient: &[f32],
    weight_gradient: &mut [f32],
    scratch: &mut Scratch,
) {
    let depth = shape.depth();
    let chunks = weight_gradient.chunks_mut(LANES * depth);
    over_blocks(shape, shape.input.width, depth, scratch, chunks, |room, block, target| {
        let (row, sums) = room.split_at_mut(shape.input.width);
        sums.fill([0.0; LANES]);
        simd::run(shape.cpu(), WeightGradient { shape, input, output_gradient, block, row, sums });
        for (lane, weights) in target.chunks_exact_mut(depth).enumerate() {
            weights.iter_mut().zip(&*sums).for_each(|(weight, sum)| *weight = sum[lane]);
        }
    });
}

/// Does the work for each chunk, with room for a row of `width` vectors and `more`.
fn over_blocks<'t>(
    shape: &ConvShape,
    width: usize,
    more: usize,
    scratch: &mut Scratch,
    chunks: impl Iterator<Item = &'t mut [f32]> + Send,
    work: impl Fn(&mut [Vector], usize, &mut [f32]) + Sync,
) {
    let need = (width + more) * LANES;
    let (_, Lanes { floats, each }) = scratch.bench().floats_and_lanes(0, need, shape.volume());
    let lanes = pieces::lanes_of(floats, each);
    pieces::for_each_with_scratch(chunks.enumerate(), lanes, |scratch, (index, chunk)| {
        work(scratch[..need].as_chunks_mut::<LANES>().0, index, chunk);
    });
}

/// A weight of each of sixteen lanes.
#[inline(always)]
fn weights(indices: impl Fn(usize) -> Option<usize>, weight: &[f32]) -> Vector {
    let mut weights = [0.0; LANES];
    for (lane, value) in weights.iter_mut().enumerate() {
        *value = indices(lane).map_or(0.0, |index| weight[index]);
    }
    weights
}

/// The sums of a block of filters of an image.
struct Forward<'a> {
    shape: &'a ConvShape,
    input: &'a [f32],
    weight: &'a [f32],
    block: usize,
    row: &'a mut [Vector],
    output: &'a mut [f32],
}

impl Kernel for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Forward { shape, input, weight, block, row, output } = self;
        let (window, maps) = (shape.window, shape.output);
        let ([height, width], [down, right]) = (window.kernel, window.stride);
        let partners = shape.inputs_of(block);
        output.fill(0.0);
        let (output, _) = output.as_chunks_mut::<LANES>();
        for number in 0..shape.group_channels() {
            for ky in 0..height {
                for y in positions(ky, down, window.padding.top, shape.input.height, maps.height) {
                    partners.row(input, number, y * down + ky - window.padding.top, row);
                    let sums = &mut output[y * maps.width..][..maps.width];
                    for kx in 0..width {
                        let tap = (number * height + ky) * width + kx;
                        let index = |lane: usize| {
                            let filter = block * LANES + lane;
                            (filter < maps.channels).then(|| filter * shape.depth() + tap)
                        };
                        let factors = simd.of(&weights(index, weight));
                        let columns =
                            positions(kx, right, window.padding.left, shape.input.width, maps.width);
                        for x in columns {
                            let value = simd.of(&row[x * right + kx - window.padding.left]);
                            sums[x] = simd.to_array(simd.mul_add(factors, value, simd.of(&sums[x])));
                        }
                    }
                }
            }
        }
    }
}

/// The gradient by a block of channels of an image.
struct InputGradient<'a> {
    shape: &'a ConvShape,
    gradient: &'a [f32],
    weight: &'a [f32],
    block: usize,
    row: &'a mut [Vector],
    target: &'a mut [f32],
}

impl Kernel for InputGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let InputGradient { shape, gradient, weight, block, row, target } = self;
        let (window, input, output) = (shape.window, shape.input, shape.output);
        let ([height, width], [down, right]) = (window.kernel, window.stride);
        let (each, filters) = (shape.group_channels(), shape.group_filters());
        let partners = Partners::new(input.channels, each, block, output, filters, false);
        target.fill(0.0);
        let (target, _) = target.as_chunks_mut::<LANES>();
        for number in 0..filters {
            for ky in 0..height {
                for y in positions(ky, down, window.padding.top, input.height, output.height) {
                    partners.row(gradient, number, y, row);
                    let sums =
                        &mut target[(y * down + ky - window.padding.top) * input.width..][..input.width];
                    for kx in 0..width {
                        let index = |lane: usize| {
                            let channel = block * LANES + lane;
                            let tap = ((channel % each) * height + ky) * width + kx;
                            (channel < input.channels)
                                .then(|| (channel / each * filters + number) * shape.depth() + tap)
                        };
                        let factors = simd.of(&weights(index, weight));
                        for x in positions(kx, right, window.padding.left, input.width, output.width) {
                            let sum = &mut sums[x * right + kx - window.padding.left];
                            *sum = simd.to_array(simd.mul_add(factors, simd.of(&row[x]), simd.of(sum)));
                        }
                    }
                }
            }
        }
    }
}

/// The gradient by the weights of a block of filters, over the batch.
struct WeightGradient<'a> {
    shape: &'a ConvShape,
    input: &'a [f32],
    output_gradient: &'a [f32],
    block: usize,
    row: &'a mut [Vector],
    /// For each weight of a filter, the sums of sixteen filters.
    sums: &'a mut [Vector],
}

impl Kernel for WeightGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let WeightGradient { shape, input, output_gradient, block, row, sums } = self;
        let (window, maps) = (shape.window, shape.output);
        let ([height, width], [down, right]) = (window.kernel, window.stride);
        let partners = shape.inputs_of(block);
        for image in 0..shape.batch {
            let input = &input[image * shape.input_stored()..][..shape.input_stored()];
            let gradient = &output_gradient[image * maps.stored() + block * maps.area() * LANES..];
            let (gradient, _) = gradient[..maps.area() * LANES].as_chunks::<LANES>();
            for number in 0..shape.group_channels() {
                for ky in 0..height {
                    for y in positions(ky, down, window.padding.top, shape.input.height, maps.height) {
                        partners.row(input, number, y * down + ky - window.padding.top, row);
                        let gradients = &gradient[y * maps.width..][..maps.width];
                        for kx in 0..width {
                            let columns =
                                positions(kx, right, window.padding.left, shape.input.width, maps.width);
                            let mut sum = simd.zero();
                            for x in columns {
                                let value = simd.of(&row[x * right + kx - window.padding.left]);
                                sum = simd.mul_add(simd.of(&gradients[x]), value, sum);
                            }
                            let total = &mut sums[(number * height + ky) * width + kx];
                            *total = simd.to_array(simd.add(simd.of(total), sum));
                        }
                    }
                }
            }
        }
    }
}

impl ConvShape {
    /// The channels that each filter looks at.
    fn group_channels(&self) -> usize {
        self.input.channels / self.groups
    }

    /// The filters of a group.
    fn group_filters(&self) -> usize {
        self.output.channels / self.groups
    }

    /// What the filters of a block look at.
    fn inputs_of(&self, block: usize) -> Partners {
        let (own, theirs) = (self.group_filters(), self.group_channels());
        Partners::new(self.output.channels, own, block, self.input, theirs, self.planes)
    }
}
