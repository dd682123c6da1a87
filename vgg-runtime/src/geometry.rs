//! Shapes, and the windows that convolutions and pools slide over them.
//!
//! Everything here is `const`, so that generated code can have its shapes checked while it compiles.

use std::fmt;

/// The channels of feature maps that lie side by side in the arena: as many as fill a cache line.
pub const LANES: usize = 16;

/// The shape of feature maps: channels, height and width of one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MapShape {
    /// Feature maps.
    pub channels: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

impl MapShape {
    /// So many channels of so many rows and columns.
    pub const fn new(channels: usize, height: usize, width: usize) -> MapShape {
        MapShape { channels, height, width }
    }

    /// The number of values of one image.
    pub const fn elements(self) -> usize {
        self.channels * self.height * self.width
    }

    /// The number of values of one map.
    pub const fn area(self) -> usize {
        self.height * self.width
    }

    /// The number of blocks of [`LANES`] channels that the maps take in the arena; the last may be filled up
    /// with zeros.
    pub const fn blocks(self) -> usize {
        self.channels.div_ceil(LANES)
    }

    /// The number of floats that the maps of one image take in the arena, where they lie as
    /// `[channel / 16, row, column, channel % 16]`.
    pub const fn stored(self) -> usize {
        self.blocks() * self.area() * LANES
    }

    /// Whether two shapes are the same; `==` is not yet `const`.
    pub const fn is(self, other: MapShape) -> bool {
        self.channels == other.channels && self.height == other.height && self.width == other.width
    }
}

/// `channels x height x width`.
impl fmt::Display for MapShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}", self.channels, self.height, self.width)
    }
}

/// What a step reads or writes for one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Extent {
    /// Feature maps, in blocks of [`LANES`] channels.
    Maps(MapShape),
    /// A vector of so many features, one behind the other.
    Vector(usize),
}

impl Extent {
    /// The numbers that have a norm's weights of their own: maps, or features.
    pub const fn channels(self) -> usize {
        match self {
            Extent::Maps(maps) => maps.channels,
            Extent::Vector(features) => features,
        }
    }

    /// The number of values of a channel.
    pub const fn area(self) -> usize {
        match self {
            Extent::Maps(maps) => maps.area(),
            Extent::Vector(_) => 1,
        }
    }

    /// The number of values.
    pub const fn elements(self) -> usize {
        self.channels() * self.area()
    }

    /// The number of floats that they take in the arena.
    pub const fn stored(self) -> usize {
        match self {
            Extent::Maps(maps) => maps.stored(),
            Extent::Vector(features) => features,
        }
    }
}

/// Rows and columns added around an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Padding {
    /// Rows above.
    pub top: usize,
    /// Rows below.
    pub bottom: usize,
    /// Columns to the left.
    pub left: usize,
    /// Columns to the right.
    pub right: usize,
}

impl Padding {
    /// No padding.
    pub const NONE: Padding = Padding { top: 0, bottom: 0, left: 0, right: 0 };

    /// So many rows above and below, so many columns to the left and to the right.
    pub const fn symmetric(rows: usize, columns: usize) -> Padding {
        Padding { top: rows, bottom: rows, left: columns, right: columns }
    }
}

/// Where a convolution or pool looks. Extents are `[height, width]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    /// Rows and columns that it covers.
    pub kernel: [usize; 2],
    /// Rows and columns from one position to the next.
    pub stride: [usize; 2],
    /// Rows and columns around the image that it may reach into.
    pub padding: Padding,
}

impl Window {
    /// An odd kernel at stride 1, padded so that the output is as large as the input.
    ///
    /// ```
    /// use vgg_runtime::geometry::{MapShape, Window};
    /// let image = MapShape::new(3, 32, 32);
    /// assert_eq!(Window::same(3, 3).output(image, 64), Some(MapShape::new(64, 32, 32)));
    /// ```
    pub const fn same(height: usize, width: usize) -> Window {
        Window { kernel: [height, width], stride: [1, 1], padding: Padding::symmetric(height / 2, width / 2) }
    }

    /// A kernel that moves by its own size, without padding: the usual pool.
    pub const fn tiling(height: usize, width: usize) -> Window {
        Window { kernel: [height, width], stride: [height, width], padding: Padding::NONE }
    }

    /// The window with another stride.
    pub const fn with_stride(self, height: usize, width: usize) -> Window {
        Window { stride: [height, width], ..self }
    }

    /// The window with other padding.
    pub const fn with_padding(self, padding: Padding) -> Window {
        Window { padding, ..self }
    }

    /// The shape that comes out if each position of the window gives `channels` values; `None` if the
    /// window does not fit into the padded image even once, or does not move.
    pub const fn output(self, input: MapShape, channels: usize) -> Option<MapShape> {
        let rows = input.height + self.padding.top + self.padding.bottom;
        let columns = input.width + self.padding.left + self.padding.right;
        match (
            positions(rows, self.kernel[0], self.stride[0]),
            positions(columns, self.kernel[1], self.stride[1]),
        ) {
            (Some(height), Some(width)) => Some(MapShape { channels, height, width }),
            _ => None,
        }
    }

