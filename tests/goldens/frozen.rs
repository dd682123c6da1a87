use ::vgg::layers::{BatchNorm, Conv2d, Dense, Features, Layer, Maps};
use ::vgg::data::{Augmentation, Dataset, Normalisation, Prepared};
use ::vgg::optim::Optimizer;
use ::vgg::weights::WeightsError;
use ::vgg::{
    ArenaSize, FeatureMaps, LayerInfo, Logits, MapShape, Network, Pass, Predictor, Slot,
    Tensor, TensorMut, TrainSettings, init, layers, tensor, weights,
};

/// Of what was trained before, only some is trained on.
///
/// Takes images of 3x8x8, gives 4 logits, and has 5,892 parameters.
///
/// | | in | out | parameters |
/// | --- | --- | --- | ---: |
/// | block1 | 3x8x8 | 12x4x4 | 1,160 |
/// | block2 | 12x4x4 | 12x4x4 | 1,308 |
/// | block3 | 12x4x4 | 8x2x2 | 2,976 |
/// | head | 8x2x2 | 4 features | 448 |
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct Frozen {
    /// 3x3 convolution without bias, 3x8x8 to 8x8x8.
    pub block1_conv1: Conv2d<3, 8>,
    /// Batch norm of 8x8x8.
    pub block1_bn1: BatchNorm<8>,
    /// 3x3 convolution without bias, 8x8x8 to 12x8x8.
    pub block1_conv2: Conv2d<8, 12>,
    /// Batch norm of 12x8x8.
    pub block1_bn2: BatchNorm<12>,
    /// 3x3 convolution, 12x4x4 to 12x4x4.
    pub block2_conv1: Conv2d<12, 12>,
    /// 3x3 convolution without bias, 12x4x4 to 16x4x4.
    pub block3_conv1: Conv2d<12, 16>,
    /// Batch norm of 16x4x4.
    pub block3_bn1: BatchNorm<16>,
    /// 3x3 convolution without bias, 16x4x4 to 8x4x4.
    pub fixed: Conv2d<16, 8>,
    /// Batch norm of 8x4x4.
    pub fixed_bn: BatchNorm<8>,
    /// Dense layer, 32 to 12 features.
    pub dense1: Dense<32, 12>,
    /// Dense layer, 12 to 4 features.
    pub dense2: Dense<12, 4>,
}

#[allow(dead_code, reason = "few programs use all of it")]
impl Frozen {
    /// The number of weights and biases, running statistics of norms included.
    pub const PARAMETERS: usize = 5892;

    /// How the spec wants the network to be trained.
    pub const TRAIN: TrainSettings = TrainSettings {
        epochs: 10,
        batch: 6,
        seed: 0,
        optimizer: Optimizer::sgd(0.05),
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
    pub fn forward(&self, images: &FeatureMaps<3, 8, 8>) -> Logits<4> {
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

impl Frozen {
    /// `block1`: 3x8x8 to 12x4x4.
    fn block1(&self, pass: &mut Pass<'_>, x: Maps<3, 8, 8>) -> Maps<12, 4, 4> {
        let weights = (&self.block1_conv1, &self.block1_bn1);
        let x = steps::BLOCK1_CONV1.forward(pass, x, weights);
        let weights = (&self.block1_conv2, &self.block1_bn2);
        steps::BLOCK1_CONV2.forward(pass, x, weights)
    }

    /// `block2`: 12x4x4 to 12x4x4.
    fn block2(&self, pass: &mut Pass<'_>, x: Maps<12, 4, 4>) -> Maps<12, 4, 4> {
        let x = steps::BLOCK2_CONV1.forward(pass, x, &self.block2_conv1);
        steps::BLOCK2_DROPOUT1.forward(pass, x)
    }

    /// `block3`: 12x4x4 to 8x2x2.
    fn block3(&self, pass: &mut Pass<'_>, x: Maps<12, 4, 4>) -> Maps<8, 2, 2> {
        let weights = (&self.block3_conv1, &self.block3_bn1);
        let x = steps::BLOCK3_CONV1.forward(pass, x, weights);
        let weights = (&self.fixed, &self.fixed_bn);
        steps::FIXED.forward(pass, x, weights)
    }

    /// The gradients of `block3`, its last step first.
    fn block3_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        let weights = (&self.fixed, &self.fixed_bn);
        let gradients = (&mut into.fixed, &mut into.fixed_bn);
        steps::FIXED.backward(pass, weights, gradients);
        let weights = (&self.block3_conv1, &self.block3_bn1);
        let gradients = (&mut into.block3_conv1, &mut into.block3_bn1);
        steps::BLOCK3_CONV1.backward(pass, weights, gradients);
    }

    /// `head`: 8x2x2 to 4 features.
    fn head(&self, pass: &mut Pass<'_>, x: Maps<8, 2, 2>) -> Features<4> {
        let x = steps::FLATTEN.forward(pass, x);
        let x = steps::DENSE1.forward(pass, x, &self.dense1);
        steps::DENSE2.forward(pass, x, &self.dense2)
    }

    /// The gradients of `head`, its last step first.
    fn head_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::DENSE2.backward(pass, &self.dense2, &mut into.dense2);
        steps::DENSE1.backward(pass, &self.dense1, &mut into.dense1);
        steps::FLATTEN.backward(pass);
    }
}

impl Network for Frozen {
    fn name(&self) -> &str {
        "Frozen"
    }

