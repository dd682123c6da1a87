//! The data on its way through the layers: its shape, what it has seen of the image, and the sums that
//! bound a network.

use super::limits::{MAX_ACTIVATIONS, MAX_EXTENT, MAX_LAYERS, MAX_MACS, MAX_PARAMETERS};
use super::{Lowering, codes};
use crate::ast;
use crate::cost::{BYTES, Cost};
use crate::diagnostic::Diagnostic;
use crate::ir::{BatchNorm, Layer, Lrn, MapShape, Op, Shape};
use crate::quantity::{bytes, grouped};
use crate::shape::{Axis, ReceptiveField};
use crate::span::Span;

/// The shape of the data at one point, unknown where an earlier mistake hides it. Whether it is maps or
/// a vector is always known.
#[derive(Debug, Clone, Copy)]
pub(super) enum Flow {
    Maps { channels: Option<usize>, size: [Option<usize>; 2] },
    Vector(Option<usize>),
}

impl Flow {
    /// The shape, if all of it is known.
    pub(super) fn shape(self) -> Option<Shape> {
        Some(match self {
            Flow::Maps { channels, size: [height, width] } => {
                Shape::Maps(MapShape { channels: channels?, height: height?, width: width? })
            }
            Flow::Vector(features) => Shape::Vector(features?),
        })
    }

    /// The number of values, as far as it is known.
    fn elements(self) -> u64 {
        let factors = match self {
            Flow::Maps { channels, size: [height, width] } => [channels, height, width],
            Flow::Vector(features) => [features, Some(1), Some(1)],
        };
        // 0 for what is not known: it cannot be the reason why a network is too large.
        factors.into_iter().fold(1, |product: u64, factor| product.saturating_mul(factor.unwrap_or(0) as u64))
    }
}

/// The layers so far and the data behind the last of them.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) flow: Flow,
    input: Flow,
    pub(super) input_span: Span,
    fields: [ReceptiveField; 2],
    layers: Vec<Layer>,
    /// A layer could not be built; why has been reported.
    broken: bool,
    /// Whether training changes the weights of the next layers.
    pub(super) trainable: bool,
    /// Layers met, built or not.
    met: usize,
    cost: Cost,
    activations: u64,
    /// The totals are past a limit; reported once.
    exceeded: bool,
    /// Every window so far, to answer which input would have been large enough.
    windows: Vec<[Option<Axis>; 2]>,
    /// Sizes behind each block.
    sizes: Vec<(String, [Option<usize>; 2])>,
}

impl Default for Chain {
    /// Starts from images of which nothing is known.
    fn default() -> Self {
        Chain::new(Flow::Maps { channels: None, size: [None; 2] }, Span::new(0, 0))
    }
}

impl Chain {
    pub(super) fn new(input: Flow, input_span: Span) -> Self {
        Chain {
            flow: input,
            input,
            input_span,
            fields: [ReceptiveField::PIXEL; 2],
            layers: Vec::new(),
            broken: false,
            trainable: true,
            met: 0,
            cost: Cost::default(),
            activations: input.elements(),
            exceeded: false,
            windows: Vec::new(),
            sizes: Vec::new(),
        }
    }

    /// The number of layers built so far.
    pub(super) fn len(&self) -> usize {
        self.layers.len()
    }

    /// All layers, if every one of them could be built.
    pub(super) fn into_layers(self) -> Option<Vec<Layer>> {
        (!self.broken).then_some(self.layers)
    }

    /// Gives up building layers; why has been reported.
    pub(super) fn break_off(&mut self) {
        self.broken = true;
    }

    /// Whether no more layers are taken.
    pub(super) fn full(&self) -> bool {
        self.met > MAX_LAYERS
    }

    /// Widens the receptive field, and remembers the window.
    pub(super) fn pass_through(&mut self, axes: [Option<Axis>; 2]) {
        for (field, axis) in self.fields.iter_mut().zip(axes) {
            *field = axis.map_or(*field, |axis| field.through(axis));
        }
        self.windows.push(axes);
    }

    /// Notes the size of the maps behind a block.
    pub(super) fn end_block(&mut self, name: &str) {
        if let Flow::Maps { size, .. } = self.flow {
            self.sizes.push((name.to_owned(), size));
        }
    }

    pub(super) fn input_size(&self) -> Option<[usize; 2]> {
        match self.input {
            Flow::Maps { size: [height, width], .. } => Some([height?, width?]),
            Flow::Vector(_) => None,
        }
    }

    /// How the maps shrank from block to block: `32 -block1-> 16 -block2-> 8`.
    pub(super) fn history(&self) -> Option<String> {
        /// Blocks shown at each end of a long network.
        const SHOWN: usize = 4;
        if self.sizes.is_empty() {
            return None;
        }
        let mut text = extents(self.input_size()?);
        for (index, (name, size)) in self.sizes.iter().enumerate() {
            if (SHOWN..self.sizes.len().saturating_sub(SHOWN)).contains(&index) {
                if index == SHOWN {
                    text += " ...";
                }
                continue;
            }
            text += &format!(" -{name}-> {}", extents([size[0]?, size[1]?]));
        }
        Some(text)
    }

