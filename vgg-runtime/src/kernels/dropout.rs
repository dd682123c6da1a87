//! Dropout (Srivastava et al., 2014), scaled up in training so that nothing is left to do in inference.

use super::pieces;
use crate::geometry::{Extent, LANES};
use crate::random::{Stream, uniform};

/// The values of a piece of vectors; a multiple of the four words of a random block.
const CHUNK: usize = 1 << 12;

/// Sets each value to zero with a probability of `rate`, and multiplies the others by `1 / (1 - rate)`.
///
/// With the values of the batch numbered image by image, channel by channel and row by row, value `i` is
/// dropped if uniform number `i` of the stream is below the rate. So the same stream drops the same values,
/// wherever they lie, and the backward pass is this very function, applied to gradients.
pub fn apply(rate: f32, stream: Stream, extent: Extent, values: &mut [f32]) {
    let (scale, volume) = (1.0 / (1.0 - rate), values.len());
    match extent {
        Extent::Vector(_) => {
            pieces::for_each(values.chunks_mut(CHUNK).enumerate(), volume, |(chunk, values)| {
                drop_some(rate, stream, chunk * CHUNK, values.iter_mut(), scale);
            })
        }
        Extent::Maps(maps) => {
            let planes = values.chunks_exact_mut(LANES * maps.area()).enumerate();
            pieces::for_each(planes, volume, |(index, plane)| {
                let (image, block) = (index / maps.blocks(), index % maps.blocks());
                for channel in block * LANES..maps.channels.min((block + 1) * LANES) {
                    let first = (image * maps.channels + channel) * maps.area();
                    let values = plane.iter_mut().skip(channel % LANES).step_by(LANES);
                    drop_some(rate, stream, first, values, scale);
                }
            });
        }
    }
}

/// Drops some of the values that are numbered from `first`.
fn drop_some<'v>(
    rate: f32,
    stream: Stream,
    first: usize,
    mut values: impl Iterator<Item = &'v mut f32>,
    scale: f32,
) {
    let (mut block, mut skip) = (first / 4, first % 4);
    loop {
        for word in stream.block(block as u32).into_iter().skip(skip) {
            let Some(value) = values.next() else { return };
            *value = if uniform(word) < rate { 0.0 } else { *value * scale };
        }
        (block, skip) = (block + 1, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::MapShape;
    use crate::kernels::layout;

    #[test]
    fn follows_the_stream_and_keeps_the_mean() {
        let stream = Stream::new(3, 1, 4);
        let mut values = vec![1.0; 50_001];
        apply(0.25, stream, Extent::Vector(50_001), &mut values);
        let expected = stream.uniforms().map(|number| if number < 0.25 { 0.0 } else { 1.0 / 0.75 });
        assert!(values.iter().copied().eq(expected.take(50_001)));
        let mean = values.iter().sum::<f32>() / 50_001.0;
        assert!((mean - 1.0).abs() < 0.01, "{mean}");
    }

    #[test]
    fn drops_the_same_values_of_maps() {
        let stream = Stream::new(3, 1, 4);
        for maps in [MapShape::new(1, 1, 1), MapShape::new(19, 3, 5), MapShape::new(32, 7, 1)] {
            let mut expected: Vec<f32> = (0..3 * maps.elements()).map(|i| i as f32).collect();
            let mut blocked = vec![f32::NAN; 3 * maps.stored()];
            layout::pack(maps, &expected, &mut blocked);
            apply(0.5, stream, Extent::Maps(maps), &mut blocked);
            apply(0.5, stream, Extent::Vector(maps.elements()), &mut expected);
            let mut found = vec![f32::NAN; expected.len()];
            layout::unpack(maps, &blocked, &mut found);
            assert_eq!(found, expected, "{maps}");
        }
    }

    #[test]
    fn nothing_is_dropped_at_a_rate_of_zero() {
        let mut values = [1.0, -2.0, f32::MAX];
        apply(0.0, Stream::new(0, 0, 0), Extent::Vector(3), &mut values);
        assert_eq!(values, [1.0, -2.0, f32::MAX]);
    }
}
