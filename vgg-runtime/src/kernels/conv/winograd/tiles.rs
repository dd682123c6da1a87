//! The tiles that the sums of a batch are cut into.

use crate::geometry::{LANES, MapShape};
use crate::kernels::conv::scan::Scan;
use crate::kernels::simd::Simd;
use std::ops::Range;

/// The tiles of a batch, numbered image by image and row by row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tiles {
    /// Sums of a tile along one side.
    side: usize,
    /// In a row of an image.
    columns: usize,
    /// In an image.
    each: usize,
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

    /// The tiles of some numbers, one after the other.
    #[inline(always)]
    pub(super) fn of(&self, numbers: Range<usize>) -> Walk {
        let (image, rest) = (numbers.start / self.each.max(1), numbers.start % self.each.max(1));
        let [rows, columns] = [self.each / self.columns.max(1), self.columns].map(|tiles| tiles * self.side);
        let (row, column) = (rest / self.columns.max(1) * self.side, rest % self.columns.max(1) * self.side);
        Walk { side: self.side, rows, columns, left: numbers.len(), next: Tile { image, row, column } }
    }
}

/// Goes from tile to tile, without a division at each.
pub(super) struct Walk {
    side: usize,
    /// Of an image, in whole tiles.
    rows: usize,
    columns: usize,
    /// Tiles that are still to come.
    left: usize,
    next: Tile,
}

impl Iterator for Walk {
    type Item = Tile;

    #[inline(always)]
    fn next(&mut self) -> Option<Tile> {
        self.left = self.left.checked_sub(1)?;
        let tile = self.next;
        self.next.column += self.side;
        if self.next.column == self.columns {
            self.next = Tile { image: tile.image, row: tile.row + self.side, column: 0 };
        }
        if self.next.row == self.rows {
            self.next = Tile { image: tile.image + 1, row: 0, column: 0 };
        }
        Some(tile)
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
    pub(super) fn find<S: Simd, const N: usize>(
        &self,
        simd: S,
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
        let places = plane.as_chunks().0;
        for (row, values) in (self.row..).zip(copy.iter_mut()) {
            let row_inside = (0..height).contains(&row);
            for (column, value) in (self.column..).zip(values) {
                let inside = row_inside && (0..width).contains(&column);
                // As vectors: what is stored by halves cannot be loaded as a whole before it has left for the cache.
                let vector =
                    if inside { simd.of(&places[(row * width + column) as usize]) } else { simd.zero() };
                // SAFETY: there is room for sixteen values.
                unsafe { simd.store(vector, value.as_mut_ptr()) };
            }
        }
        (copy.as_ptr().cast(), N * LANES)
    }
}
