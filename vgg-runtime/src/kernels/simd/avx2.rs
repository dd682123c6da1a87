//! Eight values as one register.

use super::twice::Twice;
use super::{Kernel, Simd};
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
    kernel.run(Twice(Avx2(())))
}

impl Simd for Avx2 {
    type Vector = __m256;
    type Narrow = Avx2;

    const WIDTH: usize = 8;
    /// Of sixteen registers.
    const ROWS: usize = 14;
    const COLUMNS: usize = 1;

    #[inline(always)]
    fn narrow(self) -> Avx2 {
        self
    }

    #[inline(always)]
    fn splat(self, value: f32) -> Self::Vector {
        // SAFETY: `self` is the proof that the CPU has the instruction; so below.
        unsafe { _mm256_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> Self::Vector {
        // SAFETY: the caller says that eight values can be read.
        unsafe { _mm256_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn store(self, values: Self::Vector, to: *mut f32) {
        // SAFETY: the caller says that eight values can be written.
        unsafe { _mm256_storeu_ps(to, values) }
    }

    #[inline(always)]
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: see `splat`.
        unsafe { _mm256_add_ps(a, b) }
    }

    #[inline(always)]
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: see `splat`.
        unsafe { _mm256_sub_ps(a, b) }
    }

    #[inline(always)]
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: see `splat`.
        unsafe { _mm256_mul_ps(a, b) }
    }

    #[inline(always)]
    fn mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
        // SAFETY: see `splat`.
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    fn rectify(self, value: Self::Vector) -> Self::Vector {
        // SAFETY: see `splat`. The second operand is what comes out if one is not a number.
        unsafe { _mm256_max_ps(_mm256_setzero_ps(), value) }
    }

    #[inline(always)]
    fn where_positive(self, key: Self::Vector, value: Self::Vector, other: Self::Vector) -> Self::Vector {
        // SAFETY: see `splat`.
        unsafe {
            let positive = _mm256_cmp_ps::<_CMP_GT_OQ>(key, _mm256_setzero_ps());
            _mm256_blendv_ps(other, value, positive)
        }
    }

    #[inline(always)]
    fn larger(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: see `splat`.
        unsafe {
            // Of what does not compare, the instruction gives its second operand.
            let larger = _mm256_max_ps(b, a);
            _mm256_blendv_ps(larger, b, _mm256_cmp_ps::<_CMP_UNORD_Q>(b, b))
        }
    }

    #[inline(always)]
    fn prefetch(self, from: *const f32) {
        // SAFETY: asking for a line reads nothing, wherever it points.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(from.cast()) }
    }

    #[inline(always)]
    fn prefetch_far(self, from: *const f32) {
        // SAFETY: asking for a line reads nothing, wherever it points.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(from.cast()) }
    }
}
