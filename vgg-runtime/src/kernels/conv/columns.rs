//! From images to columns and back.

use super::ConvShape;
use std::ops::Range;

/// A part of the unfolded images: the columns of some output rows, and the matrix rows of some channels.
#[derive(Debug, Clone)]
pub(super) struct Patch {
    /// How many images.
    pub(super) images: usize,
    /// Input channels.
    pub(super) channels: Range<usize>,
    /// Output rows of each image.
    pub(super) rows: Range<usize>,
}

impl Patch {
    /// The number of columns.
    pub(super) fn columns(&self, shape: &ConvShape) -> usize {
        self.images * self.rows.len() * shape.output.width
    }

    /// The number of matrix rows.
    pub(super) fn depth(&self, shape: &ConvShape) -> usize {
        self.channels.len() * shape.window.area()
    }
}

/// Unfolds images: `columns` becomes `[channel, kernel row, kernel column, image, row, column]`.
/// `images` begins with the first image of the patch; padding reads as zero.
pub(super) fn unfold(shape: &ConvShape, patch: &Patch, images: &[f32], columns: &mut [f32]) {
    let mut segments = columns.chunks_exact_mut(shape.output.width);
    for_each_segment(shape, patch, |segment| {
        let Some(values) = segments.next() else { return };
        let Some(row) = segment.row else { return values.fill(0.0) };
        let inside = segment.inside;
        values[..inside.start].fill(0.0);
        values[inside.end..].fill(0.0);
        let (values, source) = (&mut values[inside], &images[row + segment.first..]);
        match shape.window.stride[1] {
            1 => values.copy_from_slice(&source[..values.len()]),
            stride => values.iter_mut().zip(source.iter().step_by(stride)).for_each(|(to, &from)| *to = from),
        }
    });
}

/// Adds columns, laid out as [`unfold`] leaves them, back to where they came from. `gradient` begins with
/// the first channel of the patch in its first image, and holds all channels of an image only if the patch
/// does.
pub(super) fn fold_add(shape: &ConvShape, patch: &Patch, columns: &[f32], gradient: &mut [f32]) {
    let offset = patch.channels.start * shape.input.area();
    let mut segments = columns.chunks_exact(shape.output.width);
    for_each_segment(shape, patch, |segment| {
        let (Some(values), Some(row)) = (segments.next(), segment.row) else { return };
        let (values, target) = (&values[segment.inside], &mut gradient[row - offset + segment.first..]);
        match shape.window.stride[1] {
            1 => target.iter_mut().zip(values).for_each(|(to, &from)| *to += from),
            stride => target.iter_mut().step_by(stride).zip(values).for_each(|(to, &from)| *to += from),
        }
    });
}

/// What one row of the output sees of one row of the input through one value of the kernel.
struct Segment {
    /// Where the input row begins, `None` if it lies in the padding.
    row: Option<usize>,
    /// Output columns that see the inside of the image.
    inside: Range<usize>,
    /// The input column that the first of them sees.
    first: usize,
}

/// Goes through all segments of a patch in the order of its columns.
#[inline(always)]
fn for_each_segment(shape: &ConvShape, patch: &Patch, mut visit: impl FnMut(Segment)) {
    let (input, window) = (shape.input, shape.window);
    for channel in patch.channels.clone() {
        for kernel_row in 0..window.kernel[0] {
            for kernel_column in 0..window.kernel[1] {
                let (inside, first) = inside(shape, kernel_column);
                for image in 0..patch.images {
                    let plane = (image * input.channels + channel) * input.area();
                    for output_row in patch.rows.clone() {
                        let row = (output_row * window.stride[0] + kernel_row)
                            .checked_sub(window.padding.top)
                            .filter(|&row| row < input.height && !inside.is_empty())
                            .map(|row| plane + row * input.width);
                        visit(Segment { row, inside: inside.clone(), first });
                    }
                }
            }
        }
    }
}

/// The output columns that see the inside of the image through a column of the kernel, and the input
/// column that the first of them sees.
fn inside(shape: &ConvShape, kernel_column: usize) -> (Range<usize>, usize) {
    let (stride, left) = (shape.window.stride[1], shape.window.padding.left);
    let start = left.saturating_sub(kernel_column).div_ceil(stride).min(shape.output.width);
    let end = (shape.input.width + left).saturating_sub(kernel_column).div_ceil(stride);
    let end = end.clamp(start, shape.output.width);
    (start..end, (start * stride + kernel_column).saturating_sub(left))
}
