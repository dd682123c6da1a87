//! Random numbers that depend on nothing but what they are for.
//!
//! The generator is Philox4x32-10 (Salmon, Moraes, Dror, Shaw: *Parallel random numbers: as easy as
//! 1, 2, 3*, SC'11). It has no state: a number is a function of a key and a counter. So any thread may
//! draw any number in any order, a backward pass may draw a dropout mask anew, and a resumed run needs
//! nothing restored.
//!
//! The key is the user's seed. The 128 bits of the counter are, from the lowest word: the number of the
//! block, the stream, and the 64 bits of the step.
//!
//! | use | stream | step |
//! |---|---|---|
//! | dropout | index of the fused step in the network | training step |
//! | initial weights | [`INITIALISE`] | hash of the tensor's name |
//! | order of the images | [`SHUFFLE`] | epoch |
//! | split of a dataset | [`SPLIT`] | class |
//! | variation of training images | [`AUGMENT`] | epoch |
//! | mixing of training images | [`MIXUP`] | training step |
//!
//! Logarithm, sine and cosine come from `libm`, not from the system, so the same seed gives the same
//! bytes on every machine.

use std::f64::consts::TAU;

/// The stream of initial weights.
pub const INITIALISE: u32 = u32::MAX;

/// The stream that orders the images of an epoch.
pub const SHUFFLE: u32 = u32::MAX - 1;

/// The stream that splits a dataset.
pub const SPLIT: u32 = u32::MAX - 2;

/// The stream that varies training images: block `i` is the key of the random numbers of image `i`.
pub const AUGMENT: u32 = u32::MAX - 3;

/// The stream that mixes training images.
pub const MIXUP: u32 = u32::MAX - 4;

/// One block of random bits: ten rounds of Philox4x32 over `counter` under `key`.
///
/// ```
/// use vgg_runtime::random::philox4x32_10;
/// assert_eq!(philox4x32_10([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
/// ```
pub const fn philox4x32_10(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
    const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

    let ([mut a, mut b, mut c, mut d], [mut key0, mut key1]) = (counter, key);
    let mut round = 0;
    while round < 10 {
        let product0 = MULTIPLIERS[0] * a as u64;
        let product1 = MULTIPLIERS[1] * c as u64;
        (a, b, c, d) = (
            (product1 >> 32) as u32 ^ b ^ key0,
            product1 as u32,
            (product0 >> 32) as u32 ^ d ^ key1,
            product0 as u32,
        );
        key0 = key0.wrapping_add(WEYL[0]);
        key1 = key1.wrapping_add(WEYL[1]);
        round += 1;
    }
    [a, b, c, d]
}

/// A sequence of 2³² blocks of four random words each, any of which can be had at once.
///
/// ```
/// use vgg_runtime::random::Stream;
/// let stream = Stream::new(7, 0, 3);
/// assert_eq!(stream.block(5), Stream::new(7, 0, 3).block(5));
/// assert_ne!(stream.block(5), Stream::new(7, 1, 3).block(5));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    key: [u32; 2],
    step: [u32; 2],
    stream: u32,
}

impl Stream {
    /// The stream of a seed, a step and a number that says what it is for. Streams of the fused steps
    /// of a network count from zero; [`INITIALISE`], [`SHUFFLE`], [`SPLIT`] and [`AUGMENT`] lie at the upper end.
    pub const fn new(seed: u64, step: u64, stream: u32) -> Stream {
        Stream { key: halves(seed), step: halves(step), stream }
    }

    /// Four random words.
    pub const fn block(&self, index: u32) -> [u32; 4] {
        philox4x32_10([index, self.stream, self.step[0], self.step[1]], self.key)
    }

    /// All words, in order.
    pub fn words(self) -> impl Iterator<Item = u32> {
        (0..=u32::MAX).flat_map(move |index| self.block(index))
    }

    /// Uniform numbers in [0, 1), in order: number `i` stems from word `i % 4` of block `i / 4`.
    pub fn uniforms(self) -> impl Iterator<Item = f32> {
        self.words().map(uniform)
    }

    /// Numbers of the standard normal distribution, in order; each block gives four.
    pub fn normals(self) -> impl Iterator<Item = f64> {
        (0..=u32::MAX).flat_map(move |index| {
            let [a, b, c, d] = self.block(index);
            let ([first, second], [third, fourth]) = (normals(a, b), normals(c, d));
            [first, second, third, fourth]
        })
    }

    /// Puts `items` into a random order, every order equally likely (Fisher & Yates; Durstenfeld,
    /// 1964).
    ///
    /// ```
    /// use vgg_runtime::random::{SHUFFLE, Stream};
    /// let mut cards = [1, 2, 3, 4, 5];
    /// Stream::new(0, 0, SHUFFLE).shuffle(&mut cards);
    /// cards.sort();
    /// assert_eq!(cards, [1, 2, 3, 4, 5]);
    /// ```
    pub fn shuffle<T>(self, items: &mut [T]) {
        let mut index = 0;
        let mut draw = || {
            let [low, high, ..] = self.block(index);
            index = index.wrapping_add(1);
            u64::from(high) << 32 | u64::from(low)
        };
        for last in (1..items.len()).rev() {
            items.swap(last, below(last as u64 + 1, &mut draw) as usize);
        }
    }
}

