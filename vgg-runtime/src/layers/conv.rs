//! Convolutions and their steps.

use super::tensors::{slice, slice_mut, tensor, tensor_mut};
use super::{BatchNorm, GroupedConv2d, Layer, Maps, Open};
use crate::activation::Activation;
use crate::arena::Slot;
use crate::geometry::{MapShape, Norm, Padding, PoolWindow, Window};
use crate::network::{Role, Tensor, TensorMut};
use crate::ops::{ConvOp, Gradients, Weights};
use crate::pass::Pass;
use ndarray::{Array1, Array4};
use std::marker::PhantomData;

/// The weights of a convolution from `I` to `O` channels, with a kernel of 3x3 unless said otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Conv2d<const I: usize, const O: usize, const KH: usize = 3, const KW: usize = 3> {
    /// The kernels, `[O, I, KH, KW]`.
    pub weight: Array4<f32>,
    /// What is added, `[O]`.
    pub bias: Option<Array1<f32>>,
}

impl<const I: usize, const O: usize, const KH: usize, const KW: usize> Conv2d<I, O, KH, KW> {
    /// Zero weights and biases.
    pub fn zeros() -> Self {
        Conv2d { bias: Some(Array1::zeros(O)), ..Self::without_bias() }
    }

    /// Zero weights, and no bias.
    pub fn without_bias() -> Self {
        Conv2d { weight: Array4::zeros((O, I, KH, KW)), bias: None }
    }
}

impl<const I: usize, const O: usize, const KH: usize, const KW: usize> Layer for Conv2d<I, O, KH, KW> {
    fn tensors(&self) -> [Option<Tensor<'_>>; 4] {
        let bias = self.bias.as_ref().and_then(|bias| tensor("bias", Role::Bias, bias));
        [tensor("weight", Role::Weight, &self.weight), bias, None, None]
    }

    fn tensors_mut(&mut self) -> [Option<TensorMut<'_>>; 4] {
        let bias = self.bias.as_mut().and_then(|bias| tensor_mut("bias", Role::Bias, &[O], bias));
        [tensor_mut("weight", Role::Weight, &[O, I, KH, KW], &mut self.weight), bias, None, None]
    }
}

/// A convolution with what is fused behind it, from one place to another.
///
/// It is built from where it reads to where it writes. What is not said stays at what a VGG block is made
/// of: a stride of 1, padding that keeps the size, and no norm, activation or pool.
///
/// ```
/// use vgg_runtime::activation::Activation;
/// use vgg_runtime::arena::Slot;
/// use vgg_runtime::geometry::PoolWindow;
/// use vgg_runtime::layers::{ConvStep, Maps};
///
/// const INPUT: Maps<3, 32, 32> = Maps::images(Slot::new(0, 0, 0));
/// /// Convolution 3x3, ReLU, max pool 2x2.
/// const CONV: ConvStep<Maps<3, 32, 32>, Maps<64, 16, 16>> = ConvStep::reads(INPUT)
///     .activation(Activation::Relu)
///     .pool(PoolWindow::max(2, 2), Slot::new(3072, 3072, 84992))
///     .writes(Slot::new(68608, 68608, 150528));
/// ```
///
/// A step whose shapes do not fit does not compile:
///
/// ```compile_fail
/// # use vgg_runtime::arena::Slot;
/// # use vgg_runtime::layers::{ConvStep, Maps};
/// # const INPUT: Maps<3, 32, 32> = Maps::images(Slot::new(0, 0, 0));
/// const CONV: ConvStep<Maps<3, 32, 32>, Maps<64, 16, 16>> =
///     ConvStep::reads(INPUT).writes(Slot::new(3072, 3072, 68608)); // gives 64x32x32
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConvStep<In, Out, const KH: usize = 3, const KW: usize = 3> {
    op: ConvOp,
    places: PhantomData<(In, Out)>,
}

