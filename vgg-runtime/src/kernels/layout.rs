//! From `[image, channel, row, column]` to the blocks of channels of the arena, and back.
//!
//! Feature maps lie in the arena as `[image, channel / 16, row, column, channel % 16]`: the values of 16
//! channels at one place fill a cache line and a vector register. Where the channels do not fill the last
//! block, zeros do.

use super::pieces;
use crate::geometry::{LANES, MapShape};

/// Puts maps into blocks.
pub fn pack(shape: MapShape, planes: &[f32], blocks: &mut [f32]) {
    check(shape, planes, blocks);
    let area = shape.area();
    let volume = blocks.len();
    pieces::for_each(blocks.chunks_exact_mut(LANES * area).enumerate(), volume, |(index, block)| {
        let planes = of_block(shape, index).map(|start| &planes[start..][..area]);
        block.fill(0.0);
        for (lane, plane) in planes.enumerate() {
            for (row, &value) in block.chunks_exact_mut(LANES).zip(plane) {
                row[lane] = value;
            }
        }
    });
}

/// Takes maps out of blocks.
pub fn unpack(shape: MapShape, blocks: &[f32], planes: &mut [f32]) {
    check(shape, planes, blocks);
    let (area, volume) = (shape.area(), blocks.len());
    let images = planes.chunks_exact_mut(shape.elements()).zip(blocks.chunks_exact(shape.stored()));
    let pieces = images
        .flat_map(|(planes, blocks)| planes.chunks_mut(LANES * area).zip(blocks.chunks_exact(LANES * area)));
    pieces::for_each(pieces, volume, |(planes, block)| {
        for (lane, plane) in planes.chunks_exact_mut(area).enumerate() {
            for (value, row) in plane.iter_mut().zip(block.chunks_exact(LANES)) {
                *value = row[lane];
            }
        }
    });
}

/// Where the planes of a block of the batch begin.
fn of_block(shape: MapShape, index: usize) -> impl Iterator<Item = usize> {
    let (image, first) = (index / shape.blocks(), index % shape.blocks() * LANES);
    let last = shape.channels.min(first + LANES);
    (first..last).map(move |channel| (image * shape.channels + channel) * shape.area())
}

/// Panics if the slices do not hold just as many images.
fn check(shape: MapShape, planes: &[f32], blocks: &[f32]) {
    let batch = planes.len() / shape.elements();
    let expected = (batch * shape.elements(), batch * shape.stored());
    assert_eq!((planes.len(), blocks.len()), expected, "lengths of planes and blocks of {shape}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for shape in [MapShape::new(1, 2, 3), MapShape::new(16, 5, 1), MapShape::new(35, 3, 4)] {
            let planes: Vec<f32> = (1..=2 * shape.elements()).map(|i| i as f32).collect();
            let mut blocks = vec![f32::NAN; 2 * shape.stored()];
            pack(shape, &planes, &mut blocks);
            for (index, &value) in blocks.iter().enumerate() {
                let (image, rest) = (index / shape.stored(), index % shape.stored());
                let (block, rest) = (rest / (LANES * shape.area()), rest % (LANES * shape.area()));
                let channel = block * LANES + rest % LANES;
                let plane = (image * shape.channels + channel) * shape.area();
                let inside = channel < shape.channels;
                assert_eq!(value, if inside { planes[plane + rest / LANES] } else { 0.0 });
            }
            let mut back = vec![f32::NAN; planes.len()];
            unpack(shape, &blocks, &mut back);
            assert_eq!(back, planes);
        }
    }
}
