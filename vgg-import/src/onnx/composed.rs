//! Activations that older operator sets have no operator for, so exporters write them as several nodes.

use super::constant::{self, Constant};
use super::proto::Node;
use super::walk::Walk;
use crate::error::Problem;
use crate::tensor::Tensor;
use std::collections::HashMap;
use std::f64::consts::FRAC_1_SQRT_2;
use vgg_spec::ir::Activation;

/// No exporter needs as many nodes.
const MOST_NODES: usize = 16;

/// What a node computes of the data `x`.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Term {
    /// `factor * x`.
    Linear(f64),
    /// `erf(x / sqrt(2))`.
    Erf,
    /// `factor * (1 + erf(x / sqrt(2)))`.
    Sum(f64),
    /// `factor * x * (1 + erf(x / sqrt(2)))`.
    Product(f64),
}

impl Term {
    fn times(self, number: f64) -> Option<Term> {
        Some(match self {
            Term::Linear(factor) => Term::Linear(factor * number),
            Term::Sum(factor) => Term::Sum(factor * number),
            Term::Product(factor) => Term::Product(factor * number),
            Term::Erf => return None,
        })
    }
}

/// Numbers come from 32 bits.
fn is_near(number: f64, expected: f64) -> bool {
    (number - expected).abs() < 1e-5
}

impl<'f> Walk<'f, '_> {
    /// An activation that begins with this node, and how many nodes it is.
    pub(super) fn composed(
        &mut self,
        node: &Node<'f>,
        rest: &[Node<'f>],
    ) -> Result<Option<(Activation, usize)>, Problem> {
        if let Some(used) = silu(node, rest) {
            return Ok(Some((Activation::Silu, used)));
        }
        let near = rest.get(..MOST_NODES.min(rest.len())).unwrap_or_default();
        let is_scaled = matches!(node.kind, "Mul" | "Div");
        match is_scaled && near.iter().any(|next| next.kind == "Erf") {
            true => self.gelu(node, near).map(|used| used.map(|used| (Activation::Gelu, used))),
            false => Ok(None),
        }
    }

    /// `x / 2 * (1 + erf(x / sqrt(2)))`, its factors in any order; `None` if the first node has no part in it.
    fn gelu(&mut self, node: &Node<'f>, near: &[Node<'f>]) -> Result<Option<usize>, Problem> {
        let mut terms = HashMap::from([(self.data(), Term::Linear(1.0))]);
        for (index, next) in near.iter().enumerate() {
            if next.kind == "Constant" {
                self.constant(next)?;
                continue;
            }
            let term = self.term(next, &terms)?;
            let (Some(term), Some(&output)) = (term, next.outputs.first()) else {
                return match index {
                    0 => Ok(None),
                    _ => Err(next.refuse("it has a part in no activation that is known")),
                };
            };
            match term {
                Term::Product(factor) if is_near(factor, 0.5) => return Ok(Some(index + 1)),
                term => terms.insert(output, term),
            };
        }
        Err(node.refuse("it begins no activation that is known"))
    }

    fn term(&mut self, node: &Node<'f>, terms: &HashMap<&'f str, Term>) -> Result<Option<Term>, Problem> {
        let known: Vec<Term> = node.inputs.iter().filter_map(|name| terms.get(name)).copied().collect();
        Ok(match (node.kind, known.as_slice()) {
            ("Erf", [Term::Linear(factor)]) if is_near(*factor, FRAC_1_SQRT_2) => Some(Term::Erf),
            ("Mul", [Term::Linear(one), Term::Sum(other)] | [Term::Sum(one), Term::Linear(other)]) => {
                Some(Term::Product(one * other))
            }
            ("Mul", [term]) => self.number(node)?.and_then(|number| term.times(number)),
            ("Div", [term]) if node.inputs.first().is_some_and(|name| terms.contains_key(name)) => {
                self.number(node)?.and_then(|number| term.times(1.0 / number))
            }
            ("Add", [Term::Erf]) => {
                self.number(node)?.filter(|number| *number == 1.0).map(|_| Term::Sum(1.0))
            }
            _ => None,
        })
    }

    /// The one number that a node computes with; `None` if it computes with several.
    pub(super) fn number(&mut self, node: &Node<'f>) -> Result<Option<f64>, Problem> {
        let known = node.inputs.iter().copied().find(|name| self.constants.contains_key(name));
        let number = |tensor: &Tensor| match tensor.values() {
            [number] => Some(f64::from(*number)),
            _ => None,
        };
        // What is no single number may be weights of a layer, which are left for it.
        match known.and_then(|name| self.constants.get(name)) {
            Some(Constant::Weights(tensor)) => Ok(number(tensor)),
            Some(Constant::Stored(stored)) if stored.dims.iter().all(|&size| size == 1) => {
                let tensor = constant::weights(stored, &mut self.beside);
                tensor.map(|tensor| number(&tensor)).map_err(|problem| node.refuse(problem))
            }
            Some(Constant::Stored(_) | Constant::Integers(_)) | None => Ok(None),
        }
    }
}

/// `x * sigmoid(x)`.
fn silu(node: &Node<'_>, rest: &[Node<'_>]) -> Option<usize> {
    let [_, next, ..] = rest else { return None };
    let (data, result) = (node.input(0)?, *node.outputs.first()?);
    let is_silu = node.kind == "Sigmoid"
        && next.kind == "Mul"
        && (next.inputs == [data, result] || next.inputs == [result, data]);
    is_silu.then_some(2)
}
