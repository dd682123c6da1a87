//! What a window covers.

use crate::geometry::Window;

/// A place under the kernel, and the place in the image that lies there.
pub(super) struct Covered {
    /// Row and column of the kernel.
    pub(super) kernel: [usize; 2],
    /// Row and column of the image.
    pub(super) image: [usize; 2],
}

/// What lies inside the image when a window computes the output at `[row, column]`, row by row.
pub(super) fn covered(
    window: Window,
    image: [usize; 2],
    [row, column]: [usize; 2],
) -> impl Iterator<Item = Covered> {
    let places = (0..window.kernel[0]).flat_map(move |y| (0..window.kernel[1]).map(move |x| [y, x]));
    places.filter_map(move |[y, x]| {
        let y_image = (row * window.stride[0] + y).checked_sub(window.padding.top)?;
        let x_image = (column * window.stride[1] + x).checked_sub(window.padding.left)?;
        let inside = y_image < image[0] && x_image < image[1];
        inside.then_some(Covered { kernel: [y, x], image: [y_image, x_image] })
    })
}
