//! Adam.

use super::Convention;

/// What all weights of one step have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Adam {
    gain1: f32,
    gain2: f32,
    beta2: f32,
    epsilon: f32,
    /// The rate over the bias correction of the mean; with Keras, times that of the variance.
    rate: f32,
    /// The root of the bias correction of the variance; with Keras, 1.
    correction: f32,
}

impl Adam {
    /// The rule in step `step`, counted from 1.
    pub(super) fn new(
        rate: f64,
        [beta1, beta2]: [f64; 2],
        epsilon: f64,
        step: u64,
        convention: Convention,
    ) -> Adam {
        let rest = |beta| 1.0 - libm::pow(beta, step as f64);
        let correction = libm::sqrt(rest(beta2));
        let (rate, correction) = match convention {
            Convention::PyTorch => (rate / rest(beta1), correction),
            Convention::Keras => (rate * correction / rest(beta1), 1.0),
        };
        Adam {
            gain1: (1.0 - beta1) as f32,
            gain2: (1.0 - beta2) as f32,
            beta2: beta2 as f32,
            epsilon: epsilon as f32,
            rate: rate as f32,
            correction: correction as f32,
        }
    }

    /// Updates weights, and the mean and the uncentred variance of their gradients.
    #[inline(always)]
    pub(super) fn step(
        &self,
        weights: &mut [f32],
        gradients: &[f32],
        means: &mut [f32],
        variances: &mut [f32],
    ) {
        let moments = means.iter_mut().zip(variances);
        for ((weight, &gradient), (mean, variance)) in weights.iter_mut().zip(gradients).zip(moments) {
            *mean += self.gain1 * (gradient - *mean);
            *variance = self.beta2 * *variance + self.gain2 * gradient * gradient;
            *weight -= self.rate * *mean / (variance.sqrt() / self.correction + self.epsilon);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The formulas of the paper, in `f64`, over gradients that change their sign and size.
    #[test]
    fn ten_steps_by_hand() {
        let (rate, beta1, beta2, epsilon) = (0.01, 0.9, 0.999, 1e-8);
        let (mut weight, mut mean, mut variance) = ([0.5_f32], [0.0_f32], [0.0_f32]);
        let (mut w, mut m, mut v) = (0.5_f64, 0.0_f64, 0.0_f64);
        for (index, gradient) in
            [1.0_f32, -0.5, 0.25, 0.0, 3.0, -3.0, 1e-4, 0.1, 0.1, -7.0].iter().enumerate()
        {
            let step = index as u64 + 1;
            let rule = Adam::new(rate, [beta1, beta2], epsilon, step, Convention::PyTorch);
            rule.step(&mut weight, &[*gradient], &mut mean, &mut variance);
            let g = f64::from(*gradient);
            m = beta1 * m + (1.0 - beta1) * g;
            v = beta2 * v + (1.0 - beta2) * g * g;
            let corrected_mean = m / (1.0 - beta1.powi(step as i32));
            let corrected_variance = v / (1.0 - beta2.powi(step as i32));
            w -= rate * corrected_mean / (corrected_variance.sqrt() + epsilon);
            assert!((f64::from(weight[0]) - w).abs() < 1e-6 * w.abs(), "step {step}: {} {w}", weight[0]);
        }
    }

    /// In the first step the mean over the root of the variance is the sign of the gradient.
    #[test]
    fn the_first_step_is_as_long_as_the_rate() {
        let (mut weights, mut means, mut variances) = ([0.0; 3], [0.0; 3], [0.0; 3]);
        let rule = Adam::new(0.125, [0.9, 0.999], 0.0, 1, Convention::PyTorch);
        rule.step(&mut weights, &[1e-3, -5.0, 700.0], &mut means, &mut variances);
        for (weight, expected) in weights.iter().zip([-0.125, 0.125, -0.125]) {
            assert!((weight - expected).abs() < 1e-6, "{weights:?}");
        }
    }

    #[test]
    fn no_gradient_changes_nothing() {
        let (mut weights, mut means, mut variances) = ([0.25], [0.0], [0.0]);
        let rule = Adam::new(0.1, [0.9, 0.999], 1e-8, 1, Convention::PyTorch);
        rule.step(&mut weights, &[0.0], &mut means, &mut variances);
        assert_eq!((weights, means, variances), ([0.25], [0.0], [0.0]));
    }
}
