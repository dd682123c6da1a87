use ::vgg::layers::{Conv2d, Dense, Features, Layer, Maps};
use ::vgg::data::{Augmentation, Dataset, Normalisation, Prepared};
use ::vgg::optim::Optimizer;
use ::vgg::weights::WeightsError;
use ::vgg::{
    ArenaSize, FeatureMaps, LayerInfo, Logits, MapShape, Network, Pass, Predictor, Slot,
    Tensor, TensorMut, TrainSettings, init, layers, tensor, weights,
};

/// A small network with twice the width.
///
/// Takes images of 3x16x16, gives 5 logits, and has 7,573 parameters.
///
/// | | in | out | parameters |
/// | --- | --- | --- | ---: |
/// | block1 | 3x16x16 | 16x4x4 | 2,768 |
/// | block2 | 16x4x4 | 32x2x2 | 4,640 |
/// | head | 32x2x2 | 5 features | 165 |
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct Extended {
    /// 3x3 convolution, 3x16x16 to 16x16x16.
    pub block1_conv1: Conv2d<3, 16>,
    /// 3x3 stride-2 convolution, 16x16x16 to 16x8x8.
    pub block1_conv2: Conv2d<16, 16>,
    /// 3x3 convolution, 16x4x4 to 32x4x4.
    pub block2_conv1: Conv2d<16, 32>,
    /// Dense layer, 32 to 5 features.
    pub dense1: Dense<32, 5>,
}

#[allow(dead_code, reason = "few programs use all of it")]
impl Extended {
    /// The number of weights and biases, running statistics of norms included.
    pub const PARAMETERS: usize = 7573;

    /// How the spec wants the network to be trained.
    pub const TRAIN: TrainSettings = TrainSettings {
        epochs: 2,
        batch: 3,
        seed: 0,
        optimizer: Optimizer::adam(0.001),
        ..TrainSettings::DEFAULT
    };

    /// How the spec wants images to learn from to be varied, one way after the other.
    pub const AUGMENTATIONS: &'static [Augmentation] = &[];

    /// What becomes of pixels in \[0, 1\] before the network sees them.
    pub fn normalisation() -> Normalisation {
        ::core::default::Default::default()
    }

    /// Images with pixels in \[0, 1\], to judge by, as the network wants to see them.
    pub fn prepared<D: Dataset>(images: D) -> Prepared<D> {
        Prepared::new(images, Self::normalisation())
    }

    /// Images with pixels in \[0, 1\], to learn from, varied anew in each epoch.
    pub fn varied<D: Dataset>(images: D, seed: u64) -> Prepared<D> {
        Self::prepared(images).augmented(Self::AUGMENTATIONS.to_vec(), seed)
    }

    /// A network with random weights (He et al., 2015). The same seed gives the same weights.
    pub fn init(seed: u64) -> Self {
        let mut network = blank();
        init::initialise(&mut network, seed);
        network
    }

    /// The logits of a batch of images. For many, a [`predictor`](Self::predictor) is faster.
    pub fn forward(&self, images: &FeatureMaps<3, 16, 16>) -> Logits<5> {
        tensor::forward(self, images)
    }

    /// A copy of the network with the memory to run it on up to `batch` images at once.
    pub fn predictor(&self, batch: usize) -> Predictor<Self> {
        Predictor::new(::core::clone::Clone::clone(self), batch)
    }

    /// Writes the weights to a safetensors file.
    ///
    /// # Errors
    /// If the file cannot be written, or a weight is not finite.
    pub fn save(
        &self,
        path: impl ::core::convert::AsRef<::std::path::Path>,
    ) -> ::core::result::Result<(), WeightsError> {
        weights::save(self, path.as_ref(), &::core::default::Default::default())
    }

    /// Reads the weights from a safetensors file.
    ///
    /// # Errors
    /// If the file is damaged, or holds anything but the tensors of this network.
    pub fn load(
        path: impl ::core::convert::AsRef<::std::path::Path>,
    ) -> ::core::result::Result<Self, WeightsError> {
        let mut network = blank();
        weights::load(&mut network, path.as_ref()).map(|_| network)
    }
}

impl Extended {
    /// `block1`: 3x16x16 to 16x4x4.
    fn block1(&self, pass: &mut Pass<'_>, x: Maps<3, 16, 16>) -> Maps<16, 4, 4> {
        let x = steps::BLOCK1_CONV1.forward(pass, x, &self.block1_conv1);
        steps::BLOCK1_CONV2.forward(pass, x, &self.block1_conv2)
    }

