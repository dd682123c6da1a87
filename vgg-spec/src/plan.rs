//! From layers to work: which layers run as one fused step, and where every buffer lives.
//!
//! Two schedules are laid out: inference, where a buffer dies as soon as the next step has read
//! it, and a training step, where what the backward pass reads stays alive until then. Offsets and
//! sizes are in floats *per image*: a batch of `n` images multiplies all of them by `n`, which
//! keeps buffers apart for every batch size.
//!
//! Feature maps lie in blocks of 16 channels, the last filled up with zeros; vectors and the input images take
//! just as many floats as they have values.
//!
//! # Lifetimes
//!
//! With `n` steps, inference has ticks `0..n`, one a step. Training has `2n`: step `s` runs forward at
//! tick `s` and backward at tick `2n - 1 - s`; the loss runs between ticks `n - 1` and `n`. Both ends of
//! a lifetime are included.
//!
//! | buffer | inference | training |
//! |---|---|---|
//! | input of step `s`, the output of step `s - 1` | `s - 1` to `s` | `s - 1` to `2n - s` |
//! | the input images | `0` | `0` to `2n - 1` |
//! | the logits | `n - 1` | `n - 1` to `n` |
//! | `linear` of step `s` | none | `s` to `2n - 1 - s` |
//! | `activated` of step `s` | `s` | `s` to `2n - 1 - s` |
//! | gradient of the output of step `s` | | `2n - 2 - s` to `2n - 1 - s` |
//! | gradient of `activated` of step `s` | | `2n - 1 - s` |
//!
//! A dropout's output lies where its input lies in inference, where it does nothing, and the gradients of a
//! dropout and a lone activation are changed in place. Such a buffer lives
//! from the first of its two beginnings to the last of its two ends. Where a pool of 2x2 takes the largest of
//! rectified values, the gradient of `activated` takes the place of `activated` itself: of each window nothing
//! is read any more once its gradient is known.
//!
//! So a step's backward pass still finds all that its forward pass read and wrote. The gradient of the
//! input images has no buffer: it is never computed.
//!
//! The steps in front of the first that learns have no backward pass: their buffers live as in inference, the
//! output of the last of them up to the backward pass of the step behind it, and there are no gradients of them.

mod arena;
mod fuse;
mod layout;
mod memory;

use crate::ir::{Activation, Model, Op, Shape};
use arena::ALIGNMENT;
use fuse::Fusion;
use layout::{Layout, Shared};

/// The fused steps of a model and the arena they share.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The steps, in order. The final softmax has none: it belongs to the loss and to the predictor.
    pub steps: Vec<Step>,
    /// The place of the input images.
    pub input: Slot,
    /// The place of the logits.
    pub logits: Slot,
    /// The size of the arena.
    pub arena: ArenaSize,
}

/// Layers that run together.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The first layer's name: what the step's constants are called.
    pub name: String,
    /// Which layers, by index into [`Model::layers`].
    pub op: Fused,
    /// The index of the block, `None` in the head.
    pub block: Option<usize>,
    /// Where it reads.
    pub input: Place,
    /// Where it writes.
    pub output: Place,
    /// Where a convolution or dense layer leaves its sum when something behind it needs it in the
    /// backward pass: a norm, or an activation whose derivative is a function of its input. Of its slot
    /// only `training` is in use: in inference the sum is overwritten in place.
    pub linear: Option<Place>,
    /// Where the activated map lies before the pool that is fused into this step; in inference, too.
    pub activated: Option<Place>,
    /// Whether it has a backward pass: not if neither it nor a step in front of it learns. The last step always
    /// has one.
    pub backward: bool,
    /// Offset, in floats and whatever the batch, of a norm's batch means and, behind them, inverse
    /// deviations: one of each for every map or feature.
    pub statistics: Option<usize>,
}

/// The kinds of fused steps; the numbers are indices into [`Model::layers`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fused {
    /// Convolution, then perhaps norm, activation and pool.
    Conv {
        /// The convolution.
        conv: usize,
        /// Batch norm behind it.
        norm: Option<usize>,
        /// Activation behind those.
        activation: Option<usize>,
        /// Pool behind those.
        pool: Option<usize>,
    },
    /// Dense layer, then perhaps norm and activation.
    Dense {
        /// The dense layer.
        dense: usize,
        /// Batch norm behind it.
        norm: Option<usize>,
        /// Activation behind those.
        activation: Option<usize>,
    },
    /// A norm on its own, then perhaps an activation.
    Norm {
        /// The norm.
        norm: usize,
        /// Activation behind it.
        activation: Option<usize>,
    },
    /// Local response normalisation.
    Lrn(usize),
    /// A pool that could not be fused.
    Pool(usize),
    /// An activation on its own.
    Activation(usize),
    /// Dropout.
    Dropout(usize),
    /// Flatten.
    Flatten(usize),
    /// Global average pool.
    GlobalAveragePool(usize),
    /// Average pool to maps of a given size.
    AdaptiveAveragePool(usize),
}

/// A shape and where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The shape for one image.
    pub shape: Shape,
    /// Its offsets.
    pub slot: Slot,
}

/// Offsets into the arena, in floats per image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Slot {
    /// In inference.
    pub inference: usize,
    /// In training.
    pub training: usize,
    /// Of the gradient with respect to it, in training.
    pub gradient: usize,
}

