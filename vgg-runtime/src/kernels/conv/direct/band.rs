//! The rows of a map that some rows of sums look at, padded.

use crate::geometry::LANES;
use crate::kernels::conv::scan::Scan;
use std::ops::Range;

/// Rows of one image, `[group of channels, row, column, channel]`, with zeros for padding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Band<'b> {
    pub(super) values: &'b [f32],
    /// From one group of channels to the next.
    pub(super) group: usize,
    /// From one row to the next.
    pub(super) row: usize,
    /// From one position of the kernel to the next.
    pub(super) step: usize,
}

/// The floats of scratch that a band of so many rows of sums takes.
pub(super) fn size(scan: &Scan, rows: usize) -> usize {
    if lies_ready(scan) {
        return 0;
    }
    scan.groups() * scan.band_rows(rows) * scan.columns() * scan.lanes()
}

/// Whether the maps can be looked at as they are.
fn lies_ready(scan: &Scan) -> bool {
    let fits = |axis: usize, extent: usize, positions: usize| {
        scan.origin[axis] >= 0
            && scan.dilation[axis] == 1
            && scan.origin[axis] as usize + (positions - 1) * scan.stride[axis] + scan.kernel[axis] <= extent
    };
    !scan.planes
        && fits(0, scan.source.height, scan.target.height)
        && fits(1, scan.source.width, scan.target.width)
}

/// What `rows` of the sums of an image look at.
pub(super) fn of<'b>(scan: &Scan, image: &'b [f32], rows: Range<usize>, scratch: &'b mut [f32]) -> Band<'b> {
    let lanes = scan.lanes();
    let step = scan.stride[1] * lanes;
    if lies_ready(scan) {
        let row = scan.source.width * LANES;
        let first = scan.origin[0] as usize + rows.start * scan.stride[0];
        let values = &image[first * row + scan.origin[1] as usize * LANES..];
        return Band { values, group: scan.source.area() * LANES, row, step };
    }
    let row = scan.columns() * lanes;
    let group = scan.band_rows(rows.len()) * row;
    let scratch = &mut scratch[..scan.groups() * group];
    for (index, values) in scratch.chunks_exact_mut(group).enumerate() {
        for (number, values) in values.chunks_exact_mut(row).enumerate() {
            let position = (rows.start * scan.stride[0] + number) as isize + scan.origin[0];
            match source(position, scan.dilation[0], scan.source.height) {
                Some(row) => copy_row(scan, image, index, row, values),
                None => values.fill(0.0),
            }
        }
    }
    Band { values: scratch, group, row, step }
}

/// The row or column of the maps at a position, unless a zero is there.
fn source(position: isize, dilation: usize, extent: usize) -> Option<usize> {
    let position = usize::try_from(position).ok()?;
    (position.is_multiple_of(dilation) && position / dilation < extent).then(|| position / dilation)
}

/// Copies one row of a group of channels.
fn copy_row(scan: &Scan, image: &[f32], group: usize, row: usize, values: &mut [f32]) {
    let (width, lanes) = (scan.source.width, scan.lanes());
    if scan.dilation[1] > 1 || scan.planes {
        values.fill(0.0);
    }
    if scan.planes {
        let first = group * lanes;
        let channels = lanes.min(scan.source.channels - first);
        let (inside, from) = inside(scan);
        if inside.is_empty() {
            return; // the row lies in the padding as a whole
        }
        for channel in 0..channels {
            let plane = ((first + channel) * scan.source.height + row) * width;
            let source = &image[plane + from..][..inside.len()];
            let targets = values[inside.start * lanes + channel..].iter_mut().step_by(lanes);
            targets.zip(source).for_each(|(to, &from)| *to = from);
        }
        return;
    }
    let image = &image[(group * scan.source.height + row) * width * LANES..][..width * LANES];
    if scan.dilation[1] == 1 {
        let (inside, from) = inside(scan);
        values[..inside.start * LANES].fill(0.0);
        values[inside.end * LANES..].fill(0.0);
        let length = inside.len() * LANES;
        return values[inside.start * LANES..][..length].copy_from_slice(&image[from * LANES..][..length]);
    }
    for (number, value) in values.chunks_exact_mut(LANES).enumerate() {
        if let Some(column) = source(number as isize + scan.origin[1], scan.dilation[1], width) {
            value.copy_from_slice(&image[column * LANES..][..LANES]);
        }
    }
}

/// The columns of a band that lie inside of maps without zeros between, and the first column of the maps that
/// is in the band.
fn inside(scan: &Scan) -> (Range<usize>, usize) {
    let (columns, origin) = (scan.columns(), scan.origin[1]);
    let start = (-origin).clamp(0, columns as isize) as usize;
    let end = (scan.source.width as isize - origin).clamp(start as isize, columns as isize) as usize;
    (start..end, origin.max(0).min(scan.source.width as isize) as usize)
}
