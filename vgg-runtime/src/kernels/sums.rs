//! Sums in a fixed order that vector units can follow.
//!
//! Sixteen running sums take the values in turn; every 1024 values they are added up in `f64`. So the
//! error grows with the root of the number of such runs, not of values.

const LANES: usize = 16;
const RUN: usize = 1024;

/// The sum of products.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f64 {
    sum_by(a, b, |a, b| a * b)
}

/// The sum of a function of two slices of the same length.
#[inline(always)]
fn sum_by(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> f32) -> f64 {
    debug_assert_eq!(a.len(), b.len());
    let runs = a.chunks(RUN).zip(b.chunks(RUN));
    runs.map(|(a, b)| f64::from(run(a, b, &term))).sum()
}

/// The sum over one run.
#[inline(always)]
fn run(a: &[f32], b: &[f32], term: &impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            lanes[lane] += term(a[lane], b[lane]);
        }
    }
    for ((lane, &a), &b) in lanes.iter_mut().zip(a_rest).zip(b_rest) {
        *lane += term(a, b);
    }
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
        width /= 2;
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_every_length() {
        for length in [0, 1, 15, 16, 17, 1023, 1024, 1025, 5000] {
            let values: Vec<f32> = (0..length).map(|i| (i % 7) as f32 - 2.0).collect();
            let exact: f64 = values.iter().map(|&v| f64::from(v) * f64::from(v)).sum();
            assert_eq!(dot(&values, &values), exact);
        }
    }
}
