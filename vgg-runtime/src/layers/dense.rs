//! Dense layers and their steps.

use super::tensors::{slice, slice_mut, tensor, tensor_mut};
use super::{BatchNorm, Features, Layer, Open};
use crate::activation::Activation;
use crate::arena::Slot;
use crate::geometry::Norm;
use crate::network::{Role, Tensor, TensorMut};
use crate::ops::{DenseOp, Gradients, Weights};
use crate::pass::Pass;
use ndarray::{Array1, Array2};
use std::marker::PhantomData;

/// The weights of a dense layer from `I` features to `O` units.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense<const I: usize, const O: usize> {
    /// The matrix, `[O, I]`.
    pub weight: Array2<f32>,
    /// What is added, `[O]`.
    pub bias: Option<Array1<f32>>,
}

impl<const I: usize, const O: usize> Dense<I, O> {
    /// Zero weights and biases.
    pub fn zeros() -> Self {
        Dense { bias: Some(Array1::zeros(O)), ..Self::without_bias() }
    }

    /// Zero weights, and no bias.
    pub fn without_bias() -> Self {
        Dense { weight: Array2::zeros((O, I)), bias: None }
    }
}

impl<const I: usize, const O: usize> Layer for Dense<I, O> {
    fn tensors(&self) -> [Option<Tensor<'_>>; 4] {
        let bias = self.bias.as_ref().and_then(|bias| tensor("bias", Role::Bias, bias));
        [tensor("weight", Role::Weight, &self.weight), bias, None, None]
    }

    fn tensors_mut(&mut self) -> [Option<TensorMut<'_>>; 4] {
        let bias = self.bias.as_mut().and_then(|bias| tensor_mut("bias", Role::Bias, &[O], bias));
        [tensor_mut("weight", Role::Weight, &[O, I], &mut self.weight), bias, None, None]
    }
}

/// A dense layer with what is fused behind it, from one place to another. Built as
/// [`ConvStep`](super::ConvStep) is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DenseStep<In, Out> {
    op: DenseOp,
    places: PhantomData<(In, Out)>,
}

impl<const I: usize> DenseStep<Features<I>, Open> {
    /// Begins a step at what it reads.
    pub const fn reads(x: Features<I>) -> Self {
        let from = x.slot();
        let op = DenseOp {
            features: I,
            units: 0,
            norm: None,
            activation: Activation::None,
            from,
            to: from,
            linear: None,
            statistics: 0,
            needs_input_gradient: x.has_gradient(),
            frozen: false,
        };
        DenseStep { op, places: PhantomData }
    }

    /// Leaves the weights as they are in training.
    pub const fn frozen(self) -> Self {
        self.with(DenseOp { frozen: true, ..self.op })
    }

    /// A norm behind the layer, with the offset of its batch statistics. Needs [`keeps`](Self::keeps).
    pub const fn norm(self, norm: Norm, statistics: usize) -> Self {
        self.with(DenseOp { norm: Some(norm), statistics, ..self.op })
    }

    /// Where the sums of the layer are kept in training. A norm needs them, and an activation whose
    /// derivative is a function of [its input](Activation::needs_input).
    pub const fn keeps(self, linear: Slot) -> Self {
        self.with(DenseOp { linear: Some(linear), ..self.op })
    }

    /// The activation behind layer and norm.
    pub const fn activation(self, activation: Activation) -> Self {
        self.with(DenseOp { activation, ..self.op })
    }

    /// Ends a step at what it writes.
    ///
    /// # Panics
    /// If there is no place for sums that are needed; in a constant, that is an error of the compiler.
    pub const fn writes<const O: usize>(self, to: Slot) -> DenseStep<Features<I>, Features<O>> {
        let op = DenseOp { units: O, to, ..self.op };
        let keeps_sums = op.linear.is_some() || !(op.norm.is_some() || op.activation.needs_input());
        assert!(keeps_sums, "this dense layer must keep its sums for the backward pass");
        DenseStep { op, places: PhantomData }
    }

    const fn with(self, op: DenseOp) -> Self {
        DenseStep { op, ..self }
    }
}

