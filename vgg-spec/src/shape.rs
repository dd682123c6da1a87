//! The arithmetic of windows: how many fit, how much padding they need, how much of the image they see.
//!
//! Rows and columns do not mix, so everything here is about one direction at a time.

/// One direction of a convolution's or pool's window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Axis {
    /// Cells that the window covers, at least 1.
    pub kernel: usize,
    /// Cells between the starts of two windows, at least 1.
    pub stride: usize,
    /// Cells added around the input.
    pub padding: AxisPadding,
}

/// How one direction is padded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AxisPadding {
    /// As much as gives `ceil(input / stride)` outputs.
    Same,
    /// So much on each side.
    Each(usize),
    /// So much on each side, and behind the last cell as much more as a window needs that starts in front of
    /// it: the number of windows is rounded up.
    Ceil(usize),
}

/// How the windows of an [`Axis`] lie on an input of a certain extent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    /// Number of windows.
    pub output: usize,
    /// Padding in front of the first cell.
    pub before: usize,
    /// Padding behind the last cell.
    pub after: usize,
}

impl Axis {
    /// Lays the windows over `input` cells. `None` if not even one fits, or the padded extent is more
    /// than a `usize` holds.
    ///
    /// Without `same` that is `floor((input + 2 * padding - kernel) / stride) + 1` windows, and a rest
    /// that no window covers is dropped, as PyTorch and Keras do. With `same` the total padding is
    /// `max((output - 1) * stride + kernel - input, 0)`; of an odd total the larger half lies behind,
    /// as in TensorFlow.
    ///
    /// ```
    /// use vgg_spec::shape::{Axis, AxisPadding, Placement};
    /// let pool = Axis { kernel: 2, stride: 2, padding: AxisPadding::Each(0) };
    /// assert_eq!(pool.place(7), Some(Placement { output: 3, before: 0, after: 0 }));
    /// assert_eq!(pool.place(1), None);
    /// ```
    pub fn place(self, input: usize) -> Option<Placement> {
        match self.padding {
            AxisPadding::Same => {
                let output = input.div_ceil(self.stride);
                let covered = output.checked_sub(1)?.checked_mul(self.stride)?.checked_add(self.kernel)?;
                let total = covered.saturating_sub(input);
                Some(Placement { output, before: total / 2, after: total - total / 2 })
            }
            AxisPadding::Each(padding) => {
                let padded = padding.checked_mul(2)?.checked_add(input)?;
                let output = padded.checked_sub(self.kernel)? / self.stride + 1;
                Some(Placement { output, before: padding, after: padding })
            }
            AxisPadding::Ceil(padding) => {
                let floor = Axis { padding: AxisPadding::Each(padding), ..self }.place(input)?;
                let next = floor.output.checked_mul(self.stride)?;
                let end = next.checked_add(self.kernel)?;
                let padded = padding.checked_mul(2)?.checked_add(input)?;
                // A window that would see nothing but padding does not count, as in PyTorch.
                let covered = (padded - self.kernel).is_multiple_of(self.stride);
                if covered || next >= padding.checked_add(input)? {
                    return Some(floor);
                }
                let after = padding + end.saturating_sub(padded);
                Some(Placement { output: floor.output + 1, before: padding, after })
            }
        }
    }

    /// The same windows, and one more where a rest is left over that would otherwise be dropped.
    #[must_use]
    pub(crate) fn rounded_up(self) -> Axis {
        match self.padding {
            AxisPadding::Each(padding) => Axis { padding: AxisPadding::Ceil(padding), ..self },
            AxisPadding::Same | AxisPadding::Ceil(_) => self,
        }
    }

    /// The smallest input that gives at least `output` windows, which is at least 1.
    pub fn smallest_input(self, output: usize) -> usize {
        let starts = (output - 1).saturating_mul(self.stride);
        match self.padding {
            AxisPadding::Same => starts.saturating_add(1),
            AxisPadding::Each(padding) => {
                starts.saturating_add(self.kernel).saturating_sub(padding.saturating_mul(2)).max(1)
            }
            AxisPadding::Ceil(padding) => {
                let first = self.kernel.saturating_sub(padding.saturating_mul(2)).max(1);
                if output == 1 {
                    return first;
                }
                let partly = (starts - self.stride).saturating_add(self.kernel).saturating_add(1);
                let inside = starts.saturating_add(1).saturating_sub(padding);
                partly.saturating_sub(padding.saturating_mul(2)).max(inside).max(first)
            }
        }
    }
}

/// How much of the image one cell sees, in one direction.
///
/// With kernel `k` and stride `s`, a layer changes the size `r` and the distance `j` between two
/// neighbours' centres by `r += (k - 1) * j; j *= s` (Araujo, Norris & Sim, "Computing Receptive Fields
/// of Convolutional Neural Networks", Distill 2019). Neither is cut at the image's border, and both
/// stop at the largest `usize`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceptiveField {
    /// Cells of the image that one cell sees.
    pub size: usize,
    /// Cells of the image between the centres of two neighbours.
    pub jump: usize,
}

impl ReceptiveField {
    /// A pixel sees itself.
    pub const PIXEL: Self = Self { size: 1, jump: 1 };

