//! Convolution, its input gradient and its weight gradient.
//!
//! All three unfold the image into a matrix with one column for each position of the kernel and one row
//! for each value under it (`im2col`), and multiply: with `W` the weights as `[filter, value]`,
//!
//! - forward: `Y = W X`,
//! - input gradient: `dX = Wᵀ dY`, folded back into the image,
//! - weight gradient: `dW = dY Xᵀ`.
//!
//! The matrix is built in tiles, never as a whole: a tile is a band of rows of one image, or several small
//! images.

mod columns;
mod forward;
mod input_gradient;
mod weight_gradient;

pub use forward::forward;
pub use input_gradient::input_gradient;
pub use weight_gradient::weight_gradient;

use crate::geometry::{MapShape, Window};

/// The shapes of a convolution over a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvShape {
    batch: usize,
    input: MapShape,
    output: MapShape,
    window: Window,
}

impl ConvShape {
    /// A convolution of `batch` images with `filters` kernels; `None` if the window does not fit.
    pub const fn new(batch: usize, input: MapShape, filters: usize, window: Window) -> Option<ConvShape> {
        match window.output(input, filters) {
            Some(output) => Some(ConvShape { batch, input, output, window }),
            None => None,
        }
    }

    /// The number of images.
    pub const fn batch(&self) -> usize {
        self.batch
    }

    /// The shape of what comes in.
    pub const fn input(&self) -> MapShape {
        self.input
    }

    /// The shape of what goes out.
    pub const fn output(&self) -> MapShape {
        self.output
    }

    /// Where the kernel is laid.
    pub const fn window(&self) -> Window {
        self.window
    }

    /// The number of weights: filters times [`depth`](ConvShape::depth).
    pub const fn weights(&self) -> usize {
        self.output.channels * self.depth()
    }

    /// The number of values under the kernel.
    pub const fn depth(&self) -> usize {
        self.input.channels * self.window.area()
    }

    /// The number of values that are read and written, more or less.
    const fn volume(&self) -> usize {
        self.batch * (self.depth() + self.output.channels) * self.output.area()
    }

    /// How the columns are cut into tiles.
    fn tiling(&self) -> Tiling {
        let columns = self.batch * self.output.area();
        let wanted = (columns / super::pieces::WANTED).clamp(Tiling::FEWEST_COLUMNS, Tiling::MOST_COLUMNS);
        let wanted = wanted.min(Tiling::MOST_VALUES / self.depth());
        if self.output.area() <= wanted {
            return Tiling {
                images: (wanted / self.output.area()).min(self.batch),
                rows: self.output.height,
            };
        }
        let bands = self.output.height.div_ceil((wanted / self.output.width).max(1));
        Tiling { images: 1, rows: self.output.height.div_ceil(bands) }
    }

    /// Panics if the slices have not the lengths of input, weights and output.
    fn check(&self, input: &[f32], weight: &[f32], output: &[f32]) {
        let found = [input.len(), weight.len(), output.len()];
        let expected =
            [self.batch * self.input.elements(), self.weights(), self.batch * self.output.elements()];
        assert_eq!(found, expected, "lengths of input, weights and output of {self:?}");
    }
}

/// The size of a tile: so many whole images, or so many rows of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tiling {
    images: usize,
    rows: usize,
}

impl Tiling {
    /// With fewer columns, packing the weights takes longer than multiplying by them.
    const FEWEST_COLUMNS: usize = 64;
    /// More columns do not make multiplying any faster.
    const MOST_COLUMNS: usize = 512;
    /// The most values of a tile, which bounds scratch to 8 MiB a thread; a tile has at least one row.
    const MOST_VALUES: usize = 1 << 21;

    /// The most columns of a tile.
    fn columns(self, shape: &ConvShape) -> usize {
        self.images * self.rows * shape.output.width
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiling(batch: usize, channels: usize, side: usize) -> Tiling {
        let image = MapShape::new(channels, side, side);
        ConvShape::new(batch, image, 8, Window::same(3, 3)).unwrap().tiling()
    }

    #[test]
    fn tiles_are_bands_of_large_and_groups_of_small_images() {
        assert_eq!(tiling(1, 64, 224), Tiling { images: 1, rows: 2 });
        assert_eq!(tiling(1, 512, 14), Tiling { images: 1, rows: 4 });
        assert_eq!(tiling(128, 32, 28), Tiling { images: 1, rows: 14 });
        assert_eq!(tiling(128, 128, 7), Tiling { images: 10, rows: 7 });
        assert_eq!(tiling(2, 128, 1), Tiling { images: 2, rows: 1 });
        assert_eq!(tiling(1, 1 << 20, 3), Tiling { images: 1, rows: 1 });
    }
}
