//! Convolution, its input gradient and its weight gradient.

mod direct;
mod grouped;
mod scan;
mod winograd;

use super::{Epilogue, Scratch};
use crate::cpu::Cpu;
use crate::geometry::{LANES, MapShape, Window};
use winograd::Sums;

/// The shapes of a convolution over a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvShape {
    batch: usize,
    input: MapShape,
    output: MapShape,
    window: Window,
    groups: usize,
    /// Whether the input lies plane by plane.
    planes: bool,
    cpu: Option<Cpu>,
}

impl ConvShape {
    /// A convolution of `batch` images with `filters` kernels; `None` if the window does not fit.
    pub const fn new(batch: usize, input: MapShape, filters: usize, window: Window) -> Option<ConvShape> {
        match window.output(input, filters) {
            Some(output) => {
                Some(ConvShape { batch, input, output, window, groups: 1, planes: false, cpu: None })
            }
            None => None,
        }
    }

    /// The same, over images `[image, channel, row, column]` instead of maps in blocks.
    pub const fn over_images(self) -> ConvShape {
        ConvShape { planes: true, ..self }
    }

    /// The same in groups, each of as many filters, that look at as many channels.
    ///
    /// # Panics
    /// If the groups do not divide channels and filters.
    pub const fn in_groups(self, groups: usize) -> ConvShape {
        let divides = groups > 0
            && self.input.channels.is_multiple_of(groups)
            && self.output.channels.is_multiple_of(groups);
        assert!(divides, "groups must divide channels and filters");
        ConvShape { groups, ..self }
    }

    /// The same, by the instructions of a CPU instead of those [in use](Cpu::selected).
    pub const fn on(self, cpu: Cpu) -> ConvShape {
        ConvShape { cpu: Some(cpu), ..self }
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
        self.input.channels / self.groups * self.window.area()
    }

    /// The number of values that are read and written, more or less.
    const fn volume(&self) -> usize {
        self.batch * (self.depth() + self.output.channels) * self.output.area()
    }

    fn cpu(&self) -> Cpu {
        self.cpu.unwrap_or_else(Cpu::active)
    }

    /// The number of floats of one image of the input.
    const fn input_stored(&self) -> usize {
        if self.planes { self.input.elements() } else { self.input.stored() }
    }

    /// Panics if the slices have not the lengths of input, weights and output.
    fn check(&self, input: &[f32], weight: &[f32], output: &[f32]) {
        let found = [input.len(), weight.len(), output.len()];
        let expected = [self.batch * self.input_stored(), self.weights(), self.batch * self.output.stored()];
        assert_eq!(found, expected, "lengths of input, weights and output of {self:?}");
    }
}

/// How a convolution is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// By its definition.
    Direct,
    /// By Winograd's algorithm, in tiles of 4x4.
    Winograd,
    /// By Winograd's algorithm, in tiles of 2x2.
    WinogradSmall,
}

impl Algorithm {
    /// The tiles of Winograd's algorithm.
    fn side(self) -> Option<winograd::Side> {
        match self {
            Algorithm::Direct => None,
            Algorithm::Winograd => Some(winograd::Side::Four),
            Algorithm::WinogradSmall => Some(winograd::Side::Two),
        }
    }
}

/// The tiles that take about as long to multiply by weights as the weights take to be read and transformed, so chosen
/// that what was measured comes out: with 512 channels and filters in maps of 14x14, one image takes less time in tiles
/// of 2x2, eight take less in tiles of 4x4.
const WEIGHTS_IN_TILES: usize = 24;

/// How a convolution of a shape is computed.
///
/// Winograd's algorithm pays where the products outweigh the transforms: there are channels enough on both sides to
/// fill a block of the layout. Tiles are those that take fewer products for what lies in the maps of a batch, where
/// weights count, too: there are as many of them as points, whatever they are multiplied by, and to read and transform
/// them takes as long as the products with some tiles. So small batches of small maps are computed in smaller tiles.
pub fn algorithm(shape: &ConvShape) -> Algorithm {
    let (height, width) = (shape.output.height, shape.output.width);
    let deep = shape.input.channels >= LANES && shape.output.channels >= LANES;
    if shape.groups > 1 || !winograd::fits(shape) || !deep || height < 2 || width < 2 {
        return Algorithm::Direct;
    }
    let cost = |side: usize, points: usize| {
        (shape.batch * height.div_ceil(side) * width.div_ceil(side) + WEIGHTS_IN_TILES) * points
    };
    if cost(2, 16) < cost(4, 36) { Algorithm::WinogradSmall } else { Algorithm::Winograd }
}

