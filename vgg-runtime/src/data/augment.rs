//! Training images varied anew in each epoch.

use super::draws::Draws;
use super::resample::{Raster, resample};
use super::{Framing, warp};

/// A way to vary training images. All numbers are drawn for each image in each epoch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Augmentation {
    /// Left and right change places.
    Flip {
        /// How likely.
        probability: f32,
    },
    /// Black is put around the image, and a window of the old size is cut out anywhere.
    Crop {
        /// Rows and columns of black on each side.
        padding: usize,
    },
    /// The shorter side is scaled to a length between these, and a window of the old size cut out anywhere.
    ScaleJitter {
        /// The least length; that of the image, if it is less.
        least: usize,
        /// The greatest length.
        most: usize,
    },
    /// Turned about the middle, between pixels by bilinear interpolation, with black at the corners.
    Rotate {
        /// By at most so many degrees, either way.
        degrees: f32,
    },
    /// Every pixel is multiplied by the same number.
    Brightness {
        /// How far it is from one at most.
        share: f32,
    },
    /// The distance of every pixel to the mean grey is multiplied by the same number.
    Contrast {
        /// How far it is from one at most.
        share: f32,
    },
    /// A square anywhere is black; its centre is on the image (DeVries & Taylor, 2017).
    Cutout {
        /// Its side.
        size: usize,
    },
}

/// The weights of red, green and blue in Rec. 601, by which a mean grey is had.
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

impl Augmentation {
    /// Varies an image `[channel, row, column]` with pixels in \[0, 1\].
    pub(super) fn apply(self, [channels, height, width]: [usize; 3], draws: Draws, pixels: &mut [f32]) {
        match self {
            Augmentation::Flip { probability } => {
                if draws.uniform() < probability {
                    pixels.chunks_exact_mut(width).for_each(<[f32]>::reverse);
                }
            }
            Augmentation::Crop { padding } => {
                let [row, column] = draws.places([2 * padding + 1; 2]);
                let by = [row as isize - padding as isize, column as isize - padding as isize];
                pixels.chunks_exact_mut(height * width).for_each(|plane| shift(plane, width, by));
            }
            Augmentation::ScaleJitter { least, most } => {
                let cut = Framing::Jitter { least, most }.cut([height, width], [height, width], draws);
                for plane in pixels.chunks_exact_mut(height * width) {
                    let values = plane.to_vec();
                    resample(Raster::<_, 1> { values: &values, height, width }, cut, plane);
                }
            }
            Augmentation::Rotate { degrees } => {
                let angle = f64::from(degrees * draws.signed()).to_radians();
                pixels.chunks_exact_mut(height * width).for_each(|plane| warp::rotate(plane, width, angle));
            }
            Augmentation::Brightness { share } => {
                let factor = 1.0 + share * draws.signed();
                pixels.iter_mut().for_each(|pixel| *pixel = (*pixel * factor).clamp(0.0, 1.0));
            }
            Augmentation::Contrast { share } => {
                let factor = 1.0 + share * draws.signed();
                let grey = mean_grey(pixels, channels);
                let farther = |pixel: f32| (grey + (pixel - grey) * factor).clamp(0.0, 1.0);
                pixels.iter_mut().for_each(|pixel| *pixel = farther(*pixel));
            }
            Augmentation::Cutout { size } => {
                let centre = draws.places([height, width]);
                let [rows, columns] = [(centre[0], height), (centre[1], width)].map(|(centre, extent)| {
                    let begin = centre.saturating_sub(size / 2);
                    begin..(centre + size.div_ceil(2)).min(extent)
                });
                for plane in pixels.chunks_exact_mut(height * width) {
                    rows.clone().for_each(|row| plane[row * width..][columns.clone()].fill(0.0));
                }
            }
        }
    }
}

/// The mean of a picture made grey; for other numbers of channels than three, the mean of all.
fn mean_grey(pixels: &[f32], channels: usize) -> f32 {
    let mean = |plane: &[f32]| plane.iter().map(|&value| f64::from(value)).sum::<f64>() / plane.len() as f64;
    if channels != LUMA.len() {
        return mean(pixels) as f32;
    }
    let planes = pixels.chunks_exact(pixels.len() / channels);
    planes.zip(LUMA).map(|(plane, weight)| mean(plane) as f32 * weight).sum()
}

