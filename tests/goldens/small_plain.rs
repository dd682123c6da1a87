use ::vgg::layers::{Conv2d, Dense, Features, Layer, Maps};
use ::vgg::data::{Augmentation, Dataset, Normalisation, Prepared};
use ::vgg::optim::Optimizer;
use ::vgg::weights::WeightsError;
use ::vgg::{
    ArenaSize, FeatureMaps, LayerInfo, Logits, MapShape, Network, Pass, Predictor, Slot,
    Tensor, TensorMut, TrainSettings, init, layers, tensor, weights,
};

/// Max-pools, a flatten and a hidden dense layer.
///
/// Takes images of 3x12x12, gives 5 logits, and has 3,513 parameters.
///
/// | | in | out | parameters |
/// | --- | --- | --- | ---: |
/// | block1 | 3x12x12 | 8x6x6 | 808 |
/// | block2 | 8x6x6 | 12x3x3 | 876 |
/// | head | 12x3x3 | 5 features | 1,829 |
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct SmallPlain {
    /// 3x3 convolution, 3x12x12 to 8x12x12.
    pub block1_conv1: Conv2d<3, 8>,
    /// 3x3 convolution, 8x12x12 to 8x12x12.
    pub block1_conv2: Conv2d<8, 8>,
    /// 3x3 convolution, 8x6x6 to 12x6x6.
    pub block2_conv1: Conv2d<8, 12>,
    /// Dense layer, 108 to 16 features.
    pub dense1: Dense<108, 16>,
    /// Dense layer, 16 to 5 features.
    pub dense2: Dense<16, 5>,
}

#[allow(dead_code, reason = "few programs use all of it")]
impl SmallPlain {
    /// The number of weights and biases, running statistics of norms included.
    pub const PARAMETERS: usize = 3513;

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
    pub fn forward(&self, images: &FeatureMaps<3, 12, 12>) -> Logits<5> {
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

impl SmallPlain {
    /// `block1`: 3x12x12 to 8x6x6.
    fn block1(&self, pass: &mut Pass<'_>, x: Maps<3, 12, 12>) -> Maps<8, 6, 6> {
        let x = steps::BLOCK1_CONV1.forward(pass, x, &self.block1_conv1);
        steps::BLOCK1_CONV2.forward(pass, x, &self.block1_conv2)
    }

    /// The gradients of `block1`, its last step first.
    fn block1_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::BLOCK1_CONV2.backward(pass, &self.block1_conv2, &mut into.block1_conv2);
        steps::BLOCK1_CONV1.backward(pass, &self.block1_conv1, &mut into.block1_conv1);
    }

    /// `block2`: 8x6x6 to 12x3x3.
    fn block2(&self, pass: &mut Pass<'_>, x: Maps<8, 6, 6>) -> Maps<12, 3, 3> {
        steps::BLOCK2_CONV1.forward(pass, x, &self.block2_conv1)
    }

    /// The gradients of `block2`, its last step first.
    fn block2_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::BLOCK2_CONV1.backward(pass, &self.block2_conv1, &mut into.block2_conv1);
    }

