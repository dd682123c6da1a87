use ::vgg::layers::{Conv2d, Dense, Features, GroupedConv2d, Layer, Maps};
use ::vgg::data::{Augmentation, Dataset, Normalisation, Prepared};
use ::vgg::optim::Optimizer;
use ::vgg::weights::WeightsError;
use ::vgg::{
    ArenaSize, FeatureMaps, LayerInfo, Logits, MapShape, Network, Pass, Predictor, Slot,
    Tensor, TensorMut, TrainSettings, init, layers, tensor, weights,
};

/// Convolutions in groups, one of them depthwise, and local response normalisation.
///
/// Takes images of 3x12x12, gives 4 logits, and has 3,452 parameters.
///
/// | | in | out | parameters |
/// | --- | --- | --- | ---: |
/// | block1 | 3x12x12 | 20x6x6 | 1,160 |
/// | block2 | 20x6x6 | 24x3x6 | 560 |
/// | head | 24x3x6 | 4 features | 1,732 |
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct SmallGrouped {
    /// 3x3 convolution in 3 groups, 3x12x12 to 6x12x12.
    pub block1_conv1: GroupedConv2d<3, 6, 3>,
    /// 3x3 convolution, 6x12x12 to 20x12x12.
    pub block1_conv2: Conv2d<6, 20>,
    /// 3x3 convolution in 20 groups, 20x6x6 to 20x6x6.
    pub block2_conv1: GroupedConv2d<20, 20, 20>,
    /// 1x3 stride-2x1 convolution in 4 groups without bias, 20x6x6 to 24x3x6.
    pub block2_conv2: GroupedConv2d<20, 24, 4, 1, 3>,
    /// Dense layer, 432 to 4 features.
    pub dense1: Dense<432, 4>,
}

#[allow(dead_code, reason = "few programs use all of it")]
impl SmallGrouped {
    /// The number of weights and biases, running statistics of norms included.
    pub const PARAMETERS: usize = 3452;

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
    pub fn forward(&self, images: &FeatureMaps<3, 12, 12>) -> Logits<4> {
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

impl SmallGrouped {
    /// `block1`: 3x12x12 to 20x6x6.
    fn block1(&self, pass: &mut Pass<'_>, x: Maps<3, 12, 12>) -> Maps<20, 6, 6> {
        let x = steps::BLOCK1_CONV1.forward(pass, x, &self.block1_conv1);
        let x = steps::BLOCK1_CONV2.forward(pass, x, &self.block1_conv2);
        let x = steps::BLOCK1_LRN2.forward(pass, x);
        steps::BLOCK1_POOL.forward(pass, x)
    }

    /// The gradients of `block1`, its last step first.
    fn block1_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::BLOCK1_POOL.backward(pass);
        steps::BLOCK1_LRN2.backward(pass);
        steps::BLOCK1_CONV2.backward(pass, &self.block1_conv2, &mut into.block1_conv2);
        steps::BLOCK1_CONV1.backward(pass, &self.block1_conv1, &mut into.block1_conv1);
    }

    /// `block2`: 20x6x6 to 24x3x6.
    fn block2(&self, pass: &mut Pass<'_>, x: Maps<20, 6, 6>) -> Maps<24, 3, 6> {
        let x = steps::BLOCK2_CONV1.forward(pass, x, &self.block2_conv1);
        steps::BLOCK2_CONV2.forward(pass, x, &self.block2_conv2)
    }

    /// The gradients of `block2`, its last step first.
    fn block2_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::BLOCK2_CONV2.backward(pass, &self.block2_conv2, &mut into.block2_conv2);
        steps::BLOCK2_CONV1.backward(pass, &self.block2_conv1, &mut into.block2_conv1);
    }