    fn input(&self) -> MapShape {
        MapShape::new(3, 8, 8)
    }

    fn classes(&self) -> usize {
        4
    }

    fn arena(&self) -> ArenaSize {
        ARENA
    }

    fn input_slot(&self) -> Slot {
        INPUT.slot()
    }

    fn logits_slot(&self) -> Slot {
        steps::DENSE2.output().slot()
    }

    fn forward(&self, pass: &mut Pass<'_>) {
        let x = self.block1(pass, INPUT);
        let x = self.block2(pass, x);
        let x = self.block3(pass, x);
        self.head(pass, x);
    }

    fn backward(&self, pass: &mut Pass<'_>, gradients: &mut Self) {
        self.head_backward(pass, gradients);
        self.block3_backward(pass, gradients);
    }

    fn outputs(&self, pass: &Pass<'_>, see: &mut dyn ::core::ops::FnMut(&str, &[f32])) {
        see("block1_conv1", steps::BLOCK1_CONV1.output().values(pass));
        see("block1_conv2", steps::BLOCK1_CONV2.output().values(pass));
        see("block2_conv1", steps::BLOCK2_CONV1.output().values(pass));
        see("block2_dropout1", steps::BLOCK2_DROPOUT1.output().values(pass));
        see("block3_conv1", steps::BLOCK3_CONV1.output().values(pass));
        see("fixed", steps::FIXED.output().values(pass));
        see("flatten", steps::FLATTEN.output().values(pass));
        see("dense1", steps::DENSE1.output().values(pass));
        see("dense2", steps::DENSE2.output().values(pass));
    }

    fn is_frozen(&self, layer: &str) -> bool {
        ::core::matches!(
            layer, "block1_conv1" | "block1_bn1" | "block1_conv2" | "block1_bn2" |
            "block2_conv1" | "fixed" | "fixed_bn" | "dense1"
        )
    }

