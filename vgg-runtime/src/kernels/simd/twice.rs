//! Two vectors as one.

use super::Simd;

/// Operations on vectors of twice the width.
#[derive(Clone, Copy)]
pub(super) struct Twice<S>(pub(super) S);

impl<S: Simd> Simd for Twice<S> {
    type Vector = [S::Vector; 2];
    type Narrow = S::Narrow;

    const WIDTH: usize = 2 * S::WIDTH;
    /// Each row takes two registers of sums, and two are multiplied by instead of one.
    const ROWS: usize = S::ROWS / 2 - 1;
    const COLUMNS: usize = 1;

    #[inline(always)]
    fn narrow(self) -> S::Narrow {
        self.0.narrow()
    }

    #[inline(always)]
    fn splat(self, value: f32) -> Self::Vector {
        [self.0.splat(value); 2]
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> Self::Vector {
        // SAFETY: the caller says that so many values can be read.
        unsafe { [self.0.load(from), self.0.load(from.add(S::WIDTH))] }
    }

    #[inline(always)]
    unsafe fn store(self, values: Self::Vector, to: *mut f32) {
        // SAFETY: the caller says that so many values can be written.
        unsafe {
            self.0.store(values[0], to);
            self.0.store(values[1], to.add(S::WIDTH));
        }
    }

    #[inline(always)]
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        [self.0.add(a[0], b[0]), self.0.add(a[1], b[1])]
    }

    #[inline(always)]
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        [self.0.sub(a[0], b[0]), self.0.sub(a[1], b[1])]
    }

    #[inline(always)]
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        [self.0.mul(a[0], b[0]), self.0.mul(a[1], b[1])]
    }

    #[inline(always)]
    fn mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
        [self.0.mul_add(a[0], b[0], c[0]), self.0.mul_add(a[1], b[1], c[1])]
    }

    #[inline(always)]
    fn rectify(self, value: Self::Vector) -> Self::Vector {
        [self.0.rectify(value[0]), self.0.rectify(value[1])]
    }

    #[inline(always)]
    fn where_positive(self, key: Self::Vector, value: Self::Vector, other: Self::Vector) -> Self::Vector {
        [self.0.where_positive(key[0], value[0], other[0]), self.0.where_positive(key[1], value[1], other[1])]
    }

    #[inline(always)]
    fn larger(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        [self.0.larger(a[0], b[0]), self.0.larger(a[1], b[1])]
    }

    #[inline(always)]
    fn prefetch(self, from: *const f32) {
        self.0.prefetch(from);
    }

    #[inline(always)]
    fn prefetch_far(self, from: *const f32) {
        self.0.prefetch_far(from);
    }
}
