use ::vgg::layers::{Conv2d, Dense, Features, Layer, Maps};
use ::vgg::data::{Augmentation, Dataset, Normalisation, Prepared};
use ::vgg::optim::Optimizer;
use ::vgg::weights::WeightsError;
use ::vgg::{
    ArenaSize, FeatureMaps, LayerInfo, Logits, MapShape, Network, Pass, Predictor, Slot,
    Tensor, TensorMut, TrainSettings, init, layers, tensor, weights,
};

/// Strides, kernels of 1x1 and 1x3, and a padded pool whose windows overlap.
///
/// Takes images of 3x16x16, gives 6 logits, and has 1,838 parameters.
///
/// | | in | out | parameters |
/// | --- | --- | --- | ---: |
/// | block1 | 3x16x16 | 8x8x8 | 808 |
/// | block2 | 8x8x8 | 16x4x4 | 928 |
/// | head | 16x4x4 | 6 features | 102 |
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct SmallGap {
    /// 3x3 convolution, 3x16x16 to 8x16x16.
    pub block1_conv1: Conv2d<3, 8>,
    /// 3x3 stride-2 convolution, 8x16x16 to 8x8x8.
    pub block1_conv2: Conv2d<8, 8>,
    /// 1x1 convolution, 8x8x8 to 16x8x8.
    pub block2_conv1: Conv2d<8, 16, 1, 1>,
    /// 1x3 convolution, 16x8x8 to 16x8x8.
    pub block2_conv2: Conv2d<16, 16, 1, 3>,
    /// Dense layer, 16 to 6 features.
    pub dense1: Dense<16, 6>,
}

#[allow(dead_code, reason = "few programs use all of it")]
impl SmallGap {
    /// The number of weights and biases, running statistics of norms included.
    pub const PARAMETERS: usize = 1838;

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
    pub fn forward(&self, images: &FeatureMaps<3, 16, 16>) -> Logits<6> {
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

impl SmallGap {
    /// `block1`: 3x16x16 to 8x8x8.
    fn block1(&self, pass: &mut Pass<'_>, x: Maps<3, 16, 16>) -> Maps<8, 8, 8> {
        let x = steps::BLOCK1_CONV1.forward(pass, x, &self.block1_conv1);
        steps::BLOCK1_CONV2.forward(pass, x, &self.block1_conv2)
    }

    /// The gradients of `block1`, its last step first.
    fn block1_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::BLOCK1_CONV2.backward(pass, &self.block1_conv2, &mut into.block1_conv2);
        steps::BLOCK1_CONV1.backward(pass, &self.block1_conv1, &mut into.block1_conv1);
    }

    /// `block2`: 8x8x8 to 16x4x4.
    fn block2(&self, pass: &mut Pass<'_>, x: Maps<8, 8, 8>) -> Maps<16, 4, 4> {
        let x = steps::BLOCK2_CONV1.forward(pass, x, &self.block2_conv1);
        steps::BLOCK2_CONV2.forward(pass, x, &self.block2_conv2)
    }

    /// The gradients of `block2`, its last step first.
    fn block2_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::BLOCK2_CONV2.backward(pass, &self.block2_conv2, &mut into.block2_conv2);
        steps::BLOCK2_CONV1.backward(pass, &self.block2_conv1, &mut into.block2_conv1);
    }

    /// `head`: 16x4x4 to 6 features.
    fn head(&self, pass: &mut Pass<'_>, x: Maps<16, 4, 4>) -> Features<6> {
        let x = steps::GAP.forward(pass, x);
        steps::DENSE1.forward(pass, x, &self.dense1)
    }

    /// The gradients of `head`, its last step first.
    fn head_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::DENSE1.backward(pass, &self.dense1, &mut into.dense1);
        steps::GAP.backward(pass);
    }
}

impl Network for SmallGap {
    fn name(&self) -> &str {
        "SmallGap"
    }

    fn input(&self) -> MapShape {
        MapShape::new(3, 16, 16)
    }

