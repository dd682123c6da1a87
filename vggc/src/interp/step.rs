//! Fused steps as values: what generated code has as constants.

use super::convert;
use super::layer::LayerWeights;
use vgg_runtime::kernels::conv::Algorithm;
use vgg_runtime::ops::{
    ActivationOp, AdaptiveOp, ConvOp, DenseOp, DropoutOp, FlattenOp, GapOp, LrnOp, NormOp, PoolOp, Weights,
};
use vgg_runtime::{Activation, Norm, Pass, PoolWindow};
use vgg_spec::ir::{Model, Op, Shape};
use vgg_spec::plan::{self, Fused, Plan};

/// A fused step, and which layers its weights are: indices into the layers that have weights.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Conv { op: ConvOp, layer: usize, norm: Option<usize> },
    Dense { op: DenseOp, layer: usize, norm: Option<usize> },
    Norm { op: NormOp, norm: usize },
    Lrn(LrnOp),
    Pool(PoolOp),
    Activation(ActivationOp),
    Dropout(DropoutOp),
    Flatten(FlattenOp),
    Gap(GapOp),
    Adaptive(AdaptiveOp),
}

/// The steps of a plan.
pub(super) fn steps(model: &Model, plan: &Plan) -> Vec<Step> {
    let builder = Builder { model, with_weights: with_weights(model) };
    let mut learned = false;
    let steps = plan.steps.iter().enumerate().map(|(index, step)| {
        let needs_input_gradient = std::mem::replace(&mut learned, step.backward);
        builder.step(index, step, needs_input_gradient)
    });
    steps.collect()
}

/// For each layer of the model, how many before it have weights.
fn with_weights(model: &Model) -> Vec<usize> {
    let mut count = 0;
    let before = model.layers().iter().map(|layer| {
        let before = count;
        count += usize::from(has_weights(&layer.op));
        before
    });
    before.collect()
}

/// Whether layers of a kind have weights.
pub(super) fn has_weights(op: &Op) -> bool {
    matches!(op, Op::Conv(_) | Op::Dense(_) | Op::BatchNorm(_))
}

struct Builder<'m> {
    model: &'m Model,
    with_weights: Vec<usize>,
}

impl Builder<'_> {
    /// A step, and whether there is a gradient by what it reads.
    fn step(&self, index: usize, step: &plan::Step, needs_input_gradient: bool) -> Step {
        let (from_extent, extent) = (convert::extent(step.input.shape), convert::extent(step.output.shape));
        let input = convert::maps(step.input.shape);
        let [from, to] = [step.input.slot, step.output.slot].map(convert::slot);
        let linear = step.linear.map(|place| convert::slot(place.slot));
        let statistics = step.statistics.unwrap_or(0);
        match step.op {
            Fused::Conv { conv, norm, activation, pool } => {
                let Op::Conv(layer) = self.op(conv) else { unreachable!("the planner names a convolution") };
                let op = ConvOp {
                    input,
                    filters: layer.filters,
                    window: convert::window(layer.window),
                    groups: layer.groups,
                    norm: norm.map(|norm| self.norm(norm)),
                    activation: self.activation(activation),
                    pool: pool.map(|pool| self.pool(pool)),
                    from,
                    to,
                    linear,
                    activated: step.activated.map(|place| convert::slot(place.slot)),
                    statistics,
                    reads_images: index == 0,
                    needs_input_gradient,
                    frozen: self.is_frozen(conv),
                };
                Step::Conv { op, layer: self.weights(conv), norm: norm.map(|norm| self.weights(norm)) }
            }
            Fused::Dense { dense, norm, activation } => {
                let op = DenseOp {
                    features: from_extent.elements(),
                    units: extent.elements(),
                    norm: norm.map(|norm| self.norm(norm)),
                    activation: self.activation(activation),
                    from,
                    to,
                    linear,
                    statistics,
                    needs_input_gradient,
                    frozen: self.is_frozen(dense),
                };
                Step::Dense { op, layer: self.weights(dense), norm: norm.map(|norm| self.weights(norm)) }
            }
            Fused::Norm { norm, activation } => {
                let op = NormOp {
                    extent,
                    norm: self.norm(norm),
                    activation: self.activation(activation),
                    statistics,
                    from,
                    to,
                    needs_input_gradient,
                };
                Step::Norm { op, norm: self.weights(norm) }
            }
            Fused::Lrn(lrn) => {
                let Op::Lrn(lrn) = self.op(lrn) else { unreachable!("the planner names an LRN") };
                Step::Lrn(LrnOp { input, lrn: convert::lrn(lrn), from, to, needs_input_gradient })
            }
            Fused::Pool(pool) => {
                Step::Pool(PoolOp { input, pool: self.pool(pool), from, to, needs_input_gradient })
            }
            Fused::Activation(activation) => {
                let activation = self.activation(Some(activation));
                Step::Activation(ActivationOp { extent, activation, from, to, needs_input_gradient })
            }
            Fused::Dropout(dropout) => {
                let Op::Dropout { rate } = self.op(dropout) else {
                    unreachable!("the planner names a dropout")
                };
                let (rate, stream) = (rate as f32, index as u32);
                Step::Dropout(DropoutOp { extent, rate, stream, from, to, needs_input_gradient })
            }
            Fused::Flatten(_) => Step::Flatten(FlattenOp { input, from, to, needs_input_gradient }),
            Fused::GlobalAveragePool(_) => Step::Gap(GapOp { input, from, to, needs_input_gradient }),
            Fused::AdaptiveAveragePool(layer) => {
                let Shape::Maps(output) = self.model.layers()[layer].output else {
                    unreachable!("the planner names an adaptive pool")
                };
                let size = [output.height, output.width];
                Step::Adaptive(AdaptiveOp { input, size, from, to, needs_input_gradient })
            }
        }
    }

    fn op(&self, layer: usize) -> Op {
        self.model.layers()[layer].op
    }

    fn is_frozen(&self, layer: usize) -> bool {
        !self.model.layers()[layer].trainable
    }

    /// Where the weights of a layer are.
    fn weights(&self, layer: usize) -> usize {
        self.with_weights[layer]
    }

    fn norm(&self, layer: usize) -> Norm {
        match self.op(layer) {
            Op::BatchNorm(norm) => convert::norm(norm, self.model.layers()[layer].trainable),
            other => unreachable!("the planner names a norm, not {other:?}"),
        }
    }

    fn activation(&self, layer: Option<usize>) -> Activation {
        match layer.map(|layer| self.op(layer)) {
            None => Activation::None,
            Some(Op::Activation(activation)) => convert::activation(activation),
            Some(other) => unreachable!("the planner names an activation, not {other:?}"),
        }
    }

    fn pool(&self, layer: usize) -> PoolWindow {
        match self.op(layer) {
            Op::Pool(pool) => convert::pool(pool),
            other => unreachable!("the planner names a pool, not {other:?}"),
        }
    }
}

