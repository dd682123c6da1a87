use ::vgg::layers::{Conv2d, Dense, Features, Layer, Maps};
use ::vgg::data::{Augmentation, Dataset, Normalisation, Prepared};
use ::vgg::optim::Optimizer;
use ::vgg::weights::WeightsError;
use ::vgg::{
    ArenaSize, FeatureMaps, LayerInfo, Logits, MapShape, Network, Pass, Predictor, Slot,
    Tensor, TensorMut, TrainSettings, init, layers, tensor, weights,
};

/// Adaptive pools whose windows differ in size, one to fewer means and one to more.
///
/// Takes images of 3x11x10, gives 4 logits, and has 3,288 parameters.
///
/// | | in | out | parameters |
/// | --- | --- | --- | ---: |
/// | block1 | 3x11x10 | 8x5x5 | 224 |
/// | block2 | 8x5x5 | 20x5x5 | 1,460 |
/// | head | 20x5x5 | 4 features | 1,604 |
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct SmallAdaptive {
    /// 3x3 convolution, 3x11x10 to 8x11x10.
    pub block1_conv1: Conv2d<3, 8>,
    /// 3x3 convolution, 8x5x5 to 20x5x5.
    pub block2_conv1: Conv2d<8, 20>,
    /// Dense layer, 400 to 4 features.
    pub dense1: Dense<400, 4>,
}

#[allow(dead_code, reason = "few programs use all of it")]
impl SmallAdaptive {
    /// The number of weights and biases, running statistics of norms included.
    pub const PARAMETERS: usize = 3288;

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
    pub fn forward(&self, images: &FeatureMaps<3, 11, 10>) -> Logits<4> {
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

impl SmallAdaptive {
    /// `block1`: 3x11x10 to 8x5x5.
    fn block1(&self, pass: &mut Pass<'_>, x: Maps<3, 11, 10>) -> Maps<8, 5, 5> {
        steps::BLOCK1_CONV1.forward(pass, x, &self.block1_conv1)
    }

    /// The gradients of `block1`, its last step first.
    fn block1_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::BLOCK1_CONV1.backward(pass, &self.block1_conv1, &mut into.block1_conv1);
    }

    /// `block2`: 8x5x5 to 20x5x5.
    fn block2(&self, pass: &mut Pass<'_>, x: Maps<8, 5, 5>) -> Maps<20, 5, 5> {
        steps::BLOCK2_CONV1.forward(pass, x, &self.block2_conv1)
    }

    /// The gradients of `block2`, its last step first.
    fn block2_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::BLOCK2_CONV1.backward(pass, &self.block2_conv1, &mut into.block2_conv1);
    }

    /// `head`: 20x5x5 to 4 features.
    fn head(&self, pass: &mut Pass<'_>, x: Maps<20, 5, 5>) -> Features<4> {
        let x = steps::ADAPTIVE1.forward(pass, x);
        let x = steps::ADAPTIVE2.forward(pass, x);
        let x = steps::FLATTEN.forward(pass, x);
        steps::DENSE1.forward(pass, x, &self.dense1)
    }

    /// The gradients of `head`, its last step first.
    fn head_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::DENSE1.backward(pass, &self.dense1, &mut into.dense1);
        steps::FLATTEN.backward(pass);
        steps::ADAPTIVE2.backward(pass);
        steps::ADAPTIVE1.backward(pass);
    }
}

impl Network for SmallAdaptive {
    fn name(&self) -> &str {
        "SmallAdaptive"
    }

