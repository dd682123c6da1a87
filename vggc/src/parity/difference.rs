//! How far two tensors lie apart.

/// How far ours lies from theirs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Difference {
    /// The largest difference of two values; infinite if one is no number.
    pub(crate) absolute: f64,
    /// The largest value of theirs, without its sign.
    pub(crate) largest: f64,
}

impl Difference {
    /// Of as many values here as there.
    pub(crate) fn between(ours: &[f32], theirs: &[f32]) -> Difference {
        let mut found = Difference { absolute: 0.0, largest: 0.0 };
        if ours.len() != theirs.len() {
            found.absolute = f64::INFINITY;
        }
        for (&ours, &theirs) in ours.iter().zip(theirs) {
            let (ours, theirs) = (f64::from(ours), f64::from(theirs));
            let distance = (ours - theirs).abs();
            found.absolute = found.absolute.max(if distance.is_nan() { f64::INFINITY } else { distance });
            found.largest = found.largest.max(theirs.abs());
        }
        found
    }

    /// The largest difference as a share of the largest value: single values may be close to zero, where
    /// rounding alone is more than they are.
    pub(crate) fn relative(self) -> f64 {
        if self.absolute == 0.0 { 0.0 } else { self.absolute / self.largest }
    }

    /// Whether it is within a tolerance, which is relative.
    pub(crate) fn is_within(self, tolerance: f64) -> bool {
        self.relative() <= tolerance
    }

    /// The larger of two.
    pub(crate) fn or_worse(self, other: Difference) -> Difference {
        if other.absolute > self.absolute { other } else { self }
    }
}

/// Measures gradients by the largest one of their layer: that of a bias in front of a norm is zero but for
/// rounding, and rounding is no measure.
pub(super) fn by_layer(gradients: &mut [(String, Difference)]) {
    let layer = |name: &str| name.rsplit_once('.').map_or(name, |(layer, _)| layer).to_owned();
    for tensors in gradients.chunk_by_mut(|(one, _), (other, _)| layer(one) == layer(other)) {
        let largest = tensors.iter().map(|(_, difference)| difference.largest).fold(0.0, f64::max);
        tensors.iter_mut().for_each(|(_, difference)| difference.largest = largest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_relative_to_the_largest_value() {
        let difference = Difference::between(&[1.0, -4.0, 0.5], &[1.0, -4.0, 0.25]);
        assert_eq!((difference.absolute, difference.relative()), (0.25, 0.0625));
        assert!(difference.is_within(0.0625) && !difference.is_within(0.06));
    }

    #[test]
    fn what_is_no_number_agrees_with_nothing() {
        for (ours, theirs) in [(f32::NAN, 1.0), (1.0, f32::NAN), (f32::NAN, f32::NAN), (f32::INFINITY, 1.0)] {
            assert!(!Difference::between(&[ours, 2.0], &[theirs, 2.0]).is_within(1e3), "{ours} {theirs}");
        }
        assert!(!Difference::between(&[1e-30], &[0.0]).is_within(1e3));
        assert!(Difference::between(&[0.0], &[0.0]).is_within(0.0));
        assert!(!Difference::between(&[0.0], &[]).is_within(1.0));
    }

    #[test]
    fn gradients_are_measured_by_their_layer() {
        let of = |absolute, largest| Difference { absolute, largest };
        let mut gradients =
            [("a.weight", of(1e-7, 1.0)), ("a.bias", of(1e-9, 1e-9)), ("b.weight", of(1e-3, 1e-2))]
                .map(|(name, difference)| (name.to_owned(), difference));
        by_layer(&mut gradients);
        assert_eq!(gradients.map(|(_, difference)| difference.largest), [1.0, 1.0, 1e-2]);
    }
}
