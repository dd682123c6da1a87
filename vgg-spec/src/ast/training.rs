//! How images are prepared, and how a network is trained.

use crate::settings::Configured;
use crate::span::Spanned;

/// `preprocess: {...}`: from the bytes of an image to the input of the network.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Preprocess {
    /// The shorter side of the image is scaled to so many pixels.
    pub resize: Option<Spanned<u64>>,
    /// So many rows and columns are cut out of the middle.
    pub crop: Option<Spanned<u64>>,
    /// The order of the colours.
    pub channels: Option<Spanned<Colours>>,
    /// Each byte is multiplied by this.
    pub scale: Option<Spanned<f64>>,
    /// Then this is subtracted, one value a channel.
    pub mean: Option<Spanned<Vec<Spanned<f64>>>>,
    /// Then it is divided by this, one value a channel.
    pub std: Option<Spanned<Vec<Spanned<f64>>>>,
}

/// The order of the colours of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Colours {
    /// Red, green, blue.
    #[default]
    Rgb,
    /// Blue, green, red, as the Keras VGG has it.
    Bgr,
}

/// `train: {...}`: what `vggc train` and `Trainer` start from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Train {
    /// Passes over the training data.
    pub epochs: Option<Spanned<u64>>,
    /// Images in a step.
    pub batch: Option<Spanned<u64>>,
    /// Seed of initialisation, shuffling and dropout.
    pub seed: Option<Spanned<u64>>,
    /// How gradients change weights.
    pub optimizer: Option<Spanned<Configured>>,
    /// What is minimised.
    pub loss: Option<Spanned<Configured>>,
    /// How much the images of each class count.
    pub class_weights: Option<Spanned<Vec<Spanned<f64>>>>,
    /// How gradients are shortened.
    pub clip: Option<Spanned<Configured>>,
    /// The decay of a moving average of the weights.
    pub average: Option<Spanned<f64>>,
    /// How the learning rate changes.
    pub schedule: Option<Spanned<Configured>>,
    /// How training images are varied.
    pub augment: Option<Spanned<Vec<Spanned<Configured>>>>,
    /// What happens between epochs.
    pub callbacks: Option<Spanned<Vec<Spanned<Configured>>>>,
}
