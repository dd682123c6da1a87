//! Products of a matrix with one that lies in rows of features: the gradients of a dense layer.
//!
//! Some columns of the second matrix are packed into panels that stay in the second cache, one or two
//! vectors wide, one row behind the other. A tile of the product, so many rows by one panel, stays in
//! registers while a panel passes.
#![allow(clippy::needless_range_loop, reason = "several arrays of registers are indexed alike")]

use super::super::shared::Shared;
use super::super::simd::{Kernel, LANES, Simd};
use std::ops::Range;

/// The rows of the second matrix that are packed at once.
pub(super) const DEPTH: usize = 128;

/// The most rows of a tile.
const ROWS: usize = 8;

/// Floats of scratch for panels of so many columns.
pub(super) const fn scratch(columns: usize) -> usize {
    DEPTH * (columns.next_multiple_of(2 * LANES) + ROWS)
}

/// A matrix whose rows and columns lie anywhere, evenly spaced.
#[derive(Clone, Copy)]
pub(super) struct Spaced<'a> {
    /// The values from the first on.
    pub(super) values: &'a [f32],
    /// How far one row begins behind another.
    pub(super) row: usize,
    /// How far one column lies behind another.
    pub(super) column: usize,
}

/// `c = a b` for some columns of `b` and `c`, matrices of `stride` columns.
pub(super) struct Product<'a> {
    /// `rows` by `depth`.
    pub(super) a: Spaced<'a>,
    /// `depth` rows.
    pub(super) b: &'a [f32],
    /// `rows` rows.
    pub(super) c: Shared<'a>,
    /// The number of columns of `b` and `c`.
    pub(super) stride: usize,
    /// The rows of `a` and `c`.
    pub(super) rows: usize,
    /// The columns of `a`, the rows of `b`.
    pub(super) depth: usize,
    /// The columns that are computed. No other thread may be at them.
    pub(super) columns: Range<usize>,
    /// As [`scratch`] says.
    pub(super) scratch: &'a mut [f32],
}

impl Kernel for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        if S::ROWS >= 12 { self.in_panels::<S, 2>(simd) } else { self.in_panels::<S, 1>(simd) }
    }
}

/// The most rows of a tile that fit into the registers.
#[inline(always)]
const fn most_rows<S: Simd>() -> usize {
    if S::ROWS < ROWS { S::ROWS } else { ROWS }
}

impl Product<'_> {
    /// The product by panels of `V` vectors.
    #[inline(always)]
    fn in_panels<S: Simd, const V: usize>(self, simd: S) {
        let Product { a, b, c, stride, rows, depth, columns, scratch } = self;
        let (panels, tile) = scratch.split_at_mut(DEPTH * columns.len().next_multiple_of(2 * LANES));
        let width = V * LANES;
        let mut first = 0;
        while first < depth {
            let count = DEPTH.min(depth - first);
            pack(simd, &b[first * stride..], stride, count, columns.clone(), width, panels);
            let mut row = 0;
            while row < rows {
                let height = most_rows::<S>().min(rows - row);
                let tile = &mut tile[..count * height];
                for (k, values) in tile.chunks_exact_mut(height).enumerate() {
                    for (index, value) in values.iter_mut().enumerate() {
                        *value = a.values[(row + index) * a.row + (first + k) * a.column];
                    }
                }
                for (number, panel) in panels.chunks_exact(count * width).enumerate() {
                    let column = number * width;
                    if column >= columns.len() {
                        break;
                    }
                    let place = Place {
                        offset: row * stride + columns.start + column,
                        stride,
                        width: width.min(columns.len() - column),
                        adds: first > 0,
                    };
                    multiply::<S, V>(simd, height, tile, panel, c, place);
                }
                row += height;
            }
            first += count;
        }
        if depth == 0 {
            for row in 0..rows {
                // SAFETY: the columns are this thread's.
                unsafe { c.part(row * stride + columns.start..row * stride + columns.end) }.fill(0.0);
            }
        }
    }
}

/// How many rows ahead are asked for: each lies in a page of its own, beyond which the machine does not look.
const AHEAD: usize = 4;