/// A uniform number in [0, 1), a multiple of 2⁻²⁴, out of the upper bits of a word.
pub const fn uniform(word: u32) -> f32 {
    (word >> 8) as f32 * (1.0 / (1 << 24) as f32)
}

/// Two independent numbers of the standard normal distribution out of two words (Box & Muller, 1958).
/// None is larger than 6.67 in magnitude.
pub fn normals(a: u32, b: u32) -> [f64; 2] {
    const WORDS: f64 = (1_u64 << 32) as f64;
    // The radius takes a number in (0, 1], so that its logarithm is finite.
    let radius = libm::sqrt(-2.0 * libm::log((f64::from(a) + 1.0) / WORDS));
    let angle = TAU * (f64::from(b) / WORDS);
    [radius * libm::cos(angle), radius * libm::sin(angle)]
}

/// A uniform number below `bound` without bias (Lemire, 2019: multiply, and draw again in the rare case
/// that the lower half falls among the values that would come up once too often).
fn below(bound: u64, draw: &mut impl FnMut() -> u64) -> u64 {
    loop {
        let product = u128::from(draw()) * u128::from(bound);
        if product as u64 >= bound.wrapping_neg() % bound {
            return (product >> 64) as u64;
        }
    }
}

/// The lower and the upper half.
const fn halves(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors for `philox4x32 10` in `tests/kat_vectors` of Random123 1.14.0.
    #[test]
    fn known_answers() {
        let ones = u32::MAX;
        assert_eq!(philox4x32_10([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox4x32_10([ones; 4], [ones; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        assert_eq!(
            philox4x32_10([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn counter_and_key_take_their_documented_places() {
        let stream = Stream::new(0x299f_31d0_a409_3822, 0x0370_7344_1319_8a2e, 0x85a3_08d3);
        assert_eq!(stream.block(0x243f_6a88), [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
        let [.., last] = stream.block(0);
        assert_eq!(stream.words().nth(3), Some(last));
        assert_eq!(stream.uniforms().nth(3), Some(uniform(last)));
    }

    #[test]
    fn uniform_stays_below_one() {
        assert_eq!(uniform(0), 0.0);
        assert_eq!(uniform(u32::MAX), 1.0 - f32::EPSILON / 2.0);
        let mean = Stream::new(1, 2, 3).uniforms().take(100_000).map(f64::from).sum::<f64>() / 1e5;
        assert!((mean - 0.5).abs() < 4e-3, "{mean}");
    }

    #[test]
    fn normals_have_the_moments_of_the_normal_distribution() {
        let count = 200_000;
        let moment = |power| {
            Stream::new(4, 5, 6).normals().take(count).map(|z| z.powi(power)).sum::<f64>() / count as f64
        };
        for (power, expected, tolerance) in [(1, 0.0, 0.01), (2, 1.0, 0.02), (3, 0.0, 0.04), (4, 3.0, 0.12)] {
            assert!((moment(power) - expected).abs() < tolerance, "moment {power}: {}", moment(power));
        }
    }

    #[test]
    fn normals_are_finite_at_both_ends() {
        for a in [0, 1, u32::MAX] {
            for b in [0, u32::MAX] {
                assert!(normals(a, b).iter().all(|z| z.abs() < 6.67));
            }
        }
    }

    /// Fixed bits: a change of the generator would change every run that anyone has recorded.
    #[test]
    fn normals_keep_their_bits() {
        let bits: Vec<u64> = Stream::new(7, 1, 2).normals().take(4).map(f64::to_bits).collect();
        assert_eq!(
            bits,
            [
                4_605_108_465_988_704_920,
                4_604_283_933_105_480_265,
                13_831_118_184_995_002_019,
                13_834_007_608_702_991_701
            ]
        );
    }

    #[test]
    fn shuffle_reaches_every_order_about_equally_often() {
        let mut counts = std::collections::BTreeMap::<[u8; 4], u32>::new();
        for epoch in 0..24_000 {
            let mut items = [0, 1, 2, 3];
            Stream::new(9, epoch, SHUFFLE).shuffle(&mut items);
            *counts.entry(items).or_default() += 1;
        }
        assert_eq!(counts.len(), 24);
        // 1000 expected, standard deviation 31.
        assert!(counts.values().all(|&count| (850..1150).contains(&count)), "{counts:?}");
    }

    #[test]
    fn shuffle_takes_slices_of_any_length() {
        for length in 0..4 {
            let mut items: Vec<usize> = (0..length).collect();
            Stream::new(0, 0, SHUFFLE).shuffle(&mut items);
            items.sort_unstable();
            assert!(items.into_iter().eq(0..length));
        }
    }
}
