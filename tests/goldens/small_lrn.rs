use ::vgg::layers::{Conv2d, Dense, Features, Layer, Maps};
use ::vgg::data::{Augmentation, Dataset, Normalisation, Prepared};
use ::vgg::optim::Optimizer;
use ::vgg::weights::WeightsError;
use ::vgg::{
    ArenaSize, FeatureMaps, LayerInfo, Logits, MapShape, Network, Pass, Predictor, Slot,
    Tensor, TensorMut, TrainSettings, init, layers, tensor, weights,
};

/// Local response normalisation behind convolutions, and on its own.
///
/// Takes images of 3x10x9, gives 4 logits, and has 2,140 parameters.
///
/// | | in | out | parameters |
/// | --- | --- | --- | ---: |
/// | block1 | 3x10x9 | 20x5x4 | 560 |
/// | block2 | 20x5x4 | 8x2x2 | 1,448 |
/// | head | 8x2x2 | 4 features | 132 |
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct SmallLrn {
    /// 3x3 convolution, 3x10x9 to 20x10x9.
    pub block1_conv1: Conv2d<3, 20>,
    /// 3x3 convolution, 20x5x4 to 8x5x4.
    pub block2_conv1: Conv2d<20, 8>,
    /// Dense layer, 32 to 4 features.
    pub dense1: Dense<32, 4>,
}

#[allow(dead_code, reason = "few programs use all of it")]
impl SmallLrn {
    /// The number of weights and biases, running statistics of norms included.
    pub const PARAMETERS: usize = 2140;

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
    pub fn forward(&self, images: &FeatureMaps<3, 10, 9>) -> Logits<4> {
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

impl SmallLrn {
    /// `block1`: 3x10x9 to 20x5x4.
    fn block1(&self, pass: &mut Pass<'_>, x: Maps<3, 10, 9>) -> Maps<20, 5, 4> {
        let x = steps::BLOCK1_CONV1.forward(pass, x, &self.block1_conv1);
        let x = steps::BLOCK1_LRN1.forward(pass, x);
        steps::BLOCK1_POOL.forward(pass, x)
    }

    /// The gradients of `block1`, its last step first.
    fn block1_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::BLOCK1_POOL.backward(pass);
        steps::BLOCK1_LRN1.backward(pass);
        steps::BLOCK1_CONV1.backward(pass, &self.block1_conv1, &mut into.block1_conv1);
    }

    /// `block2`: 20x5x4 to 8x2x2.
    fn block2(&self, pass: &mut Pass<'_>, x: Maps<20, 5, 4>) -> Maps<8, 2, 2> {
        let x = steps::BLOCK2_CONV1.forward(pass, x, &self.block2_conv1);
        let x = steps::BLOCK2_LRN1.forward(pass, x);
        let x = steps::BLOCK2_DROPOUT1.forward(pass, x);
        steps::BLOCK2_POOL.forward(pass, x)
    }

    /// The gradients of `block2`, its last step first.
    fn block2_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::BLOCK2_POOL.backward(pass);
        steps::BLOCK2_DROPOUT1.backward(pass);
        steps::BLOCK2_LRN1.backward(pass);
        steps::BLOCK2_CONV1.backward(pass, &self.block2_conv1, &mut into.block2_conv1);
    }

    /// `head`: 8x2x2 to 4 features.
    fn head(&self, pass: &mut Pass<'_>, x: Maps<8, 2, 2>) -> Features<4> {
        let x = steps::LRN1.forward(pass, x);
        let x = steps::FLATTEN.forward(pass, x);
        steps::DENSE1.forward(pass, x, &self.dense1)
    }

    /// The gradients of `head`, its last step first.
    fn head_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::DENSE1.backward(pass, &self.dense1, &mut into.dense1);
        steps::FLATTEN.backward(pass);
        steps::LRN1.backward(pass);
    }
}

impl Network for SmallLrn {
    fn name(&self) -> &str {
        "SmallLrn"
    }

