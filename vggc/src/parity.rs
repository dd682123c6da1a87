//! How close a network comes to what another engine recorded of it, layer by layer.
//!
//! Layers are computed in both ways that there are: each as a step of its own, so that every one shows what
//! it computes, and fused as in training and inference, where the ends of steps show. What is further off
//! counts. Gradients are those of the training step itself, with dropouts that drop nothing.

mod difference;
mod reference;

pub(crate) use difference::Difference;
pub(crate) use reference::Reference;

use crate::failure::Failure;
use crate::interp::Interpreter;
use std::collections::BTreeMap;
use vgg_runtime::loss::{Targets, cross_entropy_gradient};
use vgg_runtime::pass::Mode;
use vgg_runtime::{Memory, Network, Predictor};
use vgg_spec::ir::{Model, Op};
use vgg_spec::plan::{Fused, Plan};

/// Differences by name.
pub(crate) type Differences = Vec<(String, Difference)>;

/// How far off everything is that was recorded.
#[derive(Debug)]
pub(crate) struct Comparison {
    /// By layers, in the order in which data passes through them.
    pub(crate) activations: Differences,
    /// By tensors, in the order of the layers.
    pub(crate) gradients: Differences,
    /// The loss of the batch in training.
    pub(crate) loss: Option<Difference>,
    /// For how many images the class with the largest logit is the same, and how many there are; `None` if
    /// logits were not recorded.
    pub(crate) top1: Option<[usize; 2]>,
    /// Layers that the reference says nothing of.
    pub(crate) not_recorded: Vec<String>,
}

/// Whether what a layer computes is compared. Softmax is part of the loss.
pub(crate) fn is_compared(op: &Op) -> bool {
    !matches!(op, Op::Softmax)
}

/// Compares a network, which must be run by the plan, with a reference.
pub(crate) fn compare(
    model: &Model,
    plan: &Plan,
    network: Interpreter,
    reference: &Reference,
) -> Result<Comparison, Failure> {
    let mut seen = Seen { model, reference, differences: BTreeMap::new() };
    let (network, top1) = predicted(network, reference, &mut seen)?;
    forward(&network, plan, reference, &mut seen)?;
    // The other engine has gradients of all layers, also of those that are frozen here.
    let unfrozen = model.unfrozen();
    let mut network = network.with_plan(&unfrozen, &Plan::new(&unfrozen)).without_dropout();
    let (gradients, loss) = match reference.has_gradients() {
        true => trained(&mut network, reference)?,
        false => (Vec::new(), None),
    };
    let apart = Plan::apart(model);
    forward(&network.with_plan(model, &apart), &apart, reference, &mut seen)?;

    let compared = model.layers().iter().filter(|layer| is_compared(&layer.op));
    let mut comparison =
        Comparison { activations: Vec::new(), gradients, loss, top1, not_recorded: Vec::new() };
    for layer in compared {
        match seen.differences.remove(layer.name.as_str()) {
            Some(difference) => comparison.activations.push((layer.name.clone(), difference)),
            None => comparison.not_recorded.push(layer.name.clone()),
        }
    }
    Ok(comparison)
}

/// The differences of layers so far.
struct Seen<'a> {
    model: &'a Model,
    reference: &'a Reference,
    differences: BTreeMap<&'a str, Difference>,
}

impl Seen<'_> {
    /// Takes what was computed of a layer.
    fn see(&mut self, layer: usize, ours: &[f32]) {
        let name = self.model.layers()[layer].name.as_str();
        let Some(theirs) = self.reference.activations.get(name) else { return };
        let difference = Difference::between(ours, theirs);
        self.differences
            .entry(name)
            .and_modify(|worst| *worst = worst.or_worse(difference))
            .or_insert(difference);
    }
}

/// Logits as `vggc predict` has them.
fn predicted(
    network: Interpreter,
    reference: &Reference,
    seen: &mut Seen<'_>,
) -> Result<(Interpreter, Option<[usize; 2]>), Failure> {
    let batch = reference.images.dim().0;
    let mut predictor = Predictor::try_new(network, batch).map_err(Failure::unusable)?;
    let logits = predictor.logits(reference.images.view()).map_err(Failure::unusable)?;
    let logits: Vec<f32> = logits.iter().copied().collect();
    if let Some(last) = seen.model.layers().iter().rposition(|layer| is_compared(&layer.op)) {
        seen.see(last, &logits);
    }
    let network = predictor.into_network();
    let last = seen.model.layers().iter().rfind(|layer| is_compared(&layer.op));
    let recorded = last.and_then(|last| reference.activations.get(&last.name));
    let top1 = recorded.map(|theirs| [same_classes(&logits, theirs, network.classes()), batch]);
    Ok((network, top1))
}

/// For how many images both have their largest logit at the same class.
fn same_classes(ours: &[f32], theirs: &[f32], classes: usize) -> usize {
    let class = |logits: &[f32]| (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b]));
    let pairs = ours.chunks_exact(classes).zip(theirs.chunks_exact(classes));
    pairs.filter(|(ours, theirs)| class(ours) == class(theirs)).count()
}

/// What the steps of a plan leave in inference.
fn forward(
    network: &Interpreter,
    plan: &Plan,
    reference: &Reference,
    seen: &mut Seen<'_>,
) -> Result<(), Failure> {
    let batch = reference.images.dim().0;
    let mut memory = Memory::try_inference(network.arena(), batch).map_err(Failure::unusable)?;
    let mut pass = memory.pass(batch, Mode::Inference);
    let pixels = pass.values_mut(network.input_slot(), network.input().elements());
    pixels.iter_mut().zip(&reference.images).for_each(|(place, pixel)| *place = *pixel);
    let ends: Vec<usize> = plan.steps.iter().map(|step| Fused::last(step.op)).collect();
    network.watch(plan, &mut pass, &mut |step, values| seen.see(ends[step], values));
    Ok(())
}

/// The gradients of a training step, and its loss.
fn trained(
    network: &mut Interpreter,
    reference: &Reference,
) -> Result<(Differences, Option<Difference>), Failure> {
    let batch = reference.images.dim().0;
    let labels = reference.labels.as_ref().ok_or_else(|| {
        Failure::unusable("the reference records gradients, but no `labels` that they were computed with")
    })?;
    let mut memory = Memory::try_training(network.arena(), batch).map_err(Failure::unusable)?;
    let mut pass = memory.pass(batch, Mode::Training { seed: 0, step: 0 });
    let pixels = pass.values_mut(network.input_slot(), network.input().elements());
    pixels.iter_mut().zip(&reference.images).for_each(|(place, pixel)| *place = *pixel);
    network.forward(&mut pass);
    let (logits, gradient) = pass.values_and_gradient(network.logits_slot(), network.classes());
    let score = cross_entropy_gradient(logits, network.classes(), labels, &Targets::HARD, gradient)
        .map_err(Failure::unusable)?;
    let mut gradients = network.zeros_like();
    network.backward(&mut pass, &mut gradients);

    let mut differences = Vec::new();
    gradients.visit(&mut |tensor| {
        if let Some(theirs) = reference.gradients.get(tensor.name) {
            differences.push((tensor.name.to_owned(), Difference::between(tensor.values, theirs)));
        }
    });
    difference::by_layer(&mut differences);
    let loss = reference.loss.map(|theirs| Difference::between(&[score.loss() as f32], &[theirs]));
    Ok((differences, loss))
}
