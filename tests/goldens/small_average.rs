use ::vgg::layers::{Conv2d, Dense, Features, Layer, Maps};
use ::vgg::data::{Augmentation, Dataset, Normalisation, Prepared};
use ::vgg::optim::Optimizer;
use ::vgg::weights::WeightsError;
use ::vgg::{
    ArenaSize, FeatureMaps, LayerInfo, Logits, MapShape, Network, Pass, Predictor, Slot,
    Tensor, TensorMut, TrainSettings, init, layers, tensor, weights,
};

/// No padding, an average pool that drops the last row and column, other activations.
///
/// Takes images of 1x11x11, gives 3 logits, and has 1,359 parameters.
///
/// | | in | out | parameters |
/// | --- | --- | --- | ---: |
/// | block1 | 1x11x11 | 6x3x3 | 156 |
/// | block2 | 6x3x3 | 8x3x3 | 440 |
/// | head | 8x3x3 | 3 features | 763 |
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct SmallAverage {
    /// 5x5 convolution, 1x11x11 to 6x7x7.
    pub block1_conv1: Conv2d<1, 6, 5, 5>,
    /// 3x3 convolution, 6x3x3 to 8x3x3.
    pub block2_conv1: Conv2d<6, 8>,
    /// Dense layer, 72 to 10 features.
    pub dense1: Dense<72, 10>,
    /// Dense layer, 10 to 3 features.
    pub dense2: Dense<10, 3>,
}

#[allow(dead_code, reason = "few programs use all of it")]
impl SmallAverage {
    /// The number of weights and biases, running statistics of norms included.
    pub const PARAMETERS: usize = 1359;

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
    pub fn forward(&self, images: &FeatureMaps<1, 11, 11>) -> Logits<3> {
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

impl SmallAverage {
    /// `block1`: 1x11x11 to 6x3x3.
    fn block1(&self, pass: &mut Pass<'_>, x: Maps<1, 11, 11>) -> Maps<6, 3, 3> {
        steps::BLOCK1_CONV1.forward(pass, x, &self.block1_conv1)
    }

    /// The gradients of `block1`, its last step first.
    fn block1_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::BLOCK1_CONV1.backward(pass, &self.block1_conv1, &mut into.block1_conv1);
    }

    /// `block2`: 6x3x3 to 8x3x3.
    fn block2(&self, pass: &mut Pass<'_>, x: Maps<6, 3, 3>) -> Maps<8, 3, 3> {
        steps::BLOCK2_CONV1.forward(pass, x, &self.block2_conv1)
    }

    /// The gradients of `block2`, its last step first.
    fn block2_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::BLOCK2_CONV1.backward(pass, &self.block2_conv1, &mut into.block2_conv1);
    }

