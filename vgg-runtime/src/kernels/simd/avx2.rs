//! Sixteen values as two registers of eight.

use super::{Kernel, LANES, Simd};
use std::arch::x86_64::*;

/// The proof that the CPU has AVX2 and FMA.
#[derive(Clone, Copy)]
pub(super) struct Avx2(());

/// Does work by AVX2 and FMA.
///
/// # Safety
/// The CPU must have both.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn enter<K: Kernel>(kernel: K) -> K::Output {
    kernel.run(Avx2(()))
}

impl Simd for Avx2 {
    type Vector = [__m256; 2];

    /// Twelve registers of sums; two to multiply by, and one for what is multiplied.
    const ROWS: usize = 6;

    #[inline(always)]
    fn splat(self, value: f32) -> Self::Vector {
        // SAFETY: `self` is the proof that the CPU has the instruction; so below.
        unsafe { [_mm256_set1_ps(value); 2] }
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> Self::Vector {
        // SAFETY: the caller says that sixteen values can be read.
        unsafe { [_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(LANES / 2))] }
    }

    #[inline(always)]
    unsafe fn store(self, values: Self::Vector, to: *mut f32) {
        // SAFETY: the caller says that sixteen values can be written.
        unsafe {
            _mm256_storeu_ps(to, values[0]);
            _mm256_storeu_ps(to.add(LANES / 2), values[1]);
        }
    }

    #[inline(always)]
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: see `splat`.
        unsafe { [_mm256_add_ps(a[0], b[0]), _mm256_add_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: see `splat`.
        unsafe { [_mm256_sub_ps(a[0], b[0]), _mm256_sub_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: see `splat`.
        unsafe { [_mm256_mul_ps(a[0], b[0]), _mm256_mul_ps(a[1], b[1])] }
    }

    #[inline(always)]
    fn mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
        // SAFETY: see `splat`.
        unsafe { [_mm256_fmadd_ps(a[0], b[0], c[0]), _mm256_fmadd_ps(a[1], b[1], c[1])] }
    }

    #[inline(always)]
    fn rectify(self, value: Self::Vector) -> Self::Vector {
        // SAFETY: see `splat`. The second operand is what comes out if one is not a number.
        unsafe {
            let zero = _mm256_setzero_ps();
            [_mm256_max_ps(zero, value[0]), _mm256_max_ps(zero, value[1])]
        }
    }

    #[inline(always)]
    fn where_positive(self, key: Self::Vector, value: Self::Vector, other: Self::Vector) -> Self::Vector {
        let half = |half: usize| {
            // SAFETY: see `splat`.
            unsafe {
                let positive = _mm256_cmp_ps::<_CMP_GT_OQ>(key[half], _mm256_setzero_ps());
                _mm256_blendv_ps(other[half], value[half], positive)
            }
        };
        [half(0), half(1)]
    }

    #[inline(always)]
    fn larger(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        let half = |half: usize| {
            // SAFETY: see `splat`.
            unsafe {
                let larger = _mm256_cmp_ps::<_CMP_GT_OQ>(b[half], a[half]);
                let lost = _mm256_cmp_ps::<_CMP_UNORD_Q>(b[half], b[half]);
                _mm256_blendv_ps(a[half], b[half], _mm256_or_ps(larger, lost))
            }
        };
        [half(0), half(1)]
    }

    #[inline(always)]
    fn prefetch(self, from: *const f32) {
        // SAFETY: asking for a line reads nothing, wherever it points.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(from.cast()) }
    }
}
