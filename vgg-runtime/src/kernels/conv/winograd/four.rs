//! The transforms of Winograd's algorithm F(4, 3), and F(3, 4) for the gradient by the weights.
//!
//! Three values of a kernel slide over six values and give four sums. Kernel and values are taken for
//! polynomials and evaluated at six points; the products of what comes out, transformed back, are the sums
//! (Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", 2015). With four values of a kernel,
//! three sums come out, from the same points and by the same transform of the six values.
//!
//! The points are 0, ±1/√2, ±√2 and infinity. With 0, ±1, ±2 and infinity, the error would be three to four times
//! as large (Barabasz et al., "Error Analysis and Improving the Accuracy of Winograd Convolution for Deep
//! Neural Networks", 2018).

use crate::kernels::simd::Simd;
use std::f32::consts::{FRAC_1_SQRT_2 as HALF_ROOT, SQRT_2 as ROOT};

/// Values under a tile along one side, and points.
const POINTS: usize = 6;

/// `a * b + c`.
#[inline(always)]
fn fma<S: Simd>(simd: S, a: S::Vector, b: f32, c: S::Vector) -> S::Vector {
    simd.mul_add(a, simd.splat(b), c)
}

/// `a * b`.
#[inline(always)]
fn scale<S: Simd>(simd: S, a: S::Vector, b: f32) -> S::Vector {
    simd.mul(a, simd.splat(b))
}

/// Transforms six values.
#[inline(always)]
pub(super) fn values<S: Simd>(simd: S, d: [S::Vector; POINTS]) -> [S::Vector; POINTS] {
    let (even, odd) = (fma(simd, d[2], -2.0, d[4]), fma(simd, d[3], HALF_ROOT, scale(simd, d[1], -ROOT)));
    let (even_far, odd_far) =
        (fma(simd, d[2], -0.5, d[4]), fma(simd, d[3], ROOT, scale(simd, d[1], -HALF_ROOT)));
    [
        fma(simd, d[2], -2.5, simd.add(d[0], d[4])),
        simd.add(even, odd),
        simd.sub(even, odd),
        simd.add(even_far, odd_far),
        simd.sub(even_far, odd_far),
        fma(simd, d[3], -2.5, simd.add(d[1], d[5])),
    ]
}

/// Transforms a kernel of three values.
#[inline(always)]
pub(super) fn kernel_of_three<S: Simd>(simd: S, g: [S::Vector; 3]) -> [S::Vector; POINTS] {
    let (even, odd) =
        (fma(simd, g[2], -1.0 / 3.0, scale(simd, g[0], -2.0 / 3.0)), scale(simd, g[1], -ROOT / 3.0));
    let (even_far, odd_far) =
        (fma(simd, g[2], 1.0 / 3.0, scale(simd, g[0], 1.0 / 6.0)), scale(simd, g[1], ROOT / 6.0));
    [
        g[0],
        simd.add(even, odd),
        simd.sub(even, odd),
        simd.add(even_far, odd_far),
        simd.sub(even_far, odd_far),
        g[2],
    ]
}

/// Transforms a kernel of four values.
#[inline(always)]
pub(super) fn kernel_of_four<S: Simd>(simd: S, g: [S::Vector; 4]) -> [S::Vector; POINTS] {
    let even = fma(simd, g[2], -1.0 / 3.0, scale(simd, g[0], -2.0 / 3.0));
    let odd = fma(simd, g[3], -ROOT / 6.0, scale(simd, g[1], -ROOT / 3.0));
    let even_far = fma(simd, g[2], 1.0 / 3.0, scale(simd, g[0], 1.0 / 6.0));
    let odd_far = fma(simd, g[3], ROOT / 3.0, scale(simd, g[1], ROOT / 6.0));
    [
        g[0],
        simd.add(even, odd),
        simd.sub(even, odd),
        simd.add(even_far, odd_far),
        simd.sub(even_far, odd_far),
        g[3],
    ]
}

/// Four sums out of the products.
#[inline(always)]
pub(super) fn four_sums<S: Simd>(simd: S, m: [S::Vector; POINTS]) -> [S::Vector; 4] {
    let (even, odd) = (simd.add(m[1], m[2]), simd.sub(m[1], m[2]));
    let (even_far, odd_far) = (simd.add(m[3], m[4]), simd.sub(m[3], m[4]));
    [
        simd.add(m[0], simd.add(even, even_far)),
        fma(simd, odd, HALF_ROOT, scale(simd, odd_far, ROOT)),
        fma(simd, even, 0.5, scale(simd, even_far, 2.0)),
        fma(simd, odd, 0.5 * HALF_ROOT, fma(simd, odd_far, 2.0 * ROOT, m[5])),
    ]
}

/// Three sums out of the products.
#[inline(always)]
pub(super) fn three_sums<S: Simd>(simd: S, m: [S::Vector; POINTS]) -> [S::Vector; 3] {
    let (even, odd) = (simd.add(m[1], m[2]), simd.sub(m[1], m[2]));
    let (even_far, odd_far) = (simd.add(m[3], m[4]), simd.sub(m[3], m[4]));
    [
        simd.add(m[0], simd.add(even, even_far)),
        fma(simd, odd, HALF_ROOT, simd.mul(odd_far, simd.splat(ROOT))),
        fma(simd, even, 0.5, fma(simd, even_far, 2.0, m[5])),
    ]
}
