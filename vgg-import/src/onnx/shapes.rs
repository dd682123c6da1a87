//! The arithmetic that leads to the target of a reshape, and weights that are moved before they are used.

use super::constant::Constant;
use super::proto::Node;
use super::walk::Walk;
use crate::error::Problem;
use crate::tensor::Tensor;

/// Stands for the number of images, as in the target of a reshape.
const IMAGES: i64 = -1;

impl<'f> Walk<'f, '_> {
    /// `Shape` of data: the number of images stays open.
    pub(super) fn shape_of(&mut self, node: &Node<'f>) -> Result<(), Problem> {
        let sizes = node.input(0).and_then(|name| self.sizes(name)).unwrap_or_default().to_vec();
        let rank = i64::try_from(sizes.len()).unwrap_or(0);
        let clamp = |value: i64| if value < 0 { value.saturating_add(rank) } else { value }.clamp(0, rank);
        let range = clamp(node.integer("start", 0))..clamp(node.integer("end", rank));
        let sizes = sizes.into_iter().skip(range.start as usize);
        let sizes = sizes.take(range.end.saturating_sub(range.start).max(0) as usize).collect();
        self.know(node, Constant::Integers(sizes))
    }

    fn know(&mut self, node: &Node<'f>, constant: Constant<'f>) -> Result<(), Problem> {
        let Some(&output) = node.outputs.first() else { return Err(node.refuse("it has no output")) };
        match self.constants.insert(output, constant) {
            None => Ok(()),
            Some(_) => Err(node.refuse(format_args!("its output `{output}` exists already"))),
        }
    }

    /// A node that does not depend on data.
    pub(super) fn constant(&mut self, node: &Node<'f>) -> Result<(), Problem> {
        if node.kind == "Constant" {
            return self.stored(node);
        }
        let known = node.input(0).and_then(|name| self.constants.get(name));
        let is_integer = known.is_some_and(Constant::is_integer);
        if let Some(alias) = known.filter(|_| node.kind == "Identity").and_then(Constant::alias) {
            return self.know(node, alias);
        }
        let result = match node.kind {
            "Identity" | "Cast" | "Transpose" | "Reshape" | "Squeeze" | "Unsqueeze" if !is_integer => {
                let name = node.input(0).unwrap_or_default();
                let weights = self.weights(node, name)?;
                Constant::Weights(self.moved(node, weights)?)
            }
            // A list of integers is a list of integers, whatever its shape.
            "Identity" | "Cast" | "Squeeze" | "Unsqueeze" | "Reshape" => {
                Constant::Integers(self.integers(node, 0)?.unwrap_or_default())
            }
            "Concat" => Constant::Integers(self.concatenated(node)?),
            "Gather" => Constant::Integers(self.gathered(node)?),
            "Slice" => Constant::Integers(self.sliced(node)?),
            "Mul" | "Add" | "Sub" if is_integer => Constant::Integers(self.computed(node)?),
            "ReduceProd" => {
                let factors = self.integers(node, 0)?.unwrap_or_default();
                Constant::Integers(vec![self.product(node, &factors)?])
            }
            _ => return Err(node.refuse("it computes weights in a way that is not known")),
        };
        self.know(node, result)
    }

    fn stored(&mut self, node: &Node<'f>) -> Result<(), Problem> {
        let constant = match (node.tensor("value"), node.integers("value_ints")) {
            (Some(tensor), _) => Constant::Stored(tensor.clone()),
            (None, Some(integers)) if !integers.is_empty() => Constant::Integers(integers.to_vec()),
            (None, _) if node.attributes.iter().any(|attribute| attribute.name == "value_float") => {
                Constant::Weights(Tensor::vector(vec![node.float("value_float", 0.0) as f32]))
            }
            (None, _) => Constant::Integers(vec![node.integer("value_int", 0)]),
        };
        self.know(node, constant)
    }

    /// Weights behind a node that only moves them.
    fn moved(&mut self, node: &Node<'f>, weights: Tensor) -> Result<Tensor, Problem> {
        let rank = weights.shape().len();
        let moved = match node.kind {
            "Transpose" => {
                let order = node.integers("perm").filter(|order| !order.is_empty());
                let order: Option<Vec<usize>> = match order {
                    Some(order) => order.iter().map(|&axis| usize::try_from(axis).ok()).collect(),
                    None => Some((0..rank).rev().collect()),
                };
                order.and_then(|order| weights.permuted(&order))
            }
            "Reshape" => {
                let target = self.integers(node, 1)?.unwrap_or_default();
                filled(&target, weights.shape()).and_then(|shape| weights.reshaped(shape))
            }
            "Squeeze" => {
                let shape = squeezed(weights.shape(), self.axes_of(node)?.as_deref());
                shape.and_then(|shape| weights.reshaped(shape))
            }
            "Unsqueeze" => {
                let shape = unsqueezed(weights.shape(), &self.axes_of(node)?.unwrap_or_default());
                shape.and_then(|shape| weights.reshaped(shape))
            }
            _ => Some(weights),
        };
        moved.ok_or_else(|| node.refuse("it does not fit the weights it moves"))
    }

    /// The axes that a node adds or removes: an input, or before operator set 13 an attribute.
    fn axes_of(&mut self, node: &Node<'f>) -> Result<Option<Vec<i64>>, Problem> {
        match self.integers(node, 1)? {
            Some(axes) => Ok(Some(axes)),
            None => Ok(node.integers("axes").map(<[i64]>::to_vec)),
        }
    }

    fn concatenated(&mut self, node: &Node<'f>) -> Result<Vec<i64>, Problem> {
        let mut list = Vec::new();
        for index in 0..node.inputs.len() {
            list.extend(self.integers(node, index)?.unwrap_or_default());
            if list.len() > 64 {
                return Err(node.refuse("it makes a shape of more than 64 axes"));
            }
        }
        Ok(list)
    }

    fn gathered(&mut self, node: &Node<'f>) -> Result<Vec<i64>, Problem> {
        let list = self.integers(node, 0)?.unwrap_or_default();
        let places = self.integers(node, 1)?.unwrap_or_default();
        let found = places.iter().map(|&place| at(&list, place));
        found.collect::<Option<Vec<i64>>>().ok_or_else(|| node.refuse("it takes from outside of a shape"))
    }

    fn sliced(&mut self, node: &Node<'f>) -> Result<Vec<i64>, Problem> {
        let list = self.integers(node, 0)?.unwrap_or_default();
        let mut bounds = [0, 0];
        for (bound, (index, name)) in bounds.iter_mut().zip([(1, "starts"), (2, "ends")]) {
            let given = match self.integers(node, index)? {
                Some(given) => given,
                None => node.integers(name).unwrap_or_default().to_vec(),
            };
            let &[value] = given.as_slice() else { return Err(node.refuse("it slices several axes")) };
            let length = list.len() as i64;
            let from_front = if value < 0 { value.saturating_add(length) } else { value };
            *bound = from_front.clamp(0, length) as usize;
        }
        match self.integers(node, 4)? {
            Some(steps) if steps != [1] => Err(node.refuse("it slices in steps")),
            _ => Ok(list.get(bounds[0]..bounds[1].max(bounds[0])).unwrap_or_default().to_vec()),
        }
    }

    fn computed(&mut self, node: &Node<'f>) -> Result<Vec<i64>, Problem> {
        let [left, right] = [self.integers(node, 0)?, self.integers(node, 1)?].map(Option::unwrap_or_default);
        let length = left.len().max(right.len());
        let (false, false) = (left.contains(&IMAGES), right.contains(&IMAGES)) else {
            return Err(node.refuse("it computes with the number of images"));
        };
        let pick = |list: &[i64], index: usize| match list {
            [single] => Some(*single),
            list => list.get(index).copied(),
        };
        let results = (0..length).map(|index| {
            let (left, right) = (pick(&left, index)?, pick(&right, index)?);
            match node.kind {
                "Mul" => left.checked_mul(right),
                "Add" => left.checked_add(right),
                _ => left.checked_sub(right),
            }
        });
        results.collect::<Option<Vec<i64>>>().ok_or_else(|| node.refuse("its shapes do not fit together"))
    }

    fn product(&self, node: &Node<'f>, factors: &[i64]) -> Result<i64, Problem> {
        match factors.contains(&IMAGES) {
            true => Err(node.refuse("it computes with the number of images")),
            false => factors
                .iter()
                .try_fold(1_i64, |product, &factor| product.checked_mul(factor))
                .ok_or_else(|| node.refuse("its product is too large")),
        }
    }
}