    fn input(&self) -> MapShape {
        MapShape::new(3, 10, 9)
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
        see("block1_lrn1", steps::BLOCK1_LRN1.output().values(pass));
        see("block1_pool", steps::BLOCK1_POOL.output().values(pass));
        see("block2_conv1", steps::BLOCK2_CONV1.output().values(pass));
        see("block2_lrn1", steps::BLOCK2_LRN1.output().values(pass));
        see("block2_dropout1", steps::BLOCK2_DROPOUT1.output().values(pass));
        see("block2_pool", steps::BLOCK2_POOL.output().values(pass));
        see("lrn1", steps::LRN1.output().values(pass));
        see("flatten", steps::FLATTEN.output().values(pass));
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
fn blank() -> SmallLrn {
    SmallLrn {
        block1_conv1: Conv2d::zeros(),
        block2_conv1: Conv2d::zeros(),
        dense1: Dense::zeros(),
    }
}

/// The layers that have weights, by name.
fn named(network: &SmallLrn) -> [(&str, &dyn Layer); 3] {
    [
        ("block1_conv1", &network.block1_conv1),
        ("block2_conv1", &network.block2_conv1),
        ("dense1", &network.dense1),
    ]
}

/// The layers that have weights, by name, to be changed.
fn named_mut(network: &mut SmallLrn) -> [(&str, &mut dyn Layer); 3] {
    [
        ("block1_conv1", &mut network.block1_conv1),
        ("block2_conv1", &mut network.block2_conv1),
        ("dense1", &mut network.dense1),
    ]
}

#[allow(dead_code, reason = "few programs use all of it")]
impl SmallLrn {
    /// The layers in the order in which data passes through them.
    pub const fn layers() -> &'static [LayerInfo] {
        const LAYERS: &[LayerInfo] = &[
            LayerInfo::new("block1_conv1", "Conv2D", &[20, 10, 9], 560, 48_600),
            LayerInfo::new("block1_relu1", "Activation", &[20, 10, 9], 0, 0),
            LayerInfo::new("block1_lrn1", "LocalResponseNormalization", &[20, 10, 9], 0, 0),
            LayerInfo::new("block1_pool", "MaxPooling2D", &[20, 5, 4], 0, 0),
            LayerInfo::new("block2_conv1", "Conv2D", &[8, 5, 4], 1448, 28_800),
            LayerInfo::new("block2_tanh1", "Activation", &[8, 5, 4], 0, 0),
            LayerInfo::new("block2_lrn1", "LocalResponseNormalization", &[8, 5, 4], 0, 0),
            LayerInfo::new("block2_dropout1", "Dropout", &[8, 5, 4], 0, 0),
            LayerInfo::new("block2_pool", "MaxPooling2D", &[8, 2, 2], 0, 0),
            LayerInfo::new("lrn1", "LocalResponseNormalization", &[8, 2, 2], 0, 0),
            LayerInfo::new("flatten", "Flatten", &[32], 0, 0),
            LayerInfo::new("dense1", "Dense", &[4], 132, 128),
            LayerInfo::new("softmax", "Softmax", &[4], 0, 0),
        ];
        LAYERS
    }

    /// The layers as a table: what comes out, and what it costs.
    pub const SUMMARY: &'static str = "\
SmallLrn: 3x10x9 to 4 classes
Local response normalisation behind convolutions, and on its own

Layer (kind)                              Output   Parameters    MACs  Field   Memory
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
block1_conv1 (Conv2D)                     20x10x9         560  48.6 k    3x3  7.0 KiB
block1_lrn1 (LocalResponseNormalization)  20x10x9           0       0    3x3  7.0 KiB
block1_pool (MaxPooling2D)                20x5x4            0       0    4x4  1.6 KiB
─────────────────────────────────────────────────────────────────────────────────────
block2_conv1 (Conv2D)                     8x5x4         1,448  28.8 k    8x8    640 B
block2_lrn1 (LocalResponseNormalization)  8x5x4             0       0    8x8    640 B
block2_dropout1 (Dropout)                 8x5x4             0       0    8x8    640 B
block2_pool (MaxPooling2D)                8x2x2             0       0  10x10    128 B
─────────────────────────────────────────────────────────────────────────────────────
lrn1 (LocalResponseNormalization)         8x2x2             0       0  10x10    128 B
flatten (Flatten)                         32                0       0   10x9    128 B
dense1 (Dense)                            4               132     128   10x9     16 B
softmax (Softmax)                         4                 0       0   10x9     16 B
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
Parameters  2,140 (8.4 KiB)
Trainable   2,140, not trainable 0
MACs        77.528 kMACs an image
Inference   30.9 KiB of memory at 1 image
Training    71.1 KiB of memory at 1 image, with SGD
";
}

/// Where the images are read.
const INPUT: Maps<3, 10, 9> = Maps::images(Slot::new(2880, 11_520, 0));

/// The memory of a pass, in floats: for each image in inference and in training, and for the
/// statistics of norms.
const ARENA: ArenaSize = ArenaSize { inference: 5760, training: 11_792, statistics: 0 };

/// What is computed at one go, and where in the arena the data lies: the offsets of a [`Slot`] are
/// those in inference, in training, and of the gradient.
mod steps {
    use ::vgg::layers::{
        ConvStep, DenseStep, DropoutStep, Features, FlattenStep, LrnStep, Maps, PoolStep,
    };
    use ::vgg::{Activation, Lrn, PoolWindow, Slot};

