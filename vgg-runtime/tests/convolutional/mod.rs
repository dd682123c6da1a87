//! A small convolutional network for the digits, put together by hand: a 3x3 convolution with batch norm,
//! ReLU and a 2x2 max-pool, then a dense layer.

#![allow(dead_code, reason = "each test file uses a part")]

use vgg_runtime::activation::Activation;
use vgg_runtime::arena::{ArenaSize, Slot};
use vgg_runtime::geometry::{MapShape, Norm, PoolWindow, Window};
use vgg_runtime::network::{Network, Role, Tensor, TensorMut};
use vgg_runtime::ops::{ConvOp, DenseOp, FlattenOp, Gradients, NormGradients, NormWeights, Weights};
use vgg_runtime::pass::Pass;

const FILTERS: usize = 8;
const CLASSES: usize = 10;
const INPUT: MapShape = MapShape::new(1, 8, 8);
const MAPS: usize = 16 * 64;
const POOLED: MapShape = MapShape::new(FILTERS, 4, 4);

/// Every value has a place of its own, and every gradient, so one layout serves training and inference.
const IMAGES: Slot = Slot::new(0, 0, 0);
const SUMS: Slot = Slot::new(64, 64, 0);
const ACTIVATED: Slot = Slot::new(64 + MAPS, 64 + MAPS, 64 + 2 * MAPS);
const MAXIMA: Slot = behind(64 + 3 * MAPS, POOLED.stored());
const FEATURES: Slot = behind(64 + 3 * MAPS + 2 * POOLED.stored(), POOLED.elements());
const LOGITS: Slot = Slot::new(ARENA - 32, ARENA - 32, ARENA - 16);
const ARENA: usize = 64 + 3 * MAPS + 2 * POOLED.stored() + 2 * POOLED.elements() + 32;

/// A slot of so many floats, with the gradient behind the values.
const fn behind(offset: usize, floats: usize) -> Slot {
    Slot::new(offset, offset, offset + floats)
}

const CONV: ConvOp = ConvOp {
    input: INPUT,
    filters: FILTERS,
    window: Window::same(3, 3),
    groups: 1,
    norm: Some(Norm::DEFAULT),
    activation: Activation::Relu,
    pool: Some(PoolWindow::max(2, 2)),
    from: IMAGES,
    to: MAXIMA,
    linear: Some(SUMS),
    activated: Some(ACTIVATED),
    statistics: 0,
    needs_input_gradient: false,
    reads_images: true,
    frozen: false,
};

const FLATTEN: FlattenOp =
    FlattenOp { input: POOLED, from: MAXIMA, to: FEATURES, needs_input_gradient: true };

const DENSE: DenseOp = DenseOp {
    features: POOLED.elements(),
    units: CLASSES,
    norm: None,
    activation: Activation::None,
    from: FEATURES,
    to: LOGITS,
    linear: None,
    statistics: 0,
    needs_input_gradient: true,
    frozen: false,
};

const TENSORS: [(&str, &[usize], Role); 7] = [
    ("conv1.weight", &[FILTERS, 1, 3, 3], Role::Weight),
    ("bn1.weight", &[FILTERS], Role::Scale),
    ("bn1.bias", &[FILTERS], Role::Shift),
    ("bn1.running_mean", &[FILTERS], Role::Mean),
    ("bn1.running_var", &[FILTERS], Role::Variance),
    ("dense1.weight", &[CLASSES, POOLED.elements()], Role::Weight),
    ("dense1.bias", &[CLASSES], Role::Bias),
];

/// The values of each of [`TENSORS`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Convolutional([Vec<f32>; 7]);

impl Convolutional {
    /// Initial weights.
    pub(crate) fn init(seed: u64) -> Convolutional {
        let mut network = Convolutional(TENSORS.map(|(_, shape, _)| vec![0.0; shape.iter().product()]));
        vgg_runtime::init::initialise(&mut network, seed);
        network
    }

    fn conv(&self) -> Weights<'_> {
        let [weight, scale, shift, mean, variance, ..] = &self.0;
        Weights { weight, bias: None, norm: Some(NormWeights { scale, shift, mean, variance }) }
    }

    fn dense(&self) -> Weights<'_> {
        let [.., weight, bias] = &self.0;
        Weights { weight, bias: Some(bias), norm: None }
    }
}

impl Network for Convolutional {
    fn name(&self) -> &str {
        "Convolutional"
    }

    fn input(&self) -> MapShape {
        INPUT
    }

    fn classes(&self) -> usize {
        CLASSES
    }

    fn arena(&self) -> ArenaSize {
        ArenaSize { inference: ARENA, training: ARENA, statistics: 2 * FILTERS }
    }

    fn input_slot(&self) -> Slot {
        IMAGES
    }

    fn logits_slot(&self) -> Slot {
        LOGITS
    }

    fn forward(&self, pass: &mut Pass<'_>) {
        CONV.forward(pass, self.conv());
        FLATTEN.forward(pass);
        DENSE.forward(pass, self.dense());
    }

    fn backward(&self, pass: &mut Pass<'_>, gradients: &mut Convolutional) {
        let [conv, scale, shift, _, _, dense, bias] = &mut gradients.0;
        DENSE.backward(pass, self.dense(), Gradients { weight: dense, bias: Some(bias), norm: None });
        FLATTEN.backward(pass);
        let norm = Some(NormGradients { scale, shift });
        CONV.backward(pass, self.conv(), Gradients { weight: conv, bias: None, norm });
    }

    fn update_statistics(&mut self, pass: &Pass<'_>) {
        let [_, _, _, mean, variance, ..] = &mut self.0;
        CONV.update_statistics(pass, mean, variance);
    }

    fn visit(&self, visit: &mut dyn FnMut(Tensor<'_>)) {
        for ((name, shape, role), values) in TENSORS.into_iter().zip(&self.0) {
            visit(Tensor { name, shape, values, role });
        }
    }

    fn visit_mut(&mut self, visit: &mut dyn FnMut(TensorMut<'_>)) {
        for ((name, shape, role), values) in TENSORS.into_iter().zip(&mut self.0) {
            visit(TensorMut { name, shape, values, role });
        }
    }

    fn update(&mut self, gradients: &Convolutional, apply: &mut dyn FnMut(TensorMut<'_>, &[f32])) {
        let mut gradients = gradients.0.iter();
        self.visit_mut(&mut |tensor| match gradients.next() {
            Some(gradients) if tensor.role.is_trainable() => apply(tensor, gradients),
            _ => {}
        });
    }
}
