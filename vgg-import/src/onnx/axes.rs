//! How data lies in memory at one place of a graph.

use crate::build::{Flow, Order};

/// What an axis counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    Images,
    Channels,
    Rows,
    Columns,
    Features,
}

/// The axes of data, the outermost first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Axes(Vec<Axis>);

impl Axes {
    /// Plane by plane.
    pub(super) fn planes() -> Axes {
        Axes(vec![Axis::Images, Axis::Channels, Axis::Rows, Axis::Columns])
    }

    /// Pixel by pixel.
    pub(super) fn pixels() -> Axes {
        Axes(vec![Axis::Images, Axis::Rows, Axis::Columns, Axis::Channels])
    }

    /// One vector an image.
    pub(super) fn vector() -> Axes {
        Axes(vec![Axis::Images, Axis::Features])
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_planes(&self) -> bool {
        *self == Axes::planes()
    }

    /// What one axis counts; negative numbers count from the end.
    pub(super) fn get(&self, axis: i64) -> Option<Axis> {
        self.0.get(self.index(axis)?).copied()
    }

    /// An axis from the front.
    pub(super) fn index(&self, axis: i64) -> Option<usize> {
        let rank = i64::try_from(self.0.len()).ok()?;
        let index = if axis < 0 { axis.checked_add(rank)? } else { axis };
        usize::try_from(index).ok().filter(|&index| index < self.0.len())
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = Axis> + ExactSizeIterator {
        self.0.iter().copied()
    }

    /// The size along each axis; -1 for the number of images.
    pub(super) fn sizes(&self, flow: Flow) -> Vec<i64> {
        let sizes = self.0.iter().map(|axis| match axis {
            Axis::Images => -1,
            axis => i64::try_from(size(*axis, flow)).unwrap_or(i64::MAX),
        });
        sizes.collect()
    }

    /// The order in which a flatten lists the values.
    pub(super) fn order(&self) -> Option<Order> {
        match self.0.as_slice() {
            [Axis::Images, Axis::Channels, Axis::Rows, Axis::Columns] => Some(Order::Planes),
            [Axis::Images, Axis::Rows, Axis::Columns, Axis::Channels] => Some(Order::Pixels),
            _ => None,
        }
    }

    /// The axes in another order.
    pub(super) fn permuted(&self, order: &[i64]) -> Option<Axes> {
        let axes = order.iter().map(|&axis| self.get(axis)).collect::<Option<Vec<Axis>>>()?;
        let distinct = axes.iter().enumerate().all(|(index, axis)| !axes[..index].contains(axis));
        (distinct && axes.len() == self.0.len()).then_some(Axes(axes))
    }

    /// Without axes of size 1.
    pub(super) fn squeezed(&self, remove: &[usize]) -> Axes {
        let kept = self.0.iter().enumerate().filter(|(index, _)| !remove.contains(index));
        Axes(kept.map(|(_, &axis)| axis).collect())
    }

    /// What the axes of a shape with the same values in the same order count: only axes of size 1 may come,
    /// go or move.
    pub(super) fn reshaped(&self, flow: Flow, target: &[i64]) -> Option<Axes> {
        let own = self.0.iter().copied().filter(|&axis| axis != Axis::Images);
        let (mut large, mut small): (Vec<Axis>, Vec<Axis>) = own.partition(|&axis| size(axis, flow) != 1);
        for axis in [Axis::Channels, Axis::Rows, Axis::Columns] {
            if !large.contains(&axis) && !small.contains(&axis) && !large.contains(&Axis::Features) {
                small.push(axis);
            }
        }
        large.reverse();
        small.reverse();
        let mut axes = vec![Axis::Images];
        for &extent in target.get(1..)? {
            axes.push(match extent {
                1 => small.pop()?,
                _ => large.pop().filter(|&axis| i64::try_from(size(axis, flow)) == Ok(extent))?,
            });
        }
        large.is_empty().then_some(Axes(axes))
    }
}

fn size(axis: Axis, flow: Flow) -> usize {
    match (axis, flow) {
        (Axis::Images, _) | (Axis::Rows | Axis::Columns, Flow::Vector(_)) => 1,
        (Axis::Channels, Flow::Maps([size, ..]))
        | (Axis::Rows, Flow::Maps([_, size, _]))
        | (Axis::Columns, Flow::Maps([.., size]))
        | (Axis::Channels | Axis::Features, Flow::Vector(size)) => size,
        (Axis::Features, Flow::Maps([channels, height, width])) => {
            channels.saturating_mul(height).saturating_mul(width)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_axes_of_one_may_move() {
        let gray = Flow::Maps([1, 28, 30]);
        assert_eq!(Axes::pixels().reshaped(gray, &[-1, 1, 28, 30]), Some(Axes::planes()));
        assert_eq!(Axes::pixels().reshaped(gray, &[-1, 1, 30, 28]), None);
        let maps = Flow::Maps([3, 4, 5]);
        assert_eq!(Axes::planes().reshaped(maps, &[-1, 3, 4, 5]), Some(Axes::planes()));
        assert_eq!(Axes::planes().reshaped(maps, &[-1, 4, 5, 3]), None);
        let pooled = Flow::Vector(8);
        assert_eq!(Axes::planes().reshaped(pooled, &[-1, 1, 1, 8]).unwrap().get(3), Some(Axis::Channels));
    }
}