    fn classes(&self) -> usize {
        6
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
        see("block2_conv2", steps::BLOCK2_CONV2.output().values(pass));
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
fn blank() -> SmallGap {
    SmallGap {
        block1_conv1: Conv2d::zeros(),
        block1_conv2: Conv2d::zeros(),
        block2_conv1: Conv2d::zeros(),
        block2_conv2: Conv2d::zeros(),
        dense1: Dense::zeros(),
    }
}

/// The layers that have weights, by name.
fn named(network: &SmallGap) -> [(&str, &dyn Layer); 5] {
    [
        ("block1_conv1", &network.block1_conv1),
        ("block1_conv2", &network.block1_conv2),
        ("block2_conv1", &network.block2_conv1),
        ("block2_conv2", &network.block2_conv2),
        ("dense1", &network.dense1),
    ]
}

/// The layers that have weights, by name, to be changed.
fn named_mut(network: &mut SmallGap) -> [(&str, &mut dyn Layer); 5] {
    [
        ("block1_conv1", &mut network.block1_conv1),
        ("block1_conv2", &mut network.block1_conv2),
        ("block2_conv1", &mut network.block2_conv1),
        ("block2_conv2", &mut network.block2_conv2),
        ("dense1", &mut network.dense1),
    ]
}

#[allow(dead_code, reason = "few programs use all of it")]
impl SmallGap {
    /// The layers in the order in which data passes through them.
    pub const fn layers() -> &'static [LayerInfo] {
        const LAYERS: &[LayerInfo] = &[
            LayerInfo::new("block1_conv1", "Conv2D", &[8, 16, 16], 224, 55_296),
            LayerInfo::new("block1_relu1", "Activation", &[8, 16, 16], 0, 0),
            LayerInfo::new("block1_conv2", "Conv2D", &[8, 8, 8], 584, 36_864),
            LayerInfo::new("block1_elu2", "Activation", &[8, 8, 8], 0, 0),
            LayerInfo::new("block2_conv1", "Conv2D", &[16, 8, 8], 144, 8192),
            LayerInfo::new("block2_gelu1", "Activation", &[16, 8, 8], 0, 0),
            LayerInfo::new("block2_conv2", "Conv2D", &[16, 8, 8], 784, 49_152),
            LayerInfo::new("block2_silu2", "Activation", &[16, 8, 8], 0, 0),
            LayerInfo::new("block2_pool", "MaxPooling2D", &[16, 4, 4], 0, 0),
            LayerInfo::new("gap", "GlobalAveragePooling2D", &[16], 0, 0),
            LayerInfo::new("dense1", "Dense", &[6], 102, 96),
            LayerInfo::new("softmax", "Softmax", &[6], 0, 0),
        ];
        LAYERS
    }

    /// The layers as a table: what comes out, and what it costs.
    pub const SUMMARY: &'static str = "\
SmallGap: 3x16x16 to 6 classes
Strides, kernels of 1x1 and 1x3, and a padded pool whose windows overlap

Layer (kind)                  Output   Parameters    MACs  Field   Memory
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
block1_conv1 (Conv2D)         8x16x16         224  55.3 k    3x3  8.0 KiB
block1_conv2 (Conv2D)         8x8x8           584  36.9 k    5x5  2.0 KiB
─────────────────────────────────────────────────────────────────────────
block2_conv1 (Conv2D)         16x8x8          144   8.2 k    5x5  4.0 KiB
block2_conv2 (Conv2D)         16x8x8          784  49.2 k    5x9  4.0 KiB
block2_pool (MaxPooling2D)    16x4x4            0       0   9x13  1.0 KiB
─────────────────────────────────────────────────────────────────────────
gap (GlobalAveragePooling2D)  16                0       0  16x16     64 B
dense1 (Dense)                6               102      96  16x16     24 B
softmax (Softmax)             6                 0       0  16x16     24 B
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
Parameters  1,838 (7.2 KiB)
Trainable   1,838, not trainable 0
MACs        149.600 kMACs an image
Inference   27.2 KiB of memory at 1 image
Training    77.7 KiB of memory at 1 image, with Adam
";
}

/// Where the images are read.
const INPUT: Maps<3, 16, 16> = Maps::images(Slot::new(4096, 11_264, 0));

/// The memory of a pass, in floats: for each image in inference and in training, and for the
/// statistics of norms.
const ARENA: ArenaSize = ArenaSize { inference: 5120, training: 12_544, statistics: 0 };

/// What is computed at one go, and where in the arena the data lies: the offsets of a [`Slot`] are
/// those in inference, in training, and of the gradient.
mod steps {
    use ::vgg::layers::{ConvStep, DenseStep, Features, GapStep, Maps};
    use ::vgg::{Activation, Padding, PoolWindow, Slot};

    /// 3x3 convolution, ReLU.
    pub(super) const BLOCK1_CONV1: ConvStep<Maps<3, 16, 16>, Maps<8, 16, 16>> =
        ConvStep::reads(super::INPUT)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 0, 4096));

    /// 3x3 stride-2 convolution, ELU.
    pub(super) const BLOCK1_CONV2: ConvStep<Maps<8, 16, 16>, Maps<8, 8, 8>> =
        ConvStep::reads(BLOCK1_CONV1.output())
            .stride(2, 2)
            .activation(Activation::Elu { alpha: 1.0 })
            .writes(Slot::new(4096, 8192, 10_240));

    /// 1x1 convolution, GELU.
    pub(super) const BLOCK2_CONV1: ConvStep<Maps<8, 8, 8>, Maps<16, 8, 8>, 1, 1> =
        ConvStep::reads(BLOCK1_CONV2.output())
            .keeps(Slot::new(0, 4096, 0))
            .activation(Activation::Gelu)
            .writes(Slot::new(0, 5120, 9216));

    /// 1x3 convolution, SiLU, 3x3 stride-2 max-pool.
    pub(super) const BLOCK2_CONV2: ConvStep<Maps<16, 8, 8>, Maps<16, 4, 4>, 1, 3> =
        ConvStep::reads(BLOCK2_CONV1.output())
            .keeps(Slot::new(0, 6144, 0))
            .activation(Activation::Silu)
            .pool(
                PoolWindow::max(3, 3)
                    .with_stride(2, 2)
                    .with_padding(Padding::symmetric(1, 1)),
                Slot::new(1024, 7168, 10_240),
            )
            .writes(Slot::new(2048, 12_032, 12_288));

    /// Global average pool.
    pub(super) const GAP: GapStep<Maps<16, 4, 4>, Features<16>> =
        GapStep::reads(BLOCK2_CONV2.output()).writes(Slot::new(0, 9216, 9232));

    /// Dense layer.
    pub(super) const DENSE1: DenseStep<Features<16>, Features<6>> = DenseStep::reads(GAP.output())
        .writes(Slot::new(16, 9248, 9264));
}
