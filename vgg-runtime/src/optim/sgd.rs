//! Stochastic gradient descent with momentum.

/// One step: `velocity = momentum velocity + gradient`, `weight = weight - rate velocity`.
pub(super) fn step(weights: &mut [f32], gradients: &[f32], velocities: &mut [f32], rate: f32, momentum: f32) {
    for ((weight, &gradient), velocity) in weights.iter_mut().zip(gradients).zip(velocities) {
        *velocity = momentum * *velocity + gradient;
        *weight -= rate * *velocity;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every number here is exact in binary, so the hand calculation holds to the last bit.
    #[test]
    fn three_steps_by_hand() {
        let (mut weight, mut velocity) = ([1.0], [0.0]);
        for (gradient, expected_velocity, expected_weight) in
            [(2.0, 2.0, 0.0), (-1.0, 0.0, 0.0), (0.5, 0.5, -0.25)]
        {
            step(&mut weight, &[gradient], &mut velocity, 0.5, 0.5);
            assert_eq!((velocity, weight), ([expected_velocity], [expected_weight]));
        }
    }

    #[test]
    fn no_momentum_is_plain_descent() {
        let (mut weights, mut velocities) = ([1.0, -1.0], [0.0; 2]);
        step(&mut weights, &[4.0, 8.0], &mut velocities, 0.25, 0.0);
        step(&mut weights, &[1.0, -4.0], &mut velocities, 0.25, 0.0);
        assert_eq!(weights, [-0.25, -2.0]);
    }
}
