//! Stochastic gradient descent with momentum.

use super::Convention;

/// What all weights of one step have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sgd {
    pub(super) rate: f32,
    pub(super) momentum: f32,
    pub(super) nesterov: bool,
    pub(super) convention: Convention,
}

impl Sgd {
    /// Updates weights and their velocities.
    #[inline(always)]
    pub(super) fn step(&self, weights: &mut [f32], gradients: &[f32], velocities: &mut [f32]) {
        let &Sgd { rate, momentum, nesterov, convention } = self;
        for ((weight, &gradient), velocity) in weights.iter_mut().zip(gradients).zip(velocities) {
            match convention {
                Convention::PyTorch => {
                    *velocity = momentum * *velocity + gradient;
                    *weight -= rate * if nesterov { gradient + momentum * *velocity } else { *velocity };
                }
                Convention::Keras => {
                    *velocity = momentum * *velocity - rate * gradient;
                    *weight += if nesterov { momentum * *velocity - rate * gradient } else { *velocity };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(rate: f32, momentum: f32, nesterov: bool, convention: Convention) -> Sgd {
        Sgd { rate, momentum, nesterov, convention }
    }

    /// Every number here is exact in binary, so the hand calculation holds to the last bit.
    #[test]
    fn three_steps_by_hand() {
        let (mut weight, mut velocity) = ([1.0], [0.0]);
        for (gradient, expected_velocity, expected_weight) in
            [(2.0, 2.0, 0.0), (-1.0, 0.0, 0.0), (0.5, 0.5, -0.25)]
        {
            rule(0.5, 0.5, false, Convention::PyTorch).step(&mut weight, &[gradient], &mut velocity);
            assert_eq!((velocity, weight), ([expected_velocity], [expected_weight]));
        }
    }

    #[test]
    fn no_momentum_is_plain_descent() {
        for convention in [Convention::PyTorch, Convention::Keras] {
            let (mut weights, mut velocities) = ([1.0, -1.0], [0.0; 2]);
            let rule = rule(0.25, 0.0, false, convention);
            rule.step(&mut weights, &[4.0, 8.0], &mut velocities);
            rule.step(&mut weights, &[1.0, -4.0], &mut velocities);
            assert_eq!(weights, [-0.25, -2.0]);
        }
    }

    #[test]
    fn conventions_agree_at_a_constant_rate_and_differ_at_another() {
        for nesterov in [false, true] {
            let run = |convention, rates: [f32; 3]| {
                let (mut weight, mut velocity) = ([1.0], [0.0]);
                for (rate, gradient) in rates.into_iter().zip([2.0, -1.0, 0.5]) {
                    rule(rate, 0.5, nesterov, convention).step(&mut weight, &[gradient], &mut velocity);
                }
                weight
            };
            let [constant, falling] = [[0.5; 3], [0.5, 0.25, 0.125]];
            assert_eq!(run(Convention::PyTorch, constant), run(Convention::Keras, constant));
            assert_ne!(run(Convention::PyTorch, falling), run(Convention::Keras, falling));
        }
    }
}
