//! Cuts an array into blocks that can be written at the same time.

use ndarray::{ArrayViewMut3, Axis};

/// A block of an array `[outer, middle, inner]`: some of the outermost and some of the innermost indices,
/// and all of those between.
pub(super) struct Block<'a> {
    /// The first outer index.
    pub(super) outer: usize,
    /// The first inner index.
    pub(super) inner: usize,
    /// The block.
    pub(super) view: ArrayViewMut3<'a, f32>,
}

/// The blocks of an array, those of the first outer indices first.
pub(super) struct Blocks<'a> {
    outer_step: usize,
    inner_step: usize,
    current: Option<Block<'a>>,
    rest: Option<Block<'a>>,
}

impl<'a> Blocks<'a> {
    /// Cuts `array` into blocks of at most `outer_step` outer and `inner_step` inner indices.
    pub(super) fn new(array: ArrayViewMut3<'a, f32>, outer_step: usize, inner_step: usize) -> Blocks<'a> {
        let whole = Block { outer: 0, inner: 0, view: array };
        Blocks { outer_step, inner_step, current: None, rest: Some(whole) }
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Block<'a>;

    fn next(&mut self) -> Option<Block<'a>> {
        if self.current.is_none() {
            let (head, tail) = self.rest.take()?.split(Axis(0), self.outer_step);
            (self.current, self.rest) = (Some(head), tail);
        }
        let (head, tail) = self.current.take()?.split(Axis(2), self.inner_step);
        self.current = tail;
        Some(head)
    }
}

impl<'a> Block<'a> {
    /// The first `step` indices along an axis, and the rest if there is any.
    fn split(self, axis: Axis, step: usize) -> (Block<'a>, Option<Block<'a>>) {
        let Block { outer, inner, view } = self;
        if view.len_of(axis) <= step {
            return (Block { outer, inner, view }, None);
        }
        let (head, tail) = view.split_at(axis, step);
        let (outer_step, inner_step) = if axis == Axis(0) { (step, 0) } else { (0, step) };
        let rest = Block { outer: outer + outer_step, inner: inner + inner_step, view: tail };
        (Block { outer, inner, view: head }, Some(rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array3;

    #[test]
    fn every_value_is_in_one_block() {
        let mut array = Array3::<f32>::zeros((5, 2, 7));
        let mut corners = Vec::new();
        for mut block in Blocks::new(array.view_mut(), 2, 3) {
            corners.push((block.outer, block.inner, block.view.dim()));
            block.view += 1.0;
        }
        assert!(array.iter().all(|&value| value == 1.0));
        assert_eq!(corners[..3], [(0, 0, (2, 2, 3)), (0, 3, (2, 2, 3)), (0, 6, (2, 2, 1))]);
        assert_eq!(corners[8], (4, 6, (1, 2, 1)));
    }
}