    /// The gradients of `block1`, its last step first.
    fn block1_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::BLOCK1_CONV2.backward(pass, &self.block1_conv2, &mut into.block1_conv2);
        steps::BLOCK1_CONV1.backward(pass, &self.block1_conv1, &mut into.block1_conv1);
    }

    /// `block2`: 16x4x4 to 32x2x2.
    fn block2(&self, pass: &mut Pass<'_>, x: Maps<16, 4, 4>) -> Maps<32, 2, 2> {
        steps::BLOCK2_CONV1.forward(pass, x, &self.block2_conv1)
    }

    /// The gradients of `block2`, its last step first.
    fn block2_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::BLOCK2_CONV1.backward(pass, &self.block2_conv1, &mut into.block2_conv1);
    }

    /// `head`: 32x2x2 to 5 features.
    fn head(&self, pass: &mut Pass<'_>, x: Maps<32, 2, 2>) -> Features<5> {
        let x = steps::GAP.forward(pass, x);
        steps::DENSE1.forward(pass, x, &self.dense1)
    }

    /// The gradients of `head`, its last step first.
    fn head_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::DENSE1.backward(pass, &self.dense1, &mut into.dense1);
        steps::GAP.backward(pass);
    }
}

impl Network for Extended {
    fn name(&self) -> &str {
        "Extended"
    }

    fn input(&self) -> MapShape {
        MapShape::new(3, 16, 16)
    }

    fn classes(&self) -> usize {
        5
    }

    fn arena(&self) -> ArenaSize {
        ARENA
    }

    fn input_slot(&self) -> Slot {
        INPUT.slot()
    }

    fn logits_slot(&self) -> Slot {
        steps::DENSE1.output().slot()
    }

    fn forward(&self, pass: &mut Pass<'_>) {
        let x = self.block1(pass, INPUT);
        let x = self.block2(pass, x);
        self.head(pass, x);
    }

    fn backward(&self, pass: &mut Pass<'_>, gradients: &mut Self) {
        self.head_backward(pass, gradients);
        self.block2_backward(pass, gradients);
        self.block1_backward(pass, gradients);
    }

    fn outputs(&self, pass: &Pass<'_>, see: &mut dyn ::core::ops::FnMut(&str, &[f32])) {
        see("block1_conv1", steps::BLOCK1_CONV1.output().values(pass));
        see("block1_conv2", steps::BLOCK1_CONV2.output().values(pass));
        see("block2_conv1", steps::BLOCK2_CONV1.output().values(pass));
        see("gap", steps::GAP.output().values(pass));
        see("dense1", steps::DENSE1.output().values(pass));
    }

