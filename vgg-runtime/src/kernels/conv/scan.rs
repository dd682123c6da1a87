//! How a kernel slides over maps.

use super::ConvShape;
use crate::geometry::{LANES, MapShape};
use crate::kernels::pieces;

/// A kernel that slides over maps, from left to right and from top to bottom.
#[derive(Debug, Clone, Copy)]
pub(in crate::kernels::conv) struct Scan {
    /// The maps that are looked at.
    pub(in crate::kernels::conv) source: MapShape,
    /// Whether they lie plane by plane.
    pub(in crate::kernels::conv) planes: bool,
    /// The sums.
    pub(in crate::kernels::conv) target: MapShape,
    pub(in crate::kernels::conv) kernel: [usize; 2],
    /// From one position to the next.
    pub(in crate::kernels::conv) stride: [usize; 2],
    /// Where the kernel begins at the first position; negative in the padding.
    pub(in crate::kernels::conv) origin: [isize; 2],
    /// From one value of the maps to the next: between them lie zeros.
    pub(in crate::kernels::conv) dilation: [usize; 2],
}

impl Scan {
    /// The sums of a convolution.
    pub(in crate::kernels::conv) fn forward(shape: &ConvShape) -> Scan {
        let padding = shape.window.padding;
        Scan {
            source: shape.input,
            planes: shape.planes,
            target: shape.output,
            kernel: shape.window.kernel,
            stride: shape.window.stride,
            origin: [-(padding.top as isize), -(padding.left as isize)],
            dilation: [1, 1],
        }
    }

    /// The gradient by the input: the kernel, turned by half a circle, slides over the gradient by the
    /// output, between whose values there are zeros if the stride is more than one.
    pub(in crate::kernels::conv) fn input_gradient(shape: &ConvShape) -> Scan {
        let (padding, kernel) = (shape.window.padding, shape.window.kernel);
        let origin = |before: usize, extent: usize| before as isize + 1 - extent as isize;
        Scan {
            source: shape.output,
            planes: false,
            target: shape.input,
            kernel,
            stride: [1, 1],
            origin: [origin(padding.top, kernel[0]), origin(padding.left, kernel[1])],
            dilation: shape.window.stride,
        }
    }

    /// The channels that lie side by side in a band: all of images with few.
    pub(in crate::kernels::conv) fn lanes(&self) -> usize {
        if self.planes { self.source.channels.min(LANES) } else { LANES }
    }

    /// The groups of channels.
    pub(in crate::kernels::conv) fn groups(&self) -> usize {
        self.source.channels.div_ceil(self.lanes())
    }

    /// The floats that lie under one row of the kernel in one group.
    pub(in crate::kernels::conv) fn stretch(&self) -> usize {
        self.kernel[1] * self.lanes()
    }

    /// The products of a sum, zeros for padding included.
    pub(in crate::kernels::conv) fn depth(&self) -> usize {
        self.groups() * self.kernel[0] * self.stretch()
    }

    /// The number of floats of one image.
    pub(in crate::kernels::conv) fn source_stored(&self) -> usize {
        if self.planes { self.source.elements() } else { self.source.stored() }
    }

    /// The rows of a band: few enough that what they look at stays in the cache of second level, and so few
    /// that all threads have some.
    pub(in crate::kernels::conv) fn rows(&self, images: usize) -> usize {
        const FLOATS: usize = 1 << 16;
        let row = self.source.channels.next_multiple_of(self.lanes()) * self.columns();
        let most = (FLOATS / row).saturating_sub(self.kernel[0]) / self.stride[0] + 1;
        let wanted = self.target.height.div_ceil((2 * pieces::WANTED).div_ceil(images.max(1)));
        let bands = self.target.height.div_ceil(most.min(wanted));
        self.target.height.div_ceil(bands)
    }

    /// The columns of a band.
    pub(in crate::kernels::conv) fn columns(&self) -> usize {
        (self.target.width - 1) * self.stride[1] + self.kernel[1]
    }

    /// The rows of a band for so many rows of sums.
    pub(in crate::kernels::conv) fn band_rows(&self, rows: usize) -> usize {
        (rows - 1) * self.stride[0] + self.kernel[0]
    }
}
