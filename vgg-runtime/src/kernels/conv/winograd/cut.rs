//! How the work of a convolution is cut, so that what is read again and again stays in the caches.

use super::weights;
use crate::cpu::Cpu;
use crate::geometry::LANES;
use crate::kernels::caches::Caches;
use crate::kernels::conv::scan::Scan;
use crate::kernels::pieces;

/// How the work is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Each thread takes blocks of so many tiles.
    Tiles(usize),
    /// All threads transform so many tiles together, and each takes some targets for all of them.
    Targets(usize),
    /// As `Targets`, but weights are transformed while they are multiplied by.
    Slabs(Slabs),
}

/// How work is cut if weights are transformed while they are multiplied by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slabs {
    /// The tiles that all threads transform together, and each multiplies at once.
    pub(super) together: usize,
    /// The blocks of targets that one thread takes.
    pub(super) group: usize,
    /// The blocks of channels whose weights are transformed at once.
    pub(super) blocks: usize,
}

/// Blocks of targets whose products are kept at once, if weights are transformed beforehand.
pub(super) const GROUP: usize = 2;

/// Blocks of channels that are multiplied at once, if weights are transformed beforehand: their weights for one block
/// of targets, and those that come next, stay in the cache of first level while many tiles stream through.
pub(super) const PART: usize = 8;

impl Cut {
    /// Floats of transformed weights that are read for every block of tiles.
    const FEW_WEIGHTS: usize = 1 << 20;

    /// Floats of transformed weights that are read once for many tiles.
    const MANY_WEIGHTS: usize = 4 << 20;

    /// That of `P` by `P` points, for so many tiles. If weights are kept, they are transformed beforehand however many
    /// they are: it saves a tenth to a quarter of the time, and takes four times the memory.
    pub(super) fn new<const P: usize>(scan: &Scan, tiles: usize, keeps: bool, cpu: Cpu) -> Cut {
        let caches = Caches::get();
        let (near, far) = (caches.second / 4, (caches.third / 16).clamp(1 << 20, 2 << 20));
        let line = P * P * LANES;
        let each = line * scan.source.blocks();
        let weights = weights::size::<P>(scan);
        if weights <= Cut::FEW_WEIGHTS {
            // The rest of the cache is for what streams through.
            let most = (near / 16 * 13 / (each + line * GROUP)).clamp(6, 48);
            return Cut::Tiles(even(tiles, most.min(tiles.div_ceil(pieces::WANTED))));
        }
        if keeps || weights <= Cut::MANY_WEIGHTS {
            return Cut::Targets(even(tiles, (far / each).clamp(6, 196)));
        }
        // As many blocks as a product takes at once.
        let group = if cpu == Cpu::Avx512 { 2 } else { 1 };
        Cut::Slabs(Slabs {
            // Weights are transformed anew for each so many tiles, so that many pay.
            together: even(tiles, (2 * far / each).max(8)),
            group,
            blocks: even(scan.source.blocks(), near * 9 / 32 / (line * LANES * group)),
        })
    }

    /// Whether weights are transformed beforehand.
    pub(super) fn transforms_beforehand(&self) -> bool {
        !matches!(self, Cut::Slabs(_))
    }
}

/// The size of parts that are as even as can be, none more than `most`.
pub(super) fn even(count: usize, most: usize) -> usize {
    count.div_ceil(count.div_ceil(most.max(1)).max(1))
}
