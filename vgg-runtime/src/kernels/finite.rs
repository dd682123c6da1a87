//! Whether all values are finite.

use super::pieces;
use super::simd::{self, Kernel, Simd};
use crate::cpu::Cpu;
use std::sync::atomic::{AtomicBool, Ordering};

/// The values of a piece.
const CHUNK: usize = 1 << 14;

/// Whether every value is finite.
pub(crate) fn is_finite(values: &[f32]) -> bool {
    let (cpu, finite) = (Cpu::active(), AtomicBool::new(true));
    pieces::for_each(values.chunks(CHUNK), values.len(), |values| {
        if !simd::run(cpu, Finite(values)) {
            finite.store(false, Ordering::Relaxed);
        }
    });
    finite.into_inner()
}

struct Finite<'a>(&'a [f32]);

impl Kernel for Finite<'_> {
    type Output = bool;

    /// Without a branch a value, so that it is fast: the magnitudes of floats are ordered like their bits,
    /// and infinity and what is no number lie at the upper end.
    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> bool {
        let mut most = 0;
        for value in self.0 {
            most = most.max(value.to_bits() & !(1 << 31));
        }
        most < f32::INFINITY.to_bits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_is_told_apart() {
        assert!(is_finite(&[]));
        assert!(is_finite(&[0.0, -0.0, f32::MIN, f32::MAX, f32::MIN_POSITIVE, 1e-45]));
        let mut values = vec![1.0; 3 * CHUNK];
        for value in [f32::INFINITY, f32::NEG_INFINITY, f32::NAN, -f32::NAN, f32::from_bits(0x7f80_0001)] {
            for place in [0, CHUNK + 1, 3 * CHUNK - 1] {
                values[place] = value;
                assert!(!is_finite(&values), "{value} at {place}");
                values[place] = 1.0;
            }
        }
        assert!(is_finite(&values));
    }
}
