//! Convolution, norm, activation and pool as one step.

use super::linear::TailSettings;
use super::{Gradients, PoolOp, Weights, norm};
use crate::activation::Activation;
use crate::arena::Slot;
use crate::geometry::{Extent, MapShape, Norm, PoolWindow, Window};
use crate::kernels::conv::{self, Algorithm, ConvShape};
use crate::kernels::pool;
use crate::pass::{Buffer, Pass, Workspace};

/// A convolution with what is fused behind it: a norm, an activation, a pool.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConvOp {
    /// The shape of what comes in.
    pub input: MapShape,
    /// The number of kernels.
    pub filters: usize,
    /// Where they are laid.
    pub window: Window,
    /// The groups of kernels, each of which looks at as many channels; 1 if all look at all. They divide channels
    /// and kernels.
    pub groups: usize,
    /// The norm behind the convolution.
    pub norm: Option<Norm>,
    /// The activation behind those.
    pub activation: Activation,
    /// The pool behind those.
    pub pool: Option<PoolWindow>,
    /// What is read.
    pub from: Slot,
    /// What is written.
    pub to: Slot,
    /// Where the sums are kept in training. There must be one if there is a norm, or an activation whose
    /// derivative [needs its input](Activation::needs_input).
    pub linear: Option<Slot>,
    /// Where the activated values lie before the pool. There must be one if there is a pool.
    pub activated: Option<Slot>,
    /// Where the norm's batch means and variances go: see [`Pass::statistics`].
    pub statistics: usize,
    /// Whether what is read are the images, `[image, channel, row, column]`, and not maps in blocks.
    pub reads_images: bool,
    /// Whether the gradient by the input is wanted; that by images never is.
    pub needs_input_gradient: bool,
    /// Whether training leaves the weights as they are: then no gradient by them is computed.
    pub frozen: bool,
}

impl ConvOp {
    /// The shape of the sums, before a pool; `None` if the window does not fit.
    pub const fn summed(&self) -> Option<MapShape> {
        self.window.output(self.input, self.filters)
    }

    /// The shape of what goes out; `None` if a window does not fit.
    pub const fn output(&self) -> Option<MapShape> {
        match (self.summed(), self.pool) {
            (Some(summed), Some(pool)) => pool.output(summed),
            (summed, _) => summed,
        }
    }

    /// How a batch of images is convolved.
    ///
    /// # Panics
    /// If the window does not fit.
    pub fn algorithm(&self, batch: usize) -> Algorithm {
        conv::algorithm(&self.shape_of(batch))
    }

    /// Computes what goes out.
    pub fn forward(&self, pass: &mut Pass<'_>, weights: Weights<'_>) {
        let shape = self.shape(pass);
        let tail = self.tail(&shape).bind(pass, weights);
        if let Some(halved) = self.halved(pass, &shape) {
            let output = Buffer::values(self.to, halved.stored());
            let Workspace { buffers: [input, output], scratch, .. } =
                pass.workspace([self.input_values(), output]);
            return conv::forward_halved(&shape, input, weights.weight, tail.epilogue(), output, scratch);
        }
        let sums = Buffer::values(tail.sums(), shape.output().stored());
        let Workspace { buffers: [input, sums], scratch, .. } = pass.workspace([self.input_values(), sums]);
        conv::forward(&shape, input, weights.weight, tail.epilogue(), sums, scratch);
        tail.forward(pass);
        if let Some(pool) = self.fused_pool(&shape) {
            pool.forward(pass);
        }
    }

    /// Computes the gradients by input and weights.
    pub fn backward(&self, pass: &mut Pass<'_>, weights: Weights<'_>, gradients: Gradients<'_>) {
        let shape = self.shape(pass);
        let mut settings = self.tail(&shape);
        if let Some(pool) = self.fused_pool(&shape) {
            // Most activated values are not the largest of their window, and have no gradient.
            if pool::passes_through(pool.pool, self.activation) {
                settings.activation = Activation::None;
                pool.backward_through(pass, self.activation);
            } else {
                pool.backward(pass);
            }
        }
        let bias = gradients.bias.filter(|_| !self.frozen);
        settings.bind(pass, weights).backward(pass, bias, gradients.norm);

        let by_sums = Buffer::gradient(self.before_pool(), shape.output().stored());
        if !self.frozen {
            let Workspace { buffers: [input, gradient], scratch, .. } =
                pass.workspace([self.input_values(), by_sums]);
            conv::weight_gradient(&shape, input, gradient, gradients.weight, scratch);
        }
        if self.needs_input_gradient {
            let by_input = Buffer::gradient(self.from, self.input.stored());
            let Workspace { buffers: [gradient, input_gradient], scratch, .. } =
                pass.workspace([by_sums, by_input]);
            conv::input_gradient(&shape, gradient, weights.weight, input_gradient, scratch);
        }
    }

    /// Moves the norm's running statistics towards those of the batch; without a norm, does nothing.
    pub fn update_statistics(&self, pass: &Pass<'_>, mean: &mut [f32], variance: &mut [f32]) {
        if let (Some(norm), Some(summed)) = (self.norm, self.summed()) {
            norm::update_statistics(norm, self.statistics, summed.area(), pass, mean, variance);
        }
    }

    /// What comes in.
    fn input_values(&self) -> Buffer {
        let stored = if self.reads_images { self.input.elements() } else { self.input.stored() };
        Buffer::values(self.from, stored)
    }

    /// Where the activated values go.
    fn before_pool(&self) -> Slot {
        match (self.pool, self.activated) {
            (None, _) => self.to,
            (Some(_), Some(activated)) => activated,
            (Some(_), None) => panic!("a step with a pool needs a slot for what it pools"),
        }
    }

    fn shape(&self, pass: &Pass<'_>) -> ConvShape {
        self.shape_of(pass.batch())
    }

    fn shape_of(&self, batch: usize) -> ConvShape {
        match ConvShape::new(batch, self.input, self.filters, self.window) {
            Some(shape) if self.reads_images => shape.in_groups(self.groups).over_images(),
            Some(shape) => shape.in_groups(self.groups),
            None => panic!("{:?} does not fit into {}", self.window, self.input),
        }
    }

    /// What goes out, if convolution and pool are computed at one go: in inference, where no one needs what
    /// lies between them.
    fn halved(&self, pass: &Pass<'_>, shape: &ConvShape) -> Option<MapShape> {
        let fuses = !pass.is_training() && self.pool.is_some_and(PoolWindow::halves) && conv::halves(shape);
        self.output().filter(|_| fuses)
    }

    fn tail(&self, shape: &ConvShape) -> TailSettings {
        TailSettings {
            norm: self.norm,
            statistics: self.statistics,
            activation: self.activation,
            linear: self.linear,
            activated: self.before_pool(),
            extent: Extent::Maps(shape.output()),
        }
    }

    /// The pool as a step of its own.
    fn fused_pool(&self, shape: &ConvShape) -> Option<PoolOp> {
        self.pool.map(|pool| PoolOp {
            input: shape.output(),
            pool,
            from: self.before_pool(),
            to: self.to,
            needs_input_gradient: true,
        })
    }
}
