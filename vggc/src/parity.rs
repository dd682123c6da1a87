//! How close a network comes to what another engine recorded of it, layer by layer.
//!
//! Layers are computed in both ways that there are: each as a step of its own, so that every one shows what
//! it computes, and fused as in training and inference, where the ends of steps show. What is further off
//! counts. Gradients are those of the training step itself, with dropouts that drop nothing. In that step, norms go by the
//! batch, so what layers compute is compared once more if the reference has it; and it is counted where both engines
//! take different branches, which gradients show by more than rounding.

mod branches;
mod difference;
mod recording;
mod reference;

pub(crate) use branches::Branch;
pub(crate) use difference::Difference;
pub(crate) use recording::Recording;
pub(crate) use reference::Reference;

use crate::failure::Failure;
use crate::interp::Interpreter;
use branches::Branches;
use ndarray::Array4;
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
    /// The same of the training step, as far as it was recorded.
    pub(crate) training: Differences,
    /// By tensors, in the order of the layers.
    pub(crate) gradients: Differences,
    /// What rectifiers and max-pools decided in the training step; `None` if that was not recorded.
    pub(crate) branches: Option<Vec<Branch>>,
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

/// Compares a network, which must be run by the plan, with a reference; and keeps what it computes, if asked.
pub(crate) fn compare(
    model: &Model,
    plan: &Plan,
    network: Interpreter,
    reference: &Reference,
    mut recording: Option<&mut Recording>,
) -> Result<Comparison, Failure> {
    let mut seen = Seen { model, theirs: &reference.activations, differences: BTreeMap::new() };
    let (network, top1) = predicted(network, reference, &mut seen)?;
    let see = &mut |index: usize, values: &[f32]| seen.see(index, values);
    forward(&network, plan, &reference.images, Mode::Inference, see)?;

    // The other engine has gradients of all layers, also of those that are frozen here.
    let unfrozen = model.unfrozen();
    let mut network = network.with_plan(&unfrozen, &Plan::new(&unfrozen)).without_dropout();
    let (gradients, loss) = match reference.has_gradients() {
        true => trained(&mut network, reference, recording.as_deref_mut())?,
        false => (Vec::new(), None),
    };
    let (network, training, branches) = decided(network, &unfrozen, reference, recording.as_deref_mut())?;

    let (apart, batch) = (Plan::apart(model), reference.images.dim().0);
    let see = &mut |index: usize, values: &[f32]| {
        seen.see(index, values);
        if let Some(recording) = recording.as_deref_mut() {
            recording.keep_layer("activations", model, index, batch, values);
        }
    };
    forward(&network.with_plan(model, &apart), &apart, &reference.images, Mode::Inference, see)?;

    let (activations, not_recorded) = seen.in_order();
    if let Some(recording) = recording {
        let (images, channels, height, width) = reference.images.dim();
        recording.keep("images".to_owned(), &[images, channels, height, width], &reference.images);
    }
    Ok(Comparison { activations, training, gradients, branches, loss, top1, not_recorded })
}

/// What layers compute in a training step, each alone, and what rectifiers and max-pools decide there. Without norms
/// that is what they compute in inference.
fn decided(
    network: Interpreter,
    unfrozen: &Model,
    reference: &Reference,
    mut recording: Option<&mut Recording>,
) -> Result<(Interpreter, Differences, Option<Vec<Branch>>), Failure> {
    let is_alike = unfrozen.layers().iter().all(|layer| !matches!(layer.op, Op::BatchNorm(_)));
    let theirs = match (reference.training.is_empty(), is_alike) {
        (false, _) => Some(&reference.training),
        (true, true) => Some(&reference.activations),
        (true, false) => None,
    };
    if !reference.has_gradients() || theirs.is_none() && recording.is_none() {
        return Ok((network, Vec::new(), None));
    }
    let (apart, batch) = (Plan::apart(unfrozen), reference.images.dim().0);
    let network = network.with_plan(unfrozen, &apart).without_dropout();
    let mut seen = Seen { model: unfrozen, theirs: &reference.training, differences: BTreeMap::new() };
    let mut branches = theirs.map(|theirs| Branches::new(unfrozen, theirs));
    let mode = Mode::Training { seed: 0, step: 0 };
    forward(&network, &apart, &reference.images, mode, &mut |index, values| {
        seen.see(index, values);
        branches.iter_mut().for_each(|branches| branches.see(index, values));
        if let Some(recording) = recording.as_deref_mut() {
            recording.keep_layer("training", unfrozen, index, batch, values);
        }
    })?;
    Ok((network, seen.in_order().0, branches.map(Branches::finish)))
}

/// The differences of layers so far.
struct Seen<'a> {
    model: &'a Model,
    theirs: &'a BTreeMap<String, Vec<f32>>,
    differences: BTreeMap<&'a str, Difference>,
}

impl Seen<'_> {
    /// Takes what was computed of a layer.
    fn see(&mut self, layer: usize, ours: &[f32]) {
        let name = self.model.layers()[layer].name.as_str();
        let Some(theirs) = self.theirs.get(name) else { return };
        let difference = Difference::between(ours, theirs);
        self.differences
            .entry(name)
            .and_modify(|worst| *worst = worst.or_worse(difference))
            .or_insert(difference);
    }

    /// The differences in the order of the layers, and the layers that were not recorded.
    fn in_order(mut self) -> (Differences, Vec<String>) {
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for layer in self.model.layers().iter().filter(|layer| is_compared(&layer.op)) {
            match self.differences.remove(layer.name.as_str()) {
                Some(difference) => found.push((layer.name.clone(), difference)),
                None => missing.push(layer.name.clone()),
            }
        }
        (found, missing)
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

/// Shows what the last layer of each step of a plan leaves.
fn forward(
    network: &Interpreter,
    plan: &Plan,
    images: &Array4<f32>,
    mode: Mode,
    see: &mut dyn FnMut(usize, &[f32]),
) -> Result<(), Failure> {
    let batch = images.dim().0;
    let memory = match mode {
        Mode::Inference => Memory::try_inference(network.arena(), batch),
        Mode::Training { .. } => Memory::try_training(network.arena(), batch),
    };
    let mut memory = memory.map_err(Failure::unusable)?;
    let mut pass = memory.pass(batch, mode);
    let pixels = pass.values_mut(network.input_slot(), network.input().elements());
    pixels.iter_mut().zip(images).for_each(|(place, pixel)| *place = *pixel);
    let ends: Vec<usize> = plan.steps.iter().map(|step| Fused::last(step.op)).collect();
    network.watch(plan, &mut pass, &mut |step, values| see(ends[step], values));
    Ok(())
}

/// The gradients of a training step, and its loss.
fn trained(
    network: &mut Interpreter,
    reference: &Reference,
    mut recording: Option<&mut Recording>,
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
        if let Some(recording) = recording.as_deref_mut().filter(|_| tensor.role.is_trainable()) {
            recording.keep(format!("gradients.{}", tensor.name), tensor.shape, tensor.values);
        }
        if let Some(theirs) = reference.gradients.get(tensor.name) {
            differences.push((tensor.name.to_owned(), Difference::between(tensor.values, theirs)));
        }
    });
    difference::by_layer(&mut differences);
    if let Some(recording) = recording {
        let classes: Vec<f32> = labels.iter().map(|&label| label as f32).collect();
        recording.keep("labels".to_owned(), &[batch], &classes);
        recording.keep("loss".to_owned(), &[1], &[score.loss() as f32]);
    }
    let loss = reference.loss.map(|theirs| Difference::between(&[score.loss() as f32], &[theirs]));
    Ok((differences, loss))
}