/// Pixel `(row, column)` becomes what was at `(row, column) + by`, black beyond the border.
fn shift(plane: &mut [f32], width: usize, [down, right]: [isize; 2]) {
    let height = plane.len() / width;
    let row = |row: usize| {
        let source = row as isize + down;
        (0..height as isize).contains(&source).then_some(source as usize)
    };
    let mut move_row = |to: usize| {
        let columns = (-right).clamp(0, width as isize) as usize
            ..(width as isize - right).clamp(0, width as isize) as usize;
        let Some(from) = row(to).filter(|_| !columns.is_empty()) else {
            plane[to * width..][..width].fill(0.0);
            return;
        };
        let begin = from * width + (columns.start as isize + right) as usize;
        plane.copy_within(begin..begin + columns.len(), to * width + columns.start);
        plane[to * width..][..columns.start].fill(0.0);
        plane[to * width + columns.end..(to + 1) * width].fill(0.0);
    };
    // Rows are read before they are written over.
    match down >= 0 {
        true => (0..height).for_each(&mut move_row),
        false => (0..height).rev().for_each(&mut move_row),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2 channels of 3 rows of 4 columns, from 0.01 up.
    fn image() -> Vec<f32> {
        (1..=24).map(|value| value as f32 / 100.0).collect()
    }

    fn varied(augmentation: Augmentation, image_number: usize) -> Vec<f32> {
        let mut pixels = image();
        augmentation.apply([2, 3, 4], Draws::new(3, 1, image_number, 0), &mut pixels);
        pixels
    }

    fn hundredths(pixels: &[f32]) -> Vec<i32> {
        pixels.iter().map(|pixel| (pixel * 100.0).round() as i32).collect()
    }

    #[test]
    fn flips_mirror_rows() {
        let never = varied(Augmentation::Flip { probability: 0.0 }, 0);
        let always = varied(Augmentation::Flip { probability: 1.0 }, 0);
        assert_eq!(never, image());
        assert_eq!(hundredths(&always)[..8], [4, 3, 2, 1, 8, 7, 6, 5]);
        let often =
            (0..1000).filter(|&number| varied(Augmentation::Flip { probability: 0.3 }, number) != image());
        assert!((250..350).contains(&often.count()));
    }

    #[test]
    fn shifts_are_those_of_a_padded_window() {
        for down in -4..=4_isize {
            for right in -5..=5_isize {
                let mut plane = image()[..12].to_vec();
                shift(&mut plane, 4, [down, right]);
                for row in 0..3 {
                    for column in 0..4 {
                        let (source_row, source_column) = (row + down, column + right);
                        let inside = (0..3).contains(&source_row) && (0..4).contains(&source_column);
                        let expected =
                            if inside { image()[(source_row * 4 + source_column) as usize] } else { 0.0 };
                        assert_eq!(plane[(row * 4 + column) as usize], expected, "{down} {right}");
                    }
                }
            }
        }
    }

    #[test]
    fn crops_reach_every_place() {
        let seen: std::collections::BTreeSet<Vec<i32>> =
            (0..500).map(|number| hundredths(&varied(Augmentation::Crop { padding: 1 }, number))).collect();
        assert_eq!(seen.len(), 9);
    }

    #[test]
    fn light_stays_within_its_share() {
        for number in 0..100 {
            let brighter = varied(Augmentation::Brightness { share: 0.5 }, number);
            let factor = brighter[0] / 0.01;
            assert!((0.5..=1.5).contains(&factor));
            for (new, old) in brighter.iter().zip(image()) {
                assert!((new - factor * old).abs() < 1e-6);
            }
            // So little that no pixel is cut off at black.
            let contrast = varied(Augmentation::Contrast { share: 0.08 }, number);
            let factor = (contrast[23] - contrast[0]) / 0.23;
            assert!((0.919..=1.081).contains(&factor), "{factor}");
            let mean = contrast.iter().sum::<f32>() / 24.0;
            assert!((mean - 0.125).abs() < 1e-6, "{mean}");
        }
    }

    #[test]
    fn cutout_blanks_a_square() {
        for number in 0..100 {
            let pixels = varied(Augmentation::Cutout { size: 2 }, number);
            let black: Vec<usize> = (0..12).filter(|&place| pixels[place] == 0.0).collect();
            assert!([1, 2, 4].contains(&black.len()), "{black:?}");
            assert!((0..12).all(|place| (pixels[place] == 0.0) == (pixels[12 + place] == 0.0)));
        }
    }

    #[test]
    fn scale_jitter_by_nothing_changes_nothing() {
        let pixels = varied(Augmentation::ScaleJitter { least: 0, most: 0 }, 0);
        // The window is as wide as the longer side, so the image grows to four rows.
        assert_eq!(pixels.len(), 24);
        let mut square: Vec<f32> = image()[..9].to_vec();
        Augmentation::ScaleJitter { least: 3, most: 3 }.apply([1, 3, 3], Draws::new(0, 0, 0, 0), &mut square);
        assert_eq!(square, image()[..9]);
    }
}
