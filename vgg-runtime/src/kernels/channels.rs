//! Where the values of a channel lie, and sums over them.

use super::activation::MultiplyDerivative;
use super::pieces;
use super::rows::{Sum, Terms};
use super::shared::Shared;
use super::simd::{self, Simd};
use crate::activation::Activation;
use crate::cpu::Cpu;
use crate::geometry::{Extent, LANES};
use std::ops::Range;

/// The layout of a batch of maps or vectors.
///
/// Channels are taken in groups of up to [`LANES`], whose values lie side by side: a block of maps, or
/// a piece of a vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channels {
    batch: usize,
    extent: Extent,
}

/// Values of one group of channels: rows of `width` values, one row behind the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plane {
    /// The first channel.
    pub(super) first: usize,
    /// The number of channels, padding not counted.
    pub(super) channels: usize,
    /// The number of values of a row, padding counted.
    pub(super) width: usize,
}

impl Plane {
    /// The values of a tensor with one value a channel, filled up with zeros.
    pub(super) fn of(&self, tensor: &[f32]) -> [f32; LANES] {
        let mut lanes = [0.0; LANES];
        lanes[..self.channels].copy_from_slice(&tensor[self.first..][..self.channels]);
        lanes
    }

    /// Sets what is padding to zero again.
    pub(super) fn clear_padding(&self, values: &mut [f32]) {
        if self.channels < self.width {
            values.chunks_exact_mut(self.width).for_each(|row| row[self.channels..].fill(0.0));
        }
    }
}

impl Channels {
    /// The layout of `batch` images.
    pub const fn new(batch: usize, extent: Extent) -> Channels {
        Channels { batch, extent }
    }

    /// What there is of one image.
    pub const fn extent(self) -> Extent {
        self.extent
    }

    /// The number of floats of the batch.
    pub const fn stored(self) -> usize {
        self.batch * self.extent.stored()
    }

    /// The number of values of one channel in the whole batch.
    pub const fn count(self) -> usize {
        self.batch * self.extent.area()
    }

    /// Whether zeros fill up the last block.
    pub(super) const fn is_padded(self) -> bool {
        self.extent.stored() > self.extent.elements()
    }

    /// The group of so many.
    fn plane(self, group: usize) -> Plane {
        let first = group * LANES;
        let channels = LANES.min(self.extent.channels() - first);
        let width = match self.extent {
            Extent::Maps(_) => LANES,
            Extent::Vector(_) => channels,
        };
        Plane { first, channels, width }
    }

    /// Where the rows of a group lie, image by image: ranges of whole rows.
    fn rows(self, plane: Plane) -> impl Iterator<Item = Range<usize>> {
        let (start, length) = match self.extent {
            Extent::Maps(maps) => (plane.first * maps.area(), LANES * maps.area()),
            Extent::Vector(_) => (plane.first, plane.width),
        };
        let image = self.extent.stored();
        (0..self.batch).map(move |index| index * image + start..index * image + start + length)
    }

    /// Adds up what there is of each channel in parallel. `sum` adds rows of a group to totals; it gets where
    /// they lie, and what is in the outputs. `finish` gets the totals of a channel, its number, and what was in
    /// the outputs.
    pub(super) fn reduce<const N: usize>(
        self,
        outputs: [&mut [f32]; N],
        sum: impl Fn(Plane, Range<usize>, &[[f32; LANES]; N], &mut [[f64; LANES]; N]) + Sync,
        finish: impl Fn([f64; N], usize, [f32; N]) -> [f32; N] + Sync,
    ) {
        let mut chunks = outputs.map(|output| output.chunks_mut(LANES));
        let groups = self.extent.channels().div_ceil(LANES);
        let groups = (0..groups).filter_map(|group| {
            let mut parts = chunks.each_mut().map(Iterator::next);
            parts
                .iter()
                .all(Option::is_some)
                .then(|| (group, parts.each_mut().map(|part| part.take().unwrap_or_default())))
        });
        pieces::for_each(groups, self.stored(), |(group, mut outputs)| {
            let plane = self.plane(group);
            let mut old = [[0.0; LANES]; N];
            for (old, output) in old.iter_mut().zip(&outputs) {
                old[..output.len()].copy_from_slice(output);
            }
            let mut totals = [[0.0; LANES]; N];
            for rows in self.rows(plane) {
                sum(plane, rows, &old, &mut totals);
            }
            for lane in 0..plane.channels {
                let old = old.map(|old| old[lane]);
                let results = finish(totals.map(|totals| totals[lane]), plane.first + lane, old);
                outputs.iter_mut().zip(results).for_each(|(output, result)| output[lane] = result);
            }
        });
    }

