//! Sums of products of rows with rows: the outputs of a dense layer, whose weights and input both lie in
//! rows of features.
//!
//! A tile of sums, so many units by so many images, stays in registers while the features pass: each weight
//! that comes from memory serves all images of the tile, and nothing is packed.
#![allow(clippy::needless_range_loop, reason = "several arrays of registers are indexed alike")]

use super::super::simd::{Kernel, LANES, Simd};

/// How many values ahead weights are asked for along a row: the machine itself does not look beyond a page.
const AHEAD: usize = 512;

/// The columns that are added up before their sums are: it keeps what a tile reads in the first cache, and
/// the error low.
const RUN: usize = 1024;

/// Some columns of the rows of a matrix.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    /// The values from the first on.
    pub(super) values: &'a [f32],
    /// How far one row begins behind another.
    pub(super) stride: usize,
    /// The number of rows.
    pub(super) count: usize,
    /// The number of columns.
    pub(super) columns: usize,
}

impl Rows<'_> {
    /// A pointer to a value.
    ///
    /// # Safety
    /// The row must be one of [`count`](Rows::count), and the column at most [`columns`](Rows::columns); the
    /// rows must have been [checked](Rows::check).
    #[inline(always)]
    unsafe fn at(&self, row: usize, column: usize) -> *const f32 {
        // SAFETY: the value lies inside the slice, as `check` saw and the caller says.
        unsafe { self.values.as_ptr().add(row * self.stride + column) }
    }

    /// Panics if the values are fewer than the rows have.
    fn check(&self) {
        let needed = self.count.saturating_sub(1) * self.stride + self.columns;
        assert!(self.count == 0 || needed <= self.values.len(), "rows beyond the end of a matrix");
    }
}

/// Fills `sums` `[unit, image]` with the products of the rows of weights with those of the input.
pub(super) struct Dots<'a> {
    /// A row for each unit.
    pub(super) weight: Rows<'a>,
    /// A row for each image.
    pub(super) input: Rows<'a>,
    /// What is computed.
    pub(super) sums: &'a mut [f32],
}

impl Kernel for Dots<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Dots { weight, input, sums } = self;
        weight.check();
        input.check();
        assert_eq!(weight.columns, input.columns);
        assert_eq!(sums.len(), weight.count * input.count);
        sums.fill(0.0);
        let images = input.count;
        let mut start = 0;
        while start < weight.columns {
            // With one tile of images the weights of a unit are used once: better to go along its row.
            let along = images <= most_images::<S>();
            let run = if along { weight.columns } else { RUN.min(weight.columns - start) };
            let mut unit = 0;
            while unit < weight.count {
                let units = most_units::<S>(images).min(weight.count - unit);
                let mut image = 0;
                while image < images {
                    let count = most_images::<S>().min(images - image);
                    let ahead = if along { AHEAD } else { units * weight.stride };
                    let tile = Tile { weight, input, unit, image, start, columns: run, ahead };
                    let sums = &mut sums[unit * images + image..];
                    // SAFETY: units, images and columns are those of checked rows, as the loops say.
                    unsafe { tile.dispatch(simd, units, count, sums, images) }
                    image += count;
                }
                unit += units;
            }
            start += run;
        }
    }
}

/// The most images of a tile.
#[inline(always)]
const fn most_images<S: Simd>() -> usize {
    if S::ROWS >= 12 { 4 } else { 3 }
}

/// The most units of a tile: with one image, weights come from memory once, and four rows of them at a time.
#[inline(always)]
const fn most_units<S: Simd>(images: usize) -> usize {
    if S::ROWS >= 12 || images == 1 { 4 } else { 2 }
}

/// Some units and images, and some of the columns.
struct Tile<'a> {
    weight: Rows<'a>,
    input: Rows<'a>,
    unit: usize,
    image: usize,
    start: usize,
    columns: usize,
    /// How far behind a weight the one lies that is asked for.
    ahead: usize,
}