impl<const I: usize, const O: usize> DenseStep<Features<I>, Features<O>> {
    /// What it writes.
    pub const fn output(&self) -> Features<O> {
        Features::at(self.op.to)
    }

    /// Computes what goes out. `weights` is `&dense` or `(&dense, &norm)`.
    pub fn forward<'w>(
        &self,
        pass: &mut Pass<'_>,
        x: Features<I>,
        weights: impl Into<DenseWeights<'w, I, O>>,
    ) -> Features<O> {
        debug_assert_eq!(x.slot(), self.op.from, "this step reads elsewhere");
        self.op.forward(pass, weights.into().slices());
        self.output()
    }

    /// Computes the gradients by what comes in and by the weights. `gradients` is `&mut dense` or
    /// `(&mut dense, &mut norm)`.
    pub fn backward<'w, 'g>(
        &self,
        pass: &mut Pass<'_>,
        weights: impl Into<DenseWeights<'w, I, O>>,
        gradients: impl Into<DenseGradients<'g, I, O>>,
    ) {
        self.op.backward(pass, weights.into().slices(), gradients.into().slices());
    }

    /// Moves the running statistics of the norm towards those of the batch.
    pub fn update_statistics(&self, pass: &Pass<'_>, norm: &mut BatchNorm<O>) {
        let (mean, variance) = norm.running_mut();
        self.op.update_statistics(pass, mean, variance);
    }
}

/// The weights of a dense layer, perhaps with those of a norm: what `&dense` and `(&dense, &norm)` become.
#[derive(Debug, Clone, Copy)]
pub struct DenseWeights<'w, const I: usize, const O: usize> {
    dense: &'w Dense<I, O>,
    norm: Option<&'w BatchNorm<O>>,
}

impl<'w, const I: usize, const O: usize> DenseWeights<'w, I, O> {
    fn slices(self) -> Weights<'w> {
        Weights {
            weight: slice(&self.dense.weight, O * I),
            bias: self.dense.bias.as_ref().map(|bias| slice(bias, O)),
            norm: self.norm.map(BatchNorm::weights),
        }
    }
}

impl<'w, const I: usize, const O: usize> From<&'w Dense<I, O>> for DenseWeights<'w, I, O> {
    fn from(dense: &'w Dense<I, O>) -> Self {
        DenseWeights { dense, norm: None }
    }
}

impl<'w, const I: usize, const O: usize> From<(&'w Dense<I, O>, &'w BatchNorm<O>)>
    for DenseWeights<'w, I, O>
{
    fn from((dense, norm): (&'w Dense<I, O>, &'w BatchNorm<O>)) -> Self {
        DenseWeights { dense, norm: Some(norm) }
    }
}

/// Where the gradients of a dense layer go, perhaps with those of a norm: what `&mut dense` and
/// `(&mut dense, &mut norm)` become.
#[derive(Debug)]
pub struct DenseGradients<'g, const I: usize, const O: usize> {
    dense: &'g mut Dense<I, O>,
    norm: Option<&'g mut BatchNorm<O>>,
}

impl<'g, const I: usize, const O: usize> DenseGradients<'g, I, O> {
    fn slices(self) -> Gradients<'g> {
        Gradients {
            weight: slice_mut(&mut self.dense.weight, O * I),
            bias: self.dense.bias.as_mut().map(|bias| slice_mut(bias, O)),
            norm: self.norm.map(BatchNorm::gradients),
        }
    }
}

impl<'g, const I: usize, const O: usize> From<&'g mut Dense<I, O>> for DenseGradients<'g, I, O> {
    fn from(dense: &'g mut Dense<I, O>) -> Self {
        DenseGradients { dense, norm: None }
    }
}

impl<'g, const I: usize, const O: usize> From<(&'g mut Dense<I, O>, &'g mut BatchNorm<O>)>
    for DenseGradients<'g, I, O>
{
    fn from((dense, norm): (&'g mut Dense<I, O>, &'g mut BatchNorm<O>)) -> Self {
        DenseGradients { dense, norm: Some(norm) }
    }
}