    /// Does what [`reduce`](Channels::reduce) does, and lets `sum` change the rows, which it gets some at a
    /// time: so few that they stay in the first cache.
    pub(super) fn reduce_changed<const N: usize>(
        self,
        values: &mut [f32],
        outputs: [&mut [f32]; N],
        sum: impl Fn(Plane, Range<usize>, &mut [f32], &mut [[f64; LANES]; N]) + Sync,
        finish: impl Fn([f64; N], usize, [f32; N]) -> [f32; N] + Sync,
    ) {
        assert_eq!(values.len(), self.stored());
        let values = Shared::new(values);
        self.reduce(
            outputs,
            |plane, rows, _, totals| {
                for start in rows.clone().step_by(HOT * plane.width) {
                    let range = start..rows.end.min(start + HOT * plane.width);
                    // SAFETY: the rows of a group are those of one piece, and no two groups share values.
                    let rows = unsafe { values.part(range.clone()) };
                    sum(plane, range, rows, totals);
                }
            },
            finish,
        );
    }

    /// The mean of some values of each channel of the first image: a number near the mean of all.
    pub(super) fn sample(self, values: &[f32], means: &mut [f32]) {
        const SAMPLES: usize = 16;
        for (group, means) in means.chunks_mut(LANES).enumerate() {
            let plane = self.plane(group);
            let Some(rows) = self.rows(plane).next() else { return };
            let rows = values[rows].chunks_exact(plane.width);
            let step = rows.len().div_ceil(SAMPLES).max(1);
            let count = rows.len().div_ceil(step);
            means.fill(0.0);
            for row in rows.step_by(step) {
                means.iter_mut().zip(row).for_each(|(mean, value)| *mean += value / count as f32);
            }
        }
    }

    /// Does work for the rows of each group and image in parallel, which it gets with where they lie.
    pub(super) fn for_each_plane(
        self,
        values: &mut [f32],
        work: impl Fn(Plane, Range<usize>, &mut [f32]) + Sync,
    ) {
        assert_eq!(values.len(), self.stored());
        let volume = values.len();
        match self.extent {
            Extent::Maps(maps) => {
                let length = LANES * maps.area();
                pieces::for_each(values.chunks_exact_mut(length).enumerate(), volume, |(index, values)| {
                    work(self.plane(index % maps.blocks()), index * length..(index + 1) * length, values);
                });
            }
            Extent::Vector(features) => {
                pieces::for_each(values.chunks_exact_mut(features).enumerate(), volume, |(image, values)| {
                    for (group, values) in values.chunks_mut(LANES).enumerate() {
                        let start = image * features + group * LANES;
                        work(self.plane(group), start..start + values.len(), values);
                    }
                });
            }
        }
    }
}

/// The rows that stay in the first cache between two loops over them.
pub(super) const HOT: usize = 128;

/// The values themselves.
#[derive(Clone, Copy)]
struct Plain;

impl Terms<1, 1> for Plain {
    #[inline(always)]
    fn of<S: Simd>(&self, _: S, row: [S::Vector; 1]) -> [S::Vector; 1] {
        row
    }
}

/// The sum of each channel over all images: the gradient of a bias.
pub fn sum(layout: Channels, values: &[f32], totals: &mut [f32]) {
    assert_eq!((values.len(), totals.len()), (layout.stored(), layout.extent.channels()));
    let cpu = Cpu::active();
    layout.reduce(
        [totals],
        |plane, range, _, totals| {
            simd::run(cpu, Sum { width: plane.width, rows: [&values[range]], terms: Plain, totals });
        },
        |[total], _, _| [total as f32],
    );
}

/// Multiplies gradients by the derivative of an activation, as
/// [`multiply_derivative`](super::activation::multiply_derivative) does, and adds them up as [`sum`] does.
pub fn multiply_derivative_and_sum(
    layout: Channels,
    activation: Activation,
    at: &[f32],
    gradient: &mut [f32],
    totals: &mut [f32],
) {
    assert_eq!((at.len(), totals.len()), (layout.stored(), layout.extent.channels()));
    let cpu = Cpu::active();
    layout.reduce_changed(
        gradient,
        [totals],
        |plane, range, gradient, totals| {
            simd::run(cpu, MultiplyDerivative { activation, at: &at[range], gradient: &mut *gradient });
            simd::run(cpu, Sum { width: plane.width, rows: [gradient], terms: Plain, totals });
        },
        |[total], _, _| [total as f32],
    );
}
