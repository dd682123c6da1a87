//! Weights, transformed beforehand or while they are multiplied by.
//!
//! Transformed, a kernel takes four times as much memory (36 floats for 9). Where all transformed weights of a
//! convolution would not stay in a cache, reading them would take longer than to transform them where they are
//! needed: then [taps](pack) are all that is kept.

use super::scheme::Scheme;
use crate::cpu::Cpu;
use crate::geometry::LANES;
use crate::kernels::conv::scan::Scan;
use crate::kernels::pieces;
use crate::kernels::simd::{self, Kernel, Simd};
use std::marker::PhantomData;
use std::ops::Range;

/// Values of a kernel.
const TAPS: usize = 9;

/// The floats of weights in the order in which they are transformed.
pub(super) fn packed_size(scan: &Scan) -> usize {
    scan.target.blocks() * packed_block(scan)
}

/// Of them, those of one block of targets.
pub(super) fn packed_block(scan: &Scan) -> usize {
    packed_channels(scan.source.blocks())
}

/// Of them, those of so many blocks of channels.
pub(super) fn packed_channels(blocks: usize) -> usize {
    TAPS * blocks * LANES * LANES
}

/// The floats of transformed weights.
pub(super) fn size<const P: usize>(scan: &Scan) -> usize {
    scan.target.blocks() * block_size::<P>(scan)
}

/// Of them, those of one block of targets.
pub(super) fn block_size<const P: usize>(scan: &Scan) -> usize {
    P * P * scan.source.blocks() * LANES * LANES
}

/// Brings weights `[filter, channel, row, column]` to `[block of targets, channel, tap, target]`. If they are to
/// be transposed, filters are the source and channels the target, and the kernel is turned by half a circle.
pub(super) fn pack(scan: &Scan, transposed: bool, weight: &[f32], to: &mut [f32]) {
    let volume = to.len();
    pieces::for_each(to.chunks_exact_mut(packed_block(scan)).enumerate(), volume, |(block, to)| {
        for (channel, taps) in to.as_chunks_mut::<{ TAPS * LANES }>().0.iter_mut().enumerate() {
            gather(scan, transposed, weight, block, channel, taps.as_chunks_mut().0);
        }
    });
}

/// The kernels from one channel to all targets of a block; zeros beyond the last.
#[inline(always)]
fn gather(
    scan: &Scan,
    transposed: bool,
    weight: &[f32],
    block: usize,
    channel: usize,
    taps: &mut [[f32; LANES]],
) {
    let (channels, targets) = (scan.source.channels, scan.target.channels);
    let first = block * LANES;
    let lanes = if channel < channels { LANES.min(targets - first) } else { 0 };
    if lanes < LANES {
        taps.fill([0.0; LANES]);
    }
    for lane in 0..lanes {
        let target = first + lane;
        let pair = if transposed { channel * targets + target } else { target * channels + channel };
        let kernel = &weight[pair * TAPS..][..TAPS];
        for (tap, values) in taps.iter_mut().enumerate() {
            values[lane] = kernel[if transposed { TAPS - 1 - tap } else { tap }];
        }
    }
}

/// Transforms all weights, to `[block of targets, frequency, channel, target]`.
pub(super) fn transform<F: Scheme<T, P>, const T: usize, const P: usize>(
    _scheme: F,
    scan: &Scan,
    cpu: Cpu,
    transposed: bool,
    weight: &[f32],
    to: &mut [f32],
) {
    let volume = to.len();
    pieces::for_each(to.chunks_exact_mut(block_size::<P>(scan)).enumerate(), volume, |(block, to)| {
        simd::run(cpu, Block::<F, T, P> { scheme: PhantomData, scan, transposed, weight, block, to });
    });
}

struct Block<'b, F, const T: usize, const P: usize> {
    scheme: PhantomData<F>,
    scan: &'b Scan,
    transposed: bool,
    weight: &'b [f32],
    block: usize,
    to: &'b mut [f32],
}

impl<F: Scheme<T, P>, const T: usize, const P: usize> Kernel for Block<'_, F, T, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let channels = self.scan.source.blocks() * LANES;
        let frequency = channels * LANES;
        assert!(self.to.len() == P * P * frequency, "room for a block of transformed weights");
        let mut taps = [[0.0; LANES]; TAPS];
        for channel in 0..channels {
            gather(self.scan, self.transposed, self.weight, self.block, channel, &mut taps);
            // SAFETY: there is room for all channels in each frequency.
            unsafe {
                let to = self.to.as_mut_ptr().add(channel * LANES);
                kernel::<S, F, T, P>(simd, taps.as_ptr().cast(), to, frequency);
            }
        }
    }
}

/// Transforms the packed weights of some channels of one block of targets, to `[frequency, channel, target]`.
///
/// # Safety
/// From one `frequency` to the next, and behind the last, there is room for all the channels.
#[inline(always)]
pub(super) unsafe fn slab<S: Simd, F: Scheme<T, P>, const T: usize, const P: usize>(
    simd: S,
    packed: &[f32],
    channels: Range<usize>,
    to: *mut f32,
    frequency: usize,
) {
    let packed = &packed[channels.start * TAPS * LANES..channels.end * TAPS * LANES];
    for (channel, taps) in packed.as_chunks::<{ TAPS * LANES }>().0.iter().enumerate() {
        // SAFETY: as the caller says.
        unsafe { kernel::<S, F, T, P>(simd, taps.as_ptr(), to.add(channel * LANES), frequency) };
    }
}

/// Transforms the kernels from one channel to one block of targets.
///
/// # Safety
/// Nine vectors can be read, and one be written at the start and at each further frequency.
#[inline(always)]
unsafe fn kernel<S: Simd, F: Scheme<T, P>, const T: usize, const P: usize>(
    simd: S,
    taps: *const f32,
    to: *mut f32,
    frequency: usize,
) {
    let simd = simd.narrow();
    for lane in (0..LANES).step_by(<S::Narrow as Simd>::WIDTH) {
        let mut rows = [[simd.zero(); 3]; P];
        for column in 0..3 {
            let mut along = [simd.zero(); 3];
            for (row, value) in along.iter_mut().enumerate() {
                // SAFETY: as the caller says.
                *value = unsafe { simd.load(taps.add((row * 3 + column) * LANES + lane)) };
            }
            for (row, value) in rows.iter_mut().zip(F::kernel(simd, along)) {
                row[column] = value;
            }
        }
        for (index, row) in rows.into_iter().enumerate() {
            for (column, value) in F::kernel(simd, row).into_iter().enumerate() {
                // SAFETY: as the caller says.
                unsafe { simd.store(value, to.add((index * P + column) * frequency + lane)) };
            }
        }
    }
}
