use ::vgg::layers::{BatchNorm, Conv2d, Dense, Features, Layer, Maps};
use ::vgg::data::{Augmentation, Dataset, Normalisation, Prepared};
use ::vgg::optim::Optimizer;
use ::vgg::weights::WeightsError;
use ::vgg::{
    ArenaSize, FeatureMaps, LayerInfo, Logits, MapShape, Network, Pass, Predictor, Slot,
    Tensor, TensorMut, TrainSettings, init, layers, tensor, weights,
};

/// A norm behind every convolution, and a global average pool.
///
/// Takes images of 2x10x10, gives 4 logits, and has 1,500 parameters.
///
/// | | in | out | parameters |
/// | --- | --- | --- | ---: |
/// | block1 | 2x10x10 | 10x5x5 | 712 |
/// | block2 | 10x5x5 | 8x5x5 | 752 |
/// | head | 8x5x5 | 4 features | 36 |
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct SmallNorm {
    /// 3x3 convolution without bias, 2x10x10 to 6x10x10.
    pub block1_conv1: Conv2d<2, 6>,
    /// Batch norm of 6x10x10.
    pub block1_bn1: BatchNorm<6>,
    /// 3x3 convolution without bias, 6x10x10 to 10x10x10.
    pub block1_conv2: Conv2d<6, 10>,
    /// Batch norm of 10x10x10.
    pub block1_bn2: BatchNorm<10>,
    /// 3x3 convolution without bias, 10x5x5 to 8x5x5.
    pub block2_conv1: Conv2d<10, 8>,
    /// Batch norm of 8x5x5.
    pub block2_bn1: BatchNorm<8>,
    /// Dense layer, 8 to 4 features.
    pub dense1: Dense<8, 4>,
}

#[allow(dead_code, reason = "few programs use all of it")]
impl SmallNorm {
    /// The number of weights and biases, running statistics of norms included.
    pub const PARAMETERS: usize = 1500;

