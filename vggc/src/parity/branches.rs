//! Where two engines take different branches in a training step, though they compute the same but for rounding.
//!
//! A rectifier passes a gradient on where its input is above zero, a max-pool to where its largest value is. If that is
//! a matter of the last digits, one engine sends a gradient where the other sends none, and from there on gradients
//! depart by much more than rounding, without any mistake.

use std::collections::BTreeMap;
use vgg_spec::ir::{Activation, Layer, MapShape, Model, Op, Pool, PoolMode, Shape};

/// The decisions of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Branch {
    pub(crate) layer: String,
    /// How many there are.
    pub(crate) all: usize,
    /// How many the other engine took otherwise.
    pub(crate) other: usize,
}

/// Looks at one layer after the other, in their order.
pub(super) struct Branches<'a> {
    model: &'a Model,
    theirs: &'a BTreeMap<String, Vec<f32>>,
    /// What came out of the layer before.
    before: Vec<f32>,
    found: Vec<Branch>,
}

impl<'a> Branches<'a> {
    /// Compares with what the layers of another engine computed.
    pub(super) fn new(model: &'a Model, theirs: &'a BTreeMap<String, Vec<f32>>) -> Branches<'a> {
        Branches { model, theirs, before: Vec::new(), found: Vec::new() }
    }

    /// Takes what a layer computed here.
    pub(super) fn see(&mut self, index: usize, ours: &[f32]) {
        let layer = &self.model.layers()[index];
        if let Some((all, other)) = self.decisions(index, layer, ours) {
            self.found.push(Branch { layer: layer.name.clone(), all, other });
        }
        self.before.clear();
        self.before.extend_from_slice(ours);
    }

    pub(super) fn finish(self) -> Vec<Branch> {
        self.found
    }

    fn decisions(&self, index: usize, layer: &Layer, ours: &[f32]) -> Option<(usize, usize)> {
        match layer.op {
            Op::Activation(Activation::Relu | Activation::LeakyRelu { .. }) => {
                let theirs = self.theirs.get(&layer.name)?;
                let other =
                    ours.iter().zip(theirs).filter(|(ours, theirs)| (**ours > 0.0) != (**theirs > 0.0));
                Some((ours.len(), other.count()))
            }
            Op::Pool(pool) if pool.mode == PoolMode::Max => {
                let (Shape::Maps(input), Shape::Maps(output)) = (layer.input, layer.output) else {
                    return None;
                };
                let theirs = self.theirs.get(&self.model.layers().get(index.checked_sub(1)?)?.name)?;
                let maps = input.height * input.width;
                let pairs = self.before.chunks_exact(maps).zip(theirs.chunks_exact(maps));
                let other =
                    pairs.map(|(ours, theirs)| others_in_windows(pool, input, output, [ours, theirs]));
                Some((ours.len(), other.sum()))
            }
            _ => None,
        }
    }
}

/// In how many windows over a map the largest value stands elsewhere in the other one.
fn others_in_windows(pool: Pool, input: MapShape, output: MapShape, maps: [&[f32]; 2]) -> usize {
    let [rows, columns] = pool.window.kernel;
    let [down, right] = pool.window.stride;
    let reach = |place: usize, stride: usize, before: usize, kernel: usize, extent: usize| {
        let start = place * stride;
        start.saturating_sub(before)..(start + kernel).saturating_sub(before).min(extent)
    };
    let largest = |map: &[f32], y: usize, x: usize| {
        let mut largest = None;
        for row in reach(y, down, pool.window.padding.top, rows, input.height) {
            for column in reach(x, right, pool.window.padding.left, columns, input.width) {
                let place = row * input.width + column;
                if largest.is_none_or(|largest: usize| map[place] > map[largest]) {
                    largest = Some(place);
                }
            }
        }
        largest
    };
    let windows = (0..output.height).flat_map(|y| (0..output.width).map(move |x| (y, x)));
    windows.filter(|&(y, x)| largest(maps[0], y, x) != largest(maps[1], y, x)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vgg_spec::source::{Source, Syntax};

    #[test]
    fn decisions_that_differ_are_counted() {
        let text = "model: M\ninput: {shape: [1, 4, 4]}\nblocks: [{conv: [1]}]\nhead: [flatten, dense: 2]\n";
        let model = vgg_spec::check(&Source::new("m.yaml", text, Syntax::Yaml), &[]).model.unwrap();
        let ours = [0.0, 1.0, 2.0, 1.0, 0.0, 0.0, 0.0, 0.0, 3.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let mut theirs = ours;
        theirs[15] = 1e-9;
        theirs[9] = 3.000_001;
        let names: Vec<String> = model.layers().iter().map(|layer| layer.name.clone()).collect();
        let recorded = BTreeMap::from([(names[1].clone(), theirs.to_vec())]);
        let mut branches = Branches::new(&model, &recorded);
        for index in 0..model.layers().len() {
            branches.see(index, &ours[..if index == 2 { 4 } else { 16 }]);
        }
        let expected = [(1, 16, 1), (2, 4, 2)];
        let expected = expected.map(|(index, all, other)| Branch { layer: names[index].clone(), all, other });
        assert_eq!(branches.finish(), expected);
    }
}