impl Step {
    /// In a word or two, how it computes a batch in inference.
    pub(super) fn algorithm(&self, batch: usize) -> &'static str {
        match self {
            Step::Conv { op, .. } => match op.algorithm(batch) {
                Algorithm::Direct => "direct",
                Algorithm::Winograd => "winograd 4x4",
                Algorithm::WinogradSmall => "winograd 2x2",
            },
            Step::Dense { .. } => "product",
            Step::Norm { .. } => "norm",
            Step::Lrn(_) => "norm",
            Step::Pool(_) => "pool",
            Step::Activation(_) => "activation",
            Step::Dropout(_) => "nothing",
            Step::Flatten(_) => "copy",
            Step::Gap(_) | Step::Adaptive(_) => "mean",
        }
    }

    /// Computes what goes out.
    pub(super) fn forward(&self, pass: &mut Pass<'_>, layers: &[LayerWeights]) {
        match self {
            Step::Conv { op, layer, norm } => op.forward(pass, weights(layers, *layer, *norm)),
            Step::Dense { op, layer, norm } => op.forward(pass, weights(layers, *layer, *norm)),
            Step::Norm { op, norm } => op.forward(pass, layers[*norm].norm()),
            Step::Lrn(op) => op.forward(pass),
            Step::Pool(op) => op.forward(pass),
            Step::Activation(op) => op.forward(pass),
            Step::Dropout(op) => op.forward(pass),
            Step::Flatten(op) => op.forward(pass),
            Step::Gap(op) => op.forward(pass),
            Step::Adaptive(op) => op.forward(pass),
        }
    }

    /// Computes the gradients by what comes in and by the weights.
    pub(super) fn backward(&self, pass: &mut Pass<'_>, layers: &[LayerWeights], into: &mut [LayerWeights]) {
        match self {
            Step::Conv { op, layer, norm } => {
                let (into, behind) = pair(into, *layer, *norm);
                op.backward(pass, weights(layers, *layer, *norm), into.gradients(behind));
            }
            Step::Dense { op, layer, norm } => {
                let (into, behind) = pair(into, *layer, *norm);
                op.backward(pass, weights(layers, *layer, *norm), into.gradients(behind));
            }
            Step::Norm { op, norm } => {
                op.backward(pass, layers[*norm].norm(), into[*norm].norm_gradients());
            }
            Step::Lrn(op) => op.backward(pass),
            Step::Pool(op) => op.backward(pass),
            Step::Activation(op) => op.backward(pass),
            Step::Dropout(op) => op.backward(pass),
            Step::Flatten(op) => op.backward(pass),
            Step::Gap(op) => op.backward(pass),
            Step::Adaptive(op) => op.backward(pass),
        }
    }

    /// Moves the running statistics of the step's norm, if it has one, towards those of the batch.
    pub(super) fn update_statistics(&self, pass: &Pass<'_>, layers: &mut [LayerWeights]) {
        match self {
            Step::Conv { op, norm: Some(norm), .. } => {
                let (mean, variance) = layers[*norm].running_mut();
                op.update_statistics(pass, mean, variance);
            }
            Step::Dense { op, norm: Some(norm), .. } => {
                let (mean, variance) = layers[*norm].running_mut();
                op.update_statistics(pass, mean, variance);
            }
            Step::Norm { op, norm } => {
                let (mean, variance) = layers[*norm].running_mut();
                op.update_statistics(pass, mean, variance);
            }
            Step::Conv { norm: None, .. }
            | Step::Dense { norm: None, .. }
            | Step::Lrn(_)
            | Step::Pool(_)
            | Step::Activation(_)
            | Step::Dropout(_)
            | Step::Flatten(_)
            | Step::Gap(_)
            | Step::Adaptive(_) => {}
        }
    }
}

/// The weights of a step.
fn weights(layers: &[LayerWeights], layer: usize, norm: Option<usize>) -> Weights<'_> {
    layers[layer].weights(norm.map(|norm| &layers[norm]))
}

/// A layer, and the norm directly behind it, to be changed.
fn pair(
    layers: &mut [LayerWeights],
    layer: usize,
    norm: Option<usize>,
) -> (&mut LayerWeights, Option<&mut LayerWeights>) {
    let (head, tail) = layers.split_at_mut(layer + 1);
    (&mut head[layer], norm.map(|norm| &mut tail[norm - layer - 1]))
}