    /// The number of values that it covers in one map.
    pub const fn area(self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Whether it covers a single value and visits every one in turn.
    pub const fn is_pointwise(self) -> bool {
        let Padding { top, bottom, left, right } = self.padding;
        self.area() == 1 && self.stride[0] == 1 && self.stride[1] == 1 && top + bottom + left + right == 0
    }
}

/// How often a kernel fits when it moves by `stride`.
const fn positions(extent: usize, kernel: usize, stride: usize) -> Option<usize> {
    if kernel == 0 || stride == 0 || extent < kernel { None } else { Some((extent - kernel) / stride + 1) }
}

/// What a pool takes from each window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PoolMode {
    /// The largest value inside the image. Of equal ones, the first row by row gets the gradient.
    Max,
    /// The mean of the values inside the image; padding does not count.
    Average,
}

/// A pool: what is taken, and from which windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PoolWindow {
    /// What is taken from each window.
    pub mode: PoolMode,
    /// Where the windows lie.
    pub window: Window,
}

impl PoolWindow {
    /// The largest of every `height x width` values.
    pub const fn max(height: usize, width: usize) -> PoolWindow {
        PoolWindow { mode: PoolMode::Max, window: Window::tiling(height, width) }
    }

    /// The mean of every `height x width` values.
    pub const fn average(height: usize, width: usize) -> PoolWindow {
        PoolWindow { mode: PoolMode::Average, window: Window::tiling(height, width) }
    }

    /// The pool with another stride.
    pub const fn with_stride(self, height: usize, width: usize) -> PoolWindow {
        PoolWindow { window: self.window.with_stride(height, width), ..self }
    }

    /// The pool with padding.
    pub const fn with_padding(self, padding: Padding) -> PoolWindow {
        PoolWindow { window: self.window.with_padding(padding), ..self }
    }

    /// Whether it takes the largest of every two by two values, the usual pool of a VGG block.
    pub const fn halves(self) -> bool {
        let Window { kernel, stride, padding: Padding { top, bottom, left, right } } = self.window;
        matches!((self.mode, kernel, stride), (PoolMode::Max, [2, 2], [2, 2]))
            && top + bottom + left + right == 0
    }

    /// The shape that comes out, `None` if the window does not fit.
    pub const fn output(self, input: MapShape) -> Option<MapShape> {
        self.window.output(input, input.channels)
    }
}

/// The settings of a batch normalisation (Ioffe & Szegedy, 2015).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Norm {
    /// Added to the variance before its root is taken.
    pub epsilon: f32,
    /// The share of a new batch in the running statistics.
    pub momentum: f32,
    /// Whether training leaves its weights and running statistics as they are. Then it normalises by the
    /// running statistics in training, too, as Keras does.
    pub frozen: bool,
}

impl Norm {
    /// PyTorch's defaults: an epsilon of 1e-5 and a momentum of 0.1.
    pub const DEFAULT: Norm = Norm { epsilon: 1e-5, momentum: 0.1, frozen: false };

    /// A norm that learns, with its settings.
    pub const fn new(epsilon: f32, momentum: f32) -> Norm {
        Norm { epsilon, momentum, frozen: false }
    }

    /// The norm as one that training leaves as it is.
    pub const fn frozen(self) -> Norm {
        Norm { frozen: true, ..self }
    }
}

/// The settings of a local response normalisation (Krizhevsky et al., 2012): each value is multiplied by
/// `(k + alpha / size · s)^-beta`, where `s` is the sum of the squares of `size` channels around it. As in PyTorch,
/// Caffe and ONNX `alpha` is divided by the number of channels; in the paper it is not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lrn {
    /// The channels that are seen, an odd number: as many on the one side as on the other.
    pub size: usize,
    /// What the mean of their squares is multiplied by.
    pub alpha: f32,
    /// The power.
    pub beta: f32,
    /// What is added, above 0.
    pub k: f32,
}

impl Lrn {
    /// Five channels, and PyTorch's defaults for the rest: an alpha of 1e-4, a beta of 0.75 and a k of 1.
    pub const DEFAULT: Lrn = Lrn { size: 5, alpha: 1e-4, beta: 0.75, k: 1.0 };
}

impl Default for Norm {
    fn default() -> Self {
        Norm::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_those_of_the_formula() {
        let image = MapShape::new(3, 11, 8);
        let of = |window: Window| window.output(image, 5).map(|shape| (shape.height, shape.width));
        assert_eq!(of(Window::same(5, 3)), Some((11, 8)));
        assert_eq!(of(Window::tiling(2, 2)), Some((5, 4)));
        assert_eq!(of(Window::same(3, 3).with_stride(2, 3)), Some((6, 3)));
        assert_eq!(of(Window::tiling(11, 8)), Some((1, 1)));
        assert_eq!(of(Window::tiling(12, 8)), None);
        assert_eq!(of(Window::tiling(0, 1)), None);
        assert_eq!(of(Window::same(1, 1).with_stride(0, 1)), None);
        let bottom = Padding { bottom: 1, ..Padding::NONE };
        assert_eq!(of(Window::tiling(2, 2).with_padding(bottom)), Some((6, 4)));
    }

    #[test]
    fn only_the_plain_1x1_is_pointwise() {
        assert!(Window::same(1, 1).is_pointwise());
        assert!(!Window::same(1, 3).is_pointwise());
        assert!(!Window::same(1, 1).with_stride(1, 2).is_pointwise());
        assert!(!Window::same(1, 1).with_padding(Padding::symmetric(1, 0)).is_pointwise());
    }
}
