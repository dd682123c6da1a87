//! How a picture of any extents becomes one of the extents that a network reads.

use super::draws::Draws;
use super::resample::Cut;

/// How a picture is brought to given extents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Framing {
    /// Scaled without regard to its proportions: all of it is seen.
    #[default]
    Stretch,
    /// Scaled so that its shorter side has so many pixels, if a number is given; then the middle is cut
    /// out, with black around a picture that is too small. torchvision's `Resize` and `CenterCrop`.
    Middle {
        /// The shorter side.
        shorter: Option<usize>,
    },
    /// Scaled so that its shorter side has a random number of pixels, then cut out at a random place, anew
    /// in each epoch: the scale jitter of the VGG paper (section 3.1, 256 to 512). For training.
    Jitter {
        /// The least length of the shorter side; no less than the longer side of what is cut out.
        least: usize,
        /// The greatest.
        most: usize,
    },
}

impl Framing {
    /// What is cut out of a picture; `draws` are random words of the image.
    pub(super) fn cut(self, picture: [usize; 2], window: [usize; 2], draws: Draws) -> Cut {
        match self {
            Framing::Stretch => Cut { scaled: window, origin: [0; 2], window },
            Framing::Middle { shorter } => {
                let scaled = shorter.map_or(picture, |shorter| scaled(picture, shorter));
                let origin = [0, 1].map(|axis| {
                    let room = scaled[axis] as f64 - window[axis] as f64;
                    (room / 2.0).round_ties_even() as isize
                });
                Cut { scaled, origin, window }
            }
            Framing::Jitter { least, most } => {
                let least = least.max(window[0]).max(window[1]);
                let mut draws = draws.uniforms();
                let mut draw = |count: usize| {
                    let share = f64::from(draws.next().unwrap_or(0.0));
                    ((share * count as f64) as usize).min(count - 1)
                };
                let scaled = scaled(picture, least + draw(most.saturating_sub(least) + 1));
                let origin = [0, 1].map(|axis| draw(scaled[axis] - window[axis] + 1) as isize);
                Cut { scaled, origin, window }
            }
        }
    }
}

/// The extents at which the shorter side has `shorter` pixels; the longer is rounded down.
fn scaled([height, width]: [usize; 2], shorter: usize) -> [usize; 2] {
    let longer = |long: usize, short: usize| (long as u128 * shorter as u128 / short.max(1) as u128) as usize;
    match height <= width {
        true => [shorter, longer(width, height)],
        false => [longer(height, width), shorter],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn middles_are_those_of_torchvision() {
        let draws = Draws::new(0, 0, 0, 0);
        let middle = |picture, shorter| Framing::Middle { shorter }.cut(picture, [224, 224], draws);
        let cut = middle([375, 500], Some(256));
        assert_eq!((cut.scaled, cut.origin), ([256, 341], [16, 58]));
        assert_eq!(middle([227, 229], None).origin, [2, 2], "half of an odd number rounds to even");
        assert_eq!(middle([100, 300], None).origin, [-62, 38]);
    }

    #[test]
    fn jitter_stays_within_its_bounds() {
        let mut lengths = std::collections::BTreeSet::new();
        for image in 0..2000 {
            let draws = Draws::new(1, 0, image, 0);
            let cut = Framing::Jitter { least: 20, most: 30 }.cut([50, 80], [24, 16], draws);
            let shorter = cut.scaled[0];
            assert!((24..=30).contains(&shorter), "{cut:?}");
            for axis in [0, 1] {
                assert!(cut.origin[axis] >= 0, "{cut:?}");
                assert!(cut.origin[axis] as usize + cut.window[axis] <= cut.scaled[axis], "{cut:?}");
            }
            lengths.insert(shorter);
        }
        assert_eq!(lengths.len(), 7);
    }
}