    /// `head`: 24x3x6 to 4 features.
    fn head(&self, pass: &mut Pass<'_>, x: Maps<24, 3, 6>) -> Features<4> {
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

impl Network for SmallGrouped {
    fn name(&self) -> &str {
        "SmallGrouped"
    }

    fn input(&self) -> MapShape {
        MapShape::new(3, 12, 12)
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
        see("block1_lrn2", steps::BLOCK1_LRN2.output().values(pass));
        see("block1_pool", steps::BLOCK1_POOL.output().values(pass));
        see("block2_conv1", steps::BLOCK2_CONV1.output().values(pass));
        see("block2_conv2", steps::BLOCK2_CONV2.output().values(pass));
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
fn blank() -> SmallGrouped {
    SmallGrouped {
        block1_conv1: GroupedConv2d::zeros(),
        block1_conv2: Conv2d::zeros(),
        block2_conv1: GroupedConv2d::zeros(),
        block2_conv2: GroupedConv2d::without_bias(),
        dense1: Dense::zeros(),
    }
}

/// The layers that have weights, by name.
fn named(network: &SmallGrouped) -> [(&str, &dyn Layer); 5] {
    [
        ("block1_conv1", &network.block1_conv1),
        ("block1_conv2", &network.block1_conv2),
        ("block2_conv1", &network.block2_conv1),
        ("block2_conv2", &network.block2_conv2),
        ("dense1", &network.dense1),
    ]
}

/// The layers that have weights, by name, to be changed.
fn named_mut(network: &mut SmallGrouped) -> [(&str, &mut dyn Layer); 5] {
    [
        ("block1_conv1", &mut network.block1_conv1),
        ("block1_conv2", &mut network.block1_conv2),
        ("block2_conv1", &mut network.block2_conv1),
        ("block2_conv2", &mut network.block2_conv2),
        ("dense1", &mut network.dense1),
    ]
}

#[allow(dead_code, reason = "few programs use all of it")]
impl SmallGrouped {
    /// The layers in the order in which data passes through them.
    pub const fn layers() -> &'static [LayerInfo] {
        const LAYERS: &[LayerInfo] = &[
            LayerInfo::new("block1_conv1", "Conv2D", &[6, 12, 12], 60, 7776),
            LayerInfo::new("block1_relu1", "Activation", &[6, 12, 12], 0, 0),
            LayerInfo::new("block1_conv2", "Conv2D", &[20, 12, 12], 1100, 155_520),
            LayerInfo::new("block1_relu2", "Activation", &[20, 12, 12], 0, 0),
            LayerInfo::new("block1_lrn2", "LocalResponseNormalization", &[20, 12, 12], 0, 0),
            LayerInfo::new("block1_pool", "MaxPooling2D", &[20, 6, 6], 0, 0),
            LayerInfo::new("block2_conv1", "Conv2D", &[20, 6, 6], 200, 6480),
            LayerInfo::new("block2_relu1", "Activation", &[20, 6, 6], 0, 0),
            LayerInfo::new("block2_conv2", "Conv2D", &[24, 3, 6], 360, 6480),
            LayerInfo::new("block2_relu2", "Activation", &[24, 3, 6], 0, 0),
            LayerInfo::new("lrn1", "LocalResponseNormalization", &[24, 3, 6], 0, 0),
            LayerInfo::new("flatten", "Flatten", &[432], 0, 0),
            LayerInfo::new("dense1", "Dense", &[4], 1732, 1728),
            LayerInfo::new("softmax", "Softmax", &[4], 0, 0),
        ];
        LAYERS
    }

    /// The layers as a table: what comes out, and what it costs.
    pub const SUMMARY: &'static str = "\
SmallGrouped: 3x12x12 to 4 classes
Convolutions in groups, one of them depthwise, and local response normalisation

Layer (kind)                              Output    Parameters     MACs  Field    Memory
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
block1_conv1 (Conv2D)                     6x12x12           60    7.8 k    3x3   3.4 KiB
block1_conv2 (Conv2D)                     20x12x12       1,100  155.5 k    5x5  11.2 KiB
block1_lrn2 (LocalResponseNormalization)  20x12x12           0        0    5x5  11.2 KiB
block1_pool (MaxPooling2D)                20x6x6             0        0    6x6   2.8 KiB
────────────────────────────────────────────────────────────────────────────────────────
block2_conv1 (Conv2D)                     20x6x6           200    6.5 k  10x10   2.8 KiB
block2_conv2 (Conv2D)                     24x3x6           360    6.5 k  10x14   1.7 KiB
────────────────────────────────────────────────────────────────────────────────────────
lrn1 (LocalResponseNormalization)         24x3x6             0        0  10x14   1.7 KiB
flatten (Flatten)                         432                0        0  12x12   1.7 KiB
dense1 (Dense)                            4              1,732    1.7 k  12x12      16 B
softmax (Softmax)                         4                  0        0  12x12      16 B
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
Parameters  3,452 (13.5 KiB)
Trainable   3,452, not trainable 0
MACs        177.984 kMACs an image
Inference   49.5 KiB of memory at 1 image
Training    136.6 KiB of memory at 1 image, with Adam
";
}

/// Where the images are read.
const INPUT: Maps<3, 12, 12> = Maps::images(Slot::new(0, 20_736, 0));

/// The memory of a pass, in floats: for each image in inference and in training, and for the
/// statistics of norms.
const ARENA: ArenaSize = ArenaSize { inference: 9216, training: 21_168, statistics: 0 };

/// What is computed at one go, and where in the arena the data lies: the offsets of a [`Slot`] are
/// those in inference, in training, and of the gradient.
mod steps {
    use ::vgg::layers::{
        ConvStep, DenseStep, Features, FlattenStep, LrnStep, Maps, PoolStep,
    };
    use ::vgg::{Activation, Lrn, PoolWindow, Slot};

    /// 3x3 convolution in 3 groups, ReLU.
    pub(super) const BLOCK1_CONV1: ConvStep<Maps<3, 12, 12>, Maps<6, 12, 12>> =
        ConvStep::reads(super::INPUT)
            .groups(3)
            .activation(Activation::Relu)
            .writes(Slot::new(4608, 18_432, 4608));

    /// 3x3 convolution, ReLU.
    pub(super) const BLOCK1_CONV2: ConvStep<Maps<6, 12, 12>, Maps<20, 12, 12>> =
        ConvStep::reads(BLOCK1_CONV1.output())
            .activation(Activation::Relu)
            .writes(Slot::new(0, 0, 13_824));

    /// Local response normalisation over 3 channels.
    pub(super) const BLOCK1_LRN2: LrnStep<Maps<20, 12, 12>> = LrnStep::reads(BLOCK1_CONV2.output())
        .lrn(Lrn { size: 3, alpha: 0.5, beta: 0.75, k: 2.0 })
        .writes(Slot::new(4608, 4608, 9216));

    /// 2x2 max-pool.
    pub(super) const BLOCK1_POOL: PoolStep<Maps<20, 12, 12>, Maps<20, 6, 6>> =
        PoolStep::reads(BLOCK1_LRN2.output())
            .pool(PoolWindow::max(2, 2))
            .writes(Slot::new(0, 13_824, 14_976));

    /// 3x3 convolution in 20 groups, ReLU.
    pub(super) const BLOCK2_CONV1: ConvStep<Maps<20, 6, 6>, Maps<20, 6, 6>> =
        ConvStep::reads(BLOCK1_POOL.output())
            .groups(20)
            .activation(Activation::Relu)
            .writes(Slot::new(1152, 9216, 10_368));

    /// 1x3 stride-2x1 convolution in 4 groups without bias, ReLU.
    pub(super) const BLOCK2_CONV2: ConvStep<Maps<20, 6, 6>, Maps<24, 3, 6>, 1, 3> =
        ConvStep::reads(BLOCK2_CONV1.output())
            .stride(2, 1)
            .groups(4)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 11_520, 12_096));

    /// Local response normalisation over 5 channels.
    pub(super) const LRN1: LrnStep<Maps<24, 3, 6>> = LrnStep::reads(BLOCK2_CONV2.output())
        .lrn(Lrn { size: 5, alpha: 0.2, beta: 0.5, k: 1.0 })
        .writes(Slot::new(576, 10_368, 10_944));

    /// Flatten.
    pub(super) const FLATTEN: FlattenStep<Maps<24, 3, 6>, Features<432>> =
        FlattenStep::reads(LRN1.output()).writes(Slot::new(0, 12_096, 12_528));

    /// Dense layer.
    pub(super) const DENSE1: DenseStep<Features<432>, Features<4>> =
        DenseStep::reads(FLATTEN.output()).writes(Slot::new(432, 10_944, 10_960));
}
