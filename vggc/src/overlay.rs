//! Heat laid over the image that it explains.

use crate::interp::Heat;
use image::{Rgb, RgbImage};
use ndarray::ArrayView3;

/// A smaller image is drawn larger, so that there is something to see.
const LEAST_SIDE: usize = 224;

/// How much of a pixel the heat takes at most.
const OPACITY: f32 = 0.6;

/// Colours from cold to hot, at equal distances (of matplotlib's `inferno`).
const COLOURS: [[f32; 3]; 5] = [
    [0.0, 0.0, 0.015],
    [0.34, 0.06, 0.43],
    [0.735, 0.216, 0.33],
    [0.977, 0.557, 0.035],
    [0.988, 0.998, 0.645],
];

/// Draws an image `[channel, row, column]` with values in \[0, 1\] under the heat: the hotter a place, the
/// more of it is colour; the colder, the darker.
pub(crate) fn overlay(image: ArrayView3<'_, f32>, heat: &Heat) -> RgbImage {
    let (channels, height, width) = image.dim();
    let zoom = LEAST_SIDE.div_ceil(height.min(width).max(1)).max(1);
    RgbImage::from_fn((width * zoom) as u32, (height * zoom) as u32, |x, y| {
        let (row, column) = (y as usize, x as usize);
        let share = |at: usize, extent: usize| (at as f32 + 0.5) / (extent * zoom) as f32;
        let heat = between(heat, share(row, height), share(column, width));
        let hot = colour(heat);
        let opacity = OPACITY * (0.35 + 0.65 * heat);
        let value = |index: usize| image[[index.min(channels - 1), row / zoom, column / zoom]];
        Rgb([0, 1, 2].map(|index| {
            let mixed = value(index) * (1.0 - opacity) + hot[index] * opacity;
            (mixed * 255.0).round().clamp(0.0, 255.0) as u8
        }))
    })
}

/// The heat at a place given as shares of height and width, between its values.
fn between(heat: &Heat, down: f32, right: f32) -> f32 {
    let axis = |share: f32, extent: usize| {
        let place = (share * extent as f32 - 0.5).clamp(0.0, (extent - 1) as f32);
        let first = place.floor() as usize;
        (first, (first + 1).min(extent - 1), place - place.floor())
    };
    let (top, bottom, down) = axis(down, heat.height);
    let (left, right_one, right) = axis(right, heat.width);
    let at = |row: usize, column: usize| heat.values[row * heat.width + column];
    let upper = at(top, left) * (1.0 - right) + at(top, right_one) * right;
    let lower = at(bottom, left) * (1.0 - right) + at(bottom, right_one) * right;
    upper * (1.0 - down) + lower * down
}

fn colour(heat: f32) -> [f32; 3] {
    let place = heat.clamp(0.0, 1.0) * (COLOURS.len() - 1) as f32;
    let first = (place as usize).min(COLOURS.len() - 2);
    let share = place - first as f32;
    [0, 1, 2].map(|index| COLOURS[first][index] * (1.0 - share) + COLOURS[first + 1][index] * share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;

    #[test]
    fn hot_places_are_bright() {
        let image = Array3::from_elem((1, 8, 8), 0.5);
        let mut values = vec![0.0; 16];
        values[0] = 1.0;
        let drawn = overlay(image.view(), &Heat { height: 4, width: 4, values });
        assert_eq!(drawn.dimensions(), (224, 224));
        let [hot, cold] = [drawn.get_pixel(5, 5), drawn.get_pixel(200, 200)].map(|pixel| pixel.0);
        assert!(hot[0] > 190 && hot[1] > 190, "{hot:?}");
        assert!(cold.iter().all(|&value| value < 110) && cold[0] == cold[1], "{cold:?}");
    }

    #[test]
    fn heat_is_interpolated() {
        let heat = Heat { height: 1, width: 2, values: vec![0.0, 1.0] };
        let places = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| between(&heat, 0.5, share));
        assert_eq!(places, [0.0, 0.0, 0.5, 1.0, 1.0]);
    }
}