    fn update_statistics(&mut self, pass: &Pass<'_>) {
        steps::BLOCK3_CONV1.update_statistics(pass, &mut self.block3_bn1);
    }

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
fn blank() -> Frozen {
    Frozen {
        block1_conv1: Conv2d::without_bias(),
        block1_bn1: BatchNorm::identity(),
        block1_conv2: Conv2d::without_bias(),
        block1_bn2: BatchNorm::identity(),
        block2_conv1: Conv2d::zeros(),
        block3_conv1: Conv2d::without_bias(),
        block3_bn1: BatchNorm::identity(),
        fixed: Conv2d::without_bias(),
        fixed_bn: BatchNorm::identity(),
        dense1: Dense::zeros(),
        dense2: Dense::zeros(),
    }
}

/// The layers that have weights, by name.
fn named(network: &Frozen) -> [(&str, &dyn Layer); 11] {
    [
        ("block1_conv1", &network.block1_conv1),
        ("block1_bn1", &network.block1_bn1),
        ("block1_conv2", &network.block1_conv2),
        ("block1_bn2", &network.block1_bn2),
        ("block2_conv1", &network.block2_conv1),
        ("block3_conv1", &network.block3_conv1),
        ("block3_bn1", &network.block3_bn1),
        ("fixed", &network.fixed),
        ("fixed_bn", &network.fixed_bn),
        ("dense1", &network.dense1),
        ("dense2", &network.dense2),
    ]
}

/// The layers that have weights, by name, to be changed.
fn named_mut(network: &mut Frozen) -> [(&str, &mut dyn Layer); 11] {
    [
        ("block1_conv1", &mut network.block1_conv1),
        ("block1_bn1", &mut network.block1_bn1),
        ("block1_conv2", &mut network.block1_conv2),
        ("block1_bn2", &mut network.block1_bn2),
        ("block2_conv1", &mut network.block2_conv1),
        ("block3_conv1", &mut network.block3_conv1),
        ("block3_bn1", &mut network.block3_bn1),
        ("fixed", &mut network.fixed),
        ("fixed_bn", &mut network.fixed_bn),
        ("dense1", &mut network.dense1),
        ("dense2", &mut network.dense2),
    ]
}

#[allow(dead_code, reason = "few programs use all of it")]
impl Frozen {
    /// The layers in the order in which data passes through them.
    pub const fn layers() -> &'static [LayerInfo] {
        const LAYERS: &[LayerInfo] = &[
            LayerInfo::new("block1_conv1", "Conv2D", &[8, 8, 8], 216, 13_824),
            LayerInfo::new("block1_bn1", "BatchNormalization", &[8, 8, 8], 32, 0),
            LayerInfo::new("block1_relu1", "Activation", &[8, 8, 8], 0, 0),
            LayerInfo::new("block1_conv2", "Conv2D", &[12, 8, 8], 864, 55_296),
            LayerInfo::new("block1_bn2", "BatchNormalization", &[12, 8, 8], 48, 0),
            LayerInfo::new("block1_gelu2", "Activation", &[12, 8, 8], 0, 0),
            LayerInfo::new("block1_pool", "MaxPooling2D", &[12, 4, 4], 0, 0),
            LayerInfo::new("block2_conv1", "Conv2D", &[12, 4, 4], 1308, 20_736),
            LayerInfo::new("block2_relu1", "Activation", &[12, 4, 4], 0, 0),
            LayerInfo::new("block2_dropout1", "Dropout", &[12, 4, 4], 0, 0),
            LayerInfo::new("block3_conv1", "Conv2D", &[16, 4, 4], 1728, 27_648),
            LayerInfo::new("block3_bn1", "BatchNormalization", &[16, 4, 4], 64, 0),
            LayerInfo::new("block3_relu1", "Activation", &[16, 4, 4], 0, 0),
            LayerInfo::new("fixed", "Conv2D", &[8, 4, 4], 1152, 18_432),
            LayerInfo::new("fixed_bn", "BatchNormalization", &[8, 4, 4], 32, 0),
            LayerInfo::new("fixed_silu", "Activation", &[8, 4, 4], 0, 0),
            LayerInfo::new("block3_pool", "MaxPooling2D", &[8, 2, 2], 0, 0),
            LayerInfo::new("flatten", "Flatten", &[32], 0, 0),
            LayerInfo::new("dense1", "Dense", &[12], 396, 384),
            LayerInfo::new("dense1_tanh", "Activation", &[12], 0, 0),
            LayerInfo::new("dense2", "Dense", &[4], 52, 48),
            LayerInfo::new("softmax", "Softmax", &[4], 0, 0),
        ];
        LAYERS
    }

    /// The layers as a table: what comes out, and what it costs.
    pub const SUMMARY: &'static str = "\
Frozen: 3x8x8 to 4 classes
Of what was trained before, only some is trained on

Layer (kind)                     Output  Parameters    MACs  Field   Memory
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
block1_conv1 (Conv2D)            8x8x8          216  13.8 k    3x3  2.0 KiB
block1_bn1 (BatchNormalization)  8x8x8           32       0    3x3  2.0 KiB
block1_relu1 (Activation)        8x8x8            0       0    3x3  2.0 KiB
block1_conv2 (Conv2D)            12x8x8         864  55.3 k    5x5  3.0 KiB
block1_bn2 (BatchNormalization)  12x8x8          48       0    5x5  3.0 KiB
block1_gelu2 (Activation)        12x8x8           0       0    5x5  3.0 KiB
block1_pool (MaxPooling2D)       12x4x4           0       0    6x6    768 B
───────────────────────────────────────────────────────────────────────────
block2_conv1 (Conv2D)            12x4x4       1,308  20.7 k  10x10    768 B
block2_dropout1 (Dropout)        12x4x4           0       0  10x10    768 B
───────────────────────────────────────────────────────────────────────────
block3_conv1 (Conv2D)            16x4x4       1,728  27.6 k  14x14  1.0 KiB
block3_bn1 (BatchNormalization)  16x4x4          64       0  14x14  1.0 KiB
block3_relu1 (Activation)        16x4x4           0       0  14x14  1.0 KiB
fixed (Conv2D)                   8x4x4        1,152  18.4 k  18x18    512 B
fixed_bn (BatchNormalization)    8x4x4           32       0  18x18    512 B
fixed_silu (Activation)          8x4x4            0       0  18x18    512 B
block3_pool (MaxPooling2D)       8x2x2            0       0  20x20    128 B
───────────────────────────────────────────────────────────────────────────
flatten (Flatten)                32               0       0    8x8    128 B
dense1 (Dense)                   12             396     384    8x8     48 B
dense2 (Dense)                   4               52      48    8x8     16 B
softmax (Softmax)                4                0       0    8x8     16 B
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
Parameters  5,892 (23.0 KiB)
Trainable   1,812, not trainable 4,080
MACs        136.368 kMACs an image
Inference   32.0 KiB of memory at 1 image
Training    66.5 KiB of memory at 1 image, with SGD
";
}

/// Where the images are read.
const INPUT: Maps<3, 8, 8> = Maps::images(Slot::new(1024, 2048, 0));

/// The memory of a pass, in floats: for each image in inference and in training, and for the
/// statistics of norms.
const ARENA: ArenaSize = ArenaSize { inference: 2304, training: 3328, statistics: 96 };

/// What is computed at one go, and where in the arena the data lies: the offsets of a [`Slot`] are
/// those in inference, in training, and of the gradient.
mod steps {
    use ::vgg::layers::{ConvStep, DenseStep, DropoutStep, Features, FlattenStep, Maps};
    use ::vgg::{Activation, Norm, PoolWindow, Slot};

