//! Loops over rows of up to sixteen channels, a vector a row.

use super::simd::{Kernel, LANES, Simd};

/// The rows that are added up in `f32` before the sum goes to `f64`: the error grows with the root of the
/// number of such runs, not of rows.
const RUN: usize = 16;

/// Functions of a row of `M` arrays, a value for each channel.
pub(super) trait Terms<const M: usize, const N: usize>: Copy {
    /// The values for one row. Implementations are `#[inline(always)]`.
    fn of<S: Simd>(&self, simd: S, row: [S::Vector; M]) -> [S::Vector; N];
}

/// Adds functions of each row to totals.
pub(super) struct Sum<'a, T, const M: usize, const N: usize> {
    /// The number of values of a row.
    pub(super) width: usize,
    /// Arrays of just as many rows.
    pub(super) rows: [&'a [f32]; M],
    /// What is added up.
    pub(super) terms: T,
    /// Where to.
    pub(super) totals: &'a mut [[f64; LANES]; N],
}

impl<T: Terms<M, N>, const M: usize, const N: usize> Kernel for Sum<'_, T, M, N> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Sum { width, rows, terms, totals } = self;
        let count = rows[0].len() / width;
        let mut start = 0;
        while start < count {
            let end = count.min(start + RUN);
            let mut sums = [simd.zero(); N];
            for row in start..end {
                let terms = terms.of(simd, load_rows(simd, &rows, row, width));
                for (sum, term) in sums.iter_mut().zip(terms) {
                    *sum = simd.add(*sum, term);
                }
            }
            for (totals, sum) in totals.iter_mut().zip(sums) {
                let sum = simd.to_array(sum);
                for lane in 0..LANES {
                    totals[lane] += f64::from(sum[lane]);
                }
            }
            start = end;
        }
    }
}

/// Replaces each row of a target by a function of rows.
pub(super) struct Map<'a, T, const M: usize> {
    /// The number of values of a row.
    pub(super) width: usize,
    /// Arrays of as many rows as the target has.
    pub(super) rows: [&'a [f32]; M],
    /// What is computed out of the target's row and those.
    pub(super) function: T,
    /// Where it goes.
    pub(super) target: &'a mut [f32],
}

/// A function of a row of a target and of `M` others.
pub(super) trait Function<const M: usize>: Copy {
    /// The new row. Implementations are `#[inline(always)]`.
    fn of<S: Simd>(&self, simd: S, old: S::Vector, row: [S::Vector; M]) -> S::Vector;
}

impl<T: Function<M>, const M: usize> Kernel for Map<'_, T, M> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Map { width, rows, function, target } = self;
        for (row, target) in target.chunks_exact_mut(width).enumerate() {
            let values = function.of(simd, load(simd, target), load_rows(simd, &rows, row, width));
            if let Ok(target) = <&mut [f32; LANES]>::try_from(&mut *target) {
                *target = simd.to_array(values);
            } else {
                target.copy_from_slice(&simd.to_array(values)[..width]);
            }
        }
    }
}

/// A row of each array.
#[inline(always)]
fn load_rows<S: Simd, const M: usize>(
    simd: S,
    arrays: &[&[f32]; M],
    row: usize,
    width: usize,
) -> [S::Vector; M] {
    let mut vectors = [simd.zero(); M];
    for (vector, array) in vectors.iter_mut().zip(arrays) {
        *vector = load(simd, &array[row * width..][..width]);
    }
    vectors
}

/// A row, filled up with zeros.
#[inline(always)]
fn load<S: Simd>(simd: S, row: &[f32]) -> S::Vector {
    match <&[f32; LANES]>::try_from(row) {
        Ok(row) => simd.of(row),
        Err(_) => {
            let mut values = [0.0; LANES];
            values[..row.len()].copy_from_slice(row);
            simd.of(&values)
        }
    }
}