impl<const I: usize, const H: usize, const W: usize, const KH: usize, const KW: usize>
    ConvStep<Maps<I, H, W>, Open, KH, KW>
{
    /// Begins a step at what it reads.
    pub const fn reads(x: Maps<I, H, W>) -> Self {
        let from = x.slot();
        let op = ConvOp {
            input: Maps::<I, H, W>::SHAPE,
            filters: 0,
            window: Window::same(KH, KW),
            groups: 1,
            norm: None,
            activation: Activation::None,
            pool: None,
            from,
            to: from,
            linear: None,
            activated: None,
            statistics: 0,
            reads_images: x.are_images(),
            needs_input_gradient: x.has_gradient(),
            frozen: false,
        };
        ConvStep { op, places: PhantomData }
    }

    /// Rows and columns from one position of the kernel to the next.
    pub const fn stride(self, rows: usize, columns: usize) -> Self {
        self.with(ConvOp { window: self.op.window.with_stride(rows, columns), ..self.op })
    }

    /// Rows and columns of zeros around the image.
    pub const fn padding(self, padding: Padding) -> Self {
        self.with(ConvOp { window: self.op.window.with_padding(padding), ..self.op })
    }

    /// Groups of filters, each of which looks at as many channels. The weights are then a [`GroupedConv2d`].
    pub const fn groups(self, groups: usize) -> Self {
        self.with(ConvOp { groups, ..self.op })
    }

    /// Leaves the weights as they are in training.
    pub const fn frozen(self) -> Self {
        self.with(ConvOp { frozen: true, ..self.op })
    }

    /// A norm behind the convolution, with the offset of its batch statistics. Needs
    /// [`keeps`](Self::keeps).
    pub const fn norm(self, norm: Norm, statistics: usize) -> Self {
        self.with(ConvOp { norm: Some(norm), statistics, ..self.op })
    }

    /// Where the sums of the convolution are kept in training. A norm needs them, and an activation whose
    /// derivative is a function of [its input](Activation::needs_input).
    pub const fn keeps(self, linear: Slot) -> Self {
        self.with(ConvOp { linear: Some(linear), ..self.op })
    }

    /// The activation behind convolution and norm.
    pub const fn activation(self, activation: Activation) -> Self {
        self.with(ConvOp { activation, ..self.op })
    }

    /// The pool behind those, and where what it reads lies.
    pub const fn pool(self, pool: PoolWindow, activated: Slot) -> Self {
        self.with(ConvOp { pool: Some(pool), activated: Some(activated), ..self.op })
    }

    /// Ends a step at what it writes.
    ///
    /// # Panics
    /// If the shape of the place is not that of what comes out, or there is no place for sums that are
    /// needed; in a constant, that is an error of the compiler.
    pub const fn writes<const O: usize, const OH: usize, const OW: usize>(
        self,
        to: Slot,
    ) -> ConvStep<Maps<I, H, W>, Maps<O, OH, OW>, KH, KW> {
        let op = ConvOp { filters: O, to, ..self.op };
        let fits = match op.output() {
            Some(output) => output.is(MapShape::new(O, OH, OW)),
            None => false,
        };
        assert!(fits, "what this convolution gives has another shape than where it is written");
        let keeps_sums = op.linear.is_some() || !(op.norm.is_some() || op.activation.needs_input());
        assert!(keeps_sums, "this convolution must keep its sums for the backward pass");
        ConvStep { op, places: PhantomData }
    }

    const fn with(self, op: ConvOp) -> Self {
        ConvStep { op, ..self }
    }
}

impl<
    const I: usize,
    const H: usize,
    const W: usize,
    const O: usize,
    const OH: usize,
    const OW: usize,
    const KH: usize,
    const KW: usize,
> ConvStep<Maps<I, H, W>, Maps<O, OH, OW>, KH, KW>
{
    /// What it writes.
    pub const fn output(&self) -> Maps<O, OH, OW> {
        Maps::at(self.op.to)
    }

    /// Computes what goes out. `weights` is `&conv` or `(&conv, &norm)`.
    pub fn forward<'w>(
        &self,
        pass: &mut Pass<'_>,
        x: Maps<I, H, W>,
        weights: impl Into<ConvWeights<'w, I, O, KH, KW>>,
    ) -> Maps<O, OH, OW> {
        debug_assert_eq!(x.slot(), self.op.from, "this step reads elsewhere");
        self.op.forward(pass, weights.into().slices());
        self.output()
    }

    /// Computes the gradients by what comes in and by the weights. `gradients` is `&mut conv` or
    /// `(&mut conv, &mut norm)`.
    pub fn backward<'w, 'g>(
        &self,
        pass: &mut Pass<'_>,
        weights: impl Into<ConvWeights<'w, I, O, KH, KW>>,
        gradients: impl Into<ConvGradients<'g, I, O, KH, KW>>,
    ) {
        self.op.backward(pass, weights.into().slices(), gradients.into().slices());
    }

    /// Moves the running statistics of the norm towards those of the batch.
    pub fn update_statistics(&self, pass: &Pass<'_>, norm: &mut BatchNorm<O>) {
        let (mean, variance) = norm.running_mut();
        self.op.update_statistics(pass, mean, variance);
    }
}

/// The weights of a convolution, perhaps with those of a norm: what `&conv` and `(&conv, &norm)` become.
#[derive(Debug, Clone, Copy)]
pub struct ConvWeights<'w, const I: usize, const O: usize, const KH: usize, const KW: usize> {
    weight: &'w [f32],
    bias: Option<&'w Array1<f32>>,
    norm: Option<&'w BatchNorm<O>>,
}

impl<'w, const I: usize, const O: usize, const KH: usize, const KW: usize> ConvWeights<'w, I, O, KH, KW> {
    fn slices(self) -> Weights<'w> {
        Weights {
            weight: self.weight,
            bias: self.bias.map(|bias| slice(bias, O)),
            norm: self.norm.map(BatchNorm::weights),
        }
    }
}