/// How large the arena must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ArenaSize {
    /// Floats per image in inference.
    pub inference: usize,
    /// Floats per image in training.
    pub training: usize,
    /// Floats for the statistics of norms, whatever the batch.
    pub statistics: usize,
}

impl Plan {
    /// Groups the layers of a model into steps and lays out their buffers.
    pub fn new(model: &Model) -> Plan {
        Plan::of(model, fuse::steps(model, Fusion::AsFarAsPossible))
    }

    /// Makes a step of each layer: slower, but each leaves what it computes.
    pub fn apart(model: &Model) -> Plan {
        Plan::of(model, fuse::steps(model, Fusion::None))
    }

    fn of(model: &Model, fused: Vec<(Fused, Option<usize>)>) -> Plan {
        let layers = model.layers();
        let learns = |op: Fused| op.learned().any(|layer| layers[layer].trainable);
        let first = fused.iter().position(|(op, _)| learns(*op)).unwrap_or(fused.len() - 1);
        let mut layout = Layout::new(fused.len(), first);
        let images = layout.images(Shape::Maps(model.input()));
        let mut places = Vec::with_capacity(fused.len());
        let mut input = images;
        for (index, (op, _)) in fused.iter().enumerate() {
            let sum = layers[op.first()].output;
            let linear = needs_linear(model, *op).then(|| layout.linear(index, sum));
            let activated = needs_activated(*op)
                .then(|| layout.activated(index, sum, gradient_replaces_values(model, *op)));
            let output = layout.output(index, layers[op.last()].output, input, shared(*op));
            places.push((input, output, linear, activated));
            input = output;
        }
        let logits = input;
        let resolved = layout.resolve();
        let mut statistics = Statistics { floats: 0 };
        let steps = fused
            .into_iter()
            .zip(places)
            .enumerate()
            .map(|(index, ((op, block), (input, output, linear, activated)))| Step {
                name: layers[op.first()].name.clone(),
                op,
                block,
                input: resolved.place(input),
                output: resolved.place(output),
                linear: linear.map(|id| resolved.place(id)),
                activated: activated.map(|id| resolved.place(id)),
                backward: index >= first,
                statistics: op.norm().map(|norm| statistics.reserve(layers[norm].input)),
            })
            .collect();
        Plan {
            steps,
            input: resolved.place(images).slot,
            logits: resolved.place(logits).slot,
            arena: ArenaSize {
                inference: resolved.inference,
                training: resolved.training,
                statistics: statistics.floats,
            },
        }
    }
}

/// The channels of feature maps that lie side by side: a cache line of floats.
const LANES: usize = ALIGNMENT;

impl Shape {
    /// The floats that a step's output takes in the arena for one image: maps lie in blocks of 16 channels.
    pub fn stored(self) -> usize {
        match self {
            Shape::Maps(maps) => maps.channels.next_multiple_of(LANES) * maps.height * maps.width,
            Shape::Vector(features) => features,
        }
    }
}

/// Whether the backward pass needs the sum of a convolution or dense layer itself, because what lies
/// behind it does not tell what came in.
fn needs_linear(model: &Model, op: Fused) -> bool {
    let (Fused::Conv { norm, activation, .. } | Fused::Dense { norm, activation, .. }) = op else {
        return false;
    };
    let hides_its_input = |index: usize| match model.layers()[index].op {
        Op::Activation(activation) => activation.needs_input(),
        _ => false,
    };
    norm.is_some() || activation.is_some_and(hides_its_input)
}

/// Whether a pool reads a map that is not the step's output.
fn needs_activated(op: Fused) -> bool {
    matches!(op, Fused::Conv { pool: Some(_), .. })
}

/// Whether the gradient of what is pooled can take the place of its values: where the windows of a pool touch,
/// but do not overlap, and the activation passes gradients where values are above zero, so that only the largest
/// of a window are asked.
fn gradient_replaces_values(model: &Model, op: Fused) -> bool {
    let Fused::Conv { activation: Some(activation), pool: Some(pool), .. } = op else { return false };
    let layers = model.layers();
    let rectified = matches!(layers[activation].op, Op::Activation(Activation::Relu));
    rectified && matches!(layers[pool].op, Op::Pool(pool) if pool.halves())
}

/// Where a step may work in place. Its values in training must be its own as soon as it changes them:
/// the step in front of it reads them in its backward pass.
fn shared(op: Fused) -> Shared {
    match op {
        Fused::Dropout(_) => Shared { inference: true, training: false, gradient: true },
        Fused::Activation(_) => Shared { inference: false, training: false, gradient: true },
        Fused::Conv { .. }
        | Fused::Dense { .. }
        | Fused::Norm { .. }
        | Fused::Lrn(_)
        | Fused::Pool(_)
        | Fused::Flatten(_)
        | Fused::GlobalAveragePool(_)
        | Fused::AdaptiveAveragePool(_) => Shared { inference: false, training: false, gradient: false },
    }
}

/// Hands out places for the statistics of norms, one behind the other.
struct Statistics {
    floats: usize,
}

impl Statistics {
    /// Two floats for each map or feature.
    fn reserve(&mut self, shape: Shape) -> usize {
        let channels = match shape {
            Shape::Maps(maps) => maps.channels,
            Shape::Vector(features) => features,
        };
        let offset = self.floats;
        self.floats += (2 * channels).next_multiple_of(ALIGNMENT);
        offset
    }
}