/// Convolves maps with weights `[filter, channel, row, column]`.
pub fn forward(
    shape: &ConvShape,
    input: &[f32],
    weight: &[f32],
    epilogue: Epilogue<'_>,
    output: &mut [f32],
    scratch: &mut Scratch,
) {
    shape.check(input, weight, output);
    match algorithm(shape).side() {
        None if shape.groups > 1 => grouped::forward(shape, input, weight, epilogue, output, scratch),
        None => direct::forward(shape, input, weight, epilogue, output, scratch),
        Some(side) => {
            Sums { shape, side, source: input, weight }.forward(epilogue, false, output, scratch);
        }
    }
}

/// Whether [`forward_halved`] computes this: by Winograd's algorithm alone.
pub fn halves(shape: &ConvShape) -> bool {
    algorithm(shape) != Algorithm::Direct && shape.output.height >= 2 && shape.output.width >= 2
}

/// Convolves maps as [`forward`], and stores the largest of every two by two values: a pool that
/// [halves](crate::geometry::PoolWindow::halves) the maps.
///
/// # Panics
/// If it is none of those that [`halves`] names.
pub fn forward_halved(
    shape: &ConvShape,
    input: &[f32],
    weight: &[f32],
    epilogue: Epilogue<'_>,
    output: &mut [f32],
    scratch: &mut Scratch,
) {
    let MapShape { channels, height, width } = shape.output;
    let halved = shape.batch * MapShape::new(channels, height / 2, width / 2).stored();
    let side = algorithm(shape).side().filter(|_| halves(shape) && output.len() == halved);
    let side = side.unwrap_or_else(|| panic!("half the maps of {shape:?}"));
    assert_eq!(
        (input.len(), weight.len()),
        (shape.batch * shape.input_stored(), shape.weights()),
        "lengths of input and weights of {shape:?}"
    );
    Sums { shape, side, source: input, weight }.forward(epilogue, true, output, scratch);
}

/// Computes the gradient by the maps out of the gradient by what [`forward`] sums up.
///
/// # Panics
/// If the input is images, by which no gradient is ever wanted.
pub fn input_gradient(
    shape: &ConvShape,
    output_gradient: &[f32],
    weight: &[f32],
    input_gradient: &mut [f32],
    scratch: &mut Scratch,
) {
    assert!(!shape.planes, "there is no gradient by images");
    shape.check(input_gradient, weight, output_gradient);
    match algorithm(shape).side() {
        None if shape.groups > 1 => {
            grouped::input_gradient(shape, output_gradient, weight, input_gradient, scratch);
        }
        None => direct::input_gradient(shape, output_gradient, weight, input_gradient, scratch),
        Some(side) => {
            Sums { shape, side, source: output_gradient, weight }.input_gradient(input_gradient, scratch);
        }
    }
}

/// Computes the gradient by the weights out of the maps and the gradient by what [`forward`] sums up.
pub fn weight_gradient(
    shape: &ConvShape,
    input: &[f32],
    output_gradient: &[f32],
    weight_gradient: &mut [f32],
    scratch: &mut Scratch,
) {
    shape.check(input, weight_gradient, output_gradient);
    if shape.batch == 0 {
        return weight_gradient.fill(0.0);
    }
    match algorithm(shape).side() {
        None if shape.groups > 1 => {
            grouped::weight_gradient(shape, input, output_gradient, weight_gradient, scratch);
        }
        None => direct::weight_gradient(shape, input, output_gradient, weight_gradient, scratch),
        Some(side) => {
            winograd::weight_gradient(shape, side, input, output_gradient, weight_gradient, scratch);
        }
    }
}
