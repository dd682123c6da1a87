//! Dropout (Srivastava et al., 2014), scaled up in training so that nothing is left to do in inference.

use super::pieces;
use crate::random::{Stream, uniform};

/// The values of a piece; a multiple of the four words of a random block.
const CHUNK: usize = 1 << 12;

/// Sets each value to zero with a probability of `rate`, and multiplies the others by `1 / (1 - rate)`.
///
/// Value `i` is dropped if uniform number `i` of the stream is below the rate. So the same stream drops
/// the same values, and the backward pass is this very function, applied to gradients.
pub fn apply(rate: f32, stream: Stream, values: &mut [f32]) {
    let (scale, volume) = (1.0 / (1.0 - rate), values.len());
    pieces::for_each(values.chunks_mut(CHUNK).enumerate(), volume, |(chunk, values)| {
        for (block, values) in values.chunks_mut(4).enumerate() {
            let words = stream.block((chunk * (CHUNK / 4) + block) as u32);
            for (value, word) in values.iter_mut().zip(words) {
                *value = if uniform(word) < rate { 0.0 } else { *value * scale };
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_stream_and_keeps_the_mean() {
        let stream = Stream::new(3, 1, 4);
        let mut values = vec![1.0; 50_001];
        apply(0.25, stream, &mut values);
        let expected = stream.uniforms().map(|number| if number < 0.25 { 0.0 } else { 1.0 / 0.75 });
        assert!(values.iter().copied().eq(expected.take(50_001)));
        let mean = values.iter().sum::<f32>() / 50_001.0;
        assert!((mean - 1.0).abs() < 0.01, "{mean}");
    }

    #[test]
    fn nothing_is_dropped_at_a_rate_of_zero() {
        let mut values = [1.0, -2.0, f32::MAX];
        apply(0.0, Stream::new(0, 0, 0), &mut values);
        assert_eq!(values, [1.0, -2.0, f32::MAX]);
    }
}
