//! Products of matrices.

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2};

/// `c = a b`, on one thread. What was in `c` is not read.
pub(super) fn multiply(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>, mut c: ArrayViewMut2<'_, f32>) {
    general_mat_mul(1.0, &a, &b, 0.0, &mut c);
}

/// A slice as a matrix of so many columns.
pub(super) fn matrix(values: &[f32], columns: usize) -> ArrayView2<'_, f32> {
    match ArrayView2::from_shape((values.len() / columns.max(1), columns), values) {
        Ok(view) => view,
        Err(error) => panic!("{} values in rows of {columns}: {error}", values.len()),
    }
}

/// A slice as a matrix of so many columns, to be changed.
pub(super) fn matrix_mut(values: &mut [f32], columns: usize) -> ArrayViewMut2<'_, f32> {
    let length = values.len();
    match ArrayViewMut2::from_shape((length / columns.max(1), columns), values) {
        Ok(view) => view,
        Err(error) => panic!("{length} values in rows of {columns}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_contents_are_not_read() {
        for (m, k, n) in [(1, 1, 1), (3, 2, 1), (1, 5, 4), (17, 300, 33)] {
            let (a, b) = (vec![1.0; m * k], vec![2.0; k * n]);
            let mut c = vec![f32::NAN; m * n];
            multiply(matrix(&a, k), matrix(&b, n), matrix_mut(&mut c, n));
            assert!(c.iter().all(|&value| value == 2.0 * k as f32));
        }
    }
}
