//! What happens to a sum before it is stored.

use crate::activation::Activation;
use crate::geometry::LANES;

/// What happens to the sums of a convolution or dense layer before they are stored: a bias, a norm with
/// fixed statistics, an activation.
#[derive(Debug, Clone, Copy)]
pub struct Epilogue<'w> {
    /// Added, one value a channel.
    pub bias: Option<&'w [f32]>,
    /// Applied behind the bias.
    pub norm: Option<FoldedNorm<'w>>,
    /// Applied last.
    pub activation: Activation,
}

/// A batch norm whose statistics are known beforehand; it comes down to one product and one sum.
/// All slices hold one value a channel.
#[derive(Debug, Clone, Copy)]
pub struct FoldedNorm<'w> {
    /// What normalised values are multiplied by.
    pub scale: &'w [f32],
    /// What is added then.
    pub shift: &'w [f32],
    /// Subtracted from values.
    pub mean: &'w [f32],
    /// Values are divided by the root of this and `epsilon`.
    pub variance: &'w [f32],
    /// Added to the variance.
    pub epsilon: f32,
}

impl FoldedNorm<'_> {
    /// Factor and summand that normalise one channel.
    pub(super) fn affine(&self, channel: usize) -> [f32; 2] {
        let factor = self.scale[channel] * inverse_deviation(self.variance[channel], self.epsilon);
        [factor, self.shift[channel] - self.mean[channel] * factor]
    }
}

impl Epilogue<'_> {
    /// Factor and summand of one channel.
    fn affine(&self, channel: usize) -> [f32; 2] {
        let bias = self.bias.map_or(0.0, |bias| bias[channel]);
        match &self.norm {
            None => [1.0, bias],
            Some(norm) => {
                let [factor, summand] = norm.affine(channel);
                [factor, bias * factor + summand]
            }
        }
    }

    /// Factors and summands of a block of channels, of which there are `channels` in all; zero for padding.
    pub(super) fn block(&self, block: usize, channels: usize) -> [[f32; LANES]; 2] {
        let mut lanes = [[0.0; LANES]; 2];
        let first = block * LANES;
        for channel in first..channels.min(first + LANES) {
            [lanes[0][channel - first], lanes[1][channel - first]] = self.affine(channel);
        }
        lanes
    }

    /// Finishes one sum.
    pub(super) fn finish_one(&self, channel: usize) -> impl Fn(f32) -> f32 {
        let [factor, summand] = self.affine(channel);
        let activation = self.activation;
        move |sum| activation.apply(sum * factor + summand)
    }
}

/// One over the standard deviation.
pub(super) fn inverse_deviation(variance: f32, epsilon: f32) -> f32 {
    (1.0 / (f64::from(variance) + f64::from(epsilon)).sqrt()) as f32
}
