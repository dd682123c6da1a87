//! Packs buffers whose lifetimes are known into one arena.

/// A buffer and the ticks, both included, between which nothing else may lie where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Buffer {
    /// Floats per image.
    pub(super) size: usize,
    pub(super) first: usize,
    pub(super) last: usize,
}

impl Buffer {
    fn meets(&self, other: &Buffer) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// Floats to which offsets are rounded: one cache line of 64 bytes, one register of AVX-512.
pub(super) const ALIGNMENT: usize = 16;

/// Gives each buffer an offset, and says how large the arena must be.
///
/// First fit, the largest buffer first (Pisarchyk & Lee, "Efficient Memory Management for Deep Neural Net
/// Inference", 2020): each buffer takes the lowest gap between those already placed that are alive
/// together with it. Of equal sizes the earlier one goes first, so the result depends on nothing else.
pub(super) fn pack(buffers: &[Buffer]) -> (Vec<usize>, usize) {
    let mut order: Vec<usize> = (0..buffers.len()).collect();
    order.sort_by_key(|&index| (std::cmp::Reverse(buffers[index].size), buffers[index].first, index));
    let mut offsets = vec![0; buffers.len()];
    // Those placed so far, by offset.
    let mut placed: Vec<usize> = Vec::with_capacity(buffers.len());
    let mut total = 0;
    for index in order {
        let buffer = &buffers[index];
        let size = buffer.size.next_multiple_of(ALIGNMENT);
        let mut offset = 0;
        for &other in placed.iter().filter(|&&other| buffers[other].meets(buffer)) {
            if offsets[other] >= offset + size {
                break;
            }
            offset = offset.max(offsets[other] + buffers[other].size.next_multiple_of(ALIGNMENT));
        }
        offsets[index] = offset;
        total = total.max(offset + size);
        let position = placed.partition_point(|&other| offsets[other] <= offset);
        placed.insert(position, index);
    }
    (offsets, total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn buffer(size: usize, first: usize, last: usize) -> Buffer {
        Buffer { size, first, last }
    }

    /// The most that is alive at once: no arena can be smaller.
    fn least(buffers: &[Buffer]) -> usize {
        let at = |tick: usize| -> usize {
            let alive = buffers.iter().filter(|buffer| (buffer.first..=buffer.last).contains(&tick));
            alive.map(|buffer| buffer.size.next_multiple_of(ALIGNMENT)).sum()
        };
        (0..64).map(at).max().unwrap_or(0)
    }

    #[test]
    fn a_chain_needs_two_buffers() {
        let buffers = [buffer(100, 0, 0), buffer(100, 0, 1), buffer(100, 1, 2), buffer(100, 2, 3)];
        let (offsets, total) = pack(&buffers);
        assert_eq!(offsets, [0, 112, 0, 112]);
        assert_eq!(total, 224);
    }

    #[test]
    fn a_small_buffer_fits_into_a_gap() {
        let buffers = [buffer(64, 0, 1), buffer(32, 0, 0), buffer(64, 0, 1), buffer(16, 1, 1)];
        let (offsets, total) = pack(&buffers);
        assert_eq!(total, least(&buffers));
        assert_eq!(offsets[3], offsets[1], "takes the place of what died");
    }

    proptest! {
        #[test]
        fn buffers_that_meet_lie_apart(
            parts in proptest::collection::vec((0..200_usize, 0..40_usize, 0..24_usize), 0..40)
        ) {
            let buffers: Vec<Buffer> =
                parts.into_iter().map(|(size, first, length)| buffer(size, first, first + length)).collect();
            let (offsets, total) = pack(&buffers);
            for (a, left) in buffers.iter().enumerate() {
                prop_assert_eq!(offsets[a] % ALIGNMENT, 0);
                prop_assert!(offsets[a] + left.size <= total);
                for (b, right) in buffers.iter().enumerate().skip(a + 1) {
                    let apart = offsets[a] + left.size <= offsets[b] || offsets[b] + right.size <= offsets[a];
                    prop_assert!(apart || !left.meets(right) || left.size == 0 || right.size == 0);
                }
            }
            prop_assert!(total >= least(&buffers));
        }
    }
}
