//! Transformed weights: `[block of targets, frequency, channel, target]`.

use super::input::FREQUENCIES;
use super::points::{self, POINTS};
use crate::cpu::Cpu;
use crate::geometry::LANES;
use crate::kernels::conv::scan::Scan;
use crate::kernels::pieces;
use crate::kernels::simd::{self, Kernel, Simd};

/// Values of a kernel.
const TAPS: usize = 9;

/// The floats of transformed weights.
pub(super) fn size(scan: &Scan) -> usize {
    scan.target.blocks() * block_size(scan)
}

/// The floats of one block of targets.
pub(super) fn block_size(scan: &Scan) -> usize {
    FREQUENCIES * scan.source.blocks() * LANES * LANES
}

/// Transforms weights `[filter, channel, row, column]`. If they are to be transposed, filters are the source
/// and channels the target, and the kernel is turned by half a circle.
pub(super) fn transform(scan: &Scan, cpu: Cpu, transposed: bool, weight: &[f32], to: &mut [f32]) {
    let volume = to.len();
    pieces::for_each(to.chunks_exact_mut(block_size(scan)).enumerate(), volume, |(block, to)| {
        simd::run(cpu, Block { scan, transposed, weight, block, to });
    });
}

struct Block<'b> {
    scan: &'b Scan,
    transposed: bool,
    weight: &'b [f32],
    block: usize,
    to: &'b mut [f32],
}

impl Kernel for Block<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let channels = self.scan.source.blocks() * LANES;
        let frequency = channels * LANES;
        for channel in 0..channels {
            let taps = self.gather(channel);
            let mut rows = [[simd.zero(); 3]; POINTS];
            for column in 0..3 {
                let along = [simd.of(&taps[column]), simd.of(&taps[3 + column]), simd.of(&taps[6 + column])];
                for (row, value) in rows.iter_mut().zip(points::kernel_of_three(simd, along)) {
                    row[column] = value;
                }
            }
            for (index, row) in rows.into_iter().enumerate() {
                for (column, value) in points::kernel_of_three(simd, row).into_iter().enumerate() {
                    let at = (index * POINTS + column) * frequency + channel * LANES;
                    self.to[at..][..LANES].copy_from_slice(&simd.to_array(value));
                }
            }
        }
    }
}

impl Block<'_> {
    /// The kernels from one channel to all targets of the block; zeros beyond the last.
    #[inline(always)]
    fn gather(&self, channel: usize) -> [[f32; LANES]; TAPS] {
        let mut taps = [[0.0; LANES]; TAPS];
        let (channels, targets) = (self.scan.source.channels, self.scan.target.channels);
        if channel >= channels {
            return taps;
        }
        let first = self.block * LANES;
        for (lane, target) in (first..targets.min(first + LANES)).enumerate() {
            let pair = if self.transposed { channel * targets + target } else { target * channels + channel };
            let kernel = &self.weight[pair * TAPS..][..TAPS];
            for (tap, values) in taps.iter_mut().enumerate() {
                values[lane] = kernel[if self.transposed { TAPS - 1 - tap } else { tap }];
            }
        }
        taps
    }
}
