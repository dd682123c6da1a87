use ::vgg::layers::{BatchNorm, Conv2d, Dense, Features, Layer, Maps};
use ::vgg::data::{Augmentation, Dataset, Normalisation, Prepared};
use ::vgg::loss::Targets;
use ::vgg::optim::Optimizer;
use ::vgg::train::{Schedule, Shape};
use ::vgg::weights::WeightsError;
use ::vgg::{
    ArenaSize, FeatureMaps, LayerInfo, Logits, MapShape, Network, Pass, Predictor, Slot,
    Tensor, TensorMut, TrainSettings, init, layers, tensor, weights,
};

/// A VGG of three blocks with batch norm for Fashion-MNIST.
///
/// Takes images of 1x28x28, gives 10 logits, and has 436,650 parameters.
///
/// | | in | out | parameters |
/// | --- | --- | --- | ---: |
/// | block1 | 1x28x28 | 32x14x14 | 9,760 |
/// | block2 | 32x14x14 | 64x7x7 | 55,808 |
/// | block3 | 64x7x7 | 128x3x3 | 222,208 |
/// | head | 128x3x3 | 10 features | 148,874 |
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct Fashion {
    /// 3x3 convolution without bias, 1x28x28 to 32x28x28.
    pub block1_conv1: Conv2d<1, 32>,
    /// Batch norm of 32x28x28.
    pub block1_bn1: BatchNorm<32>,
    /// 3x3 convolution without bias, 32x28x28 to 32x28x28.
    pub block1_conv2: Conv2d<32, 32>,
    /// Batch norm of 32x28x28.
    pub block1_bn2: BatchNorm<32>,
    /// 3x3 convolution without bias, 32x14x14 to 64x14x14.
    pub block2_conv1: Conv2d<32, 64>,
    /// Batch norm of 64x14x14.
    pub block2_bn1: BatchNorm<64>,
    /// 3x3 convolution without bias, 64x14x14 to 64x14x14.
    pub block2_conv2: Conv2d<64, 64>,
    /// Batch norm of 64x14x14.
    pub block2_bn2: BatchNorm<64>,
    /// 3x3 convolution without bias, 64x7x7 to 128x7x7.
    pub block3_conv1: Conv2d<64, 128>,
    /// Batch norm of 128x7x7.
    pub block3_bn1: BatchNorm<128>,
    /// 3x3 convolution without bias, 128x7x7 to 128x7x7.
    pub block3_conv2: Conv2d<128, 128>,
    /// Batch norm of 128x7x7.
    pub block3_bn2: BatchNorm<128>,
    /// Dense layer, 1152 to 128 features.
    pub dense1: Dense<1152, 128>,
    /// Dense layer, 128 to 10 features.
    pub dense2: Dense<128, 10>,
}

#[allow(dead_code, reason = "few programs use all of it")]
impl Fashion {
    /// The number of weights and biases, running statistics of norms included.
    pub const PARAMETERS: usize = 436_650;

    /// How the spec wants the network to be trained.
    pub const TRAIN: TrainSettings = TrainSettings {
        epochs: 16,
        batch: 64,
        seed: 7,
        optimizer: Optimizer::sgd(0.05).with_nesterov().with_weight_decay(0.0005),
        schedule: Schedule { warmup: 1.0, shape: Shape::Cosine { floor: 0.0 } },
        targets: Targets { smoothing: 0.1, class_weights: &[] },
        ..TrainSettings::DEFAULT
    };