impl<'w, const I: usize, const O: usize, const KH: usize, const KW: usize> From<&'w Conv2d<I, O, KH, KW>>
    for ConvWeights<'w, I, O, KH, KW>
{
    fn from(conv: &'w Conv2d<I, O, KH, KW>) -> Self {
        ConvWeights { weight: slice(&conv.weight, O * I * KH * KW), bias: conv.bias.as_ref(), norm: None }
    }
}

impl<'w, const I: usize, const O: usize, const KH: usize, const KW: usize>
    From<(&'w Conv2d<I, O, KH, KW>, &'w BatchNorm<O>)> for ConvWeights<'w, I, O, KH, KW>
{
    fn from((conv, norm): (&'w Conv2d<I, O, KH, KW>, &'w BatchNorm<O>)) -> Self {
        ConvWeights { norm: Some(norm), ..conv.into() }
    }
}

/// Where the gradients of a convolution go, perhaps with those of a norm: what `&mut conv` and
/// `(&mut conv, &mut norm)` become.
#[derive(Debug)]
pub struct ConvGradients<'g, const I: usize, const O: usize, const KH: usize, const KW: usize> {
    weight: &'g mut [f32],
    bias: Option<&'g mut Array1<f32>>,
    norm: Option<&'g mut BatchNorm<O>>,
}

impl<'g, const I: usize, const O: usize, const KH: usize, const KW: usize> ConvGradients<'g, I, O, KH, KW> {
    fn slices(self) -> Gradients<'g> {
        Gradients {
            weight: self.weight,
            bias: self.bias.map(|bias| slice_mut(bias, O)),
            norm: self.norm.map(BatchNorm::gradients),
        }
    }
}

impl<'g, const I: usize, const O: usize, const KH: usize, const KW: usize> From<&'g mut Conv2d<I, O, KH, KW>>
    for ConvGradients<'g, I, O, KH, KW>
{
    fn from(conv: &'g mut Conv2d<I, O, KH, KW>) -> Self {
        let Conv2d { weight, bias } = conv;
        ConvGradients { weight: slice_mut(weight, O * I * KH * KW), bias: bias.as_mut(), norm: None }
    }
}

impl<'g, const I: usize, const O: usize, const KH: usize, const KW: usize>
    From<(&'g mut Conv2d<I, O, KH, KW>, &'g mut BatchNorm<O>)> for ConvGradients<'g, I, O, KH, KW>
{
    fn from((conv, norm): (&'g mut Conv2d<I, O, KH, KW>, &'g mut BatchNorm<O>)) -> Self {
        ConvGradients { norm: Some(norm), ..conv.into() }
    }
}

impl<'w, const I: usize, const O: usize, const G: usize, const KH: usize, const KW: usize>
    From<&'w GroupedConv2d<I, O, G, KH, KW>> for ConvWeights<'w, I, O, KH, KW>
{
    fn from(conv: &'w GroupedConv2d<I, O, G, KH, KW>) -> Self {
        let weight = slice(&conv.weight, GroupedConv2d::<I, O, G, KH, KW>::WEIGHTS);
        ConvWeights { weight, bias: conv.bias.as_ref(), norm: None }
    }
}

impl<'w, const I: usize, const O: usize, const G: usize, const KH: usize, const KW: usize>
    From<(&'w GroupedConv2d<I, O, G, KH, KW>, &'w BatchNorm<O>)> for ConvWeights<'w, I, O, KH, KW>
{
    fn from((conv, norm): (&'w GroupedConv2d<I, O, G, KH, KW>, &'w BatchNorm<O>)) -> Self {
        ConvWeights { norm: Some(norm), ..conv.into() }
    }
}

impl<'g, const I: usize, const O: usize, const G: usize, const KH: usize, const KW: usize>
    From<&'g mut GroupedConv2d<I, O, G, KH, KW>> for ConvGradients<'g, I, O, KH, KW>
{
    fn from(conv: &'g mut GroupedConv2d<I, O, G, KH, KW>) -> Self {
        let GroupedConv2d { weight, bias } = conv;
        let weight = slice_mut(weight, GroupedConv2d::<I, O, G, KH, KW>::WEIGHTS);
        ConvGradients { weight, bias: bias.as_mut(), norm: None }
    }
}

impl<'g, const I: usize, const O: usize, const G: usize, const KH: usize, const KW: usize>
    From<(&'g mut GroupedConv2d<I, O, G, KH, KW>, &'g mut BatchNorm<O>)> for ConvGradients<'g, I, O, KH, KW>
{
    fn from((conv, norm): (&'g mut GroupedConv2d<I, O, G, KH, KW>, &'g mut BatchNorm<O>)) -> Self {
        ConvGradients { norm: Some(norm), ..conv.into() }
    }
}
