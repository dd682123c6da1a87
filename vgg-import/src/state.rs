//! Tensors by name, without a description of the layers: a state dict.
//!
//! Names differ from engine to engine and from author to author, but all have one prefix a layer, and
//! number the layers or list them in their order. So tensors are grouped by prefix, each group is a
//! convolution, a batch norm or a dense layer by its shapes, and the groups of a kind are dealt out to the
//! layers of a spec in their order. Everything must be used, and every shape must fit.

mod group;
mod order;

pub(crate) use group::is_counter;
pub(crate) use order::by_number;

use crate::build::planes_first;
use crate::error::Problem;
use crate::params::{Kind, Params, Weights, with_weights};
use crate::tensor::Tensor;
use group::Group;
use std::collections::BTreeSet;
use vgg_spec::ir::{self, Model, Shape};

/// The weights of layers by their names in a file.
#[derive(Debug, Clone)]
pub struct State {
    /// Where they come from, as a comment says it.
    pub origin: String,
    groups: Vec<Group>,
}

impl State {
    /// Groups tensors, in the order of the file.
    pub(crate) fn new(origin: String, tensors: Vec<(String, Tensor)>) -> Result<State, Problem> {
        let groups = group::groups(tensors)?;
        match groups.is_empty() {
            true => Err(Problem::unsupported("the file holds no weights")),
            false => Ok(State { origin, groups }),
        }
    }

    /// The number of units of the last dense layer: how many classes there are, most likely.
    pub fn classes(&self) -> Option<usize> {
        let dense = self.ordered(true).into_iter().rfind(|group| group.params.kind() == Kind::Dense)?;
        match &dense.params {
            Params::Dense { weight, .. } => weight.shape().first().copied(),
            Params::Conv { .. } | Params::Norm { .. } => None,
        }
    }

    /// A short description: `13 convolutions, 3 dense layers`.
    pub fn summary(&self) -> String {
        let counted = Kind::ALL.into_iter().filter_map(|kind| {
            let count = self.groups.iter().filter(|group| group.params.kind() == kind).count();
            (count > 0).then(|| format!("{count} {}", kind.plural()))
        });
        counted.collect::<Vec<_>>().join(", ")
    }

    /// Checks whether these are the weights of a model.
    ///
    /// # Errors
    /// If a layer of the model has no weights here, or others; if some would be left over.
    pub fn check(&self, model: &Model) -> Result<(), Problem> {
        self.assign(model).map(drop)
    }

    /// The weights under the names of a model.
    ///
    /// # Errors
    /// As [`check`](State::check).
    pub fn fit(self, model: &Model) -> Result<Weights, Problem> {
        let assigned: Vec<usize> =
            self.assign(model)?.iter().filter_map(|group| self.position(&group.prefix)).collect();
        let mut groups: Vec<Option<Group>> = self.groups.into_iter().map(Some).collect();
        let mut weights = Weights::new();
        for (layer, index) in with_weights(model).zip(assigned) {
            let Some(group) = groups.get_mut(index).and_then(Option::take) else { continue };
            weights.extend(in_planes(group, layer, model)?.named(layer));
        }
        Ok(weights)
    }

    fn position(&self, prefix: &str) -> Option<usize> {
        self.groups.iter().position(|group| group.prefix == prefix)
    }

    /// For each layer of a model that has weights, those that it gets.
    fn assign(&self, model: &Model) -> Result<Vec<&Group>, Problem> {
        if let Some(found) = self.by_name(model) {
            return checked(found, model);
        }
        let in_file_order = self.dealt(model, false);
        match in_file_order {
            Ok(found) => Ok(found),
            Err(problem) => self.dealt(model, true).map_err(|_| problem),
        }
    }

    /// If the names are those of the model.
    fn by_name(&self, model: &Model) -> Option<Vec<&Group>> {
        let names: BTreeSet<&str> = self.groups.iter().map(|group| group.prefix.as_str()).collect();
        let layers: BTreeSet<&str> = with_weights(model).map(|layer| layer.name.as_str()).collect();
        (names == layers).then(|| {
            let found = with_weights(model).filter_map(|layer| self.position(&layer.name));
            found.map(|index| &self.groups[index]).collect()
        })
    }

    /// By kind and order.
    fn dealt(&self, model: &Model, by_number: bool) -> Result<Vec<&Group>, Problem> {
        let ordered = self.ordered(by_number);
        let of_kind =
            |kind| ordered.iter().copied().filter(move |group: &&Group| group.params.kind() == kind);
        for kind in Kind::ALL {
            let needed = with_weights(model).filter(|layer| Kind::of(layer) == Some(kind)).count();
            let found = of_kind(kind).count();
            if found != needed {
                return Err(Problem::unsupported(format_args!(
                    "the file has {found} {}, but `{}` has {needed}",
                    kind.plural(),
                    model.name()
                )));
            }
        }
        let mut queues = Kind::ALL.map(of_kind);
        let found = with_weights(model).filter_map(|layer| queues[Kind::of(layer)? as usize].next());
        checked(found.collect(), model)
    }

    fn ordered(&self, by_number: bool) -> Vec<&Group> {
        let mut ordered: Vec<&Group> = self.groups.iter().collect();
        if by_number {
            order::by_place(&mut ordered);
        }
        ordered
    }
}

fn checked<'s>(found: Vec<&'s Group>, model: &Model) -> Result<Vec<&'s Group>, Problem> {
    for (layer, group) in with_weights(model).zip(&found) {
        group.params.check(layer).map_err(|problem| match problem {
            Problem::Layer { layer, reason } => {
                Problem::layer(format_args!("{layer}, from `{}`", group.prefix), reason)
            }
            other => other,
        })?;
    }
    Ok(found)
}

/// Weights behind a flatten that lists pixels, in the order of planes.
fn in_planes(group: Group, layer: &ir::Layer, model: &Model) -> Result<Params, Problem> {
    let Some(maps) = flattened(layer, model).filter(|_| group.is_keras) else { return Ok(group.params) };
    match group.params {
        Params::Dense { weight, bias } => {
            let weight = planes_first(&weight, maps).ok_or_else(|| {
                Problem::layer(&layer.name, "its matrix does not fit the flatten before it")
            })?;
            Ok(Params::Dense { weight, bias })
        }
        Params::Norm { .. } => Err(Problem::layer(
            format_args!("layer `{}`", layer.name),
            "a norm between a flatten and a dense layer is not taken over from Keras",
        )),
        other @ Params::Conv { .. } => Ok(other),
    }
}

/// The maps that were flattened into the input of a layer; `None` if other weights come between.
fn flattened(layer: &ir::Layer, model: &Model) -> Option<[usize; 3]> {
    let before = model.layers().iter().take_while(|other| other.name != layer.name);
    let last =
        before.filter(|layer| matches!(layer.op, ir::Op::Flatten) || Kind::of(layer).is_some()).last()?;
    match (last.op, last.input) {
        (ir::Op::Flatten, Shape::Maps(maps)) => Some([maps.channels, maps.height, maps.width]),
        _ => None,
    }
}
