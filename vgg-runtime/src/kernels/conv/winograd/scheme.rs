//! What the sizes of tiles have in common.

use super::{four, two};
use crate::kernels::simd::Simd;

/// Winograd's algorithm for tiles of `T` by `T` sums, by `P` points along each side.
///
/// Each function transforms along one side. They are functions of a trait, since what is given as a closure need
/// not become a part of the loop around it.
pub(super) trait Scheme<const T: usize, const P: usize>: Copy + Send + Sync {
    /// Values under a tile, to points.
    fn values<S: Simd>(simd: S, d: [S::Vector; P]) -> [S::Vector; P];

    /// A kernel, to points.
    fn kernel<S: Simd>(simd: S, g: [S::Vector; 3]) -> [S::Vector; P];

    /// The gradients of a tile, to points.
    fn gradients<S: Simd>(simd: S, g: [S::Vector; T]) -> [S::Vector; P];

    /// Points of products, to the sums of a tile.
    fn sums<S: Simd>(simd: S, m: [S::Vector; P]) -> [S::Vector; T];

    /// Points of products, to the gradients of a kernel.
    fn taps<S: Simd>(simd: S, m: [S::Vector; P]) -> [S::Vector; 3];
}

/// Tiles of 4x4: 36 products where the definition has 144.
#[derive(Clone, Copy)]
pub(super) struct Four;

/// Tiles of 2x2: 16 products where the definition has 36.
#[derive(Clone, Copy)]
pub(super) struct Two;

macro_rules! scheme {
    ($name:ident, $tile:literal, $points:literal, $functions:ident, $gradients:ident, $sums:ident) => {
        impl Scheme<$tile, $points> for $name {
            #[inline(always)]
            fn values<S: Simd>(simd: S, d: [S::Vector; $points]) -> [S::Vector; $points] {
                $functions::values(simd, d)
            }

            #[inline(always)]
            fn kernel<S: Simd>(simd: S, g: [S::Vector; 3]) -> [S::Vector; $points] {
                $functions::kernel_of_three(simd, g)
            }

            #[inline(always)]
            fn gradients<S: Simd>(simd: S, g: [S::Vector; $tile]) -> [S::Vector; $points] {
                $functions::$gradients(simd, g)
            }

            #[inline(always)]
            fn sums<S: Simd>(simd: S, m: [S::Vector; $points]) -> [S::Vector; $tile] {
                $functions::$sums(simd, m)
            }

            #[inline(always)]
            fn taps<S: Simd>(simd: S, m: [S::Vector; $points]) -> [S::Vector; 3] {
                $functions::three_sums(simd, m)
            }
        }
    };
}

scheme!(Four, 4, 6, four, kernel_of_four, four_sums);
scheme!(Two, 2, 4, two, kernel_of_two, two_sums);

/// What is transformed to points out of maps: a trait for the sake of [`Scheme`]'s functions.
pub(super) trait Along<const N: usize, const P: usize> {
    /// Transforms values.
    fn apply<S: Simd>(simd: S, values: [S::Vector; N]) -> [S::Vector; P];
}

/// [`Scheme::values`].
pub(super) struct Values<F, const T: usize>(F);

impl<F: Scheme<T, P>, const T: usize, const P: usize> Along<P, P> for Values<F, T> {
    #[inline(always)]
    fn apply<S: Simd>(simd: S, values: [S::Vector; P]) -> [S::Vector; P] {
        F::values(simd, values)
    }
}

/// [`Scheme::gradients`].
pub(super) struct Gradients<F>(F);

impl<F: Scheme<T, P>, const T: usize, const P: usize> Along<T, P> for Gradients<F> {
    #[inline(always)]
    fn apply<S: Simd>(simd: S, values: [S::Vector; T]) -> [S::Vector; P] {
        F::gradients(simd, values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpu::Cpu;
    use crate::kernels::simd::{self, Kernel};

    /// Values and a kernel of up to four, the same in all places of a vector: sums by a kernel of three, and by one
    /// as long as a tile.
    struct Sums<F, const T: usize, const P: usize>(F, [f32; P], [f32; 4]);

    impl<F: Scheme<T, P>, const T: usize, const P: usize> Kernel for Sums<F, T, P> {
        type Output = [Vec<f32>; 2];

        #[inline(always)]
        fn run<S: Simd>(self, simd: S) -> Self::Output {
            let Sums(_, d, g) = self;
            let first = |vector: &S::Vector| simd.to_array(*vector)[0];
            let values = F::values(simd, d.map(|value| simd.splat(value)));
            let three = F::kernel(simd, std::array::from_fn(|index| simd.splat(g[index])));
            let long = F::gradients(simd, std::array::from_fn(|index| simd.splat(g[index])));
            let product =
                |kernel: [S::Vector; P]| std::array::from_fn(|index| simd.mul(kernel[index], values[index]));
            let (of_three, of_long) = (F::sums(simd, product(three)), F::taps(simd, product(long)));
            [of_three.iter().map(first).collect(), of_long.iter().map(first).collect()]
        }
    }

    fn check<F: Scheme<T, P>, const T: usize, const P: usize>(scheme: F, d: [f32; P]) {
        let g = [0.25, -1.0, 2.0, 1.5];
        let sums = |kernel: &[f32]| -> Vec<f32> {
            d.windows(kernel.len()).map(|d| d.iter().zip(kernel).map(|(d, g)| d * g).sum()).collect()
        };
        for cpu in Cpu::available() {
            let found = simd::run(cpu, Sums::<F, T, P>(scheme, d, g));
            for (found, expected) in found.iter().zip([sums(&g[..3]), sums(&g[..T])]) {
                assert_eq!(found.len(), expected.len());
                for (found, expected) in found.iter().zip(&expected) {
                    assert!((found - expected).abs() < 2e-6, "{found} instead of {expected} by {cpu}");
                }
            }
        }
    }

    #[test]
    fn sums_are_those_of_the_definition() {
        check(Four, [1.0, -2.0, 0.5, 3.0, -1.5, 2.5]);
        check(Two, [1.0, -2.0, 0.5, 3.0]);
    }
}