    /// How the spec wants the network to be trained.
    pub const TRAIN: TrainSettings = TrainSettings {
        epochs: 10,
        batch: 64,
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
    pub fn forward(&self, images: &FeatureMaps<2, 10, 10>) -> Logits<4> {
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

impl SmallNorm {
    /// `block1`: 2x10x10 to 10x5x5.
    fn block1(&self, pass: &mut Pass<'_>, x: Maps<2, 10, 10>) -> Maps<10, 5, 5> {
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

    /// `block2`: 10x5x5 to 8x5x5.
    fn block2(&self, pass: &mut Pass<'_>, x: Maps<10, 5, 5>) -> Maps<8, 5, 5> {
        let weights = (&self.block2_conv1, &self.block2_bn1);
        steps::BLOCK2_CONV1.forward(pass, x, weights)
    }

    /// The gradients of `block2`, its last step first.
    fn block2_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        let weights = (&self.block2_conv1, &self.block2_bn1);
        let gradients = (&mut into.block2_conv1, &mut into.block2_bn1);
        steps::BLOCK2_CONV1.backward(pass, weights, gradients);
    }

    /// `head`: 8x5x5 to 4 features.
    fn head(&self, pass: &mut Pass<'_>, x: Maps<8, 5, 5>) -> Features<4> {
        let x = steps::GAP.forward(pass, x);
        steps::DENSE1.forward(pass, x, &self.dense1)
    }

    /// The gradients of `head`, its last step first.
    fn head_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::DENSE1.backward(pass, &self.dense1, &mut into.dense1);
        steps::GAP.backward(pass);
    }
}

impl Network for SmallNorm {
    fn name(&self) -> &str {
        "SmallNorm"
    }

    fn input(&self) -> MapShape {
        MapShape::new(2, 10, 10)
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

    fn update_statistics(&mut self, pass: &Pass<'_>) {
        steps::BLOCK1_CONV1.update_statistics(pass, &mut self.block1_bn1);
        steps::BLOCK1_CONV2.update_statistics(pass, &mut self.block1_bn2);
        steps::BLOCK2_CONV1.update_statistics(pass, &mut self.block2_bn1);
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
fn blank() -> SmallNorm {
    SmallNorm {
        block1_conv1: Conv2d::without_bias(),
        block1_bn1: BatchNorm::identity(),
        block1_conv2: Conv2d::without_bias(),
        block1_bn2: BatchNorm::identity(),
        block2_conv1: Conv2d::without_bias(),
        block2_bn1: BatchNorm::identity(),
        dense1: Dense::zeros(),
    }
}

/// The layers that have weights, by name.
fn named(network: &SmallNorm) -> [(&str, &dyn Layer); 7] {
    [
        ("block1_conv1", &network.block1_conv1),
        ("block1_bn1", &network.block1_bn1),
        ("block1_conv2", &network.block1_conv2),
        ("block1_bn2", &network.block1_bn2),
        ("block2_conv1", &network.block2_conv1),
        ("block2_bn1", &network.block2_bn1),
        ("dense1", &network.dense1),
    ]
}

/// The layers that have weights, by name, to be changed.
fn named_mut(network: &mut SmallNorm) -> [(&str, &mut dyn Layer); 7] {
    [
        ("block1_conv1", &mut network.block1_conv1),
        ("block1_bn1", &mut network.block1_bn1),
        ("block1_conv2", &mut network.block1_conv2),
        ("block1_bn2", &mut network.block1_bn2),
        ("block2_conv1", &mut network.block2_conv1),
        ("block2_bn1", &mut network.block2_bn1),
        ("dense1", &mut network.dense1),
    ]
}

#[allow(dead_code, reason = "few programs use all of it")]
impl SmallNorm {
    /// The layers in the order in which data passes through them.
    pub const fn layers() -> &'static [LayerInfo] {
        const LAYERS: &[LayerInfo] = &[
            LayerInfo::new("block1_conv1", "Conv2D", &[6, 10, 10], 108, 10_800),
            LayerInfo::new("block1_bn1", "BatchNormalization", &[6, 10, 10], 24, 0),
            LayerInfo::new("block1_relu1", "Activation", &[6, 10, 10], 0, 0),
            LayerInfo::new("block1_conv2", "Conv2D", &[10, 10, 10], 540, 54_000),
            LayerInfo::new("block1_bn2", "BatchNormalization", &[10, 10, 10], 40, 0),
            LayerInfo::new("block1_relu2", "Activation", &[10, 10, 10], 0, 0),
            LayerInfo::new("block1_pool", "MaxPooling2D", &[10, 5, 5], 0, 0),
            LayerInfo::new("block2_conv1", "Conv2D", &[8, 5, 5], 720, 18_000),
            LayerInfo::new("block2_bn1", "BatchNormalization", &[8, 5, 5], 32, 0),
            LayerInfo::new("block2_relu1", "Activation", &[8, 5, 5], 0, 0),
            LayerInfo::new("gap", "GlobalAveragePooling2D", &[8], 0, 0),
            LayerInfo::new("dense1", "Dense", &[4], 36, 32),
            LayerInfo::new("softmax", "Softmax", &[4], 0, 0),
        ];
        LAYERS
    }

    /// The layers as a table: what comes out, and what it costs.
    pub const SUMMARY: &'static str = "\
SmallNorm: 2x10x10 to 4 classes
A norm behind every convolution, and a global average pool

Layer (kind)                     Output    Parameters    MACs  Field   Memory
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
block1_conv1 (Conv2D)            6x10x10          108  10.8 k    3x3  2.3 KiB
block1_bn1 (BatchNormalization)  6x10x10           24       0    3x3  2.3 KiB
block1_relu1 (Activation)        6x10x10            0       0    3x3  2.3 KiB
block1_conv2 (Conv2D)            10x10x10         540  54.0 k    5x5  3.9 KiB
block1_bn2 (BatchNormalization)  10x10x10          40       0    5x5  3.9 KiB
block1_relu2 (Activation)        10x10x10           0       0    5x5  3.9 KiB
block1_pool (MaxPooling2D)       10x5x5             0       0    6x6   1000 B
─────────────────────────────────────────────────────────────────────────────
block2_conv1 (Conv2D)            8x5x5            720  18.0 k  10x10    800 B
block2_bn1 (BatchNormalization)  8x5x5             32       0  10x10    800 B
block2_relu1 (Activation)        8x5x5              0       0  10x10    800 B
─────────────────────────────────────────────────────────────────────────────
gap (GlobalAveragePooling2D)     8                  0       0  10x10     32 B
dense1 (Dense)                   4                 36      32  10x10     16 B
softmax (Softmax)                4                  0       0  10x10     16 B
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
Parameters  1,500 (5.9 KiB)
Trainable   1,452, not trainable 48
MACs        82.832 kMACs an image
Inference   19.9 KiB of memory at 1 image
Training    58.5 KiB of memory at 1 image, with Adam
";
}

/// Where the images are read.
const INPUT: Maps<2, 10, 10> = Maps::images(Slot::new(1600, 8800, 0));

/// The memory of a pass, in floats: for each image in inference and in training, and for the
/// statistics of norms.
const ARENA: ArenaSize = ArenaSize { inference: 3600, training: 9008, statistics: 64 };

/// What is computed at one go, and where in the arena the data lies: the offsets of a [`Slot`] are
/// those in inference, in training, and of the gradient.
mod steps {
    use ::vgg::layers::{ConvStep, DenseStep, Features, GapStep, Maps};
    use ::vgg::{Activation, Norm, PoolWindow, Slot};

    /// 3x3 convolution without bias, batch norm, ReLU.
    pub(super) const BLOCK1_CONV1: ConvStep<Maps<2, 10, 10>, Maps<6, 10, 10>> =
        ConvStep::reads(super::INPUT)
            .keeps(Slot::new(0, 0, 0))
            .norm(Norm::DEFAULT, 0)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 1600, 6400));

    /// 3x3 convolution without bias, batch norm, ReLU, 2x2 max-pool.
    pub(super) const BLOCK1_CONV2: ConvStep<Maps<6, 10, 10>, Maps<10, 5, 5>> =
        ConvStep::reads(BLOCK1_CONV1.output())
            .keeps(Slot::new(0, 3200, 0))
            .norm(Norm::DEFAULT, 16)
            .activation(Activation::Relu)
            .pool(PoolWindow::max(2, 2), Slot::new(1600, 4800, 4800))
            .writes(Slot::new(3200, 8000, 8400));

    /// 3x3 convolution without bias, batch norm, ReLU.
    pub(super) const BLOCK2_CONV1: ConvStep<Maps<10, 5, 5>, Maps<8, 5, 5>> =
        ConvStep::reads(BLOCK1_CONV2.output())
            .keeps(Slot::new(0, 6400, 0))
            .norm(Norm::DEFAULT, 48)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 6800, 7200));

    /// Global average pool.
    pub(super) const GAP: GapStep<Maps<8, 5, 5>, Features<8>> =
        GapStep::reads(BLOCK2_CONV1.output()).writes(Slot::new(400, 7600, 7616));

    /// Dense layer.
    pub(super) const DENSE1: DenseStep<Features<8>, Features<4>> = DenseStep::reads(GAP.output())
        .writes(Slot::new(0, 7200, 7216));
}