    /// How the spec wants images to learn from to be varied, one way after the other.
    pub const AUGMENTATIONS: &'static [Augmentation] = &[
        Augmentation::Flip { probability: 0.5 },
        Augmentation::Crop { padding: 2 },
    ];

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
    pub fn forward(&self, images: &FeatureMaps<1, 28, 28>) -> Logits<10> {
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

impl Fashion {
    /// `block1`: 1x28x28 to 32x14x14.
    fn block1(&self, pass: &mut Pass<'_>, x: Maps<1, 28, 28>) -> Maps<32, 14, 14> {
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

    /// `block2`: 32x14x14 to 64x7x7.
    fn block2(&self, pass: &mut Pass<'_>, x: Maps<32, 14, 14>) -> Maps<64, 7, 7> {
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

    /// `block3`: 64x7x7 to 128x3x3.
    fn block3(&self, pass: &mut Pass<'_>, x: Maps<64, 7, 7>) -> Maps<128, 3, 3> {
        let weights = (&self.block3_conv1, &self.block3_bn1);
        let x = steps::BLOCK3_CONV1.forward(pass, x, weights);
        let weights = (&self.block3_conv2, &self.block3_bn2);
        steps::BLOCK3_CONV2.forward(pass, x, weights)
    }

    /// The gradients of `block3`, its last step first.
    fn block3_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        let weights = (&self.block3_conv2, &self.block3_bn2);
        let gradients = (&mut into.block3_conv2, &mut into.block3_bn2);
        steps::BLOCK3_CONV2.backward(pass, weights, gradients);
        let weights = (&self.block3_conv1, &self.block3_bn1);
        let gradients = (&mut into.block3_conv1, &mut into.block3_bn1);
        steps::BLOCK3_CONV1.backward(pass, weights, gradients);
    }

    /// `head`: 128x3x3 to 10 features.
    fn head(&self, pass: &mut Pass<'_>, x: Maps<128, 3, 3>) -> Features<10> {
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

impl Network for Fashion {
    fn name(&self) -> &str {
        "Fashion"
    }

    fn input(&self) -> MapShape {
        MapShape::new(1, 28, 28)
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
        let x = self.block3(pass, x);
        self.head(pass, x);
    }

    fn backward(&self, pass: &mut Pass<'_>, gradients: &mut Self) {
        self.head_backward(pass, gradients);
        self.block3_backward(pass, gradients);
        self.block2_backward(pass, gradients);
        self.block1_backward(pass, gradients);
    }

    fn outputs(&self, pass: &Pass<'_>, see: &mut dyn ::core::ops::FnMut(&str, &[f32])) {
        see("block1_conv1", steps::BLOCK1_CONV1.output().values(pass));
        see("block1_conv2", steps::BLOCK1_CONV2.output().values(pass));
        see("block2_conv1", steps::BLOCK2_CONV1.output().values(pass));
        see("block2_conv2", steps::BLOCK2_CONV2.output().values(pass));
        see("block3_conv1", steps::BLOCK3_CONV1.output().values(pass));
        see("block3_conv2", steps::BLOCK3_CONV2.output().values(pass));
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
        steps::BLOCK3_CONV1.update_statistics(pass, &mut self.block3_bn1);
        steps::BLOCK3_CONV2.update_statistics(pass, &mut self.block3_bn2);
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
fn blank() -> Fashion {
    Fashion {
        block1_conv1: Conv2d::without_bias(),
        block1_bn1: BatchNorm::identity(),
        block1_conv2: Conv2d::without_bias(),
        block1_bn2: BatchNorm::identity(),
        block2_conv1: Conv2d::without_bias(),
        block2_bn1: BatchNorm::identity(),
        block2_conv2: Conv2d::without_bias(),
        block2_bn2: BatchNorm::identity(),
        block3_conv1: Conv2d::without_bias(),
        block3_bn1: BatchNorm::identity(),
        block3_conv2: Conv2d::without_bias(),
        block3_bn2: BatchNorm::identity(),
        dense1: Dense::zeros(),
        dense2: Dense::zeros(),
    }
}

/// The layers that have weights, by name.
fn named(network: &Fashion) -> [(&str, &dyn Layer); 14] {
    [
        ("block1_conv1", &network.block1_conv1),
        ("block1_bn1", &network.block1_bn1),
        ("block1_conv2", &network.block1_conv2),
        ("block1_bn2", &network.block1_bn2),
        ("block2_conv1", &network.block2_conv1),
        ("block2_bn1", &network.block2_bn1),
        ("block2_conv2", &network.block2_conv2),
        ("block2_bn2", &network.block2_bn2),
        ("block3_conv1", &network.block3_conv1),
        ("block3_bn1", &network.block3_bn1),
        ("block3_conv2", &network.block3_conv2),
        ("block3_bn2", &network.block3_bn2),
        ("dense1", &network.dense1),
        ("dense2", &network.dense2),
    ]
}

/// The layers that have weights, by name, to be changed.
fn named_mut(network: &mut Fashion) -> [(&str, &mut dyn Layer); 14] {
    [
        ("block1_conv1", &mut network.block1_conv1),
        ("block1_bn1", &mut network.block1_bn1),
        ("block1_conv2", &mut network.block1_conv2),
        ("block1_bn2", &mut network.block1_bn2),
        ("block2_conv1", &mut network.block2_conv1),
        ("block2_bn1", &mut network.block2_bn1),
        ("block2_conv2", &mut network.block2_conv2),
        ("block2_bn2", &mut network.block2_bn2),
        ("block3_conv1", &mut network.block3_conv1),
        ("block3_bn1", &mut network.block3_bn1),
        ("block3_conv2", &mut network.block3_conv2),
        ("block3_bn2", &mut network.block3_bn2),
        ("dense1", &mut network.dense1),
        ("dense2", &mut network.dense2),
    ]
}

#[allow(dead_code, reason = "few programs use all of it")]
impl Fashion {
    /// The layers in the order in which data passes through them.
    pub const fn layers() -> &'static [LayerInfo] {
        const LAYERS: &[LayerInfo] = &[
            LayerInfo::new("block1_conv1", "Conv2D", &[32, 28, 28], 288, 225_792),
            LayerInfo::new("block1_bn1", "BatchNormalization", &[32, 28, 28], 128, 0),
            LayerInfo::new("block1_relu1", "Activation", &[32, 28, 28], 0, 0),
            LayerInfo::new("block1_conv2", "Conv2D", &[32, 28, 28], 9216, 7_225_344),
            LayerInfo::new("block1_bn2", "BatchNormalization", &[32, 28, 28], 128, 0),
            LayerInfo::new("block1_relu2", "Activation", &[32, 28, 28], 0, 0),
            LayerInfo::new("block1_pool", "MaxPooling2D", &[32, 14, 14], 0, 0),
            LayerInfo::new("block2_conv1", "Conv2D", &[64, 14, 14], 18_432, 3_612_672),
            LayerInfo::new("block2_bn1", "BatchNormalization", &[64, 14, 14], 256, 0),
            LayerInfo::new("block2_relu1", "Activation", &[64, 14, 14], 0, 0),
            LayerInfo::new("block2_conv2", "Conv2D", &[64, 14, 14], 36_864, 7_225_344),
            LayerInfo::new("block2_bn2", "BatchNormalization", &[64, 14, 14], 256, 0),
            LayerInfo::new("block2_relu2", "Activation", &[64, 14, 14], 0, 0),
            LayerInfo::new("block2_pool", "MaxPooling2D", &[64, 7, 7], 0, 0),
            LayerInfo::new("block3_conv1", "Conv2D", &[128, 7, 7], 73_728, 3_612_672),
            LayerInfo::new("block3_bn1", "BatchNormalization", &[128, 7, 7], 512, 0),
            LayerInfo::new("block3_relu1", "Activation", &[128, 7, 7], 0, 0),
            LayerInfo::new("block3_conv2", "Conv2D", &[128, 7, 7], 147_456, 7_225_344),
            LayerInfo::new("block3_bn2", "BatchNormalization", &[128, 7, 7], 512, 0),
            LayerInfo::new("block3_relu2", "Activation", &[128, 7, 7], 0, 0),
            LayerInfo::new("block3_pool", "MaxPooling2D", &[128, 3, 3], 0, 0),
            LayerInfo::new("flatten", "Flatten", &[1152], 0, 0),
            LayerInfo::new("dense1", "Dense", &[128], 147_584, 147_456),
            LayerInfo::new("dense1_relu", "Activation", &[128], 0, 0),
            LayerInfo::new("dropout1", "Dropout", &[128], 0, 0),
            LayerInfo::new("dense2", "Dense", &[10], 1290, 1280),
            LayerInfo::new("softmax", "Softmax", &[10], 0, 0),
        ];
        LAYERS
    }

    /// The layers as a table: what comes out, and what it costs.
    pub const SUMMARY: &'static str = "\
Fashion: 1x28x28 to 10 classes
A VGG of three blocks with batch norm for Fashion-MNIST

Layer (kind)                     Output    Parameters     MACs  Field    Memory
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
block1_conv1 (Conv2D)            32x28x28         288  225.8 k    3x3  98.0 KiB
block1_bn1 (BatchNormalization)  32x28x28         128        0    3x3  98.0 KiB
block1_relu1 (Activation)        32x28x28           0        0    3x3  98.0 KiB
block1_conv2 (Conv2D)            32x28x28       9,216    7.2 M    5x5  98.0 KiB
block1_bn2 (BatchNormalization)  32x28x28         128        0    5x5  98.0 KiB
block1_relu2 (Activation)        32x28x28           0        0    5x5  98.0 KiB
block1_pool (MaxPooling2D)       32x14x14           0        0    6x6  24.5 KiB
───────────────────────────────────────────────────────────────────────────────
block2_conv1 (Conv2D)            64x14x14      18,432    3.6 M  10x10  49.0 KiB
block2_bn1 (BatchNormalization)  64x14x14         256        0  10x10  49.0 KiB
block2_relu1 (Activation)        64x14x14           0        0  10x10  49.0 KiB
block2_conv2 (Conv2D)            64x14x14      36,864    7.2 M  14x14  49.0 KiB
block2_bn2 (BatchNormalization)  64x14x14         256        0  14x14  49.0 KiB
block2_relu2 (Activation)        64x14x14           0        0  14x14  49.0 KiB
block2_pool (MaxPooling2D)       64x7x7             0        0  16x16  12.2 KiB
───────────────────────────────────────────────────────────────────────────────
block3_conv1 (Conv2D)            128x7x7       73,728    3.6 M  24x24  24.5 KiB
block3_bn1 (BatchNormalization)  128x7x7          512        0  24x24  24.5 KiB
block3_relu1 (Activation)        128x7x7            0        0  24x24  24.5 KiB
block3_conv2 (Conv2D)            128x7x7      147,456    7.2 M  32x32  24.5 KiB
block3_bn2 (BatchNormalization)  128x7x7          512        0  32x32  24.5 KiB
block3_relu2 (Activation)        128x7x7            0        0  32x32  24.5 KiB
block3_pool (MaxPooling2D)       128x3x3            0        0  36x36   4.5 KiB
───────────────────────────────────────────────────────────────────────────────
flatten (Flatten)                1152               0        0  28x28   4.5 KiB
dense1 (Dense)                   128          147,584  147.5 k  28x28     512 B
dropout1 (Dropout)               128                0        0  28x28     512 B
dense2 (Dense)                   10             1,290    1.3 k  28x28      40 B
softmax (Softmax)                10                 0        0  28x28      40 B
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
Parameters  436,650 (1.7 MiB)
Trainable   435,754, not trainable 896
MACs        29.276 MMACs an image
Inference   1.9 MiB of memory at 1 image
Training    7.4 MiB of memory at 1 image, with SGD
";
}

/// Where the images are read.
const INPUT: Maps<1, 28, 28> = Maps::images(Slot::new(25_088, 193_600, 0));

/// The memory of a pass, in floats: for each image in inference and in training, and for the
/// statistics of norms.
const ARENA: ArenaSize = ArenaSize { inference: 56_448, training: 194_384, statistics: 896 };

/// What is computed at one go, and where in the arena the data lies: the offsets of a [`Slot`] are
/// those in inference, in training, and of the gradient.
mod steps {
    use ::vgg::layers::{ConvStep, DenseStep, DropoutStep, Features, FlattenStep, Maps};
    use ::vgg::{Activation, Norm, PoolWindow, Slot};

    /// 3x3 convolution without bias, batch norm, ReLU.
    pub(super) const BLOCK1_CONV1: ConvStep<Maps<1, 28, 28>, Maps<32, 28, 28>> =
        ConvStep::reads(super::INPUT)
            .keeps(Slot::new(0, 0, 0))
            .norm(Norm::DEFAULT, 0)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 25_088, 100_352));

    /// 3x3 convolution without bias, batch norm, ReLU, 2x2 max-pool.
    pub(super) const BLOCK1_CONV2: ConvStep<Maps<32, 28, 28>, Maps<32, 14, 14>> =
        ConvStep::reads(BLOCK1_CONV1.output())
            .keeps(Slot::new(0, 50_176, 0))
            .norm(Norm::DEFAULT, 64)
            .activation(Activation::Relu)
            .pool(PoolWindow::max(2, 2), Slot::new(25_088, 75_264, 75_264))
            .writes(Slot::new(50_176, 163_072, 125_440));

    /// 3x3 convolution without bias, batch norm, ReLU.
    pub(super) const BLOCK2_CONV1: ConvStep<Maps<32, 14, 14>, Maps<64, 14, 14>> =
        ConvStep::reads(BLOCK1_CONV2.output())
            .keeps(Slot::new(0, 100_352, 0))
            .norm(Norm::DEFAULT, 128)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 112_896, 150_528));

    /// 3x3 convolution without bias, batch norm, ReLU, 2x2 max-pool.
    pub(super) const BLOCK2_CONV2: ConvStep<Maps<64, 14, 14>, Maps<64, 7, 7>> =
        ConvStep::reads(BLOCK2_CONV1.output())
            .keeps(Slot::new(0, 125_440, 0))
            .norm(Norm::DEFAULT, 256)
            .activation(Activation::Relu)
            .pool(PoolWindow::max(2, 2), Slot::new(12_544, 137_984, 137_984))
            .writes(Slot::new(25_088, 188_160, 169_344));

    /// 3x3 convolution without bias, batch norm, ReLU.
    pub(super) const BLOCK3_CONV1: ConvStep<Maps<64, 7, 7>, Maps<128, 7, 7>> =
        ConvStep::reads(BLOCK2_CONV2.output())
            .keeps(Slot::new(0, 150_528, 0))
            .norm(Norm::DEFAULT, 384)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 156_800, 181_888));

    /// 3x3 convolution without bias, batch norm, ReLU, 2x2 max-pool.
    pub(super) const BLOCK3_CONV2: ConvStep<Maps<128, 7, 7>, Maps<128, 3, 3>> =
        ConvStep::reads(BLOCK3_CONV1.output())
            .keeps(Slot::new(0, 169_344, 0))
            .norm(Norm::DEFAULT, 640)
            .activation(Activation::Relu)
            .pool(PoolWindow::max(2, 2), Slot::new(6272, 175_616, 175_616))
            .writes(Slot::new(12_544, 191_296, 192_448));

    /// Flatten.
    pub(super) const FLATTEN: FlattenStep<Maps<128, 3, 3>, Features<1152>> =
        FlattenStep::reads(BLOCK3_CONV2.output()).writes(Slot::new(0, 181_888, 183_040));

    /// Dense layer, ReLU.
    pub(super) const DENSE1: DenseStep<Features<1152>, Features<128>> =
        DenseStep::reads(FLATTEN.output())
            .activation(Activation::Relu)
            .writes(Slot::new(1152, 184_192, 184_320));

    /// Dropout of 30%.
    pub(super) const DROPOUT1: DropoutStep<Features<128>> = DropoutStep::reads(DENSE1.output())
        .rate(0.3, 8)
        .writes(Slot::new(1152, 183_040, 184_320));

    /// Dense layer.
    pub(super) const DENSE2: DenseStep<Features<128>, Features<10>> =
        DenseStep::reads(DROPOUT1.output()).writes(Slot::new(0, 183_168, 183_184));
}
