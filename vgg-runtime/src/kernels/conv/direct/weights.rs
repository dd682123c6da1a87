//! Weights in the order in which the loops of this module read them, and back.

use crate::geometry::LANES;
use crate::kernels::conv::scan::Scan;
use crate::kernels::pieces;

/// Which weight belongs to which product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// As they are.
    Forward,
    /// Channels and filters changed places, and the kernel is turned by half a circle.
    Transposed,
}

/// The floats of packed weights.
pub(super) fn size(scan: &Scan) -> usize {
    scan.target.blocks() * scan.depth() * LANES
}

/// Packs weights `[filter, channel, row, column]` as `[block of targets, group of channels, row, column,
/// channel, target]`; zeros where a block or group is not full.
pub(super) fn pack(scan: &Scan, order: Order, weight: &[f32], packed: &mut [f32]) {
    let (block, volume) = (scan.depth() * LANES, packed.len());
    pieces::for_each(packed.chunks_exact_mut(block).enumerate(), volume, |(index, packed)| {
        let first = index * LANES;
        let targets = first..scan.target.channels.min(first + LANES);
        for_each_place(scan, |channel, tap, place| {
            let values = &mut packed[place * LANES..][..LANES];
            values.fill(0.0);
            if channel < scan.source.channels {
                for (value, target) in values.iter_mut().zip(targets.clone()) {
                    *value = weight[index_of(scan, order, target, channel, tap)];
                }
            }
        });
    });
}

/// Adds up packed gradients, `parts` of them, the first one first, and puts the sums where the weights lie.
pub(super) fn unpack_sums(scan: &Scan, parts: &[f32], weight: &mut [f32]) {
    let (block, each, taps) = (scan.depth() * LANES, size(scan), scan.kernel[0] * scan.kernel[1]);
    let filters = weight.chunks_exact_mut(scan.source.channels * taps).enumerate();
    pieces::for_each(filters, parts.len(), |(filter, weight)| {
        let offset = filter / LANES * block + filter % LANES;
        for_each_place(scan, |channel, tap, place| {
            if channel < scan.source.channels {
                let at = offset + place * LANES;
                weight[channel * taps + tap] = parts.iter().skip(at).step_by(each).sum();
            }
        });
    });
}

/// Goes through the products of a sum in their order: the channel, the index into the kernel, and the number
/// of the product.
#[inline(always)]
fn for_each_place(scan: &Scan, mut visit: impl FnMut(usize, usize, usize)) {
    let (lanes, taps) = (scan.lanes(), scan.kernel[0] * scan.kernel[1]);
    for group in 0..scan.groups() {
        for tap in 0..taps {
            for lane in 0..lanes {
                visit(group * lanes + lane, tap, (group * taps + tap) * lanes + lane);
            }
        }
    }
}

/// Where a weight lies in `[filter, channel, row, column]`.
fn index_of(scan: &Scan, order: Order, target: usize, channel: usize, tap: usize) -> usize {
    let taps = scan.kernel[0] * scan.kernel[1];
    match order {
        Order::Forward => (target * scan.source.channels + channel) * taps + tap,
        Order::Transposed => (channel * scan.target.channels + target) * taps + taps - 1 - tap,
    }
}
