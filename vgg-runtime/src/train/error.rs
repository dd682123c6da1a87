//! Why training stops early.

use crate::data::DataError;
use crate::evaluate::EvaluateError;
use crate::loss::LossError;
use crate::optim::SettingError;
use crate::predict::InputError;

/// Why training cannot start or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// Batches of no images.
    #[error("batch is 0, but a step needs at least one image")]
    NoBatch,
    /// A network of which every layer is frozen.
    #[error("every layer is frozen, so there is nothing to train")]
    AllFrozen,
    /// A layer to be frozen that is not there.
    #[error("there is no layer `{layer}` to be frozen")]
    NoSuchLayer {
        /// Its name.
        layer: String,
    },
    /// A setting of the optimiser is out of its range.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// Images that do not go into the network.
    #[error(transparent)]
    Input(#[from] InputError),
    /// Labels that do not go with the network.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// Images that cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A step without images, or with another number of labels.
    #[error("a step of {images} images and {labels} labels")]
    Counts {
        /// The number of images.
        images: usize,
        /// The number of labels.
        labels: usize,
    },
    /// Images of another number of classes than the network has outputs.
    #[error("the network tells {network} classes apart, but the images are of {images} classes")]
    Classes {
        /// The outputs of the network.
        network: usize,
        /// The classes of the images.
        images: usize,
    },
    /// The loss or a gradient is infinite or not a number. The weights are those before the step.
    #[error(
        "training diverged in step {step}: {}; a lower learning rate may help",
        cause(*loss, tensor.as_deref(), layer.as_deref())
    )]
    Diverged {
        /// The step, counted from 1.
        step: u64,
        /// The mean loss of its batch.
        loss: f64,
        /// The trainable tensor closest to the logits whose gradient is not finite, or the first tensor
        /// whose values are not finite, if there is one.
        tensor: Option<String>,
        /// The first layer of the first fused step that gave a value that is not finite, if the network
        /// [says so](crate::Network::outputs).
        layer: Option<String>,
    },
}

impl From<EvaluateError> for TrainError {
    fn from(error: EvaluateError) -> TrainError {
        match error {
            EvaluateError::Input(error) => error.into(),
            EvaluateError::Loss(error) => error.into(),
            EvaluateError::Data(error) => error.into(),
        }
    }
}

fn cause(loss: f64, tensor: Option<&str>, layer: Option<&str>) -> String {
    match (loss.is_finite(), tensor.or(layer)) {
        (false, Some(layer)) if tensor.is_none() => {
            format!("the loss is {loss}, because what `{layer}` gives is not finite")
        }
        (true, Some(tensor)) => format!("the gradient of `{tensor}` is not finite"),
        (_, Some(tensor)) => format!("the loss is {loss}, and `{tensor}` is not finite"),
        (_, None) => format!("the loss is {loss}"),
    }
}
