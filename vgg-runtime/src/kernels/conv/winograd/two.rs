//! The transforms of Winograd's algorithm F(2, 3), and F(3, 2) for the gradient by the weights: as those of
//! [F(4, 3)](super::four), of four values by the points 0, ±1 and infinity.

use crate::kernels::simd::Simd;

/// Values under a tile along one side, and points.
const POINTS: usize = 4;

/// Transforms four values.
#[inline(always)]
pub(super) fn values<S: Simd>(simd: S, d: [S::Vector; POINTS]) -> [S::Vector; POINTS] {
    [simd.sub(d[0], d[2]), simd.add(d[2], d[1]), simd.sub(d[2], d[1]), simd.sub(d[3], d[1])]
}

/// Transforms a kernel of three values.
#[inline(always)]
pub(super) fn kernel_of_three<S: Simd>(simd: S, g: [S::Vector; 3]) -> [S::Vector; POINTS] {
    let half = simd.splat(0.5);
    let (even, odd) = (simd.mul(simd.add(g[0], g[2]), half), simd.mul(g[1], half));
    [g[0], simd.add(even, odd), simd.sub(even, odd), g[2]]
}

/// Transforms a kernel of two values.
#[inline(always)]
pub(super) fn kernel_of_two<S: Simd>(simd: S, g: [S::Vector; 2]) -> [S::Vector; POINTS] {
    let half = simd.splat(0.5);
    let (even, odd) = (simd.mul(g[0], half), simd.mul(g[1], half));
    [g[0], simd.add(even, odd), simd.sub(even, odd), g[1]]
}

/// Two sums out of the products.
#[inline(always)]
pub(super) fn two_sums<S: Simd>(simd: S, m: [S::Vector; POINTS]) -> [S::Vector; 2] {
    let (even, odd) = (simd.add(m[1], m[2]), simd.sub(m[1], m[2]));
    [simd.add(m[0], even), simd.add(odd, m[3])]
}

/// Three sums out of the products.
#[inline(always)]
pub(super) fn three_sums<S: Simd>(simd: S, m: [S::Vector; POINTS]) -> [S::Vector; 3] {
    let (even, odd) = (simd.add(m[1], m[2]), simd.sub(m[1], m[2]));
    [simd.add(m[0], even), odd, simd.add(even, m[3])]
}
