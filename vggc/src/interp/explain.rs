//! Where on an image a class is seen: Grad-CAM (Selvaraju et al., 2017).
//!
//! Of the feature maps `A` of a late step, each is weighted by how fast the logit of the class rises with it,
//! on average over its places, and what is positive of the sum is the heat. That average times the number of
//! places is the derivative of the logit in the direction of a whole map, so it is had by moving one map up
//! and down and running the steps behind: with the weights and statistics of inference, and for whatever
//! layers there are.

use super::{Interpreter, convert};
use vgg_runtime::kernels::layout;
use vgg_runtime::ops::PoolOp;
use vgg_runtime::pass::Mode;
use vgg_runtime::{Extent, MapShape, Memory, Network, Slot};
use vgg_spec::ir::{Model, Op};
use vgg_spec::plan::{self, Fused, Plan};

/// Maps with fewer rows or columns say too little of a place.
const LEAST_EXTENT: usize = 4;

/// How far a map is moved, as a share of the deviation of all values.
const MOVE: f32 = 0.05;

/// Feature maps that a class can be looked up in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Maps {
    /// How many steps make them.
    steps: usize,
    slot: Slot,
    shape: MapShape,
    /// What is left to do of the last of these steps: its pool.
    pool: Option<PoolOp>,
}

/// How much each place speaks for a class: from 0 to 1, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Heat {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Values; all are zero if nothing speaks for the class.
    pub values: Vec<f32>,
}

/// The last maps of a plan that are not too small, before a pool makes them smaller.
pub(super) fn maps(model: &Model, plan: &Plan) -> Option<Maps> {
    let mut maps = plan.steps.iter().enumerate().rev().filter_map(|(index, step)| {
        let place = step.activated.unwrap_or(step.output);
        let slot = convert::slot(place.slot);
        let Extent::Maps(shape) = convert::extent(place.shape) else { return None };
        let pool = step.activated.and_then(|_| pool(model, step, shape, slot));
        Some(Maps { steps: index + 1, slot, shape, pool })
    });
    maps.find(|maps| maps.shape.height.min(maps.shape.width) >= LEAST_EXTENT)
}

/// The pool that is fused into a step.
fn pool(model: &Model, step: &plan::Step, input: MapShape, from: Slot) -> Option<PoolOp> {
    let Fused::Conv { pool: Some(pool), .. } = step.op else { return None };
    let Op::Pool(pool) = model.layers()[pool].op else { return None };
    let (pool, to) = (convert::pool(pool), convert::slot(step.output.slot));
    Some(PoolOp { input, pool, from, to, needs_input_gradient: false })
}

impl Interpreter {
    /// Where on an image, `[channel, row, column]`, a class is seen. `memory` must be for inference on
    /// `batch` images, at least 2. `None` if the network has no feature maps of at least 4x4.
    pub fn heat(&self, memory: &mut Memory, batch: usize, image: &[f32], class: usize) -> Option<Heat> {
        let maps = self.program.maps?;
        let shape = maps.shape;
        let stored = shape.stored();
        let mut pass = memory.pass(1, Mode::Inference);
        pass.values_mut(self.input_slot(), self.input().elements()).copy_from_slice(image);
        self.program.steps[..maps.steps].iter().for_each(|step| step.forward(&mut pass, &self.weights));
        let blocks = pass.values(maps.slot, stored).to_vec();
        let mut planes = vec![0.0; shape.elements()];
        layout::unpack(shape, &blocks, &mut planes);

        let by = MOVE * deviation(&planes).max(f32::MIN_POSITIVE);
        let mut heat = vec![0.0; shape.area()];
        let channels: Vec<usize> = (0..shape.channels).collect();
        for channels in channels.chunks((batch / 2).max(1)) {
            let logits = self.logits_of_moved(memory, maps, &planes, channels, by);
            let logits = logits.chunks_exact(2 * self.classes());
            for (&channel, both) in channels.iter().zip(logits) {
                let slope = (both[class] - both[self.classes() + class]) / (2.0 * by);
                let plane = &planes[channel * shape.area()..][..shape.area()];
                heat.iter_mut().zip(plane).for_each(|(heat, value)| *heat += slope * value);
            }
        }
        Some(Heat { height: shape.height, width: shape.width, values: positive(heat) })
    }