    /// `head`: 12x3x3 to 5 features.
    fn head(&self, pass: &mut Pass<'_>, x: Maps<12, 3, 3>) -> Features<5> {
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

impl Network for SmallPlain {
    fn name(&self) -> &str {
        "SmallPlain"
    }

    fn input(&self) -> MapShape {
        MapShape::new(3, 12, 12)
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
        see("flatten", steps::FLATTEN.output().values(pass));
        see("dense1", steps::DENSE1.output().values(pass));
        see("dense2", steps::DENSE2.output().values(pass));
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
fn blank() -> SmallPlain {
    SmallPlain {
        block1_conv1: Conv2d::zeros(),
        block1_conv2: Conv2d::zeros(),
        block2_conv1: Conv2d::zeros(),
        dense1: Dense::zeros(),
        dense2: Dense::zeros(),
    }
}

/// The layers that have weights, by name.
fn named(network: &SmallPlain) -> [(&str, &dyn Layer); 5] {
    [
        ("block1_conv1", &network.block1_conv1),
        ("block1_conv2", &network.block1_conv2),
        ("block2_conv1", &network.block2_conv1),
        ("dense1", &network.dense1),
        ("dense2", &network.dense2),
    ]
}

/// The layers that have weights, by name, to be changed.
fn named_mut(network: &mut SmallPlain) -> [(&str, &mut dyn Layer); 5] {
    [
        ("block1_conv1", &mut network.block1_conv1),
        ("block1_conv2", &mut network.block1_conv2),
        ("block2_conv1", &mut network.block2_conv1),
        ("dense1", &mut network.dense1),
        ("dense2", &mut network.dense2),
    ]
}

#[allow(dead_code, reason = "few programs use all of it")]
impl SmallPlain {
    /// The layers in the order in which data passes through them.
    pub const fn layers() -> &'static [LayerInfo] {
        const LAYERS: &[LayerInfo] = &[
            LayerInfo::new("block1_conv1", "Conv2D", &[8, 12, 12], 224, 31_104),
            LayerInfo::new("block1_relu1", "Activation", &[8, 12, 12], 0, 0),
            LayerInfo::new("block1_conv2", "Conv2D", &[8, 12, 12], 584, 82_944),
            LayerInfo::new("block1_relu2", "Activation", &[8, 12, 12], 0, 0),
            LayerInfo::new("block1_pool", "MaxPooling2D", &[8, 6, 6], 0, 0),
            LayerInfo::new("block2_conv1", "Conv2D", &[12, 6, 6], 876, 31_104),
            LayerInfo::new("block2_relu1", "Activation", &[12, 6, 6], 0, 0),
            LayerInfo::new("block2_pool", "MaxPooling2D", &[12, 3, 3], 0, 0),
            LayerInfo::new("flatten", "Flatten", &[108], 0, 0),
            LayerInfo::new("dense1", "Dense", &[16], 1744, 1728),
            LayerInfo::new("dense1_relu", "Activation", &[16], 0, 0),
            LayerInfo::new("dense2", "Dense", &[5], 85, 80),
            LayerInfo::new("softmax", "Softmax", &[5], 0, 0),
        ];
        LAYERS
    }

    /// The layers as a table: what comes out, and what it costs.
    pub const SUMMARY: &'static str = "\
SmallPlain: 3x12x12 to 5 classes
Max-pools, a flatten and a hidden dense layer

Layer (kind)                Output   Parameters    MACs  Field   Memory
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
block1_conv1 (Conv2D)       8x12x12         224  31.1 k    3x3  4.5 KiB
block1_conv2 (Conv2D)       8x12x12         584  82.9 k    5x5  4.5 KiB
block1_pool (MaxPooling2D)  8x6x6             0       0    6x6  1.1 KiB
───────────────────────────────────────────────────────────────────────
block2_conv1 (Conv2D)       12x6x6          876  31.1 k  10x10  1.7 KiB
block2_pool (MaxPooling2D)  12x3x3            0       0  12x12    432 B
───────────────────────────────────────────────────────────────────────
flatten (Flatten)           108               0       0  12x12    432 B
dense1 (Dense)              16            1,744   1.7 k  12x12     64 B
dense2 (Dense)              5                85      80  12x12     20 B
softmax (Softmax)           5                 0       0  12x12     20 B
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
Parameters  3,513 (13.7 KiB)
Trainable   3,513, not trainable 0
MACs        146.960 kMACs an image
Inference   34.0 KiB of memory at 1 image
Training    88.1 KiB of memory at 1 image, with Adam
";
}

/// Where the images are read.
const INPUT: Maps<3, 12, 12> = Maps::images(Slot::new(2304, 8064, 0));

/// The memory of a pass, in floats: for each image in inference and in training, and for the
/// statistics of norms.
const ARENA: ArenaSize = ArenaSize { inference: 5184, training: 8496, statistics: 0 };

/// What is computed at one go, and where in the arena the data lies: the offsets of a [`Slot`] are
/// those in inference, in training, and of the gradient.
mod steps {
    use ::vgg::layers::{ConvStep, DenseStep, Features, FlattenStep, Maps};
    use ::vgg::{Activation, PoolWindow, Slot};

    /// 3x3 convolution, ReLU.
    pub(super) const BLOCK1_CONV1: ConvStep<Maps<3, 12, 12>, Maps<8, 12, 12>> =
        ConvStep::reads(super::INPUT)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 0, 4608));

    /// 3x3 convolution, ReLU, 2x2 max-pool.
    pub(super) const BLOCK1_CONV2: ConvStep<Maps<8, 12, 12>, Maps<8, 6, 6>> =
        ConvStep::reads(BLOCK1_CONV1.output())
            .activation(Activation::Relu)
            .pool(PoolWindow::max(2, 2), Slot::new(2304, 2304, 2304))
            .writes(Slot::new(4608, 6912, 7488));

    /// 3x3 convolution, ReLU, 2x2 max-pool.
    pub(super) const BLOCK2_CONV1: ConvStep<Maps<8, 6, 6>, Maps<12, 3, 3>> =
        ConvStep::reads(BLOCK1_CONV2.output())
            .activation(Activation::Relu)
            .pool(PoolWindow::max(2, 2), Slot::new(0, 4608, 4608))
            .writes(Slot::new(576, 5184, 5328));

    /// Flatten.
    pub(super) const FLATTEN: FlattenStep<Maps<12, 3, 3>, Features<108>> =
        FlattenStep::reads(BLOCK2_CONV1.output()).writes(Slot::new(0, 5472, 5584));

    /// Dense layer, ReLU.
    pub(super) const DENSE1: DenseStep<Features<108>, Features<16>> =
        DenseStep::reads(FLATTEN.output())
            .activation(Activation::Relu)
            .writes(Slot::new(112, 5328, 5344));

    /// Dense layer.
    pub(super) const DENSE2: DenseStep<Features<16>, Features<5>> =
        DenseStep::reads(DENSE1.output()).writes(Slot::new(0, 5360, 5376));
}