    /// 3x3 convolution without bias, batch norm, ReLU.
    pub(super) const BLOCK1_CONV1: ConvStep<Maps<3, 8, 8>, Maps<8, 8, 8>> =
        ConvStep::reads(super::INPUT)
            .frozen()
            .keeps(Slot::new(0, 0, 0))
            .norm(Norm::DEFAULT.frozen(), 0)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 1024, 0));

    /// 3x3 convolution without bias, batch norm, GELU, 2x2 max-pool.
    pub(super) const BLOCK1_CONV2: ConvStep<Maps<8, 8, 8>, Maps<12, 4, 4>> =
        ConvStep::reads(BLOCK1_CONV1.output().fixed())
            .frozen()
            .keeps(Slot::new(0, 0, 0))
            .norm(Norm::DEFAULT.frozen(), 16)
            .activation(Activation::Gelu)
            .pool(PoolWindow::max(2, 2), Slot::new(1024, 2048, 0))
            .writes(Slot::new(2048, 3072, 0));

    /// 3x3 convolution, ReLU.
    pub(super) const BLOCK2_CONV1: ConvStep<Maps<12, 4, 4>, Maps<12, 4, 4>> =
        ConvStep::reads(BLOCK1_CONV2.output().fixed())
            .frozen()
            .activation(Activation::Relu)
            .writes(Slot::new(0, 0, 0));

    /// Dropout of 20%.
    pub(super) const BLOCK2_DROPOUT1: DropoutStep<Maps<12, 4, 4>> =
        DropoutStep::reads(BLOCK2_CONV1.output().fixed())
            .rate(0.2, 3)
            .writes(Slot::new(0, 256, 0));

    /// 3x3 convolution without bias, batch norm, ReLU.
    pub(super) const BLOCK3_CONV1: ConvStep<Maps<12, 4, 4>, Maps<16, 4, 4>> =
        ConvStep::reads(BLOCK2_DROPOUT1.output().fixed())
            .keeps(Slot::new(0, 0, 0))
            .norm(Norm::DEFAULT, 48)
            .activation(Activation::Relu)
            .writes(Slot::new(256, 512, 1280));

    /// 3x3 convolution without bias, batch norm, SiLU, 2x2 max-pool.
    pub(super) const FIXED: ConvStep<Maps<16, 4, 4>, Maps<8, 2, 2>> =
        ConvStep::reads(BLOCK3_CONV1.output())
            .frozen()
            .keeps(Slot::new(0, 768, 0))
            .norm(Norm::DEFAULT.frozen(), 80)
            .activation(Activation::Silu)
            .pool(PoolWindow::max(2, 2), Slot::new(0, 1024, 1536))
            .writes(Slot::new(512, 1792, 1856));

    /// Flatten.
    pub(super) const FLATTEN: FlattenStep<Maps<8, 2, 2>, Features<32>> =
        FlattenStep::reads(FIXED.output()).writes(Slot::new(0, 1280, 1312));

    /// Dense layer, tanh.
    pub(super) const DENSE1: DenseStep<Features<32>, Features<12>> =
        DenseStep::reads(FLATTEN.output())
            .frozen()
            .activation(Activation::Tanh)
            .writes(Slot::new(32, 1344, 1360));

    /// Dense layer.
    pub(super) const DENSE2: DenseStep<Features<12>, Features<4>> =
        DenseStep::reads(DENSE1.output()).writes(Slot::new(0, 1312, 1328));
}
