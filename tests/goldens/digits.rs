use ::vgg::layers::{BatchNorm, Conv2d, Dense, Features, Layer, Maps};
use ::vgg::data::{Augmentation, Dataset, Normalisation, Prepared};
use ::vgg::optim::Optimizer;
use ::vgg::weights::WeightsError;
use ::vgg::{
    ArenaSize, FeatureMaps, LayerInfo, Logits, MapShape, Network, Pass, Predictor, Slot,
    Tensor, TensorMut, TrainSettings, init, layers, tensor, weights,
};

/// A small VGG with batch norm for the 8x8 digits of UCI.
///
/// Takes images of 1x8x8, gives 10 logits, and has 99,754 parameters.
///
/// | | in | out | parameters |
/// | --- | --- | --- | ---: |
/// | block1 | 1x8x8 | 32x4x4 | 9,760 |
/// | block2 | 32x4x4 | 64x2x2 | 55,808 |
/// | head | 64x2x2 | 10 features | 34,186 |
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct Digits {
    /// 3x3 convolution without bias, 1x8x8 to 32x8x8.
    pub block1_conv1: Conv2d<1, 32>,
    /// Batch norm of 32x8x8.
    pub block1_bn1: BatchNorm<32>,
    /// 3x3 convolution without bias, 32x8x8 to 32x8x8.
    pub block1_conv2: Conv2d<32, 32>,
    /// Batch norm of 32x8x8.
    pub block1_bn2: BatchNorm<32>,
    /// 3x3 convolution without bias, 32x4x4 to 64x4x4.
    pub block2_conv1: Conv2d<32, 64>,
    /// Batch norm of 64x4x4.
    pub block2_bn1: BatchNorm<64>,
    /// 3x3 convolution without bias, 64x4x4 to 64x4x4.
    pub block2_conv2: Conv2d<64, 64>,
    /// Batch norm of 64x4x4.
    pub block2_bn2: BatchNorm<64>,
    /// Dense layer, 256 to 128 features.
    pub dense1: Dense<256, 128>,
    /// Dense layer, 128 to 10 features.
    pub dense2: Dense<128, 10>,
}

#[allow(dead_code, reason = "few programs use all of it")]
impl Digits {
    /// The number of weights and biases, running statistics of norms included.
    pub const PARAMETERS: usize = 99_754;

    /// How the spec wants the network to be trained.
    pub const TRAIN: TrainSettings = TrainSettings {
        epochs: 30,
        batch: 64,
        seed: 7,
        optimizer: Optimizer::adam(0.0005),
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
    pub fn forward(&self, images: &FeatureMaps<1, 8, 8>) -> Logits<10> {
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

impl Digits {
    /// `block1`: 1x8x8 to 32x4x4.
    fn block1(&self, pass: &mut Pass<'_>, x: Maps<1, 8, 8>) -> Maps<32, 4, 4> {
        let weights = (&self.block1_conv1, &self.block1_bn1);
        let x = steps::BLOCK1_CONV1.forward(pass, x, weights);
        let weights = (&self.block1_conv2, &self.block1_bn2);
        steps::BLOCK1_CONV2.forward(pass, x, weights)
    }

    /// The gradients of `block1`, its last step first.
    fn block1_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        let weights = (&self.block1_conv2, &self.block1_bn2);
        let gradients = (&mut into.block1_conv2, &mut into.block1_bn2);
        steps::BLOCK1_CONV2.backward(pass, weights, gradients);
        let weights = (&self.block1_conv1, &self.block1_bn1);
        let gradients = (&mut into.block1_conv1, &mut into.block1_bn1);
        steps::BLOCK1_CONV1.backward(pass, weights, gradients);
    }

    /// `block2`: 32x4x4 to 64x2x2.
    fn block2(&self, pass: &mut Pass<'_>, x: Maps<32, 4, 4>) -> Maps<64, 2, 2> {
        let weights = (&self.block2_conv1, &self.block2_bn1);
        let x = steps::BLOCK2_CONV1.forward(pass, x, weights);
        let weights = (&self.block2_conv2, &self.block2_bn2);
        steps::BLOCK2_CONV2.forward(pass, x, weights)
    }

    /// The gradients of `block2`, its last step first.
    fn block2_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        let weights = (&self.block2_conv2, &self.block2_bn2);
        let gradients = (&mut into.block2_conv2, &mut into.block2_bn2);
        steps::BLOCK2_CONV2.backward(pass, weights, gradients);
        let weights = (&self.block2_conv1, &self.block2_bn1);
        let gradients = (&mut into.block2_conv1, &mut into.block2_bn1);
        steps::BLOCK2_CONV1.backward(pass, weights, gradients);
    }

    /// `head`: 64x2x2 to 10 features.
    fn head(&self, pass: &mut Pass<'_>, x: Maps<64, 2, 2>) -> Features<10> {
        let x = steps::FLATTEN.forward(pass, x);
        let x = steps::DENSE1.forward(pass, x, &self.dense1);
        let x = steps::DROPOUT1.forward(pass, x);
        steps::DENSE2.forward(pass, x, &self.dense2)
    }

    /// The gradients of `head`, its last step first.
    fn head_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::DENSE2.backward(pass, &self.dense2, &mut into.dense2);
        steps::DROPOUT1.backward(pass);
        steps::DENSE1.backward(pass, &self.dense1, &mut into.dense1);
        steps::FLATTEN.backward(pass);
    }
}