/// An element of a list; negative places count from the end.
fn at(list: &[i64], place: i64) -> Option<i64> {
    let place = if place < 0 { place.checked_add(list.len() as i64)? } else { place };
    list.get(usize::try_from(place).ok()?).copied()
}

/// A shape without some axes of one value; without all of these unless they are named.
fn squeezed(shape: &[usize], axes: Option<&[i64]>) -> Option<Vec<usize>> {
    let removed = match axes {
        Some(axes) => axes.iter().map(|&axis| place(axis, shape.len())).collect::<Option<Vec<usize>>>()?,
        None => (0..shape.len()).filter(|&axis| shape[axis] == 1).collect(),
    };
    let kept = shape.iter().enumerate().filter(|(axis, _)| !removed.contains(axis));
    removed.iter().all(|&axis| shape[axis] == 1).then(|| kept.map(|(_, &size)| size).collect())
}

/// A shape with axes of one value at these places of the new shape.
fn unsqueezed(shape: &[usize], axes: &[i64]) -> Option<Vec<usize>> {
    let rank = shape.len().checked_add(axes.len()).filter(|&rank| rank <= MOST_AXES)?;
    let mut added = axes.iter().map(|&axis| place(axis, rank)).collect::<Option<Vec<usize>>>()?;
    added.sort_unstable();
    added.dedup();
    let mut sizes = shape.iter().copied();
    let new = (0..rank).map(|axis| if added.contains(&axis) { Some(1) } else { sizes.next() });
    new.collect::<Option<Vec<usize>>>().filter(|_| sizes.next().is_none())
}

