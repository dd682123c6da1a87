//! Images of other extents, each new pixel a weighted mean of those around it.
//!
//! The weights are a triangle as wide as a new pixel or an old one, whichever is larger: bilinear
//! interpolation that blurs away what a smaller image cannot show. PIL's `BILINEAR` and PyTorch's
//! `interpolate(mode="bilinear", antialias=True)` are the same, the former with pixels rounded to bytes.

use std::ops::Range;

/// An image in memory, pixel after pixel, the `C` channels of a pixel side by side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raster<'a, Value, const C: usize> {
    pub(super) values: &'a [Value],
    pub(super) height: usize,
    pub(super) width: usize,
}

/// How the values of pixels are kept. Bytes are read as they are: to make an image of floats first takes longer than
/// to scale it.
pub(super) trait Value: Copy {
    /// What stands for 1.
    const ONE: f32;

    fn float(self) -> f32;
}

impl Value for u8 {
    const ONE: f32 = 255.0;

    fn float(self) -> f32 {
        f32::from(self)
    }
}

impl Value for f32 {
    const ONE: f32 = 1.0;

    fn float(self) -> f32 {
        self
    }
}

/// What to make of an image: it is scaled, then a window is cut out. Where the window reaches beyond the
/// scaled image, it is black.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    /// Rows and columns of the scaled image.
    pub(super) scaled: [usize; 2],
    /// Row and column of the scaled image where the window begins.
    pub(super) origin: [isize; 2],
    /// Rows and columns of the window.
    pub(super) window: [usize; 2],
}

/// Scales and cuts an image. The window is written plane by plane.
pub(super) fn resample<V: Value, const C: usize>(image: Raster<'_, V, C>, cut: Cut, planes: &mut [f32]) {
    let [rows, columns] =
        [0, 1].map(|axis| Taps::new([image.height, image.width][axis], cut.scaled[axis], cut, axis));
    planes.fill(0.0);
    if rows.is_empty() || columns.is_empty() {
        return;
    }
    let source_rows = rows.sources();
    let narrowed = narrow(image, source_rows.clone(), &columns);
    let stride = columns.count();
    let plane = cut.window[0] * cut.window[1];
    let mut sums = vec![[0.0; C]; stride];
    for (row, sources, weights) in rows.iter() {
        sums.fill([0.0; C]);
        for (source, &weight) in sources.zip(weights) {
            let line = &narrowed[(source - source_rows.start) * stride..][..stride];
            sums.iter_mut().zip(line).for_each(|(sum, pixel)| add(sum, weight, *pixel));
        }
        for channel in 0..C {
            let places = &mut planes[channel * plane + row * cut.window[1] + columns.begin..][..stride];
            places.iter_mut().zip(&sums).for_each(|(place, pixel)| *place = pixel[channel] / V::ONE);
        }
    }
}

/// Adds a pixel to a weighted sum of pixels.
fn add<const C: usize>(sum: &mut [f32; C], weight: f32, pixel: [f32; C]) {
    sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += weight * value);
}

/// The rows of an image with the columns of the window.
fn narrow<V: Value, const C: usize>(
    image: Raster<'_, V, C>,
    rows: Range<usize>,
    columns: &Taps,
) -> Vec<[f32; C]> {
    let (pixels, _) = image.values.as_chunks::<C>();
    let mut narrowed = Vec::with_capacity(rows.len() * columns.count());
    for row in rows {
        let line = &pixels[row * image.width..][..image.width];
        narrowed.extend(columns.iter().map(|(_, sources, weights)| {
            let mut sum = [0.0; C];
            for (pixel, &weight) in line[sources].iter().zip(weights) {
                add(&mut sum, weight, pixel.map(V::float));
            }
            sum
        }));
    }
    narrowed
}

/// For each place of the window along an axis that lies on the image: the pixels it is a mean of, and
/// their weights.
struct Taps {
    /// The first place of the window that lies on the image.
    begin: usize,
    sources: Vec<Range<usize>>,
    weights: Vec<f32>,
}

impl Taps {
    fn new(from: usize, to: usize, cut: Cut, axis: usize) -> Taps {
        let (origin, window) = (cut.origin[axis], cut.window[axis] as isize);
        let begin = (-origin).clamp(0, window);
        let end = (to as isize - origin).clamp(begin, window);
        let mut taps = Taps { begin: begin as usize, sources: Vec::new(), weights: Vec::new() };
        for place in begin..end {
            taps.add(from, to, (place + origin) as usize);
        }
        taps
    }

    /// The weights of one place of the scaled image.
    fn add(&mut self, from: usize, to: usize, place: usize) {
        let scale = from as f64 / to as f64;
        let support = scale.max(1.0);
        let centre = (place as f64 + 0.5) * scale;
        let first = (centre - support + 0.5).max(0.0) as usize;
        let last = ((centre + support + 0.5) as usize).min(from);
        let weight = |source: usize| 1.0 - ((source as f64 + 0.5 - centre) / support).abs();
        let weights = (first..last).map(|source| weight(source).max(0.0));
        let sum: f64 = weights.clone().sum();
        self.weights.extend(weights.map(|weight| (weight / sum) as f32));
        self.sources.push(first..last);
    }

    fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    fn count(&self) -> usize {
        self.sources.len()
    }

    /// All pixels that any place needs.
    fn sources(&self) -> Range<usize> {
        let first = self.sources.first().map_or(0, |sources| sources.start);
        first..self.sources.last().map_or(first, |sources| sources.end)
    }

    /// Place of the window, pixels, weights.
    fn iter(&self) -> impl Iterator<Item = (usize, Range<usize>, &[f32])> {
        let mut rest = self.weights.as_slice();
        self.sources.iter().enumerate().map(move |(index, sources)| {
            let (weights, others) = rest.split_at(sources.len());
            rest = others;
            (self.begin + index, sources.clone(), weights)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(scaled: [usize; 2], origin: [isize; 2], window: [usize; 2]) -> Cut {
        Cut { scaled, origin, window }
    }

    #[test]
    fn same_size_changes_nothing() {
        let values: Vec<f32> = (0..24).map(|value| value as f32).collect();
        let image = Raster::<_, 2> { values: &values, height: 3, width: 4 };
        let mut planes = vec![9.0; 24];
        resample(image, cut([3, 4], [0, 0], [3, 4]), &mut planes);
        let expected: Vec<f32> =
            (0..2).flat_map(|channel| (0..12).map(move |pixel| (2 * pixel + channel) as f32)).collect();
        assert_eq!(planes, expected);
    }

    #[test]
    fn halves_are_means() {
        let values = [0.0, 2.0, 4.0, 6.0];
        let image = Raster::<_, 1> { values: &values, height: 1, width: 4 };
        let mut planes = [0.0; 2];
        resample(image, cut([1, 2], [0, 0], [1, 2]), &mut planes);
        // Weights 3, 3, 1 and 1, 3, 3 over 7 at the borders.
        assert!((planes[0] - 10.0 / 7.0).abs() < 1e-6 && (planes[1] - 32.0 / 7.0).abs() < 1e-6, "{planes:?}");
    }

    #[test]
    fn a_window_is_a_part_of_the_whole() {
        let values: Vec<f32> = (0..13 * 17 * 3).map(|value| ((value * 37) % 101) as f32 / 100.0).collect();
        let image = Raster::<_, 3> { values: &values, height: 13, width: 17 };
        let (mut whole, mut part) = (vec![0.0; 3 * 20 * 9], vec![0.0; 3 * 8 * 7]);
        resample(image, cut([20, 9], [0, 0], [20, 9]), &mut whole);
        resample(image, cut([20, 9], [5, -2], [8, 7]), &mut part);
        for channel in 0..3 {
            for row in 0..8 {
                for column in 0..7 {
                    let found = part[(channel * 8 + row) * 7 + column];
                    let expected = match column {
                        0 | 1 => 0.0,
                        _ => whole[(channel * 20 + row + 5) * 9 + column - 2],
                    };
                    assert_eq!(found, expected, "{channel} {row} {column}");
                }
            }
        }
    }

    #[test]
    fn bytes_are_floats_over_255() {
        let bytes: Vec<u8> = (0..9 * 11 * 3).map(|value| (value * 83 % 256) as u8).collect();
        let floats: Vec<f32> = bytes.iter().map(|&byte| f32::from(byte) / 255.0).collect();
        let (mut by_bytes, mut by_floats) = (vec![0.0; 3 * 5 * 7], vec![0.0; 3 * 5 * 7]);
        let cut = cut([7, 9], [1, 1], [5, 7]);
        resample(Raster::<_, 3> { values: &bytes, height: 9, width: 11 }, cut, &mut by_bytes);
        resample(Raster::<_, 3> { values: &floats, height: 9, width: 11 }, cut, &mut by_floats);
        assert!(by_bytes.iter().zip(&by_floats).all(|(a, b)| (a - b).abs() < 1e-6));
        let (mut same, whole) =
            (vec![0.0; floats.len()], Cut { scaled: [9, 11], origin: [0; 2], window: [9, 11] });
        resample(Raster::<_, 3> { values: &bytes, height: 9, width: 11 }, whole, &mut same);
        assert!(
            (0..99)
                .all(|pixel| (0..3).all(|channel| same[channel * 99 + pixel] == floats[pixel * 3 + channel]))
        );
    }

    #[test]
    fn a_window_beside_the_image_is_black() {
        let image = Raster::<_, 1> { values: &[1.0], height: 1, width: 1 };
        for origin in [[5, 0], [0, -7]] {
            let mut planes = [1.0; 4];
            resample(image, cut([3, 3], origin, [2, 2]), &mut planes);
            assert_eq!(planes, [0.0; 4]);
        }
    }
}
