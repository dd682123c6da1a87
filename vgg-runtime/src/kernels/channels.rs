//! Where the values of a channel lie, and sums over them.

use super::pieces;
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

    /// Adds up a function of each value of a channel in parallel: `sum` adds rows to running sums, which lie
    /// in `f64`; `finish` gets the sums of a channel, its number, and what was in the outputs.
    ///
    /// A running sum takes at most 16 values in `f32`, so the error grows with the root of the number of
    /// such runs, not of values.
    pub(super) fn reduce<const N: usize>(
        self,
        outputs: [&mut [f32]; N],
        sum: impl Fn(Plane, Range<usize>, &mut [[f32; LANES]; N]) + Sync,
        finish: impl Fn([f64; N], usize, [f32; N]) -> [f32; N] + Sync,
    ) {
        const RUN: usize = 16;
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
            let mut totals = [[0.0_f64; LANES]; N];
            let mut lanes = [[0.0_f32; LANES]; N];
            let mut held = 0;
            let mut flush = |lanes: &mut [[f32; LANES]; N]| {
                for (totals, lanes) in totals.iter_mut().zip(lanes) {
                    totals.iter_mut().zip(&*lanes).for_each(|(total, &lane)| *total += f64::from(lane));
                    *lanes = [0.0; LANES];
                }
            };
            for rows in self.rows(plane) {
                let mut start = rows.start;
                while start < rows.end {
                    let end = rows.end.min(start + (RUN - held) * plane.width);
                    sum(plane, start..end, &mut lanes);
                    held += (end - start) / plane.width;
                    start = end;
                    if held == RUN {
                        flush(&mut lanes);
                        held = 0;
                    }
                }
            }
            flush(&mut lanes);
            for lane in 0..plane.channels {
                let old = outputs.each_ref().map(|output| output[lane]);
                let results = finish(totals.map(|totals| totals[lane]), plane.first + lane, old);
                outputs.iter_mut().zip(results).for_each(|(output, result)| output[lane] = result);
            }
        });
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

/// Adds a function of the values of rows to running sums.
#[inline(always)]
pub(super) fn add_rows(
    plane: Plane,
    values: &[f32],
    sums: &mut [f32; LANES],
    term: impl Fn(usize, f32) -> f32,
) {
    if plane.width == LANES {
        for row in values.as_chunks::<LANES>().0 {
            for lane in 0..LANES {
                sums[lane] += term(lane, row[lane]);
            }
        }
        return;
    }
    for row in values.chunks_exact(plane.width) {
        for (lane, &value) in row.iter().enumerate() {
            sums[lane] += term(lane, value);
        }
    }
}

/// [`add_rows`] for a function of two values.
#[inline(always)]
pub(super) fn add_rows_of_two(
    plane: Plane,
    [a, b]: [&[f32]; 2],
    sums: &mut [f32; LANES],
    term: impl Fn(usize, f32, f32) -> f32,
) {
    if plane.width == LANES {
        for (a, b) in a.as_chunks::<LANES>().0.iter().zip(b.as_chunks::<LANES>().0) {
            for lane in 0..LANES {
                sums[lane] += term(lane, a[lane], b[lane]);
            }
        }
        return;
    }
    for (a, b) in a.chunks_exact(plane.width).zip(b.chunks_exact(plane.width)) {
        for (lane, (&a, &b)) in a.iter().zip(b).enumerate() {
            sums[lane] += term(lane, a, b);
        }
    }
}

/// The sum of each channel over all images: the gradient of a bias.
pub fn sum(layout: Channels, values: &[f32], totals: &mut [f32]) {
    assert_eq!((values.len(), totals.len()), (layout.stored(), layout.extent.channels()));
    layout.reduce(
        [totals],
        |plane, range, [sums]| add_rows(plane, &values[range], sums, |_, value| value),
        |[total], _, _| [total as f32],
    );
}