impl Network for Digits {
    fn name(&self) -> &str {
        "Digits"
    }

    fn input(&self) -> MapShape {
        MapShape::new(1, 8, 8)
    }

    fn classes(&self) -> usize {
        10
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
        see("block2_conv2", steps::BLOCK2_CONV2.output().values(pass));
        see("flatten", steps::FLATTEN.output().values(pass));
        see("dense1", steps::DENSE1.output().values(pass));
        see("dropout1", steps::DROPOUT1.output().values(pass));
        see("dense2", steps::DENSE2.output().values(pass));
    }

    fn update_statistics(&mut self, pass: &Pass<'_>) {
        steps::BLOCK1_CONV1.update_statistics(pass, &mut self.block1_bn1);
        steps::BLOCK1_CONV2.update_statistics(pass, &mut self.block1_bn2);
        steps::BLOCK2_CONV1.update_statistics(pass, &mut self.block2_bn1);
        steps::BLOCK2_CONV2.update_statistics(pass, &mut self.block2_bn2);
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
fn blank() -> Digits {
    Digits {
        block1_conv1: Conv2d::without_bias(),
        block1_bn1: BatchNorm::identity(),
        block1_conv2: Conv2d::without_bias(),
        block1_bn2: BatchNorm::identity(),
        block2_conv1: Conv2d::without_bias(),
        block2_bn1: BatchNorm::identity(),
        block2_conv2: Conv2d::without_bias(),
        block2_bn2: BatchNorm::identity(),
        dense1: Dense::zeros(),
        dense2: Dense::zeros(),
    }
}

/// The layers that have weights, by name.
fn named(network: &Digits) -> [(&str, &dyn Layer); 10] {
    [
        ("block1_conv1", &network.block1_conv1),
        ("block1_bn1", &network.block1_bn1),
        ("block1_conv2", &network.block1_conv2),
        ("block1_bn2", &network.block1_bn2),
        ("block2_conv1", &network.block2_conv1),
        ("block2_bn1", &network.block2_bn1),
        ("block2_conv2", &network.block2_conv2),
        ("block2_bn2", &network.block2_bn2),
        ("dense1", &network.dense1),
        ("dense2", &network.dense2),
    ]
}

/// The layers that have weights, by name, to be changed.
fn named_mut(network: &mut Digits) -> [(&str, &mut dyn Layer); 10] {
    [
        ("block1_conv1", &mut network.block1_conv1),
        ("block1_bn1", &mut network.block1_bn1),
        ("block1_conv2", &mut network.block1_conv2),
        ("block1_bn2", &mut network.block1_bn2),
        ("block2_conv1", &mut network.block2_conv1),
        ("block2_bn1", &mut network.block2_bn1),
        ("block2_conv2", &mut network.block2_conv2),
        ("block2_bn2", &mut network.block2_bn2),
        ("dense1", &mut network.dense1),
        ("dense2", &mut network.dense2),
    ]
}

#[allow(dead_code, reason = "few programs use all of it")]
impl Digits {
    /// The layers in the order in which data passes through them.
    pub const fn layers() -> &'static [LayerInfo] {
        const LAYERS: &[LayerInfo] = &[
            LayerInfo::new("block1_conv1", "Conv2D", &[32, 8, 8], 288, 18_432),
            LayerInfo::new("block1_bn1", "BatchNormalization", &[32, 8, 8], 128, 0),
            LayerInfo::new("block1_relu1", "Activation", &[32, 8, 8], 0, 0),
            LayerInfo::new("block1_conv2", "Conv2D", &[32, 8, 8], 9216, 589_824),
            LayerInfo::new("block1_bn2", "BatchNormalization", &[32, 8, 8], 128, 0),
            LayerInfo::new("block1_relu2", "Activation", &[32, 8, 8], 0, 0),
            LayerInfo::new("block1_pool", "MaxPooling2D", &[32, 4, 4], 0, 0),
            LayerInfo::new("block2_conv1", "Conv2D", &[64, 4, 4], 18_432, 294_912),
            LayerInfo::new("block2_bn1", "BatchNormalization", &[64, 4, 4], 256, 0),
            LayerInfo::new("block2_relu1", "Activation", &[64, 4, 4], 0, 0),
            LayerInfo::new("block2_conv2", "Conv2D", &[64, 4, 4], 36_864, 589_824),
            LayerInfo::new("block2_bn2", "BatchNormalization", &[64, 4, 4], 256, 0),
            LayerInfo::new("block2_relu2", "Activation", &[64, 4, 4], 0, 0),
            LayerInfo::new("block2_pool", "MaxPooling2D", &[64, 2, 2], 0, 0),
            LayerInfo::new("flatten", "Flatten", &[256], 0, 0),
            LayerInfo::new("dense1", "Dense", &[128], 32_896, 32_768),
            LayerInfo::new("dense1_relu", "Activation", &[128], 0, 0),
            LayerInfo::new("dropout1", "Dropout", &[128], 0, 0),
            LayerInfo::new("dense2", "Dense", &[10], 1290, 1280),
            LayerInfo::new("softmax", "Softmax", &[10], 0, 0),
        ];
        LAYERS
    }

    /// The layers as a table: what comes out, and what it costs.
    pub const SUMMARY: &'static str = "\
Digits: 1x8x8 to 10 classes
A small VGG with batch norm for the 8x8 digits of UCI

Layer (kind)                     Output  Parameters     MACs  Field   Memory
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
block1_conv1 (Conv2D)            32x8x8         288   18.4 k    3x3  8.0 KiB
block1_bn1 (BatchNormalization)  32x8x8         128        0    3x3  8.0 KiB
block1_relu1 (Activation)        32x8x8           0        0    3x3  8.0 KiB
block1_conv2 (Conv2D)            32x8x8       9,216  589.8 k    5x5  8.0 KiB
block1_bn2 (BatchNormalization)  32x8x8         128        0    5x5  8.0 KiB
block1_relu2 (Activation)        32x8x8           0        0    5x5  8.0 KiB
block1_pool (MaxPooling2D)       32x4x4           0        0    6x6  2.0 KiB
────────────────────────────────────────────────────────────────────────────
block2_conv1 (Conv2D)            64x4x4      18,432  294.9 k  10x10  4.0 KiB
block2_bn1 (BatchNormalization)  64x4x4         256        0  10x10  4.0 KiB
block2_relu1 (Activation)        64x4x4           0        0  10x10  4.0 KiB
block2_conv2 (Conv2D)            64x4x4      36,864  589.8 k  14x14  4.0 KiB
block2_bn2 (BatchNormalization)  64x4x4         256        0  14x14  4.0 KiB
block2_relu2 (Activation)        64x4x4           0        0  14x14  4.0 KiB
block2_pool (MaxPooling2D)       64x2x2           0        0  16x16  1.0 KiB
────────────────────────────────────────────────────────────────────────────
flatten (Flatten)                256              0        0    8x8  1.0 KiB
dense1 (Dense)                   128         32,896   32.8 k    8x8    512 B
dropout1 (Dropout)               128              0        0    8x8    512 B
dense2 (Dense)                   10           1,290    1.3 k    8x8     40 B
softmax (Softmax)                10               0        0    8x8     40 B
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
Parameters  99,754 (389.7 KiB)
Trainable   99,370, not trainable 384
MACs        1.527 MMACs an image
Inference   407.7 KiB of memory at 1 image
Training    1.6 MiB of memory at 1 image, with Adam
";
}

/// Where the images are read.
const INPUT: Maps<1, 8, 8> = Maps::images(Slot::new(2048, 14_336, 0));

/// The memory of a pass, in floats: for each image in inference and in training, and for the
/// statistics of norms.
const ARENA: ArenaSize = ArenaSize { inference: 4608, training: 14_400, statistics: 384 };

/// What is computed at one go, and where in the arena the data lies: the offsets of a [`Slot`] are
/// those in inference, in training, and of the gradient.
mod steps {
    use ::vgg::layers::{ConvStep, DenseStep, DropoutStep, Features, FlattenStep, Maps};
    use ::vgg::{Activation, Norm, PoolWindow, Slot};

