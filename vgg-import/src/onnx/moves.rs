//! Operators that only move data.

use super::axes::{Axes, Axis};
use super::proto::Node;
use super::walk::Walk;
use crate::build::Flow;
use crate::error::Problem;
use vgg_spec::ir::PoolMode;

impl<'f> Walk<'f, '_> {
    pub(super) fn transpose(&mut self, node: &Node<'f>) -> Result<(), Problem> {
        let reversed: Vec<i64> = (0..self.axes.len() as i64).rev().collect();
        let order = node.integers("perm").filter(|order| !order.is_empty()).unwrap_or(&reversed);
        self.axes = self.axes.permuted(order).ok_or_else(|| {
            node.refuse(format_args!("`perm` is {order:?}, but {} axes come in", self.axes.len()))
        })?;
        Ok(())
    }

    pub(super) fn flatten(&mut self, node: &Node<'f>) -> Result<(), Problem> {
        if node.integer("axis", 1) != 1 {
            return Err(node.refuse("it flattens images together, not each of them"));
        }
        self.collapse(node)
    }

    /// One vector an image.
    fn collapse(&mut self, node: &Node<'f>) -> Result<(), Problem> {
        if self.axes.get(0) != Some(Axis::Images) {
            return Err(node.refuse("it flattens images together, not each of them"));
        }
        if let Flow::Maps([channels, height, width]) = self.builder.flow() {
            let order = self.axes.order().or_else(|| {
                // With one channel or one pixel there is one order only.
                (channels == 1 || height * width == 1).then_some(crate::build::Order::Planes)
            });
            let order = order.ok_or_else(|| node.refuse("it flattens neither planes nor pixels"))?;
            node.as_source(|source| self.builder.flatten(source, order))?;
        }
        self.axes = Axes::vector();
        Ok(())
    }

    pub(super) fn reshape(&mut self, node: &Node<'f>) -> Result<(), Problem> {
        let target = match self.integers(node, 1)? {
            Some(target) => target,
            None => node.integers("shape").unwrap_or_default().to_vec(),
        };
        let refuse = || node.refuse(format_args!("it reshapes data to {target:?}, which no VGG does"));
        let sizes = self.axes.sizes(self.builder.flow());
        let keeps_zero = node.integer("allowzero", 0) != 0;
        let mut target_sizes = target.clone();
        for (index, size) in target_sizes.iter_mut().enumerate().skip(1) {
            if *size == 0 && !keeps_zero {
                *size = *sizes.get(index).ok_or_else(refuse)?;
            }
        }
        // All but the number of images: what is open follows from the rest.
        let product = |sizes: &[i64]| sizes.iter().try_fold(1_i64, |all, &size| all.checked_mul(size));
        let total = sizes.get(1..).and_then(product).ok_or_else(refuse)?;
        let tail = target_sizes.get_mut(1..).ok_or_else(refuse)?;
        if let Some(open) = tail.iter().position(|&size| size == -1) {
            tail[open] = 1;
            tail[open] = product(tail).and_then(|rest| total.checked_div(rest)).ok_or_else(refuse)?;
        }
        if product(tail) != Some(total) {
            return Err(refuse());
        }
        match tail {
            [_] => self.collapse(node),
            _ => {
                self.axes = self.axes.reshaped(self.builder.flow(), &target_sizes).ok_or_else(refuse)?;
                Ok(())
            }
        }
    }

    pub(super) fn squeeze(&mut self, node: &Node<'f>) -> Result<(), Problem> {
        let sizes = self.axes.sizes(self.builder.flow());
        let given = match self.integers(node, 1)? {
            Some(axes) => Some(axes),
            None => node.integers("axes").map(<[i64]>::to_vec),
        };
        let remove = match given {
            Some(axes) => axes.iter().map(|&axis| self.axes.index(axis)).collect::<Option<Vec<usize>>>(),
            None => Some((0..sizes.len()).filter(|&index| sizes[index] == 1).collect()),
        };
        let remove = remove.filter(|remove| remove.iter().all(|&index| sizes[index] == 1));
        let remove = remove.ok_or_else(|| node.refuse("it removes axes that are larger than one"))?;
        let left = self.axes.squeezed(&remove);
        let is_vector = matches!((left.len(), left.get(0)), (2, Some(Axis::Images)));
        if is_vector {
            return self.collapse(node);
        }
        Err(node.refuse("it leaves neither feature maps nor a vector"))
    }

    /// A mean or maximum over rows and columns.
    pub(super) fn reduce(&mut self, node: &Node<'f>, mode: PoolMode) -> Result<(), Problem> {
        let axes = match self.integers(node, 1)? {
            Some(axes) => axes,
            None => node.integers("axes").unwrap_or_default().to_vec(),
        };
        let mut reduced: Vec<Axis> = axes.iter().filter_map(|&axis| self.axes.get(axis)).collect();
        reduced.sort_by_key(|axis| *axis == Axis::Columns);
        if reduced != [Axis::Rows, Axis::Columns] || axes.len() != 2 {
            return Err(node.refuse(format_args!("it reduces the axes {axes:?}, not rows and columns")));
        }
        node.as_source(|source| self.builder.global(source, mode))?;
        if node.integer("keepdims", 1) == 0 {
            self.axes = Axes::vector();
        }
        Ok(())
    }

    /// Zeros around maps.
    pub(super) fn pad(&mut self, node: &Node<'f>) -> Result<(), Problem> {
        if !matches!(node.text("mode"), b"" | b"constant") {
            return Err(node.refuse("it pads with something else than zeros"));
        }
        if let Some(name) = node.input(2) {
            let value = self.weights(node, name)?;
            if value.values().iter().any(|&value| value != 0.0) {
                return Err(node.refuse("it pads with something else than zeros"));
            }
        }
        let pads = match self.integers(node, 1)? {
            Some(pads) => pads,
            None => node.integers("pads").unwrap_or_default().to_vec(),
        };
        let rank = self.axes.len();
        if pads.len() != 2 * rank {
            return Err(node.refuse(format_args!("it has {} paddings for {rank} axes", pads.len())));
        }
        let mut sides = [0; 4];
        for (index, axis) in self.axes.iter().enumerate() {
            let place = match axis {
                Axis::Rows => 0,
                Axis::Columns => 1,
                Axis::Images | Axis::Channels | Axis::Features => {
                    if pads[index] != 0 || pads[rank + index] != 0 {
                        return Err(node.refuse("it pads something else than rows and columns"));
                    }
                    continue;
                }
            };
            (sides[place], sides[place + 2]) = (pads[index], pads[rank + index]);
        }
        let padding = node.pads(&sides)?;
        node.as_source(|source| self.builder.pad(source, padding))
    }
}