/// Packs some columns of `count` rows into panels of `width` columns, filled up with zeros.
#[inline(always)]
fn pack<S: Simd>(
    simd: S,
    b: &[f32],
    stride: usize,
    count: usize,
    columns: Range<usize>,
    width: usize,
    panels: &mut [f32],
) {
    for k in 0..count {
        let row = &b[k * stride..][columns.clone()];
        for (panel, values) in row.chunks(width).enumerate() {
            let ahead = values.as_ptr().wrapping_add(AHEAD * stride);
            for vector in 0..width / LANES {
                simd.prefetch(ahead.wrapping_add(vector * LANES));
            }
            let place = &mut panels[(panel * count + k) * width..][..width];
            if values.len() == width {
                place.copy_from_slice(values);
            } else {
                place.fill(0.0);
                place[..values.len()].copy_from_slice(values);
            }
        }
    }
}

/// Where a tile of the product goes.
#[derive(Clone, Copy)]
struct Place {
    /// Where it begins.
    offset: usize,
    /// How far one row begins behind another.
    stride: usize,
    /// The number of columns, at most those of a panel.
    width: usize,
    /// Whether it is added to what is there.
    adds: bool,
}

/// One tile, of at most [`ROWS`] rows.
#[inline(always)]
fn multiply<S: Simd, const V: usize>(
    simd: S,
    rows: usize,
    a: &[f32],
    b: &[f32],
    c: Shared<'_>,
    place: Place,
) {
    match rows {
        1 => multiply_rows::<S, V, 1>(simd, a, b, c, place),
        2 => multiply_rows::<S, V, 2>(simd, a, b, c, place),
        3 => multiply_rows::<S, V, 3>(simd, a, b, c, place),
        4 => multiply_rows::<S, V, 4>(simd, a, b, c, place),
        5 => multiply_rows::<S, V, 5>(simd, a, b, c, place),
        6 => multiply_rows::<S, V, 6>(simd, a, b, c, place),
        7 => multiply_rows::<S, V, 7>(simd, a, b, c, place),
        8 => multiply_rows::<S, V, 8>(simd, a, b, c, place),
        _ => unreachable!("a tile of {rows} rows"),
    }
}

/// [`multiply`] for a number of rows that the compiler knows.
#[inline(always)]
fn multiply_rows<S: Simd, const V: usize, const R: usize>(
    simd: S,
    a: &[f32],
    b: &[f32],
    c: Shared<'_>,
    place: Place,
) {
    let mut sums = [[simd.zero(); V]; R];
    for (a, b) in a.as_chunks::<R>().0.iter().zip(b.chunks_exact(V * LANES)) {
        let mut values = [simd.zero(); V];
        for (vector, values) in values.iter_mut().enumerate() {
            // SAFETY: a chunk has `V` times sixteen values.
            *values = unsafe { simd.load(b.as_ptr().add(vector * LANES)) };
        }
        for row in 0..R {
            let factor = simd.splat(a[row]);
            for vector in 0..V {
                sums[row][vector] = simd.mul_add(factor, values[vector], sums[row][vector]);
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        let start = place.offset + row * place.stride;
        // SAFETY: the columns of a product are one thread's, and rows of a tile do not overlap.
        let target = unsafe { c.part(start..start + place.width) };
        for (target, &sums) in target.chunks_mut(LANES).zip(sums) {
            store(simd, sums, target, place.adds);
        }
    }
}

/// Stores up to sixteen sums, or adds them to what is there.
#[inline(always)]
fn store<S: Simd>(simd: S, sums: S::Vector, target: &mut [f32], adds: bool) {
    if let Ok(target) = <&mut [f32; LANES]>::try_from(&mut *target) {
        let sums = if adds { simd.add(simd.of(target), sums) } else { sums };
        // SAFETY: the target has sixteen values.
        unsafe { simd.store(sums, target.as_mut_ptr()) };
        return;
    }
    for (target, sum) in target.iter_mut().zip(simd.to_array(sums)) {
        *target = if adds { *target + sum } else { sum };
    }
}