    /// The smallest input for which one more window has a place, if that is a size that is allowed.
    pub(super) fn smallest_input(&self, axes: [Axis; 2]) -> Option<[usize; 2]> {
        let mut needed = axes.map(|axis| axis.smallest_input(1));
        for window in self.windows.iter().rev() {
            for (direction, needed) in needed.iter_mut().enumerate() {
                *needed = window[direction]?.smallest_input(*needed);
            }
        }
        needed.iter().all(|extent| *extent as u64 <= MAX_EXTENT).then_some(needed)
    }
}

/// Height and width: `8x8`.
pub(super) fn pair([height, width]: [usize; 2]) -> String {
    format!("{height}x{width}")
}

/// `8` for a square, `8x6` for anything else.
fn extents([height, width]: [usize; 2]) -> String {
    if height == width { height.to_string() } else { pair([height, width]) }
}

impl Lowering<'_> {
    /// Appends a layer. Without an `op`, a name or a shape it is only counted: something about it is
    /// wrong and has been reported.
    pub(super) fn push(&mut self, name: Option<String>, op: Option<Op>, output: Flow, span: Span) {
        let input = std::mem::replace(&mut self.chain.flow, output);
        self.chain.met += 1;
        if self.chain.met == MAX_LAYERS + 1 {
            let message = format!("the network has more than {} layers", grouped(MAX_LAYERS as u64));
            self.report(Diagnostic::error(codes::TOO_MANY_LAYERS, message, span, "the first one too many"));
        }
        self.count_activations(output, span);
        let parts = (|| Some((input.shape()?, op?, output.shape()?)))().filter(|_| !self.chain.exceeded);
        if let Some((input, op, output)) = parts {
            self.count_cost(&op, input, output, span);
        }
        // Without a name there will be no model, but the totals and shapes go on being checked.
        let (Some((input, op, output)), Some(name), false) = (parts, name, self.chain.exceeded) else {
            self.chain.broken = true;
            return;
        };
        let receptive_field = match (output, self.chain.input_size()) {
            (Shape::Vector(_), Some(image)) => image,
            _ => self.chain.fields.map(|field| field.size),
        };
        self.chain.layers.push(Layer {
            name,
            op,
            input,
            output,
            receptive_field,
            trainable: self.chain.trainable,
            span,
        });
    }

    /// Appends a batch norm, if that is what the norm is.
    pub(super) fn batch_norm_layer(&mut self, norm: ast::Norm, name: Option<String>, span: Span) {
        if let ast::Norm::Batch { epsilon, momentum } = norm {
            let op = Op::BatchNorm(BatchNorm { epsilon, momentum });
            self.elementwise(op, name, span);
        }
    }

    /// Appends a local response normalisation, if that is what the norm is.
    pub(super) fn lrn_layer(&mut self, norm: ast::Norm, name: Option<String>, span: Span) {
        if let ast::Norm::Lrn { n, k, alpha, beta } = norm {
            self.elementwise(Op::Lrn(Lrn { size: n as usize, alpha, beta, k }), name, span);
        }
    }

    /// Appends an activation unless there is none.
    pub(super) fn activation_layer(&mut self, activation: ast::Activation, name: Option<String>, span: Span) {
        if activation != ast::Activation::None {
            self.elementwise(Op::Activation(activation), name, span);
        }
    }

    /// Appends a dropout.
    pub(super) fn dropout_layer(&mut self, rate: f64, name: Option<String>, span: Span) {
        self.elementwise(Op::Dropout { rate }, name, span);
    }

    /// Appends a layer that leaves the shape as it is.
    fn elementwise(&mut self, op: Op, name: Option<String>, span: Span) {
        let name = self.claim(name, span);
        self.push(name, Some(op), self.chain.flow, span);
    }

    /// Adds the values that a layer puts out, and reports the first layer that is past the limit.
    fn count_activations(&mut self, output: Flow, span: Span) {
        self.chain.activations = self.chain.activations.saturating_add(output.elements());
        if self.chain.activations > MAX_ACTIVATIONS {
            self.exceeded("activations of one image", &bytes(MAX_ACTIVATIONS * BYTES), span);
        }
    }

    /// Adds what a layer costs, and reports the first layer that is past a limit.
    fn count_cost(&mut self, op: &Op, input: Shape, output: Shape, span: Span) {
        match Cost::of(op, input, output).and_then(|cost| self.chain.cost.and(cost)) {
            Some(cost) if cost.parameters <= MAX_PARAMETERS && cost.macs <= MAX_MACS => {
                self.chain.cost = cost
            }
            Some(cost) if cost.parameters <= MAX_PARAMETERS => {
                self.exceeded("multiplications for one image", &grouped(MAX_MACS), span);
            }
            _ => self.exceeded("parameters", &bytes(MAX_PARAMETERS * BYTES), span),
        }
    }

    fn exceeded(&mut self, what: &str, limit: &str, span: Span) {
        if !std::mem::replace(&mut self.chain.exceeded, true) {
            let message = format!("the {what} come to more than {limit}");
            self.report(Diagnostic::error(codes::NETWORK_TOO_LARGE, message, span, "with this layer"));
        }
    }
}