    fn update_statistics(&mut self, _pass: &Pass<'_>) {}

    fn visit(&self, visit: &mut dyn ::core::ops::FnMut(Tensor<'_>)) {
        layers::visit(named(self), visit);
    }

    fn visit_mut(&mut self, visit: &mut dyn ::core::ops::FnMut(TensorMut<'_>)) {
        layers::visit_mut(named_mut(self), visit);
    }

    fn update(
        &mut self,
        gradients: &Self,
        apply: &mut dyn ::core::ops::FnMut(TensorMut<'_>, &[f32]),
    ) {
        layers::update(named_mut(self), named(gradients), apply);
    }
}

/// A network that has learned nothing.
fn blank() -> Extended {
    Extended {
        block1_conv1: Conv2d::zeros(),
        block1_conv2: Conv2d::zeros(),
        block2_conv1: Conv2d::zeros(),
        dense1: Dense::zeros(),
    }
}

/// The layers that have weights, by name.
fn named(network: &Extended) -> [(&str, &dyn Layer); 4] {
    [
        ("block1_conv1", &network.block1_conv1),
        ("block1_conv2", &network.block1_conv2),
        ("block2_conv1", &network.block2_conv1),
        ("dense1", &network.dense1),
    ]
}

/// The layers that have weights, by name, to be changed.
fn named_mut(network: &mut Extended) -> [(&str, &mut dyn Layer); 4] {
    [
        ("block1_conv1", &mut network.block1_conv1),
        ("block1_conv2", &mut network.block1_conv2),
        ("block2_conv1", &mut network.block2_conv1),
        ("dense1", &mut network.dense1),
    ]
}

#[allow(dead_code, reason = "few programs use all of it")]
impl Extended {
    /// The layers in the order in which data passes through them.
    pub const fn layers() -> &'static [LayerInfo] {
        const LAYERS: &[LayerInfo] = &[
            LayerInfo::new("block1_conv1", "Conv2D", &[16, 16, 16], 448, 110_592),
            LayerInfo::new("block1_relu1", "Activation", &[16, 16, 16], 0, 0),
            LayerInfo::new("block1_conv2", "Conv2D", &[16, 8, 8], 2320, 147_456),
            LayerInfo::new("block1_relu2", "Activation", &[16, 8, 8], 0, 0),
            LayerInfo::new("block1_pool", "MaxPooling2D", &[16, 4, 4], 0, 0),
            LayerInfo::new("block2_conv1", "Conv2D", &[32, 4, 4], 4640, 73_728),
            LayerInfo::new("block2_relu1", "Activation", &[32, 4, 4], 0, 0),
            LayerInfo::new("block2_pool", "MaxPooling2D", &[32, 2, 2], 0, 0),
            LayerInfo::new("gap", "GlobalAveragePooling2D", &[32], 0, 0),
            LayerInfo::new("dense1", "Dense", &[5], 165, 160),
            LayerInfo::new("softmax", "Softmax", &[5], 0, 0),
        ];
        LAYERS
    }

    /// The layers as a table: what comes out, and what it costs.
    pub const SUMMARY: &'static str = "\
Extended: 3x16x16 to 5 classes
A small network with twice the width

Layer (kind)                  Output    Parameters     MACs  Field    Memory
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
block1_conv1 (Conv2D)         16x16x16         448  110.6 k    3x3  16.0 KiB
block1_conv2 (Conv2D)         16x8x8         2,320  147.5 k    5x5   4.0 KiB
block1_pool (MaxPooling2D)    16x4x4             0        0    7x7   1.0 KiB
────────────────────────────────────────────────────────────────────────────
block2_conv1 (Conv2D)         32x4x4         4,640   73.7 k  15x15   2.0 KiB
block2_pool (MaxPooling2D)    32x2x2             0        0  19x19     512 B
────────────────────────────────────────────────────────────────────────────
gap (GlobalAveragePooling2D)  32                 0        0  16x16     128 B
dense1 (Dense)                5                165      160  16x16      20 B
softmax (Softmax)             5                  0        0  16x16      20 B
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
Parameters  7,573 (29.6 KiB)
Trainable   7,573, not trainable 0
MACs        331.936 kMACs an image
Inference   50.6 KiB of memory at 1 image
Training    159.3 KiB of memory at 1 image, with Adam
";
}

/// Where the images are read.
const INPUT: Maps<3, 16, 16> = Maps::images(Slot::new(4096, 9216, 0));

/// The memory of a pass, in floats: for each image in inference and in training, and for the
/// statistics of norms.
const ARENA: ArenaSize = ArenaSize { inference: 5376, training: 10_496, statistics: 0 };

/// What is computed at one go, and where in the arena the data lies: the offsets of a [`Slot`] are
/// those in inference, in training, and of the gradient.
mod steps {
    use ::vgg::layers::{ConvStep, DenseStep, Features, GapStep, Maps};
    use ::vgg::{Activation, Padding, PoolWindow, Slot};

    /// 3x3 convolution, ReLU.
    pub(super) const BLOCK1_CONV1: ConvStep<Maps<3, 16, 16>, Maps<16, 16, 16>> =
        ConvStep::reads(super::INPUT)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 0, 4096));

    /// 3x3 stride-2 convolution, ReLU, 2x2 max-pool.
    pub(super) const BLOCK1_CONV2: ConvStep<Maps<16, 16, 16>, Maps<16, 4, 4>> =
        ConvStep::reads(BLOCK1_CONV1.output())
            .stride(2, 2)
            .padding(Padding { top: 0, bottom: 1, left: 0, right: 1 })
            .activation(Activation::Relu)
            .pool(PoolWindow::max(2, 2), Slot::new(4096, 8192, 8192))
            .writes(Slot::new(5120, 9984, 10_240));

    /// 3x3 convolution, ReLU, 2x2 max-pool.
    pub(super) const BLOCK2_CONV1: ConvStep<Maps<16, 4, 4>, Maps<32, 2, 2>> =
        ConvStep::reads(BLOCK1_CONV2.output())
            .activation(Activation::Relu)
            .pool(PoolWindow::max(2, 2), Slot::new(0, 4096, 4096))
            .writes(Slot::new(512, 4608, 4736));

    /// Global average pool.
    pub(super) const GAP: GapStep<Maps<32, 2, 2>, Features<32>> =
        GapStep::reads(BLOCK2_CONV1.output()).writes(Slot::new(0, 4864, 4896));

    /// Dense layer.
    pub(super) const DENSE1: DenseStep<Features<32>, Features<5>> = DenseStep::reads(GAP.output())
        .writes(Slot::new(32, 4736, 4752));
}
