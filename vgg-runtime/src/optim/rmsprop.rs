//! RMSprop.

use super::Convention;

/// What all weights of one step have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct RmsProp {
    pub(super) rate: f32,
    pub(super) rho: f32,
    /// One less `rho`.
    pub(super) gain: f32,
    pub(super) momentum: f32,
    pub(super) epsilon: f32,
    pub(super) convention: Convention,
}

impl RmsProp {
    /// Updates weights, the uncentred variance of their gradients, and their velocities.
    #[inline(always)]
    pub(super) fn step(
        &self,
        weights: &mut [f32],
        gradients: &[f32],
        variances: &mut [f32],
        velocities: &mut [f32],
    ) {
        let &RmsProp { rate, rho, gain, momentum, epsilon, convention } = self;
        let moments = variances.iter_mut().zip(velocities);
        for ((weight, &gradient), (variance, velocity)) in weights.iter_mut().zip(gradients).zip(moments) {
            *variance = rho * *variance + gain * gradient * gradient;
            match convention {
                Convention::PyTorch => {
                    *velocity = momentum * *velocity + gradient / (variance.sqrt() + epsilon);
                    *weight -= rate * *velocity;
                }
                Convention::Keras => {
                    *velocity = momentum * *velocity + rate * gradient / (*variance + epsilon).sqrt();
                    *weight -= *velocity;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With no memory, the step is the sign of the gradient times the rate.
    #[test]
    fn without_memory_every_step_is_as_long_as_the_rate() {
        for convention in [Convention::PyTorch, Convention::Keras] {
            let rule = RmsProp { rate: 0.25, rho: 0.0, gain: 1.0, momentum: 0.0, epsilon: 0.0, convention };
            let (mut weights, mut variances, mut velocities) = ([1.0, -1.0], [7.0; 2], [0.0; 2]);
            rule.step(&mut weights, &[4.0, -0.5], &mut variances, &mut velocities);
            assert_eq!((weights, variances), ([0.75, -0.75], [16.0, 0.25]));
        }
    }
}
