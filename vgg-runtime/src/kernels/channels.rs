//! Sums over the values of a channel.

use super::{pieces, sums};

/// The layout of a batch: images of channels of so many values each. A vector is channels of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channels {
    /// The number of images.
    pub batch: usize,
    /// The number of channels of an image.
    pub channels: usize,
    /// The number of values of a channel.
    pub area: usize,
}

impl Channels {
    /// The number of values of the batch.
    pub fn elements(self) -> usize {
        self.batch * self.channels * self.area
    }

    /// The number of values of one channel in the whole batch.
    pub fn count(self) -> usize {
        self.batch * self.area
    }

    /// Where each image's values of a channel lie, image by image.
    pub(super) fn planes(self, channel: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
        (0..self.batch).map(move |image| {
            let start = (image * self.channels + channel) * self.area;
            start..start + self.area
        })
    }

    /// Does work for each channel in parallel; `outputs` has one item for each.
    pub(super) fn for_each<T: Send>(
        self,
        outputs: impl Iterator<Item = T> + Send,
        work: impl Fn(usize, T) + Sync,
    ) {
        pieces::for_each(outputs.enumerate(), self.elements(), |(channel, output)| work(channel, output));
    }
}

/// The sum of each channel over all images: the gradient of a bias.
pub fn sum(layout: Channels, values: &[f32], totals: &mut [f32]) {
    assert_eq!((values.len(), totals.len()), (layout.elements(), layout.channels));
    layout.for_each(totals.iter_mut(), |channel, total| {
        *total = layout.planes(channel).map(|plane| sums::sum(&values[plane])).sum::<f64>() as f32;
    });
}
