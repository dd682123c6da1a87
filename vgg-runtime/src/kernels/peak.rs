//! The most that the machine computes: what shares of a peak are shares of.

use super::simd::{self, Kernel, Simd};
use crate::cpu::Cpu;
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// How often each sum takes a product in one try: some ten milliseconds.
const PRODUCTS: usize = 1 << 22;

/// How many tries there are; the fastest counts.
const TRIES: usize = 8;

/// Floating-point operations per second of `threads` threads that do nothing but multiply and add vectors in
/// registers, by the instructions [in use](Cpu::selected). It takes a tenth of a second; 0 threads are taken
/// for 1.
///
/// # Panics
/// If `VGG_CPU` names what this machine has not.
///
/// ```
/// assert!(vgg_runtime::kernels::peak::flops(1) > 1e6);
/// ```
pub fn flops(threads: usize) -> f64 {
    let (cpu, threads) = (Cpu::active(), threads.max(1));
    let barrier = Barrier::new(threads);
    let work = || {
        let mut fastest = Duration::MAX;
        let mut operations = 0;
        for _ in 0..TRIES {
            barrier.wait();
            let begin = Instant::now();
            operations = simd::run(cpu, MultiplyAdd { products: PRODUCTS });
            fastest = fastest.min(begin.elapsed());
        }
        operations as f64 / fastest.as_secs_f64()
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        others.into_iter().filter_map(|thread| thread.join().ok()).fold(work(), |sum, own| sum + own)
    })
}

/// Products that are added to sums in registers.
struct MultiplyAdd {
    products: usize,
}

impl Kernel for MultiplyAdd {
    type Output = usize;

    /// The number of operations.
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> usize {
        // As many sums as hide the time that one takes, and no more than there are registers.
        match S::ROWS {
            0..6 => accumulate::<S, 2>(simd, self.products),
            6..12 => accumulate::<S, 6>(simd, self.products),
            _ => accumulate::<S, 12>(simd, self.products),
        }
    }
}

#[inline(always)]
fn accumulate<S: Simd, const SUMS: usize>(simd: S, products: usize) -> usize {
    let mut sums = [simd.zero(); SUMS];
    let (factor, summand) = (simd.splat(black_box(0.5)), simd.splat(black_box(1.0)));
    for _ in 0..products / SUMS {
        for sum in &mut sums {
            *sum = simd.mul_add(*sum, factor, summand);
        }
    }
    for sum in sums {
        black_box(simd.to_array(sum));
    }
    products / SUMS * SUMS * 2 * simd::LANES
}