    /// The field behind one more window.
    #[must_use]
    pub fn through(self, axis: Axis) -> Self {
        let growth = (axis.kernel - 1).saturating_mul(self.jump);
        Self { size: self.size.saturating_add(growth), jump: self.jump.saturating_mul(axis.stride) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same(kernel: usize, stride: usize) -> Axis {
        Axis { kernel, stride, padding: AxisPadding::Same }
    }

    fn each(kernel: usize, stride: usize, padding: usize) -> Axis {
        Axis { kernel, stride, padding: AxisPadding::Each(padding) }
    }

    #[test]
    fn same_padding_splits_as_tensorflow_does() {
        assert_eq!(same(3, 1).place(8), Some(Placement { output: 8, before: 1, after: 1 }));
        assert_eq!(same(2, 1).place(8), Some(Placement { output: 8, before: 0, after: 1 }));
        assert_eq!(same(3, 2).place(8), Some(Placement { output: 4, before: 0, after: 1 }));
        assert_eq!(same(3, 2).place(7), Some(Placement { output: 4, before: 1, after: 1 }));
        assert_eq!(same(1, 4).place(8), Some(Placement { output: 2, before: 0, after: 0 }));
    }

    #[test]
    fn a_window_larger_than_its_padded_input_has_no_place() {
        assert_eq!(each(5, 1, 0).place(4), None);
        assert_eq!(each(5, 1, 1).place(3).map(|placed| placed.output), Some(1));
        assert_eq!(each(3, 1, usize::MAX).place(3), None);
    }

    #[test]
    fn ceil_counts_windows_as_pytorch_does() {
        let ceil = |kernel, stride, padding, input| {
            let placed = each(kernel, stride, padding).rounded_up().place(input)?;
            Some((placed.output, placed.after))
        };
        // torch.nn.functional.max_pool2d(torch.zeros(1, 1, n, n), k, s, p, ceil_mode=True).shape
        assert_eq!(ceil(2, 2, 0, 7), Some((4, 1)));
        assert_eq!(ceil(2, 2, 0, 8), Some((4, 0)));
        assert_eq!(ceil(3, 2, 0, 55), Some((27, 0)));
        assert_eq!(ceil(3, 2, 0, 56), Some((28, 1)));
        assert_eq!(ceil(3, 2, 1, 8), Some((5, 2)));
        assert_eq!(ceil(2, 5, 0, 7), Some((2, 0)));
        assert_eq!(ceil(2, 5, 0, 5), Some((1, 0)), "the next window would start behind the end");
        assert_eq!(ceil(3, 2, 0, 2), None);
    }

    #[test]
    fn the_smallest_input_is_the_smallest() {
        for (kernel, stride, padding, output) in (1..5).flat_map(|k| {
            (1..5).flat_map(move |s| (0..k).flat_map(move |p| (1..5).map(move |o| (k, s, p, o))))
        }) {
            for axis in [each(kernel, stride, padding), each(kernel, stride, padding).rounded_up()] {
                let fits = |input| axis.place(input).is_some_and(|placed| placed.output >= output);
                let smallest = (1..100).find(|input| fits(*input));
                assert_eq!(smallest, Some(axis.smallest_input(output)), "{axis:?} {output}");
            }
        }
    }

    #[test]
    fn the_field_of_vgg16_is_212_after_its_fifth_pool() {
        let mut field = ReceptiveField::PIXEL;
        for convolutions in [2, 2, 3, 3, 3] {
            for _ in 0..convolutions {
                field = field.through(same(3, 1));
            }
            field = field.through(each(2, 2, 0));
        }
        assert_eq!(field, ReceptiveField { size: 212, jump: 32 });
    }

    proptest! {
        /// Against the definition: count the windows that end inside the padded input.
        #[test]
        fn outputs_are_the_windows_that_fit(kernel in 1..9_usize, stride in 1..5_usize, padding in 0..5_usize, input in 1..40_usize) {
            let fitting = (0..).step_by(stride).take_while(|start| start + kernel <= input + 2 * padding).count();
            let placed = each(kernel, stride, padding).place(input).map_or(0, |placed| placed.output);
            prop_assert_eq!(placed, fitting);
        }

        /// `same` is explicit padding with the two sides it reports, and covers the last cell.
        #[test]
        fn same_covers_the_input(kernel in 1..9_usize, stride in 1..5_usize, input in 1..40_usize) {
            let placed = same(kernel, stride).place(input).unwrap();
            prop_assert_eq!(placed.output, input.div_ceil(stride));
            let padded = input + placed.before + placed.after;
            prop_assert_eq!(padded.saturating_sub(kernel) / stride + 1, placed.output);
            prop_assert!(placed.after - placed.before <= 1);
        }

        #[test]
        fn the_smallest_input_is_just_enough(kernel in 1..9_usize, stride in 1..5_usize, padding in 0..5_usize, output in 1..20_usize) {
            for axis in [same(kernel, stride), each(kernel, stride, padding)] {
                let outputs = |input: usize| axis.place(input).map_or(0, |placed| placed.output);
                let smallest = axis.smallest_input(output);
                prop_assert!(outputs(smallest) >= output);
                prop_assert!(smallest == 1 || outputs(smallest - 1) < output);
            }
        }
    }
}
