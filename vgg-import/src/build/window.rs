//! How many outputs a window has, and which padding it needs for that.

use super::Source;
use crate::error::Problem;
use vgg_spec::ir::{Padding, Window};

/// Height and width of what a window gives of maps of the height and width `size`.
pub(super) fn laid(
    source: Source<'_>,
    window: Window,
    size: [usize; 2],
    ceil: bool,
) -> Result<[usize; 2], Problem> {
    let Padding { top, bottom, left, right } = window.padding;
    let axes = [(0, top, bottom), (1, left, right)];
    let mut output = [0; 2];
    for (axis, before, after) in axes {
        let (kernel, stride) = (window.kernel[axis], window.stride[axis]);
        let padded = size[axis].checked_add(before).and_then(|size| size.checked_add(after));
        let room = padded.and_then(|padded| padded.checked_sub(kernel));
        let (Some(room), true) = (room, kernel > 0 && stride > 0) else {
            return Err(source.refuse(format_args!(
                "its window of {:?} with stride {:?} does not fit maps of {}x{}",
                window.kernel, window.stride, size[0], size[1]
            )));
        };
        output[axis] = room / stride + 1;
        // A window that would begin in the padding behind the image does not count.
        if ceil && room % stride != 0 && output[axis] * stride < size[axis] + before {
            output[axis] += 1;
        }
    }
    Ok(output)
}

/// Zeros put around twice.
pub(super) fn sum(one: Padding, other: Padding) -> Option<Padding> {
    Some(Padding {
        top: one.top.checked_add(other.top)?,
        bottom: one.bottom.checked_add(other.bottom)?,
        left: one.left.checked_add(other.left)?,
        right: one.right.checked_add(other.right)?,
    })
}

/// The padding that gives `ceil(size / stride)` outputs, the odd row or column behind the image.
pub(crate) fn same_padding(size: [usize; 2], kernel: [usize; 2], stride: [usize; 2]) -> Option<Padding> {
    let total = |axis: usize| {
        let outputs = size[axis].checked_add(stride[axis])?.checked_sub(1)?.checked_div(stride[axis])?;
        let covered = outputs.checked_sub(1)?.checked_mul(stride[axis])?.checked_add(kernel[axis])?;
        Some(covered.saturating_sub(size[axis]))
    };
    let [rows, columns] = [total(0)?, total(1)?];
    Some(Padding { top: rows / 2, bottom: rows - rows / 2, left: columns / 2, right: columns - columns / 2 })
}
