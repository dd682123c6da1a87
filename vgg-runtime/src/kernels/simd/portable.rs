//! Four values as an array.

use super::Simd;
use super::twice::Twice;

/// As many values as a register of SSE2 or NEON holds.
const WIDTH: usize = 4;

/// What every CPU has.
#[derive(Clone, Copy)]
pub(super) struct Portable;

/// The operations on sixteen values.
pub(super) fn wide() -> Twice<Twice<Portable>> {
    Twice(Twice(Portable))
}

#[inline(always)]
fn zip(a: [f32; WIDTH], b: [f32; WIDTH], function: impl Fn(f32, f32) -> f32) -> [f32; WIDTH] {
    std::array::from_fn(|lane| function(a[lane], b[lane]))
}

impl Simd for Portable {
    type Vector = [f32; WIDTH];
    type Narrow = Portable;

    const WIDTH: usize = WIDTH;
    /// Of sixteen registers.
    const ROWS: usize = 14;
    const COLUMNS: usize = 1;

    #[inline(always)]
    fn narrow(self) -> Portable {
        self
    }

    #[inline(always)]
    fn splat(self, value: f32) -> Self::Vector {
        [value; WIDTH]
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> Self::Vector {
        // SAFETY: the caller says that four values can be read.
        unsafe { from.cast::<Self::Vector>().read() }
    }

    #[inline(always)]
    unsafe fn store(self, values: Self::Vector, to: *mut f32) {
        // SAFETY: the caller says that four values can be written.
        unsafe { to.cast::<Self::Vector>().write(values) }
    }

    #[inline(always)]
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        zip(a, b, |a, b| a + b)
    }

    #[inline(always)]
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        zip(a, b, |a, b| a - b)
    }

    #[inline(always)]
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        zip(a, b, |a, b| a * b)
    }

    /// Rounds twice: without the instruction, rounding once takes a call.
    #[inline(always)]
    fn mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
        self.add(self.mul(a, b), c)
    }

    #[inline(always)]
    fn rectify(self, value: Self::Vector) -> Self::Vector {
        value.map(|value| if value < 0.0 { 0.0 } else { value })
    }

    #[inline(always)]
    fn where_positive(self, key: Self::Vector, value: Self::Vector, other: Self::Vector) -> Self::Vector {
        std::array::from_fn(|lane| if key[lane] > 0.0 { value[lane] } else { other[lane] })
    }

    #[inline(always)]
    fn larger(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        zip(a, b, |a, b| if b > a || b.is_nan() { b } else { a })
    }
}
