//! The smallest network there is: logits = weight x pixels + bias. Written by hand, with plain loops, so
//! that training and files can be tested without any layer.

#![allow(dead_code, reason = "each test file uses a part")]

use vgg_runtime::arena::{ArenaSize, Slot};
use vgg_runtime::geometry::MapShape;
use vgg_runtime::network::{Network, Role, Tensor, TensorMut};
use vgg_runtime::pass::Pass;

const NAMES: [&str; 2] = ["dense1.weight", "dense1.bias"];

/// One dense layer over the pixels of images of one channel.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Linear {
    pub(crate) weight: Vec<f32>,
    pub(crate) bias: Vec<f32>,
    /// Added to the gradient of the first bias, to see what becomes of it.
    pub(crate) fault: f32,
    shape: [usize; 2],
    side: usize,
}

impl Linear {
    /// Zeros, for images of `side` x `side` pixels.
    pub(crate) fn new(side: usize, classes: usize) -> Linear {
        let shape = [classes, side * side];
        Linear { weight: vec![0.0; classes * side * side], bias: vec![0.0; classes], fault: 0.0, shape, side }
    }

    /// Initial weights.
    pub(crate) fn init(side: usize, classes: usize, seed: u64) -> Linear {
        let mut network = Linear::new(side, classes);
        vgg_runtime::init::initialise(&mut network, seed);
        network
    }
}

impl Network for Linear {
    fn name(&self) -> &str {
        "Linear"
    }

    fn input(&self) -> MapShape {
        MapShape::new(1, self.side, self.side)
    }

    fn classes(&self) -> usize {
        self.shape[0]
    }

    fn arena(&self) -> ArenaSize {
        let [outputs, inputs] = self.shape;
        ArenaSize { inference: inputs + outputs, training: inputs + 2 * outputs, statistics: 0 }
    }

    fn input_slot(&self) -> Slot {
        Slot::new(0, 0, 0)
    }

    fn logits_slot(&self) -> Slot {
        let [outputs, inputs] = self.shape;
        Slot::new(inputs, inputs, inputs + outputs)
    }

    fn forward(&self, pass: &mut Pass<'_>) {
        let [outputs, inputs] = self.shape;
        for image in 0..pass.batch() {
            for (output, weights) in self.weight.chunks_exact(inputs).enumerate() {
                let pixels = &pass.values(self.input_slot(), inputs)[image * inputs..];
                let sum: f32 = weights.iter().zip(pixels).map(|(weight, pixel)| weight * pixel).sum();
                pass.values_mut(self.logits_slot(), outputs)[image * outputs + output] =
                    self.bias[output] + sum;
            }
        }
    }

    fn backward(&self, pass: &mut Pass<'_>, gradients: &mut Linear) {
        let [outputs, inputs] = self.shape;
        gradients.weight.fill(0.0);
        gradients.bias.fill(0.0);
        gradients.bias[0] = self.fault;
        let images = pass.values(self.input_slot(), inputs).chunks_exact(inputs);
        for (image, errors) in images.zip(pass.gradient(self.logits_slot(), outputs).chunks_exact(outputs)) {
            for (output, error) in errors.iter().enumerate() {
                gradients.bias[output] += error;
                let row = &mut gradients.weight[output * inputs..][..inputs];
                row.iter_mut().zip(image).for_each(|(gradient, pixel)| *gradient += error * pixel);
            }
        }
    }

    fn update_statistics(&mut self, _: &Pass<'_>) {}

    fn visit(&self, visit: &mut dyn FnMut(Tensor<'_>)) {
        let [weight, bias] = NAMES;
        visit(Tensor { name: weight, shape: &self.shape, values: &self.weight, role: Role::Weight });
        visit(Tensor { name: bias, shape: &self.shape[..1], values: &self.bias, role: Role::Bias });
    }

    fn visit_mut(&mut self, visit: &mut dyn FnMut(TensorMut<'_>)) {
        let [weight, bias] = NAMES;
        visit(TensorMut { name: weight, shape: &self.shape, values: &mut self.weight, role: Role::Weight });
        visit(TensorMut { name: bias, shape: &self.shape[..1], values: &mut self.bias, role: Role::Bias });
    }

    fn update(&mut self, gradients: &Linear, apply: &mut dyn FnMut(TensorMut<'_>, &[f32])) {
        let mut slopes = [&gradients.weight, &gradients.bias].into_iter();
        self.visit_mut(&mut |tensor| {
            if let Some(gradients) = slopes.next() {
                apply(tensor, gradients);
            }
        });
    }
}
