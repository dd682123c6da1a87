//! Images turned about their middle.

/// Turns a plane by an angle in radians, counter-clockwise as it is looked at. Between pixels the value is
/// interpolated; beyond the border it is black.
pub(super) fn rotate(plane: &mut [f32], width: usize, angle: f64) {
    let source = plane.to_vec();
    let height = source.len() / width;
    let (sine, cosine) = (libm::sin(angle), libm::cos(angle));
    let centre = [(height as f64 - 1.0) / 2.0, (width as f64 - 1.0) / 2.0];
    for (place, value) in plane.iter_mut().enumerate() {
        let [down, right] = [(place / width) as f64 - centre[0], (place % width) as f64 - centre[1]];
        let row = centre[0] + cosine * down + sine * right;
        let column = centre[1] - sine * down + cosine * right;
        *value = between(&source, [height, width], row, column);
    }
}

/// The value at a place between four pixels.
fn between(source: &[f32], [height, width]: [usize; 2], row: f64, column: f64) -> f32 {
    let (top, left) = (row.floor(), column.floor());
    let (down, right) = ((row - top) as f32, (column - left) as f32);
    let at = |row: f64, column: f64| {
        let inside = row >= 0.0 && column >= 0.0 && row < height as f64 && column < width as f64;
        if inside { source[row as usize * width + column as usize] } else { 0.0 }
    };
    let upper = at(top, left) * (1.0 - right) + at(top, left + 1.0) * right;
    let lower = at(top + 1.0, left) * (1.0 - right) + at(top + 1.0, left + 1.0) * right;
    upper * (1.0 - down) + lower * down
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    const PLANE: [f32; 9] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];

    fn turned(angle: f64) -> [f32; 9] {
        let mut plane = PLANE;
        rotate(&mut plane, 3, angle);
        plane
    }

    fn is_near(found: [f32; 9], expected: [f32; 9]) -> bool {
        found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-5)
    }

    #[test]
    fn right_angles_move_pixels() {
        assert_eq!(turned(0.0), PLANE);
        let quarter = turned(PI / 2.0);
        assert!(is_near(quarter, [3.0, 6.0, 9.0, 2.0, 5.0, 8.0, 1.0, 4.0, 7.0]), "{quarter:?}");
        assert!(is_near(turned(PI), [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]));
    }

    #[test]
    fn corners_turn_black() {
        let eighth = turned(PI / 4.0);
        assert_eq!(eighth[4], 5.0);
        assert!(eighth[0] < 2.0 && eighth[8] < 8.0, "{eighth:?}");
    }
}