    /// `head`: 8x3x3 to 3 features.
    fn head(&self, pass: &mut Pass<'_>, x: Maps<8, 3, 3>) -> Features<3> {
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

impl Network for SmallAverage {
    fn name(&self) -> &str {
        "SmallAverage"
    }

    fn input(&self) -> MapShape {
        MapShape::new(1, 11, 11)
    }

    fn classes(&self) -> usize {
        3
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
fn blank() -> SmallAverage {
    SmallAverage {
        block1_conv1: Conv2d::zeros(),
        block2_conv1: Conv2d::zeros(),
        dense1: Dense::zeros(),
        dense2: Dense::zeros(),
    }
}

/// The layers that have weights, by name.
fn named(network: &SmallAverage) -> [(&str, &dyn Layer); 4] {
    [
        ("block1_conv1", &network.block1_conv1),
        ("block2_conv1", &network.block2_conv1),
        ("dense1", &network.dense1),
        ("dense2", &network.dense2),
    ]
}

/// The layers that have weights, by name, to be changed.
fn named_mut(network: &mut SmallAverage) -> [(&str, &mut dyn Layer); 4] {
    [
        ("block1_conv1", &mut network.block1_conv1),
        ("block2_conv1", &mut network.block2_conv1),
        ("dense1", &mut network.dense1),
        ("dense2", &mut network.dense2),
    ]
}

#[allow(dead_code, reason = "few programs use all of it")]
impl SmallAverage {
    /// The layers in the order in which data passes through them.
    pub const fn layers() -> &'static [LayerInfo] {
        const LAYERS: &[LayerInfo] = &[
            LayerInfo::new("block1_conv1", "Conv2D", &[6, 7, 7], 156, 7350),
            LayerInfo::new("block1_tanh1", "Activation", &[6, 7, 7], 0, 0),
            LayerInfo::new("block1_pool", "AveragePooling2D", &[6, 3, 3], 0, 0),
            LayerInfo::new("block2_conv1", "Conv2D", &[8, 3, 3], 440, 3888),
            LayerInfo::new("block2_leaky_relu1", "Activation", &[8, 3, 3], 0, 0),
            LayerInfo::new("flatten", "Flatten", &[72], 0, 0),
            LayerInfo::new("dense1", "Dense", &[10], 730, 720),
            LayerInfo::new("dense1_sigmoid", "Activation", &[10], 0, 0),
            LayerInfo::new("dense2", "Dense", &[3], 33, 30),
            LayerInfo::new("softmax", "Softmax", &[3], 0, 0),
        ];
        LAYERS
    }

    /// The layers as a table: what comes out, and what it costs.
    pub const SUMMARY: &'static str = "\
SmallAverage: 1x11x11 to 3 classes
No padding, an average pool that drops the last row and column, other activations

Layer (kind)                    Output  Parameters   MACs  Field   Memory
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
block1_conv1 (Conv2D)           6x7x7          156  7.3 k    5x5  1.1 KiB
block1_pool (AveragePooling2D)  6x3x3            0      0    6x6    216 B
─────────────────────────────────────────────────────────────────────────
block2_conv1 (Conv2D)           8x3x3          440  3.9 k  10x10    288 B
─────────────────────────────────────────────────────────────────────────
flatten (Flatten)               72               0      0  11x11    288 B
dense1 (Dense)                  10             730    720  11x11     40 B
dense2 (Dense)                  3               33     30  11x11     12 B
softmax (Softmax)               3                0      0  11x11     12 B
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
Parameters  1,359 (5.3 KiB)
Trainable   1,359, not trainable 0
MACs        11.988 kMACs an image
Inference   9.4 KiB of memory at 1 image
Training    29.0 KiB of memory at 1 image, with Adam
";
}

/// Where the images are read.
const INPUT: Maps<1, 11, 11> = Maps::images(Slot::new(928, 1856, 0));

/// The memory of a pass, in floats: for each image in inference and in training, and for the
/// statistics of norms.
const ARENA: ArenaSize = ArenaSize { inference: 1056, training: 1984, statistics: 0 };

/// What is computed at one go, and where in the arena the data lies: the offsets of a [`Slot`] are
/// those in inference, in training, and of the gradient.
mod steps {
    use ::vgg::layers::{ConvStep, DenseStep, Features, FlattenStep, Maps};
    use ::vgg::{Activation, Padding, PoolWindow, Slot};

    /// 5x5 convolution, tanh, 2x2 average-pool.
    pub(super) const BLOCK1_CONV1: ConvStep<Maps<1, 11, 11>, Maps<6, 3, 3>, 5, 5> =
        ConvStep::reads(super::INPUT)
            .padding(Padding::NONE)
            .activation(Activation::Tanh)
            .pool(PoolWindow::average(2, 2), Slot::new(0, 0, 784))
            .writes(Slot::new(784, 1568, 1712));

    /// 3x3 convolution, leaky ReLU.
    pub(super) const BLOCK2_CONV1: ConvStep<Maps<6, 3, 3>, Maps<8, 3, 3>> =
        ConvStep::reads(BLOCK1_CONV1.output())
            .activation(Activation::LeakyRelu { slope: 0.01 })
            .writes(Slot::new(0, 784, 928));

    /// Flatten.
    pub(super) const FLATTEN: FlattenStep<Maps<8, 3, 3>, Features<72>> =
        FlattenStep::reads(BLOCK2_CONV1.output()).writes(Slot::new(144, 1072, 1152));

    /// Dense layer, sigmoid.
    pub(super) const DENSE1: DenseStep<Features<72>, Features<10>> =
        DenseStep::reads(FLATTEN.output())
            .activation(Activation::Sigmoid)
            .writes(Slot::new(0, 928, 944));

    /// Dense layer.
    pub(super) const DENSE2: DenseStep<Features<10>, Features<3>> =
        DenseStep::reads(DENSE1.output()).writes(Slot::new(16, 960, 976));
}