    /// 3x3 convolution without bias, batch norm, ReLU.
    pub(super) const BLOCK1_CONV1: ConvStep<Maps<1, 8, 8>, Maps<32, 8, 8>> =
        ConvStep::reads(super::INPUT)
            .keeps(Slot::new(0, 0, 0))
            .norm(Norm::DEFAULT, 0)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 2048, 8192));

    /// 3x3 convolution without bias, batch norm, ReLU, 2x2 max-pool.
    pub(super) const BLOCK1_CONV2: ConvStep<Maps<32, 8, 8>, Maps<32, 4, 4>> =
        ConvStep::reads(BLOCK1_CONV1.output())
            .keeps(Slot::new(0, 4096, 0))
            .norm(Norm::DEFAULT, 64)
            .activation(Activation::Relu)
            .pool(PoolWindow::max(2, 2), Slot::new(2048, 6144, 6144))
            .writes(Slot::new(4096, 13_312, 10_240));

    /// 3x3 convolution without bias, batch norm, ReLU.
    pub(super) const BLOCK2_CONV1: ConvStep<Maps<32, 4, 4>, Maps<64, 4, 4>> =
        ConvStep::reads(BLOCK1_CONV2.output())
            .keeps(Slot::new(0, 8192, 0))
            .norm(Norm::DEFAULT, 128)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 9216, 12_288));

    /// 3x3 convolution without bias, batch norm, ReLU, 2x2 max-pool.
    pub(super) const BLOCK2_CONV2: ConvStep<Maps<64, 4, 4>, Maps<64, 2, 2>> =
        ConvStep::reads(BLOCK2_CONV1.output())
            .keeps(Slot::new(0, 10_240, 0))
            .norm(Norm::DEFAULT, 256)
            .activation(Activation::Relu)
            .pool(PoolWindow::max(2, 2), Slot::new(1024, 11_264, 11_264))
            .writes(Slot::new(2048, 13_824, 14_080));

    /// Flatten.
    pub(super) const FLATTEN: FlattenStep<Maps<64, 2, 2>, Features<256>> =
        FlattenStep::reads(BLOCK2_CONV2.output()).writes(Slot::new(0, 12_288, 12_544));

    /// Dense layer, ReLU.
    pub(super) const DENSE1: DenseStep<Features<256>, Features<128>> =
        DenseStep::reads(FLATTEN.output())
            .activation(Activation::Relu)
            .writes(Slot::new(256, 12_800, 12_928));

    /// Dropout of 50%.
    pub(super) const DROPOUT1: DropoutStep<Features<128>> = DropoutStep::reads(DENSE1.output())
        .rate(0.5, 6)
        .writes(Slot::new(256, 12_544, 12_928));

    /// Dense layer.
    pub(super) const DENSE2: DenseStep<Features<128>, Features<10>> =
        DenseStep::reads(DROPOUT1.output()).writes(Slot::new(0, 12_672, 12_688));
}
