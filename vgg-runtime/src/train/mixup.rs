//! Mixup (Zhang, Cisse, Dauphin, Lopez-Paz, 2018): the images of a batch show through one another.
//!
//! Each image of a batch is mixed with the one at the same place from the other end. Batches are shuffled, so
//! that is as good as any other; and because it pairs images up, they are mixed where they lie.

use crate::random::{MIXUP, Stream, normals, uniform};

/// How much of the other image shows through in a step, from 0 to 1/2: the lesser part of a number of the beta
/// distribution with both parameters `alpha`. It depends on the seed and the step, and on nothing else.
pub(super) fn share(alpha: f64, seed: u64, step: u64) -> f32 {
    let mut words = Stream::new(seed, step, MIXUP).words();
    let (a, b) = (gamma(alpha, &mut words), gamma(alpha, &mut words));
    // Both vanish if `alpha` is so small that a power of it does: then nothing is mixed, as is most likely.
    let own = if a + b > 0.0 { a / (a + b) } else { 1.0 };
    own.min(1.0 - own) as f32
}

/// Mixes images that lie one behind the other, each with the one at the same place from the other end.
pub(super) fn mix(pixels: &mut [f32], elements: usize, share: f32) {
    let count = pixels.len() / elements.max(1);
    let (front, back) = pixels.split_at_mut(count.div_ceil(2) * elements);
    let pairs = front.chunks_exact_mut(elements.max(1)).zip(back.rchunks_exact_mut(elements.max(1)));
    for (one, other) in pairs {
        for (a, b) in one.iter_mut().zip(other) {
            (*a, *b) = (*a + share * (*b - *a), *b + share * (*a - *b));
        }
    }
}

/// A number of the gamma distribution of shape `alpha` (Marsaglia & Tsang: *A simple method for generating
/// gamma variables*, 2000).
fn gamma(alpha: f64, words: &mut impl Iterator<Item = u32>) -> f64 {
    let mut word = || words.next().unwrap_or(0);
    let boosted = if alpha < 1.0 { alpha + 1.0 } else { alpha };
    let d = boosted - 1.0 / 3.0;
    let c = 1.0 / libm::sqrt(9.0 * d);
    let value = loop {
        let [z, _] = normals(word(), word());
        let v = (1.0 + c * z) * (1.0 + c * z) * (1.0 + c * z);
        let u = f64::from(uniform(word()));
        if v > 0.0 && libm::log(u.max(f64::MIN_POSITIVE)) < 0.5 * z * z + d - d * v + d * libm::log(v) {
            break d * v;
        }
    };
    if alpha >= 1.0 {
        return value;
    }
    let u = (f64::from(word()) + 1.0) / (1_u64 << 32) as f64;
    value * libm::pow(u, 1.0 / alpha)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With `x` of the beta distribution, `(min(x, 1 - x) - 1/2)^2 = (x - 1/2)^2`, of which the mean is known.
    #[test]
    fn shares_have_the_spread_of_the_beta_distribution() {
        for alpha in [0.2, 1.0, 3.0] {
            let count = 20_000;
            let shares: Vec<f64> = (0..count).map(|step| f64::from(share(alpha, 5, step))).collect();
            assert!(shares.iter().all(|share| (0.0..=0.5).contains(share)));
            let variance = shares.iter().map(|share| (share - 0.5).powi(2)).sum::<f64>() / count as f64;
            let expected = 1.0 / (4.0 * (2.0 * alpha + 1.0));
            assert!((variance - expected).abs() < 0.03 * expected, "{alpha}: {variance} {expected}");
        }
        assert_eq!(share(0.2, 1, 7), share(0.2, 1, 7));
        assert_ne!(share(0.2, 1, 7), share(0.2, 1, 8));
        assert_ne!(share(0.2, 1, 7), share(0.2, 2, 7));
        assert!((0..100).all(|step| share(1e-300, 0, step) == 0.0), "nothing is mixed");
    }

    #[test]
    fn pairs_are_mixed_from_both_ends() {
        // Five images of two pixels.
        let mut pixels: Vec<f32> = (0..10).map(|value| value as f32).collect();
        mix(&mut pixels, 2, 0.25);
        assert_eq!(pixels, [2.0, 3.0, 3.0, 4.0, 4.0, 5.0, 5.0, 6.0, 6.0, 7.0]);
        let mut pair = [0.0, 1.0];
        mix(&mut pair, 1, 0.5);
        assert_eq!(pair, [0.5, 0.5]);
        let mut lone = [3.0];
        mix(&mut lone, 1, 0.5);
        assert_eq!(lone, [3.0]);
        mix(&mut [], 1, 0.5);
    }
}
