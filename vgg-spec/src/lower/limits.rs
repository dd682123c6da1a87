//! The largest networks that are taken. All far above any VGG, and small enough that no count, offset
//! or number of bytes that is computed from a model can wrap.

/// What a whole number stands for, and the values it may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    /// As the subject of a sentence.
    pub(super) what: &'static str,
    pub(super) least: u64,
    pub(super) most: u64,
}

const fn bound(what: &'static str, least: u64, most: u64) -> Bound {
    Bound { what, least, most }
}

/// Channels that an LRN sees.
pub(super) const MAX_LRN: f64 = 1023.0;

/// Rows or columns of an image, a window or its steps.
pub(super) const MAX_EXTENT: u64 = 65_536;
const MAX_CHANNELS: u64 = 1_048_576;
const MAX_BATCH: u64 = 1_048_576;

pub(super) const CHANNELS: Bound = bound("the number of input channels", 1, MAX_CHANNELS);
pub(super) const INPUT: [Bound; 2] =
    [bound("the height of the input", 1, MAX_EXTENT), bound("the width of the input", 1, MAX_EXTENT)];
pub(super) const FILTERS: Bound = bound("the number of filters", 1, MAX_CHANNELS);
pub(super) const UNITS: Bound = bound("the number of units", 1, MAX_CHANNELS);
pub(super) const REPEAT: Bound = bound("the number of repeats", 1, MAX_LAYERS as u64);
pub(super) const KERNEL: Bound = bound("the kernel size", 1, MAX_EXTENT);
pub(super) const ADAPTIVE_SIZE: Bound = bound("the size of an adaptive pool", 1, 1024);
pub(super) const POOL_SIZE: Bound = bound("the pool size", 1, MAX_EXTENT);
pub(super) const STRIDE: Bound = bound("the stride", 1, MAX_EXTENT);
pub(super) const GROUPS: Bound = bound("the number of groups", 1, MAX_CHANNELS);
/// A VGG looks at neighbours.
pub(super) const DILATION: Bound = bound("the dilation", 1, 1);
pub(super) const PADDING: Bound = bound("the padding", 0, MAX_EXTENT);
pub(super) const EPOCHS: Bound = bound("the number of epochs", 1, 1_000_000);
pub(super) const BATCH: Bound = bound("the batch", 1, MAX_BATCH);

/// Layers of a network.
pub(super) const MAX_LAYERS: usize = 10_000;

/// Parameters of a network: four tebibytes of them.
pub(super) const MAX_PARAMETERS: u64 = 1 << 40;

/// Values that all layers together put out for one image. On machines with small addresses fewer, so
/// that offsets into an arena with gradients still fit.
pub(super) const MAX_ACTIVATIONS: u64 = if usize::BITS >= 64 { 1 << 36 } else { 1 << 24 };

/// Multiply-accumulates for one image.
pub(super) const MAX_MACS: u64 = 1 << 60;