    /// 3x3 convolution, ReLU.
    pub(super) const BLOCK1_CONV1: ConvStep<Maps<3, 10, 9>, Maps<20, 10, 9>> =
        ConvStep::reads(super::INPUT)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 0, 8640));

    /// Local response normalisation over 3 channels.
    pub(super) const BLOCK1_LRN1: LrnStep<Maps<20, 10, 9>> = LrnStep::reads(BLOCK1_CONV1.output())
        .lrn(Lrn { size: 3, alpha: 0.5, beta: 0.75, k: 2.0 })
        .writes(Slot::new(2880, 2880, 5760));

    /// 2x2 max-pool.
    pub(super) const BLOCK1_POOL: PoolStep<Maps<20, 10, 9>, Maps<20, 5, 4>> =
        PoolStep::reads(BLOCK1_LRN1.output())
            .pool(PoolWindow::max(2, 2))
            .writes(Slot::new(0, 8640, 9280));

    /// 3x3 convolution, tanh.
    pub(super) const BLOCK2_CONV1: ConvStep<Maps<20, 5, 4>, Maps<8, 5, 4>> =
        ConvStep::reads(BLOCK1_POOL.output())
            .activation(Activation::Tanh)
            .writes(Slot::new(640, 5760, 6400));

    /// Local response normalisation over 5 channels.
    pub(super) const BLOCK2_LRN1: LrnStep<Maps<8, 5, 4>> = LrnStep::reads(BLOCK2_CONV1.output())
        .lrn(Lrn { size: 5, alpha: 0.0001, beta: 0.75, k: 1.0 })
        .writes(Slot::new(0, 6080, 6720));

    /// Dropout of 20%.
    pub(super) const BLOCK2_DROPOUT1: DropoutStep<Maps<8, 5, 4>> =
        DropoutStep::reads(BLOCK2_LRN1.output())
            .rate(0.2, 5)
            .writes(Slot::new(0, 6400, 6720));

    /// 2x2 max-pool.
    pub(super) const BLOCK2_POOL: PoolStep<Maps<8, 5, 4>, Maps<8, 2, 2>> =
        PoolStep::reads(BLOCK2_DROPOUT1.output())
            .pool(PoolWindow::max(2, 2))
            .writes(Slot::new(320, 7040, 7104));

    /// Local response normalisation over 5 channels.
    pub(super) const LRN1: LrnStep<Maps<8, 2, 2>> = LrnStep::reads(BLOCK2_POOL.output())
        .lrn(Lrn { size: 5, alpha: 0.0001, beta: 0.5, k: 1.0 })
        .writes(Slot::new(0, 6720, 6784));

    /// Flatten.
    pub(super) const FLATTEN: FlattenStep<Maps<8, 2, 2>, Features<32>> =
        FlattenStep::reads(LRN1.output()).writes(Slot::new(64, 6848, 6880));

    /// Dense layer.
    pub(super) const DENSE1: DenseStep<Features<32>, Features<4>> =
        DenseStep::reads(FLATTEN.output()).writes(Slot::new(0, 6784, 6800));
}