    fn input(&self) -> MapShape {
        MapShape::new(3, 11, 10)
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
        see("block2_conv1", steps::BLOCK2_CONV1.output().values(pass));
        see("adaptive1", steps::ADAPTIVE1.output().values(pass));
        see("adaptive2", steps::ADAPTIVE2.output().values(pass));
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
fn blank() -> SmallAdaptive {
    SmallAdaptive {
        block1_conv1: Conv2d::zeros(),
        block2_conv1: Conv2d::zeros(),
        dense1: Dense::zeros(),
    }
}

/// The layers that have weights, by name.
fn named(network: &SmallAdaptive) -> [(&str, &dyn Layer); 3] {
    [
        ("block1_conv1", &network.block1_conv1),
        ("block2_conv1", &network.block2_conv1),
        ("dense1", &network.dense1),
    ]
}

/// The layers that have weights, by name, to be changed.
fn named_mut(network: &mut SmallAdaptive) -> [(&str, &mut dyn Layer); 3] {
    [
        ("block1_conv1", &mut network.block1_conv1),
        ("block2_conv1", &mut network.block2_conv1),
        ("dense1", &mut network.dense1),
    ]
}

#[allow(dead_code, reason = "few programs use all of it")]
impl SmallAdaptive {
    /// The layers in the order in which data passes through them.
    pub const fn layers() -> &'static [LayerInfo] {
        const LAYERS: &[LayerInfo] = &[
            LayerInfo::new("block1_conv1", "Conv2D", &[8, 11, 10], 224, 23_760),
            LayerInfo::new("block1_relu1", "Activation", &[8, 11, 10], 0, 0),
            LayerInfo::new("block1_pool", "MaxPooling2D", &[8, 5, 5], 0, 0),
            LayerInfo::new("block2_conv1", "Conv2D", &[20, 5, 5], 1460, 36_000),
            LayerInfo::new("block2_relu1", "Activation", &[20, 5, 5], 0, 0),
            LayerInfo::new("adaptive1", "AdaptiveAveragePooling2D", &[20, 3, 2], 0, 0),
            LayerInfo::new("adaptive2", "AdaptiveAveragePooling2D", &[20, 4, 5], 0, 0),
            LayerInfo::new("flatten", "Flatten", &[400], 0, 0),
            LayerInfo::new("dense1", "Dense", &[4], 1604, 1600),
            LayerInfo::new("softmax", "Softmax", &[4], 0, 0),
        ];
        LAYERS
    }

    /// The layers as a table: what comes out, and what it costs.
    pub const SUMMARY: &'static str = "\
SmallAdaptive: 3x11x10 to 4 classes
Adaptive pools whose windows differ in size, one to fewer means and one to more

Layer (kind)                          Output   Parameters    MACs  Field   Memory
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
block1_conv1 (Conv2D)                 8x11x10         224  23.8 k    3x3  3.4 KiB
block1_pool (MaxPooling2D)            8x5x5             0       0    4x4    800 B
─────────────────────────────────────────────────────────────────────────────────
block2_conv1 (Conv2D)                 20x5x5        1,460  36.0 k    8x8  2.0 KiB
─────────────────────────────────────────────────────────────────────────────────
adaptive1 (AdaptiveAveragePooling2D)  20x3x2            0       0  12x12    480 B
adaptive2 (AdaptiveAveragePooling2D)  20x4x5            0       0  14x16  1.6 KiB
flatten (Flatten)                     400               0       0  11x10  1.6 KiB
dense1 (Dense)                        4             1,604   1.6 k  11x10     16 B
softmax (Softmax)                     4                 0       0  11x10     16 B
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
Parameters  3,288 (12.8 KiB)
Trainable   3,288, not trainable 0
MACs        61.360 kMACs an image
Inference   22.6 KiB of memory at 1 image
Training    73.1 KiB of memory at 1 image, with Adam
";
}

/// Where the images are read.
const INPUT: Maps<3, 11, 10> = Maps::images(Slot::new(2160, 5040, 0));

/// The memory of a pass, in floats: for each image in inference and in training, and for the
/// statistics of norms.
const ARENA: ArenaSize = ArenaSize { inference: 2496, training: 5568, statistics: 0 };

/// What is computed at one go, and where in the arena the data lies: the offsets of a [`Slot`] are
/// those in inference, in training, and of the gradient.
mod steps {
    use ::vgg::layers::{AdaptiveStep, ConvStep, DenseStep, Features, FlattenStep, Maps};
    use ::vgg::{Activation, PoolWindow, Slot};

    /// 3x3 convolution, ReLU, 2x2 max-pool.
    pub(super) const BLOCK1_CONV1: ConvStep<Maps<3, 11, 10>, Maps<8, 5, 5>> =
        ConvStep::reads(super::INPUT)
            .activation(Activation::Relu)
            .pool(PoolWindow::max(2, 2), Slot::new(0, 0, 0))
            .writes(Slot::new(1760, 3840, 3360));

    /// 3x3 convolution, ReLU.
    pub(super) const BLOCK2_CONV1: ConvStep<Maps<8, 5, 5>, Maps<20, 5, 5>> =
        ConvStep::reads(BLOCK1_CONV1.output())
            .activation(Activation::Relu)
            .writes(Slot::new(0, 1760, 2560));

    /// Adaptive average pool.
    pub(super) const ADAPTIVE1: AdaptiveStep<Maps<20, 5, 5>, Maps<20, 3, 2>> =
        AdaptiveStep::reads(BLOCK2_CONV1.output()).writes(Slot::new(800, 5376, 4240));

    /// Adaptive average pool.
    pub(super) const ADAPTIVE2: AdaptiveStep<Maps<20, 3, 2>, Maps<20, 4, 5>> =
        AdaptiveStep::reads(ADAPTIVE1.output()).writes(Slot::new(0, 2560, 3200));

    /// Flatten.
    pub(super) const FLATTEN: FlattenStep<Maps<20, 4, 5>, Features<400>> =
        FlattenStep::reads(ADAPTIVE2.output()).writes(Slot::new(640, 4240, 4640));

    /// Dense layer.
    pub(super) const DENSE1: DenseStep<Features<400>, Features<4>> =
        DenseStep::reads(FLATTEN.output()).writes(Slot::new(0, 3200, 3216));
}
