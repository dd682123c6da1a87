//! Sixteen values at once, by whatever instructions there are.
//!
//! A kernel is written once, as a [`Kernel`] over any [`Simd`], and compiled for each: [`run`] enters the
//! version for a CPU. Everything that a kernel calls must be `#[inline(always)]`, closures included, so that
//! it becomes part of that version.
//!
//! A kernel gets vectors of sixteen values, whatever the registers hold; where registers are few, work that needs
//! many vectors at once can be done on [narrow](Simd::Narrow) ones, a part of the sixteen after the other.
//!
//! A value of a type that implements [`Simd`] is the proof that the CPU has the instructions: it is only made
//! behind the check, so the operations on registers are safe.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;
mod twice;

use crate::cpu::Cpu;

/// The values of a [`Simd::Vector`], and the channels that lie side by side in feature maps.
pub(crate) const LANES: usize = crate::geometry::LANES;

/// Operations on vectors of values: sixteen of them, if not [narrow](Simd::Narrow).
#[allow(dead_code, reason = "a set of operations, of which not every kernel uses all")]
pub(crate) trait Simd: Copy + Send + Sync {
    /// The values of one vector.
    type Vector: Copy;

    /// The same operations on what fits into one register.
    type Narrow: Simd;

    /// The number of values of a vector.
    const WIDTH: usize;

    /// How many rows of one vector of sums fit into the registers, with what is multiplied.
    const ROWS: usize;

    /// How many vectors of sums, one beside the other, make best use of the registers.
    const COLUMNS: usize;

    /// The operations on what fits into one register.
    fn narrow(self) -> Self::Narrow;

    /// The same value everywhere.
    fn splat(self, value: f32) -> Self::Vector;

    /// Values from memory.
    ///
    /// # Safety
    /// They can be read.
    unsafe fn load(self, from: *const f32) -> Self::Vector;

    /// Values to memory.
    ///
    /// # Safety
    /// They can be written.
    unsafe fn store(self, values: Self::Vector, to: *mut f32);

    /// `a + b`.
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;

    /// `a - b`.
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;

    /// `a * b`.
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;

    /// `a * b + c`, rounded once where the CPU can.
    fn mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;

    /// The larger of a value and zero; what is not a number stays so.
    fn rectify(self, value: Self::Vector) -> Self::Vector;

    /// `value` where `key` is above zero, `other` elsewhere.
    fn where_positive(self, key: Self::Vector, value: Self::Vector, other: Self::Vector) -> Self::Vector;

    /// `b` where it is larger than `a` or not a number, `a` elsewhere.
    fn larger(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;

    /// Zero.
    #[inline(always)]
    fn zero(self) -> Self::Vector {
        self.splat(0.0)
    }

    /// Asks for a cache line.
    #[inline(always)]
    fn prefetch(self, _from: *const f32) {}

    /// Asks for a cache line that will not be needed so soon.
    #[inline(always)]
    fn prefetch_far(self, _from: *const f32) {}

    /// The values of a vector of sixteen.
    #[inline(always)]
    fn to_array(self, values: Self::Vector) -> [f32; LANES] {
        const { assert!(Self::WIDTH == LANES) };
        let mut array = [0.0; LANES];
        // SAFETY: the array holds sixteen values.
        unsafe { self.store(values, array.as_mut_ptr()) };
        array
    }

    /// A vector of sixteen values.
    #[inline(always)]
    fn of(self, values: &[f32; LANES]) -> Self::Vector {
        const { assert!(Self::WIDTH == LANES) };
        // SAFETY: the array holds sixteen values.
        unsafe { self.load(values.as_ptr()) }
    }
}

/// Work that is compiled for every set of instructions.
pub(crate) trait Kernel {
    /// What it gives back.
    type Output;

    /// Does the work, on vectors of sixteen values. Implementations are `#[inline(always)]`.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// Does work by the instructions of a CPU.
///
/// # Panics
/// If this machine has not got them.
pub(crate) fn run<K: Kernel>(cpu: Cpu, kernel: K) -> K::Output {
    assert!(cpu.is_available(), "this machine has no {cpu}");
    match cpu {
        Cpu::Portable => kernel.run(portable::wide()),
        // SAFETY: the machine has the instructions, as was just checked.
        #[cfg(target_arch = "x86_64")]
        Cpu::Avx2 => unsafe { avx2::enter(kernel) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Cpu::Avx512 => unsafe { avx512::enter(kernel) },
        #[cfg(not(target_arch = "x86_64"))]
        Cpu::Avx2 | Cpu::Avx512 => kernel.run(portable::wide()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Everything;

    impl Kernel for Everything {
        type Output = Vec<[f32; LANES]>;

        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> Self::Output {
            let mut a: [f32; LANES] = std::array::from_fn(|lane| lane as f32 - 8.0);
            a[3] = f32::NAN;
            let b: [f32; LANES] = std::array::from_fn(|lane| 0.5 * lane as f32 - 3.0);
            let (x, y, two) = (simd.of(&a), simd.of(&b), simd.splat(2.0));
            let results = [
                simd.add(x, y),
                simd.sub(x, y),
                simd.mul(x, y),
                simd.mul_add(x, two, y),
                simd.rectify(x),
                simd.where_positive(x, y, two),
                simd.larger(x, y),
                simd.larger(y, x),
                simd.zero(),
            ];
            results.map(|vector| simd.to_array(vector)).to_vec()
        }
    }

    #[test]
    fn all_instructions_agree() {
        let expected = run(Cpu::Portable, Everything);
        let larger = |a: f32, b: f32| if b > a || b.is_nan() { b } else { a };
        let lanes: Vec<usize> = (0..LANES).collect();
        let check = |operation: usize, function: &dyn Fn(f32, f32) -> f32| {
            for &lane in &lanes {
                let a = if lane == 3 { f32::NAN } else { lane as f32 - 8.0 };
                let wanted = function(a, 0.5 * lane as f32 - 3.0);
                assert_eq!(expected[operation][lane].to_bits(), wanted.to_bits(), "{operation}, {lane}");
            }
        };
        check(3, &|a, b| a * 2.0 + b);
        check(4, &|a, _| if a < 0.0 { 0.0 } else { a });
        check(5, &|a, b| if a > 0.0 { b } else { 2.0 });
        check(6, &larger);
        check(7, &|a, b| larger(b, a));
        for cpu in Cpu::available() {
            let found = run(cpu, Everything);
            let bits =
                |results: &[[f32; LANES]]| results.iter().map(|r| r.map(f32::to_bits)).collect::<Vec<_>>();
            assert_eq!(bits(&found), bits(&expected), "{cpu}");
        }
    }
}
