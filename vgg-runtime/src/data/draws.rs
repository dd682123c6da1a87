//! Random numbers of one image in one epoch.

use crate::random::{AUGMENT, Stream};

/// A sequence of random numbers that depends on seed, epoch, image and what it is for, and on nothing
/// else: neither on threads nor on what was drawn before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draws(Stream);

impl Draws {
    /// `purpose` tells the sequences of an image apart.
    pub(super) fn new(seed: u64, epoch: u64, image: usize, purpose: u32) -> Draws {
        // A block for each image gives the key of the image's own stream.
        let [low, high, ..] = Stream::new(seed, epoch, AUGMENT).block(image as u32);
        let key = u64::from(high) << 32 | u64::from(low);
        Draws(Stream::new(key, image as u64 >> 32, purpose))
    }

    /// Uniform numbers in [0, 1).
    pub(super) fn uniforms(self) -> impl Iterator<Item = f32> {
        self.0.uniforms()
    }

    /// One uniform number in [0, 1).
    pub(super) fn uniform(self) -> f32 {
        crate::random::uniform(self.0.block(0)[0])
    }

    /// One uniform number in [-1, 1).
    pub(super) fn signed(self) -> f32 {
        2.0 * self.uniform() - 1.0
    }

    /// Two uniform whole numbers below `counts`.
    pub(super) fn places(self, counts: [usize; 2]) -> [usize; 2] {
        let [a, b, ..] = self.0.block(0);
        let below = |word: u32, count: usize| ((u128::from(word) * count as u128) >> 32) as usize;
        [below(a, counts[0]), below(b, counts[1])]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_differ_by_everything_they_depend_on() {
        let first = |seed, epoch, image, purpose| Draws::new(seed, epoch, image, purpose).uniform();
        let base = first(1, 2, 3, 4);
        assert_eq!(base, first(1, 2, 3, 4));
        for other in [first(0, 2, 3, 4), first(1, 0, 3, 4), first(1, 2, 0, 4), first(1, 2, 3, 0)] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn places_lie_below_their_counts() {
        for image in 0..1000 {
            let [a, b] = Draws::new(0, 0, image, 0).places([3, 1]);
            assert!(a < 3 && b == 0);
        }
    }
}
