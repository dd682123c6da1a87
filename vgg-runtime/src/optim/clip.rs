//! Gradients that are not let grow too long.

use super::{SettingError, positive};
use crate::network::Network;

/// How gradients are shortened before the update.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Clip {
    /// They stay as they are.
    None,
    /// All together to at most this length (their Euclidean norm), as `torch.nn.utils.clip_grad_norm_`:
    /// longer ones are multiplied by `norm / (length + 1e-6)`.
    Norm(f64),
    /// Each value to at most this magnitude.
    Value(f64),
}

impl Clip {
    /// Checks that the limit is above 0.
    ///
    /// # Errors
    /// Names the limit.
    pub fn check(&self) -> Result<(), SettingError> {
        match *self {
            Clip::None => Ok(()),
            Clip::Norm(most) => positive("clip_norm", most),
            Clip::Value(most) => positive("clip_value", most),
        }
    }

    /// Shortens the gradients of a network.
    pub fn apply<N: Network>(&self, gradients: &mut N) {
        match *self {
            Clip::None => {}
            Clip::Norm(most) => {
                // PyTorch's coefficient.
                let factor = most / (length(gradients) + 1e-6);
                if factor < 1.0 {
                    scale(gradients, factor as f32);
                }
            }
            Clip::Value(most) => {
                let most = most as f32;
                each(gradients, &mut |value| *value = value.clamp(-most, most));
            }
        }
    }
}

/// The Euclidean norm of all gradients together.
fn length<N: Network>(gradients: &N) -> f64 {
    let mut squares = 0.0;
    gradients.visit(&mut |tensor| {
        if tensor.role.is_trainable() {
            squares += tensor.values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>();
        }
    });
    libm::sqrt(squares)
}

fn scale<N: Network>(gradients: &mut N, factor: f32) {
    each(gradients, &mut |value| *value *= factor);
}

fn each<N: Network>(gradients: &mut N, change: &mut dyn FnMut(&mut f32)) {
    gradients.visit_mut(&mut |tensor| {
        if tensor.role.is_trainable() {
            tensor.values.iter_mut().for_each(&mut *change);
        }
    });
}
