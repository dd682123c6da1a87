//! The tiles that the sums of a batch are cut into.

use crate::geometry::{LANES, MapShape};
use crate::kernels::conv::scan::Scan;

/// The tiles of a batch, numbered image by image and row by row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tiles {
    /// Sums of a tile along one side.
    side: usize,
    /// In a row of an image.
    columns: usize,
    /// In an image.
    pub(super) each: usize,
    /// In the batch.
    pub(super) count: usize,
}

/// One tile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tile {
    pub(super) image: usize,
    /// Its first row of sums.
    pub(super) row: usize,
    /// Its first column of sums.
    pub(super) column: usize,
}

impl Tiles {
    /// The tiles of maps of sums.
    pub(super) fn new(side: usize, batch: usize, target: MapShape) -> Tiles {
        let columns = target.width.div_ceil(side);
        let each = target.height.div_ceil(side) * columns;
        Tiles { side, columns, each, count: batch * each }
    }

    /// The tile of a number.
    #[inline(always)]
    pub(super) fn get(&self, number: usize) -> Tile {
        let (image, rest) = (number / self.each, number % self.each);
        Tile { image, row: rest / self.columns * self.side, column: rest % self.columns * self.side }
    }
}

/// A square of the maps, `N` values along a side, perhaps across their border.
pub(super) struct Square {
    pub(super) image: usize,
    pub(super) row: isize,
    pub(super) column: isize,
}

impl Square {
    /// A tile itself.
    #[inline(always)]
    pub(super) fn of(tile: Tile) -> Square {
        Square { image: tile.image, row: tile.row as isize, column: tile.column as isize }
    }

    /// What lies under a tile of the sums of a scan.
    #[inline(always)]
    pub(super) fn under(scan: &Scan, tile: Tile) -> Square {
        let row = tile.row as isize + scan.origin[0];
        Square { image: tile.image, row, column: tile.column as isize + scan.origin[1] }
    }

    /// Where the square begins in a block of channels, and from one of its rows to the next: in the maps if
    /// it lies inside, in `copy` if not, where zeros are put around what does.
    #[inline(always)]
    pub(super) fn find<const N: usize>(
        &self,
        maps: MapShape,
        values: &[f32],
        block: usize,
        copy: &mut [[[f32; LANES]; N]; N],
    ) -> (*const f32, usize) {
        let start = (self.image * maps.blocks() + block) * maps.area() * LANES;
        let plane = &values[start..start + maps.area() * LANES];
        let (height, width) = (maps.height as isize, maps.width as isize);
        let inside = self.row >= 0
            && self.column >= 0
            && self.row + N as isize <= height
            && self.column + N as isize <= width;
        if inside {
            let first = (self.row * width + self.column) as usize * LANES;
            return (plane[first..].as_ptr(), maps.width * LANES);
        }
        for (row, values) in (self.row..).zip(copy.iter_mut()) {
            for (column, value) in (self.column..).zip(values) {
                let inside = (0..height).contains(&row) && (0..width).contains(&column);
                *value = if inside {
                    let at = (row * width + column) as usize * LANES;
                    plane[at..].first_chunk().copied().unwrap_or_default()
                } else {
                    [0.0; LANES]
                };
            }
        }
        (copy.as_ptr().cast(), N * LANES)
    }
}
