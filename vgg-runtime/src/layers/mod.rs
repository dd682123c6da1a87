//! Layers and steps with their shapes in their types: what generated code is written in.
//!
//! - A *layer* ([`Conv2d`], [`BatchNorm`], [`Dense`]) holds weights.
//! - A *place* ([`Maps`], [`Features`]) says where in the arena of a [`Pass`](crate::pass::Pass) data lies,
//!   and of what shape it is.
//! - A *step* ([`ConvStep`], [`DenseStep`], [`PoolStep`] ...) says how data gets from one place to another.
//!   It is a constant: that its shapes fit is checked when it is compiled. Layers that follow a convolution
//!   are fused into its step.
//!
//! Data passes through a network by handing each step the place that the last one wrote, so the compiler
//! proves once more that the shapes fit. No kernel is generic over shapes: this module is a thin border
//! around [`ops`](crate::ops).
//!
//! # A network
//!
//! This is what the compiler makes of two blocks, the first with batch norm, and a head.
//!
//! ```
//! /// A small network.
//! ///
//! /// | layer | kind | output | parameters |
//! /// |---|---|---|--:|
//! /// | `block1_conv1` | Conv2D | 4x8x8 | 72 |
//! /// | `block1_bn1` | BatchNormalization | 4x8x8 | 16 |
//! /// | `block1_relu1` | Activation | 4x8x8 | 0 |
//! /// | `block1_conv2` | Conv2D | 4x8x8 | 144 |
//! /// | `block1_bn2` | BatchNormalization | 4x8x8 | 16 |
//! /// | `block1_relu2` | Activation | 4x8x8 | 0 |
//! /// | `block1_pool` | MaxPooling2D | 4x4x4 | 0 |
//! /// | `block2_conv1` | Conv2D | 8x4x4 | 40 |
//! /// | `block2_relu1` | Activation | 8x4x4 | 0 |
//! /// | `block2_pool` | MaxPooling2D | 8x2x2 | 0 |
//! /// | `flatten` | Flatten | 32 | 0 |
//! /// | `dropout1` | Dropout | 32 | 0 |
//! /// | `dense1` | Dense | 3 | 99 |
//! #[derive(Debug, Clone)]
//! pub struct Small {
//!     /// Convolution 3x3, 2 to 4 channels.
//!     pub block1_conv1: vgg_runtime::layers::Conv2d<2, 4>,
//!     /// Batch norm over 4 channels.
//!     pub block1_bn1: vgg_runtime::layers::BatchNorm<4>,
//!     /// Convolution 3x3, 4 to 4 channels.
//!     pub block1_conv2: vgg_runtime::layers::Conv2d<4, 4>,
//!     /// Batch norm over 4 channels.
//!     pub block1_bn2: vgg_runtime::layers::BatchNorm<4>,
//!     /// Convolution 1x1, 4 to 8 channels.
//!     pub block2_conv1: vgg_runtime::layers::Conv2d<4, 8, 1, 1>,
//!     /// Dense, 32 to 3 features.
//!     pub dense1: vgg_runtime::layers::Dense<32, 3>,
//! }
//!
//! const _: () = {
//!     use vgg_runtime::layers::{self, BatchNorm, Conv2d, Dense, Features, Layer, Maps};
//!     use vgg_runtime::{ArenaSize, FeatureMaps, Logits, MapShape, Network, Pass, Slot, Tensor, TensorMut};
//!
//!     impl Small {
//!         /// The number of parameters, running statistics of norms included.
//!         pub const PARAMETERS: usize = 387;
//!
//!         /// The network with random weights (He et al., 2015), a function of the seed.
//!         pub fn init(seed: u64) -> Self {
//!             let mut network = Self {
//!                 block1_conv1: Conv2d::without_bias(),
//!                 block1_bn1: BatchNorm::identity(),
//!                 block1_conv2: Conv2d::without_bias(),
//!                 block1_bn2: BatchNorm::identity(),
//!                 block2_conv1: Conv2d::zeros(),
//!                 dense1: Dense::zeros(),
//!             };
//!             vgg_runtime::init::initialise(&mut network, seed);
//!             network
//!         }
//!
//!         /// The logits of images.
//!         pub fn forward(&self, images: &FeatureMaps<2, 8, 8>) -> Logits<3> {
//!             vgg_runtime::tensor::forward(self, images)
//!         }
//!
//!         /// Block 1: 2x8x8 to 4x4x4.
//!         fn block1(&self, pass: &mut Pass<'_>, x: Maps<2, 8, 8>) -> Maps<4, 4, 4> {
//!             let x = steps::BLOCK1_CONV1.forward(pass, x, (&self.block1_conv1, &self.block1_bn1));
//!             steps::BLOCK1_CONV2.forward(pass, x, (&self.block1_conv2, &self.block1_bn2))
//!         }
//!
//!         /// Block 2: 4x4x4 to 8x2x2.
//!         fn block2(&self, pass: &mut Pass<'_>, x: Maps<4, 4, 4>) -> Maps<8, 2, 2> {
//!             steps::BLOCK2_CONV1.forward(pass, x, &self.block2_conv1)
//!         }
//!
//!         /// Head: 8x2x2 to 3.
//!         fn head(&self, pass: &mut Pass<'_>, x: Maps<8, 2, 2>) -> Features<3> {
//!             let x = steps::FLATTEN.forward(pass, x);
//!             let x = steps::DROPOUT1.forward(pass, x);
//!             steps::DENSE1.forward(pass, x, &self.dense1)
//!         }
//!
//!         /// Gradients of block 1, the last step first.
//!         fn block1_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
//!             let weights = (&self.block1_conv2, &self.block1_bn2);
//!             steps::BLOCK1_CONV2.backward(pass, weights, (&mut into.block1_conv2, &mut into.block1_bn2));
//!             let weights = (&self.block1_conv1, &self.block1_bn1);
//!             steps::BLOCK1_CONV1.backward(pass, weights, (&mut into.block1_conv1, &mut into.block1_bn1));
//!         }
//!
//!         /// Gradients of block 2, the last step first.
//!         fn block2_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
//!             steps::BLOCK2_CONV1.backward(pass, &self.block2_conv1, &mut into.block2_conv1);
//!         }
//!
//!         /// Gradients of the head, the last step first.
//!         fn head_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
//!             steps::DENSE1.backward(pass, &self.dense1, &mut into.dense1);
//!             steps::DROPOUT1.backward(pass);
//!             steps::FLATTEN.backward(pass);
//!         }
//!
//!         /// The layers with weights, by name.
//!         fn parts(&self) -> [(&str, &dyn Layer); 6] {
//!             [
//!                 ("block1_conv1", &self.block1_conv1),
//!                 ("block1_bn1", &self.block1_bn1),
//!                 ("block1_conv2", &self.block1_conv2),
//!                 ("block1_bn2", &self.block1_bn2),
//!                 ("block2_conv1", &self.block2_conv1),
//!                 ("dense1", &self.dense1),
//!             ]
//!         }
//!
//!         /// The layers with weights, by name, to be changed.
//!         fn parts_mut(&mut self) -> [(&str, &mut dyn Layer); 6] {
//!             [
//!                 ("block1_conv1", &mut self.block1_conv1),
//!                 ("block1_bn1", &mut self.block1_bn1),
//!                 ("block1_conv2", &mut self.block1_conv2),
//!                 ("block1_bn2", &mut self.block1_bn2),
//!                 ("block2_conv1", &mut self.block2_conv1),
//!                 ("dense1", &mut self.dense1),
//!             ]
//!         }
//!     }
//!
//!     impl Network for Small {
//!         fn name(&self) -> &str {
//!             "Small"
//!         }
//!
//!         fn input(&self) -> MapShape {
//!             MapShape::new(2, 8, 8)
//!         }
//!
//!         fn classes(&self) -> usize {
//!             3
//!         }
//!
//!         fn arena(&self) -> ArenaSize {
//!             ArenaSize { inference: 2800, training: 7584, statistics: 32 }
//!         }
//!
//!         fn input_slot(&self) -> Slot {
//!             steps::INPUT.slot()
//!         }
//!
//!         fn logits_slot(&self) -> Slot {
//!             steps::DENSE1.output().slot()
//!         }
//!
//!         fn forward(&self, pass: &mut Pass<'_>) {
//!             let x = self.block1(pass, steps::INPUT);
//!             let x = self.block2(pass, x);
//!             self.head(pass, x);
//!         }
//!
//!         fn backward(&self, pass: &mut Pass<'_>, gradients: &mut Self) {
//!             self.head_backward(pass, gradients);
//!             self.block2_backward(pass, gradients);
//!             self.block1_backward(pass, gradients);
//!         }
//!
//!         fn outputs(&self, pass: &Pass<'_>, see: &mut dyn FnMut(&str, &[f32])) {
//!             see("block1_conv1", steps::BLOCK1_CONV1.output().values(pass));
//!             see("block1_conv2", steps::BLOCK1_CONV2.output().values(pass));
//!             see("block2_conv1", steps::BLOCK2_CONV1.output().values(pass));
//!             see("flatten", steps::FLATTEN.output().values(pass));
//!             see("dropout1", steps::DROPOUT1.output().values(pass));
//!             see("dense1", steps::DENSE1.output().values(pass));
//!         }
//!
//!         fn update_statistics(&mut self, pass: &Pass<'_>) {
//!             steps::BLOCK1_CONV1.update_statistics(pass, &mut self.block1_bn1);
//!             steps::BLOCK1_CONV2.update_statistics(pass, &mut self.block1_bn2);
//!         }
//!
//!         fn visit(&self, visit: &mut dyn FnMut(Tensor<'_>)) {
//!             layers::visit(self.parts(), visit);
//!         }
//!
//!         fn visit_mut(&mut self, visit: &mut dyn FnMut(TensorMut<'_>)) {
//!             layers::visit_mut(self.parts_mut(), visit);
//!         }
//!
//!         fn update(&mut self, gradients: &Self, apply: &mut dyn FnMut(TensorMut<'_>, &[f32])) {
//!             layers::update(self.parts_mut(), gradients.parts(), apply);
//!         }
//!     }
//!
//!     /// How data passes through the arena. A slot is an offset in floats per image: in inference, in
//!     /// training, and of the gradient.
//!     mod steps {
//!         use vgg_runtime::layers::{ConvStep, DenseStep, DropoutStep, Features, FlattenStep, Maps};
//!         use vgg_runtime::{Activation, Norm, PoolWindow, Slot};
//!
//!         /// The images.
//!         pub const INPUT: Maps<2, 8, 8> = Maps::images(Slot::new(0, 0, 0));
//!
//!         /// Convolution 3x3, batch norm, ReLU.
//!         pub const BLOCK1_CONV1: ConvStep<Maps<2, 8, 8>, Maps<4, 8, 8>> = ConvStep::reads(INPUT)
//!             .norm(Norm::DEFAULT, 0)
//!             .keeps(Slot::new(0, 128, 0))
//!             .activation(Activation::Relu)
//!             .writes(Slot::new(128, 1152, 4880));
//!
//!         /// Convolution 3x3, batch norm, ReLU, max pool 2x2.
//!         pub const BLOCK1_CONV2: ConvStep<Maps<4, 8, 8>, Maps<4, 4, 4>> =
//!             ConvStep::reads(BLOCK1_CONV1.output())
//!                 .norm(Norm::DEFAULT, 16)
//!                 .keeps(Slot::new(0, 2176, 0))
//!                 .activation(Activation::Relu)
//!                 .pool(PoolWindow::max(2, 2), Slot::new(1152, 3200, 5904))
//!                 .writes(Slot::new(2176, 4224, 6928));
//!
//!         /// Convolution 1x1, ReLU, max pool 2x2.
//!         pub const BLOCK2_CONV1: ConvStep<Maps<4, 4, 4>, Maps<8, 2, 2>, 1, 1> =
//!             ConvStep::reads(BLOCK1_CONV2.output())
//!                 .activation(Activation::Relu)
//!                 .pool(PoolWindow::max(2, 2), Slot::new(2432, 4480, 7184))
//!                 .writes(Slot::new(2688, 4736, 7440));
//!
//!         /// Maps to a vector.
//!         pub const FLATTEN: FlattenStep<Maps<8, 2, 2>, Features<32>> =
//!             FlattenStep::reads(BLOCK2_CONV1.output()).writes(Slot::new(2752, 4800, 7504));
//!
//!         /// Dropout of a half.
//!         pub const DROPOUT1: DropoutStep<Features<32>> =
//!             DropoutStep::reads(FLATTEN.output()).rate(0.5, 4).writes(Slot::new(2752, 4832, 7536));
//!
//!         /// Dense.
//!         pub const DENSE1: DenseStep<Features<32>, Features<3>> =
//!             DenseStep::reads(DROPOUT1.output()).writes(Slot::new(2784, 4864, 7568));
//!     }
//! };
//!
//! // And this is how it is used.
//! use ndarray::Array4;
//! use vgg_runtime::{FeatureMaps, Images, TrainSettings, Trainer};
//!
//! let images = Array4::from_shape_fn((8, 2, 8, 8), |(n, c, y, x)| ((n + 2 * c + y * x) % 5) as f32 / 4.0);
//! let classes = ["one", "two", "three"].map(String::from).to_vec();
//! let data = Images::new(images.clone(), vec![0, 1, 2, 0, 1, 2, 0, 1], classes)?;
//! let settings = TrainSettings { epochs: 60, batch: 4, ..TrainSettings::default() };
//! let mut trainer = Trainer::new(Small::init(7), settings);
//! let history = trainer.fit(&data, &data)?;
//! let losses: Vec<f64> = history.epochs.iter().map(|epoch| epoch.train_loss).collect();
//! assert!(losses[59] < 0.5 * losses[0], "{losses:?}");
//! let logits = trainer.network().forward(&FeatureMaps::new(images)?);
//! assert_eq!(logits.argmax().len(), 8);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod conv;
mod dense;
mod grouped;
mod lrn;
mod norm;
mod places;
mod pointwise;
mod reduce;
mod tensors;

pub use conv::{Conv2d, ConvGradients, ConvStep, ConvWeights};
pub use dense::{Dense, DenseGradients, DenseStep, DenseWeights};
pub use grouped::GroupedConv2d;
pub use lrn::LrnStep;
pub use norm::{BatchNorm, NormStep};
pub use places::{Channels, Features, Maps, Place};
pub use pointwise::{ActivationStep, DropoutStep};
pub use reduce::{Adaptive, AdaptiveStep, Flatten, FlattenStep, GapStep, Mean, PoolStep, ReduceStep};
pub use tensors::{Layer, update, visit, visit_mut};

/// Stands in the type of a step that does not yet say what it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open;

/// Stands in the type of a step that says what it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done;
