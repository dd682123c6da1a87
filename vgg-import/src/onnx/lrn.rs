//! Local response normalisation as PyTorch's exporters write it: not as the operator, but as the dozen of nodes
//! that its definition has there.

use super::proto::Node;
use super::walk::Walk;
use crate::error::Problem;
use vgg_spec::ir::Lrn;

/// No exporter needs as many nodes.
const MOST_NODES: usize = 100;

/// What comes next on the way from the squares to the power of their sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The squares, which get an axis more, and zeros before the first and behind the last channel.
    Squares,
    Padded,
    /// Their means, which lose the axis, and get a factor.
    Means,
    /// Something is added.
    Scaled,
    /// That gets a power.
    Sums,
    /// That divides the data.
    Powers,
}

impl<'f> Walk<'f, '_> {
    /// Takes over `x / (k + alpha * mean of squares)^beta` if these nodes begin with the squares of the data; gives
    /// how many nodes it is.
    pub(super) fn composed_lrn(
        &mut self,
        node: &Node<'f>,
        rest: &[Node<'f>],
    ) -> Result<Option<usize>, Problem> {
        let (data, Some(&squares)) = (self.data(), node.outputs.first()) else { return Ok(None) };
        if node.kind != "Mul" || node.inputs != [data, data] || !self.axes.is_planes() {
            return Ok(None);
        }
        let refuse = |next: &Node<'f>| {
            next.refuse("it is computed with squares of data, but no local response norm that is known")
        };
        let (mut value, mut stage) = (squares, Stage::Squares);
        let (mut size, mut pads) = (0, None);
        let [mut alpha, mut beta, mut k] = [0.0; 3];
        for (index, next) in rest.iter().enumerate().take(MOST_NODES).skip(1) {
            if next.kind == "Constant" {
                self.constant(next)?;
                pads = pads.or_else(|| self.channel_pads(next.outputs.first()?));
                continue;
            }
            let follows = next.inputs.contains(&value) && next.kind != "Shape";
            stage = match (stage, next.kind) {
                (Stage::Powers, "Div") if next.inputs == [data, value] => {
                    let lrn = Lrn { size, alpha, beta, k };
                    return next.as_source(|source| self.builder.lrn(source, lrn)).map(|()| Some(index + 1));
                }
                // It removes an axis if that has one element, which it has.
                (Stage::Means, "If") => stage,
                // The arithmetic of shapes.
                _ if !follows => continue,
                (Stage::Squares | Stage::Means, "Reshape" | "Unsqueeze" | "Squeeze") => stage,
                (Stage::Squares, "Pad") => {
                    pads = next.input(1).and_then(|name| self.channel_pads(name)).or(pads);
                    Stage::Padded
                }
                (Stage::Padded, "AveragePool") => {
                    size = self.channels_of_pool(next, pads).ok_or_else(|| refuse(next))?;
                    Stage::Means
                }
                (Stage::Means, "Mul") => {
                    alpha = self.scalar(next)?;
                    Stage::Scaled
                }
                (Stage::Scaled, "Add") => {
                    k = self.scalar(next)?;
                    Stage::Sums
                }
                (Stage::Sums, "Pow") => {
                    beta = self.scalar(next)?;
                    Stage::Powers
                }
                _ => return Err(refuse(next)),
            };
            value = next.outputs.first().copied().ok_or_else(|| refuse(next))?;
        }
        Err(refuse(node))
    }

    /// How many channels are put before the first and behind the last, if this is a list of paddings that says it:
    /// of five axes in the order of ONNX, or of the last three in that of PyTorch.
    fn channel_pads(&mut self, name: &str) -> Option<i64> {
        let list = self.constants.get(name).filter(|constant| constant.is_integer())?;
        match *list.integers(&mut self.beside).ok()?.as_slice() {
            [0, 0, before, 0, 0, 0, 0, behind, 0, 0] | [0, 0, 0, 0, before, behind] if before == behind => {
                Some(before)
            }
            _ => None,
        }
    }

    /// Over how many channels a pool takes the mean.
    fn channels_of_pool(&self, pool: &Node<'f>, pads: Option<i64>) -> Option<usize> {
        let &[size, 1, 1] = pool.integers("kernel_shape")? else { return None };
        let is_plain = |name: &str, usual: i64| {
            pool.integers(name).is_none_or(|values| values.iter().all(|&value| value == usual))
        };
        let fits = pads?.checked_mul(2)?.checked_add(1)? == size;
        (fits && is_plain("strides", 1) && is_plain("pads", 0)).then(|| usize::try_from(size).ok())?
    }

    /// The one number that a node computes with.
    fn scalar(&mut self, node: &Node<'f>) -> Result<f64, Problem> {
        self.number(node)?.ok_or_else(|| node.refuse("it computes with something else than one number"))
    }
}