impl Tile<'_> {
    /// Adds the products of `units` units and `images` images to `sums`, whose rows lie `stride` apart.
    ///
    /// # Safety
    /// All rows and columns must be inside the matrices, which were checked.
    #[inline(always)]
    unsafe fn dispatch<S: Simd>(
        &self,
        simd: S,
        units: usize,
        images: usize,
        sums: &mut [f32],
        stride: usize,
    ) {
        // SAFETY: the caller's.
        unsafe {
            match (units, images) {
                (4, 1) => self.add::<S, 4, 1>(simd, sums, stride),
                (4, 2) => self.add::<S, 4, 2>(simd, sums, stride),
                (4, 3) => self.add::<S, 4, 3>(simd, sums, stride),
                (4, 4) => self.add::<S, 4, 4>(simd, sums, stride),
                (3, 1) => self.add::<S, 3, 1>(simd, sums, stride),
                (3, 2) => self.add::<S, 3, 2>(simd, sums, stride),
                (3, 3) => self.add::<S, 3, 3>(simd, sums, stride),
                (3, 4) => self.add::<S, 3, 4>(simd, sums, stride),
                (2, 1) => self.add::<S, 2, 1>(simd, sums, stride),
                (2, 2) => self.add::<S, 2, 2>(simd, sums, stride),
                (2, 3) => self.add::<S, 2, 3>(simd, sums, stride),
                (2, 4) => self.add::<S, 2, 4>(simd, sums, stride),
                (1, 1) => self.add::<S, 1, 1>(simd, sums, stride),
                (1, 2) => self.add::<S, 1, 2>(simd, sums, stride),
                (1, 3) => self.add::<S, 1, 3>(simd, sums, stride),
                (1, 4) => self.add::<S, 1, 4>(simd, sums, stride),
                _ => unreachable!("a tile of {units} units and {images} images"),
            }
        }
    }

    /// [`dispatch`](Tile::dispatch) for numbers that the compiler knows.
    ///
    /// # Safety
    /// As there.
    #[inline(always)]
    unsafe fn add<S: Simd, const U: usize, const I: usize>(&self, simd: S, sums: &mut [f32], stride: usize) {
        let end = self.start + self.columns;
        let mut start = self.start;
        while start < end {
            let run = RUN.min(end - start);
            // SAFETY: the caller's.
            let run_sums = unsafe { self.run::<S, U, I>(simd, start, run) };
            for (unit, run_sums) in run_sums.iter().enumerate() {
                for (image, &sum) in run_sums.iter().enumerate() {
                    sums[unit * stride + image] += add_up(simd.to_array(sum));
                }
            }
            start += run;
        }
    }

    /// The products of one run of columns.
    ///
    /// # Safety
    /// As [`dispatch`](Tile::dispatch).
    #[inline(always)]
    unsafe fn run<S: Simd, const U: usize, const I: usize>(
        &self,
        simd: S,
        start: usize,
        columns: usize,
    ) -> [[S::Vector; I]; U] {
        let mut sums = [[simd.zero(); I]; U];
        let whole = columns / LANES * LANES;
        let mut column = start;
        while column < start + whole {
            let mut weights = [simd.zero(); U];
            for (unit, weights) in weights.iter_mut().enumerate() {
                // SAFETY: the caller's: sixteen columns from here on are in the row.
                unsafe {
                    let from = self.weight.at(self.unit + unit, column);
                    simd.prefetch(from.wrapping_add(self.ahead));
                    *weights = simd.load(from);
                }
            }
            for image in 0..I {
                // SAFETY: as above.
                let input = unsafe { simd.load(self.input.at(self.image + image, column)) };
                for unit in 0..U {
                    sums[unit][image] = simd.mul_add(weights[unit], input, sums[unit][image]);
                }
            }
            column += LANES;
        }
        let rest = columns - whole;
        if rest > 0 {
            for image in 0..I {
                // SAFETY: the caller's: the rest of the columns are in the row; so below.
                let input = unsafe { load_some(simd, self.input.at(self.image + image, column), rest) };
                for unit in 0..U {
                    // SAFETY: as above.
                    let weights = unsafe { load_some(simd, self.weight.at(self.unit + unit, column), rest) };
                    sums[unit][image] = simd.mul_add(weights, input, sums[unit][image]);
                }
            }
        }
        sums
    }
}

/// Fewer than sixteen values, and zeros.
///
/// # Safety
/// So many must be readable.
#[inline(always)]
unsafe fn load_some<S: Simd>(simd: S, from: *const f32, count: usize) -> S::Vector {
    let mut values = [0.0; LANES];
    for (lane, value) in values.iter_mut().enumerate().take(count) {
        // SAFETY: the caller's.
        *value = unsafe { *from.add(lane) };
    }
    simd.of(&values)
}

/// The sum of sixteen values, by halves.
#[inline(always)]
fn add_up(mut values: [f32; LANES]) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            values[lane] += values[lane + width];
        }
        width /= 2;
    }
    values[0]
}