/// More axes than any weights have.
const MOST_AXES: usize = 8;

/// An axis from the front.
fn place(axis: i64, rank: usize) -> Option<usize> {
    let axis = if axis < 0 { axis.checked_add(i64::try_from(rank).ok()?)? } else { axis };
    usize::try_from(axis).ok().filter(|&axis| axis < rank)
}

/// The target of a reshape with its open size filled in.
fn filled(target: &[i64], shape: &[usize]) -> Option<Vec<usize>> {
    let total = crate::tensor::elements(shape)?;
    let mut filled = Vec::with_capacity(target.len());
    let mut open = None;
    for (index, &size) in target.iter().enumerate() {
        filled.push(match size {
            -1 if open.is_none() => {
                open = Some(index);
                1
            }
            0 => *shape.get(index)?,
            size => usize::try_from(size).ok()?,
        });
    }
    if let Some(open) = open {
        filled[open] = total.checked_div(crate::tensor::elements(&filled)?)?;
    }
    Some(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_of_one_come_and_go() {
        assert_eq!(squeezed(&[4, 1, 1, 3], Some(&[1])), Some(vec![4, 1, 3]));
        assert_eq!(squeezed(&[4, 1, 1, 3], Some(&[-2, 1])), Some(vec![4, 3]));
        assert_eq!(squeezed(&[4, 1, 1, 3], None), Some(vec![4, 3]));
        assert_eq!(squeezed(&[4, 1], Some(&[0])), None);
        assert_eq!(squeezed(&[4, 1], Some(&[2])), None);
        assert_eq!(unsqueezed(&[4], &[1, 2]), Some(vec![4, 1, 1]));
        assert_eq!(unsqueezed(&[4, 3], &[-1, 0]), Some(vec![1, 4, 3, 1]));
        assert_eq!(unsqueezed(&[4], &[0, 0]), None);
        assert_eq!(unsqueezed(&[4], &[5]), None);
        assert_eq!(unsqueezed(&[4], &[i64::MIN]), None);
        assert_eq!(unsqueezed(&[4], &[0; 1000]), None);
    }
}
