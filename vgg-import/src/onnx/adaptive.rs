//! Adaptive average pools whose windows differ in size: ONNX has no operator for them, so they are written as a
//! product with a matrix of shares along the columns, and one along the rows.

use super::proto::Node;
use super::walk::Walk;
use crate::build::Flow;
use crate::error::Problem;
use crate::tensor::Tensor;

/// Shares come from 32 bits.
const NEAR: f32 = 1e-6;

impl<'f> Walk<'f, '_> {
    /// Takes over a pool that begins with this node; gives how many nodes it is. A product of maps with a matrix can
    /// be nothing else.
    pub(super) fn adaptive(&mut self, node: &Node<'f>, rest: &[Node<'f>]) -> Result<Option<usize>, Problem> {
        let Flow::Maps([_, height, width]) = self.builder.flow() else { return Ok(None) };
        if node.kind != "MatMul" || !self.axes.is_planes() {
            return Ok(None);
        }
        let refuse = |node: &Node<'f>| {
            node.refuse(
                "it multiplies maps by a matrix, but that is not one half of an adaptive average pool",
            )
        };
        let ([_, next, ..], Some(&narrowed)) = (rest, node.outputs.first()) else { return Err(refuse(node)) };
        if node.inputs.first() != Some(&self.data()) || next.kind != "MatMul" {
            return Err(refuse(node));
        }
        if next.inputs.get(1) != Some(&narrowed) {
            return Err(refuse(next));
        }
        let columns = self.shares(node, 1)?.permuted(&[1, 0]).and_then(|columns| pooled(&columns, width));
        let rows = pooled(&self.shares(next, 0)?, height);
        let size = [rows.ok_or_else(|| refuse(next))?, columns.ok_or_else(|| refuse(node))?];
        next.as_source(|source| self.builder.adaptive(source, size))?;
        Ok(Some(2))
    }

    fn shares(&mut self, node: &Node<'f>, index: usize) -> Result<Tensor, Problem> {
        let name = node.input(index).unwrap_or_default();
        self.weights(node, name)
    }
}

/// How many means of neighbours a matrix `[mean, value]` takes of so many values, in the windows that PyTorch has;
/// `None` if it does something else.
fn pooled(shares: &Tensor, extent: usize) -> Option<usize> {
    let &[count, from] = shares.shape() else { return None };
    if from != extent || count == 0 || count > MOST_MEANS {
        return None;
    }
    let mut rows = shares.values().chunks_exact(extent.max(1)).enumerate();
    let is_pool = rows.all(|(index, row)| {
        let window = index * extent / count..((index + 1) * extent).div_ceil(count);
        let share = 1.0 / window.len() as f32;
        let expected = (0..extent).map(|place| if window.contains(&place) { share } else { 0.0 });
        row.iter().zip(expected).all(|(found, expected)| (found - expected).abs() <= NEAR)
    });
    is_pool.then_some(count)
}

/// More means than any pool takes along one side.
const MOST_MEANS: usize = 65_536;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_means_of_neighbours_are_a_pool() {
        let third = 1.0 / 3.0;
        let values = vec![third, third, third, 0.0, 0.0, 0.0, 0.0, third, third, third];
        let shares = |values: &[f32]| Tensor::new(vec![2, 5], values.to_vec()).unwrap();
        assert_eq!(pooled(&shares(&values), 5), Some(2));
        assert_eq!(pooled(&shares(&values), 4), None);
        let mut other = values.clone();
        other[3] = 0.1;
        assert_eq!(pooled(&shares(&other), 5), None);
        other[3] = f32::NAN;
        assert_eq!(pooled(&shares(&other), 5), None);
        assert_eq!(pooled(&Tensor::new(vec![0, 5], vec![]).unwrap(), 5), None);
    }
}
