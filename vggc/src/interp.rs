//! Runs a model with no compile step: the same fused steps on the same kernels as generated code, in the
//! same order, with the same names of tensors and the same random numbers. So both give the same bits.

mod convert;
mod explain;
mod layer;
mod step;
mod watch;

pub use explain::Heat;
use layer::LayerWeights;
use std::collections::HashSet;
use std::sync::Arc;
use step::Step;
use vgg_runtime::{ArenaSize, MapShape, Network, Pass, Slot, Tensor, TensorMut, init, layers};
use vgg_spec::ir::Model;
use vgg_spec::plan::{self, Plan};

/// A network that is interpreted. A clone shares all but the weights.
#[derive(Debug, Clone)]
pub struct Interpreter {
    program: Arc<Program>,
    /// The weights of [`Program::layers`], in that order.
    weights: Vec<LayerWeights>,
}

/// What does not change while a network trains.
#[derive(Debug, Clone)]
struct Program {
    name: String,
    input: MapShape,
    classes: usize,
    arena: ArenaSize,
    input_slot: Slot,
    logits_slot: Slot,
    /// The names of the layers that have weights.
    layers: Vec<String>,
    /// The names of those that training leaves as they are.
    frozen: HashSet<String>,
    steps: Vec<Step>,
    /// The name of each step, where it writes, and how many floats of an image.
    outputs: Vec<(String, Slot, usize)>,
    /// How many of them, from the first, have no backward pass.
    fixed: usize,
    /// What classes can be looked up in.
    maps: Option<explain::Maps>,
}

impl Interpreter {
    /// A network that has learned nothing: zero weights, and norms that change nothing. The plan must be
    /// that of the model.
    pub fn blank(model: &Model, plan: &Plan) -> Interpreter {
        let weights = model.layers().iter().filter_map(LayerWeights::blank).collect();
        Interpreter { program: Arc::new(program(model, plan)), weights }
    }

    /// A network with random weights (He et al., 2015). The same seed gives the same weights, here and in
    /// generated code.
    pub fn init(model: &Model, plan: &Plan, seed: u64) -> Interpreter {
        let mut network = Interpreter::blank(model, plan);
        init::initialise(&mut network, seed);
        network
    }

    /// Computes the logits as [`forward`](Network::forward) does, and says when each step is done.
    pub fn forward_by_steps(&self, pass: &mut Pass<'_>, done: &mut dyn FnMut(&Pass<'_>)) {
        for step in &self.program.steps {
            step.forward(pass, &self.weights);
            done(pass);
        }
    }

    /// In a word or two, how a step of the plan computes a batch in inference.
    ///
    /// # Panics
    /// If there is no such step.
    pub fn algorithm(&self, step: usize, batch: usize) -> &'static str {
        self.program.steps[step].algorithm(batch)
    }

    /// The layers that have weights, by name.
    fn named(&self) -> impl Iterator<Item = (&str, &dyn layers::Layer)> {
        let weights = self.weights.iter().map(|weights| weights as &dyn layers::Layer);
        self.program.layers.iter().map(String::as_str).zip(weights)
    }

    /// The layers that have weights, by name, to be changed.
    fn named_mut(&mut self) -> impl Iterator<Item = (&str, &mut dyn layers::Layer)> {
        let weights = self.weights.iter_mut().map(|weights| weights as &mut dyn layers::Layer);
        self.program.layers.iter().map(String::as_str).zip(weights)
    }
}

/// How a plan computes a model.
fn program(model: &Model, plan: &Plan) -> Program {
    let frozen = model.layers().iter().filter(|layer| !layer.trainable);
    let with_weights = model.layers().iter().filter(|layer| step::has_weights(&layer.op));
    Program {
        name: model.name().to_owned(),
        input: convert::map_shape(model.input()),
        classes: model.classes(),
        arena: convert::arena(plan.arena),
        input_slot: convert::slot(plan.input),
        logits_slot: convert::slot(plan.logits),
        layers: with_weights.map(|layer| layer.name.clone()).collect(),
        frozen: frozen.map(|layer| layer.name.clone()).collect(),
        fixed: plan.steps.iter().take_while(|step| !step.backward).count(),
        steps: step::steps(model, plan),
        outputs: plan.steps.iter().map(output).collect(),
        maps: explain::maps(model, plan),
    }
}

fn output(step: &plan::Step) -> (String, Slot, usize) {
    let extent = convert::extent(step.output.shape);
    (step.name.clone(), convert::slot(step.output.slot), extent.stored())
}

impl Network for Interpreter {
    fn name(&self) -> &str {
        &self.program.name
    }

    fn input(&self) -> MapShape {
        self.program.input
    }

    fn classes(&self) -> usize {
        self.program.classes
    }

    fn arena(&self) -> ArenaSize {
        self.program.arena
    }

    fn input_slot(&self) -> Slot {
        self.program.input_slot
    }

    fn logits_slot(&self) -> Slot {
        self.program.logits_slot
    }

    fn forward(&self, pass: &mut Pass<'_>) {
        self.forward_by_steps(pass, &mut |_| {});
    }

    fn backward(&self, pass: &mut Pass<'_>, gradients: &mut Self) {
        for step in self.program.steps[self.program.fixed..].iter().rev() {
            step.backward(pass, &self.weights, &mut gradients.weights);
        }
    }

    fn outputs(&self, pass: &Pass<'_>, see: &mut dyn FnMut(&str, &[f32])) {
        for (name, slot, floats) in &self.program.outputs {
            see(name, pass.values(*slot, *floats));
        }
    }

    fn is_frozen(&self, layer: &str) -> bool {
        self.program.frozen.contains(layer)
    }

    fn update_statistics(&mut self, pass: &Pass<'_>) {
        for step in &self.program.steps {
            step.update_statistics(pass, &mut self.weights);
        }
    }

    fn visit(&self, visit: &mut dyn FnMut(Tensor<'_>)) {
        layers::visit(self.named(), visit);
    }

    fn visit_mut(&mut self, visit: &mut dyn FnMut(TensorMut<'_>)) {
        layers::visit_mut(self.named_mut(), visit);
    }

    fn update(&mut self, gradients: &Self, apply: &mut dyn FnMut(TensorMut<'_>, &[f32])) {
        layers::update(self.named_mut(), gradients.named(), apply);
    }
}
