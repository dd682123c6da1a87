//! Local response normalisation (Krizhevsky, Sutskever & Hinton, 2012) across channels.
//!
//! With `s` the sum of the squares of a channel and its neighbours at one place, and `d = k + α/n · s`, it is
//! `y = x d^-β`. With `g` the gradient by `y`, that by `x` is `g d^-β - 2αβ/n · x · Σ g y / d`, the sum over the
//! channels whose neighbour this one is: since `n` is odd, those are its neighbours.

use super::pieces;
use super::scratch::{Lanes, Scratch};
use super::shared::Shared;
use super::simd::{self, Kernel, Simd};
use crate::cpu::Cpu;
use crate::elementary::{exp, ln};
use crate::geometry::{LANES, Lrn, MapShape};
use std::ops::Range;

/// Maps of a batch, and how they are normalised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LrnShape {
    /// The number of images.
    pub batch: usize,
    /// The maps of one.
    pub maps: MapShape,
    /// The settings.
    pub lrn: Lrn,
}

impl LrnShape {
    /// The channels to each side that count; there are no more than all others.
    fn reach(&self) -> usize {
        (self.lrn.size / 2).min(self.maps.channels.saturating_sub(1))
    }

    /// The channels of a place, with zeros on both sides.
    fn line(&self) -> usize {
        self.maps.blocks() * LANES + 2 * self.reach()
    }

    /// Bands of places: the image, and which of its places.
    fn bands(self) -> impl Iterator<Item = (usize, Range<usize>)> + Send {
        let area = self.maps.area();
        let each = area.div_ceil(pieces::WANTED.div_ceil(self.batch.max(1))).max(1);
        (0..self.batch).flat_map(move |image| {
            (0..area).step_by(each).map(move |start| (image, start..area.min(start + each)))
        })
    }

    /// Where the values of a block of channels at a place lie.
    fn lanes(&self, image: usize, block: usize, place: usize) -> Range<usize> {
        let start = image * self.maps.stored() + (block * self.maps.area() + place) * LANES;
        start..start + LANES
    }
}

/// Normalises maps. Padding stays zero.
pub fn forward(shape: &LrnShape, input: &[f32], output: &mut [f32], scratch: &mut Scratch) {
    assert_eq!([input.len(), output.len()], [shape.batch * shape.maps.stored(); 2], "{shape:?}");
    let output = Shared::new(output);
    over_bands(shape, 1, scratch, |line, image, places| {
        simd::run(Cpu::active(), Forward { shape, line, image, places, input, output });
    });
}

/// Computes the gradient by the input out of that by the output.
pub fn backward(
    shape: &LrnShape,
    input: &[f32],
    output_gradient: &[f32],
    input_gradient: &mut [f32],
    scratch: &mut Scratch,
) {
    let lengths = [input.len(), output_gradient.len(), input_gradient.len()];
    assert_eq!(lengths, [shape.batch * shape.maps.stored(); 3], "{shape:?}");
    let input_gradient = Shared::new(input_gradient);
    over_bands(shape, 3, scratch, |lines, image, places| {
        let kernel = Backward { shape, lines, image, places, input, output_gradient, input_gradient };
        simd::run(Cpu::active(), kernel);
    });
}

/// Does the work of every band, with lines of scratch that are zero.
fn over_bands(
    shape: &LrnShape,
    lines: usize,
    scratch: &mut Scratch,
    work: impl Fn(&mut [f32], usize, Range<usize>) + Sync,
) {
    let need = lines * shape.line();
    let (_, lanes) = scratch.bench().floats_and_lanes(0, need, shape.batch * shape.maps.stored());
    let Lanes { floats, each } = lanes;
    let lanes = pieces::lanes_of(floats, each);
    pieces::for_each_with_scratch(shape.bands(), lanes, |scratch, (image, places)| {
        let lines = &mut scratch[..need];
        lines.fill(0.0);
        work(lines, image, places);
    });
}

/// Normalises some places of an image.
struct Forward<'a> {
    shape: &'a LrnShape,
    /// The squares at a place.
    line: &'a mut [f32],
    image: usize,
    places: Range<usize>,
    input: &'a [f32],
    output: Shared<'a>,
}

