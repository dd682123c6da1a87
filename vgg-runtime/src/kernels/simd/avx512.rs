//! Sixteen values as one register.

use super::{Kernel, Simd};
use std::arch::x86_64::*;

/// The proof that the CPU has AVX-512F and FMA.
#[derive(Clone, Copy)]
pub(super) struct Avx512(());

/// Does work by AVX-512F.
///
/// # Safety
/// The CPU must have it, and FMA.
#[target_feature(enable = "avx512f,fma")]
pub(super) unsafe fn enter<K: Kernel>(kernel: K) -> K::Output {
    kernel.run(Avx512(()))
}

impl Simd for Avx512 {
    type Vector = __m512;
    type Narrow = Avx512;

    const WIDTH: usize = 16;

    /// 28 registers of sums if two vectors are multiplied by, as they are.
    const ROWS: usize = 14;
    const COLUMNS: usize = 2;

    #[inline(always)]
    fn narrow(self) -> Avx512 {
        self
    }

    #[inline(always)]
    fn splat(self, value: f32) -> Self::Vector {
        // SAFETY: `self` is the proof that the CPU has the instruction; so below.
        unsafe { _mm512_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> Self::Vector {
        // SAFETY: the caller says that sixteen values can be read.
        unsafe { _mm512_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn store(self, values: Self::Vector, to: *mut f32) {
        // SAFETY: the caller says that sixteen values can be written.
        unsafe { _mm512_storeu_ps(to, values) }
    }

    #[inline(always)]
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: see `splat`.
        unsafe { _mm512_add_ps(a, b) }
    }

    #[inline(always)]
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: see `splat`.
        unsafe { _mm512_sub_ps(a, b) }
    }

    #[inline(always)]
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: see `splat`.
        unsafe { _mm512_mul_ps(a, b) }
    }

    #[inline(always)]
    fn mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
        // SAFETY: see `splat`.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    fn rectify(self, value: Self::Vector) -> Self::Vector {
        // SAFETY: see `splat`. The second operand is what comes out if one is not a number.
        unsafe { _mm512_max_ps(_mm512_setzero_ps(), value) }
    }

    #[inline(always)]
    fn where_positive(self, key: Self::Vector, value: Self::Vector, other: Self::Vector) -> Self::Vector {
        // SAFETY: see `splat`.
        unsafe {
            let positive = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(key, _mm512_setzero_ps());
            _mm512_mask_blend_ps(positive, other, value)
        }
    }

    #[inline(always)]
    fn larger(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        // SAFETY: see `splat`.
        unsafe {
            let larger = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(b, a);
            let lost = _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(b, b);
            _mm512_mask_blend_ps(larger | lost, a, b)
        }
    }

    #[inline(always)]
    fn prefetch(self, from: *const f32) {
        // SAFETY: asking for a line reads nothing, wherever it points.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(from.cast()) }
    }

    #[inline(always)]
    fn prefetch_far(self, from: *const f32) {
        // SAFETY: asking for a line reads nothing, wherever it points.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(from.cast()) }
    }
}