    /// The logits with each of the channels moved up, then down.
    fn logits_of_moved(
        &self,
        memory: &mut Memory,
        maps: Maps,
        planes: &[f32],
        channels: &[usize],
        by: f32,
    ) -> Vec<f32> {
        let (area, stored) = (maps.shape.area(), maps.shape.stored());
        let mut pass = memory.pass(2 * channels.len(), Mode::Inference);
        let images = pass.values_mut(maps.slot, stored).chunks_exact_mut(stored);
        let moves = channels.iter().flat_map(|&channel| [(channel, by), (channel, -by)]);
        let mut moved = planes.to_vec();
        for (image, (channel, by)) in images.zip(moves) {
            let range = channel * area..(channel + 1) * area;
            moved[range.clone()].iter_mut().for_each(|value| *value += by);
            layout::pack(maps.shape, &moved, image);
            moved[range.clone()].copy_from_slice(&planes[range]);
        }
        if let Some(pool) = &maps.pool {
            pool.forward(&mut pass);
        }
        self.program.steps[maps.steps..].iter().for_each(|step| step.forward(&mut pass, &self.weights));
        pass.values(self.logits_slot(), self.classes()).to_vec()
    }
}

fn deviation(values: &[f32]) -> f32 {
    let mean = |of: &dyn Fn(f64) -> f64| {
        values.iter().map(|&value| of(f64::from(value))).sum::<f64>() / values.len() as f64
    };
    let centre = mean(&|value| value);
    mean(&|value| (value - centre).powi(2)).sqrt() as f32
}

/// What is positive, with the largest at 1.
fn positive(mut values: Vec<f32>) -> Vec<f32> {
    let largest = values.iter().copied().fold(0.0, f32::max);
    let factor = if largest > 0.0 { 1.0 / largest } else { 0.0 };
    values.iter_mut().for_each(|value| *value = value.max(0.0) * factor);
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use vgg_runtime::network::Role;
    use vgg_spec::source::{Source, Syntax};

    /// One convolution that passes two channels on, means over each, and a dense layer: the slope of a logit
    /// by a map is the weight of the dense layer over the number of places.
    #[test]
    fn heat_is_the_weighted_sum_of_maps() {
        let text =
            "model Two { input 2 x 4 x 4; block { conv 2 kernel 1; pool none; } head { gap; dense 3; } }";
        let checked = vgg_spec::check(&Source::new("two.vgg", text, Syntax::Dsl), &[]);
        let model = checked.model.unwrap_or_else(|| panic!("{:?}", checked.findings));
        let plan = Plan::new(&model);
        let mut network = Interpreter::blank(&model, &plan);
        network.visit_mut(&mut |tensor| match (tensor.role, tensor.shape.len()) {
            (Role::Weight, 4) => tensor.values.copy_from_slice(&[1.0, 0.0, 0.0, 1.0]),
            (Role::Weight, _) => tensor.values.copy_from_slice(&[1.0, 0.0, -1.0, 2.0, 0.0, -1.0]),
            _ => {}
        });
        let image: Vec<f32> = (0..32).map(|value| (value * 7 % 16) as f32).collect();
        let mut memory = Memory::inference(network.arena(), 2);
        for (class, weights) in [(0, [1.0, 0.0]), (1, [-1.0, 2.0]), (2, [0.0, -1.0])] {
            let heat = network.heat(&mut memory, 2, &image, class).unwrap();
            let sums = (0..16).map(|place| weights[0] * image[place] + weights[1] * image[16 + place]);
            let expected = positive(sums.collect());
            assert_eq!((heat.height, heat.width), (4, 4));
            for (found, expected) in heat.values.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-3, "class {class}: {:?}", heat.values);
            }
        }
    }
}
