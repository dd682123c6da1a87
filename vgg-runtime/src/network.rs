//! What training, prediction and weight files need to know of a network.
//!
//! Generated code implements [`Network`], and so does the interpreter of the command line: both train
//! and predict through the same code.

use crate::arena::{ArenaSize, Slot};
use crate::geometry::MapShape;
use crate::pass::Pass;

/// A network: its weights, and how data passes through them.
///
/// The gradients of a network are a network of the same type, with a gradient in place of each weight.
pub trait Network: Clone {
    /// The name of the model.
    fn name(&self) -> &str;

    /// The shape of one image.
    fn input(&self) -> MapShape;

    /// The number of logits of one image.
    fn classes(&self) -> usize;

    /// How much memory a pass needs.
    fn arena(&self) -> ArenaSize;

    /// Where the images go, `[image, channel, row, column]`.
    fn input_slot(&self) -> Slot;

    /// Where the logits come out, `[image, class]`.
    fn logits_slot(&self) -> Slot;

    /// Computes the logits of the images that lie in the input slot.
    fn forward(&self, pass: &mut Pass<'_>);

    /// Computes the gradient of every trainable tensor out of the gradient of the logits, which lies in
    /// the gradient of the logits slot. What was in `gradients` is overwritten, but for what is
    /// [frozen](Network::is_frozen).
    ///
    /// The pass must be in [training](crate::pass::Mode::Training), and have gone forward.
    fn backward(&self, pass: &mut Pass<'_>, gradients: &mut Self);

    /// Shows what every step of a pass that has gone forward in [training](crate::pass::Mode::Training) has left: the
    /// name of its first layer and its values, maps in [blocks](crate::kernels::layout). A network that does not say
    /// shows nothing.
    fn outputs(&self, pass: &Pass<'_>, see: &mut dyn FnMut(&str, &[f32])) {
        let _ = (pass, see);
    }

    /// Whether training leaves the tensors of a layer as they are, by the layer's name.
    fn is_frozen(&self, layer: &str) -> bool {
        let _ = layer;
        false
    }

    /// Moves the running statistics of norms towards those of the batch that went forward in `pass`.
    fn update_statistics(&mut self, pass: &Pass<'_>);

    /// Shows every tensor, in the order of the layers.
    fn visit(&self, visit: &mut dyn FnMut(Tensor<'_>));

    /// Shows every tensor, to be changed, in the same order.
    fn visit_mut(&mut self, visit: &mut dyn FnMut(TensorMut<'_>));

    /// Shows every trainable tensor beside its gradient, in the same order; frozen ones, too.
    fn update(&mut self, gradients: &Self, apply: &mut dyn FnMut(TensorMut<'_>, &[f32]));

    /// A network of the same layers with zero in every tensor: a place for gradients.
    fn zeros_like(&self) -> Self {
        let mut zeros = self.clone();
        zeros.visit_mut(&mut |tensor| tensor.values.fill(0.0));
        zeros
    }
}

/// A named tensor of a network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tensor<'a> {
    /// The layer's name, a dot, and the tensor's own name: `block1_conv1.weight`.
    pub name: &'a str,
    /// Its extents, the outermost first.
    pub shape: &'a [usize],
    /// Its values, the last extent contiguous.
    pub values: &'a [f32],
    /// What it is for.
    pub role: Role,
}

/// A named tensor of a network, to be changed.
#[derive(Debug, PartialEq)]
pub struct TensorMut<'a> {
    /// The layer's name, a dot, and the tensor's own name: `block1_conv1.weight`.
    pub name: &'a str,
    /// Its extents, the outermost first.
    pub shape: &'a [usize],
    /// Its values, the last extent contiguous.
    pub values: &'a mut [f32],
    /// What it is for.
    pub role: Role,
}

/// What a tensor is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The kernels of a convolution, `[filter, channel, row, column]`, or the matrix of a dense layer,
    /// `[unit, feature]`.
    Weight,
    /// What a convolution or dense layer adds.
    Bias,
    /// What a norm multiplies by.
    Scale,
    /// What a norm adds.
    Shift,
    /// A running mean of a norm: not trained, but observed.
    Mean,
    /// A running variance of a norm: not trained, but observed.
    Variance,
}

impl Role {
    /// Whether gradients change it.
    pub const fn is_trainable(self) -> bool {
        !matches!(self, Role::Mean | Role::Variance)
    }
}

/// What is known of a layer at compile time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayerInfo {
    /// Its name, the prefix of the names of its tensors.
    pub name: &'static str,
    /// What it is, as Keras calls it: `Conv2D`, `MaxPooling2D`, `Dense` ...
    pub kind: &'static str,
    /// The extents of what comes out for one image: `[channels, height, width]` or `[features]`.
    pub output: &'static [usize],
    /// The number of its parameters, running statistics included.
    pub parameters: u64,
    /// The number of multiplications with additions that one image takes.
    pub macs: u64,
}

impl LayerInfo {
    /// All of it at once, as generated code writes it.
    pub const fn new(
        name: &'static str,
        kind: &'static str,
        output: &'static [usize],
        parameters: u64,
        macs: u64,
    ) -> LayerInfo {
        LayerInfo { name, kind, output, parameters, macs }
    }
}