impl Kernel for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Forward { shape, line, image, places, input, output } = self;
        let reach = shape.reach();
        for place in places {
            for (block, squares) in
                line[reach..].chunks_exact_mut(LANES).take(shape.maps.blocks()).enumerate()
            {
                let values = &input[shape.lanes(image, block, place)];
                squares.iter_mut().zip(values).for_each(|(square, value)| *square = value * value);
            }
            for block in 0..shape.maps.blocks() {
                let range = shape.lanes(image, block, place);
                let scales = scales(shape.lrn, &neighbours(line, block * LANES, reach));
                let powers = powers(shape.lrn, &scales);
                // SAFETY: no two bands have a place in common, nor have two blocks.
                let target = unsafe { output.part(range.clone()) };
                let values = input[range].iter().zip(&powers);
                target.iter_mut().zip(values).for_each(|(target, (value, power))| *target = value * power);
            }
        }
    }
}

/// Computes gradients at some places of an image.
struct Backward<'a> {
    shape: &'a LrnShape,
    /// Squares, the summands of the sums over neighbours, and powers, all of a place.
    lines: &'a mut [f32],
    image: usize,
    places: Range<usize>,
    input: &'a [f32],
    output_gradient: &'a [f32],
    input_gradient: Shared<'a>,
}

impl Kernel for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Backward { shape, lines, image, places, input, output_gradient, input_gradient } = self;
        let (reach, blocks, lrn) = (shape.reach(), shape.maps.blocks(), shape.lrn);
        let (squares, rest) = lines.split_at_mut(shape.line());
        let (summands, kept) = rest.split_at_mut(shape.line());
        let slope = 2.0 * lrn.alpha * lrn.beta / lrn.size as f32;
        for place in places {
            for (block, squares) in squares[reach..].chunks_exact_mut(LANES).take(blocks).enumerate() {
                let values = &input[shape.lanes(image, block, place)];
                squares.iter_mut().zip(values).for_each(|(square, value)| *square = value * value);
            }
            for block in 0..blocks {
                let range = shape.lanes(image, block, place);
                let scales = scales(lrn, &neighbours(squares, block * LANES, reach));
                let powers = powers(lrn, &scales);
                kept[block * LANES..][..LANES].copy_from_slice(&powers);
                let (values, gradients) = (&input[range.clone()], &output_gradient[range]);
                let summands = &mut summands[reach + block * LANES..][..LANES];
                for lane in 0..LANES {
                    summands[lane] = gradients[lane] * values[lane] * powers[lane] / scales[lane];
                }
            }
            for block in 0..blocks {
                let range = shape.lanes(image, block, place);
                let sums = neighbours(summands, block * LANES, reach);
                let powers = &kept[block * LANES..][..LANES];
                let (values, gradients) = (&input[range.clone()], &output_gradient[range.clone()]);
                // SAFETY: no two bands have a place in common, nor have two blocks.
                let target = unsafe { input_gradient.part(range) };
                for lane in 0..LANES {
                    target[lane] = gradients[lane] * powers[lane] - slope * values[lane] * sums[lane];
                }
            }
        }
    }
}

/// For each of sixteen channels the sum over it and its neighbours, out of a line.
#[inline(always)]
fn neighbours(line: &[f32], first: usize, reach: usize) -> [f32; LANES] {
    let mut sums = [0.0; LANES];
    for shift in 0..2 * reach + 1 {
        let part = &line[first + shift..][..LANES];
        for lane in 0..LANES {
            sums[lane] += part[lane];
        }
    }
    sums
}

/// `k + α/n · s`.
#[inline(always)]
fn scales(lrn: Lrn, sums: &[f32; LANES]) -> [f32; LANES] {
    let share = lrn.alpha / lrn.size as f32;
    let mut scales = [0.0; LANES];
    for lane in 0..LANES {
        scales[lane] = lrn.k + share * sums[lane];
    }
    scales
}

/// `d^-β`.
#[inline(always)]
fn powers(lrn: Lrn, scales: &[f32; LANES]) -> [f32; LANES] {
    let mut powers = [0.0; LANES];
    for lane in 0..LANES {
        powers[lane] = exp(-lrn.beta * ln(scales[lane]));
    }
    powers
}
