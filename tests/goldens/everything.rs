use ::vgg::layers::{BatchNorm, Conv2d, Dense, Features, Layer, Maps};
use ::vgg::data::{Augmentation, Colours, Dataset, Normalisation, Prepared};
use ::vgg::loss::Targets;
use ::vgg::optim::{Clip, Convention, Decay, Optimizer};
use ::vgg::train::{EarlyStopping, Monitor, Plateau, Schedule, Shape};
use ::vgg::weights::WeightsError;
use ::vgg::{
    ArenaSize, FeatureMaps, LayerInfo, Logits, MapShape, Network, Pass, Predictor, Slot,
    Tensor, TensorMut, TrainSettings, init, layers, tensor, weights,
};

/// Everything that the language can say.
///
/// Takes images of 3x32x24, gives 10 logits, and has 17,114 parameters.
///
/// | | in | out | parameters |
/// | --- | --- | --- | ---: |
/// | stem | 3x32x24 | 16x32x12 | 208 |
/// | block2 | 16x32x12 | 24x16x6 | 10,648 |
/// | block3 | 24x16x6 | 24x7x2 | 5,184 |
/// | block4 | 24x7x2 | 8x7x2 | 224 |
/// | head | 8x7x2 | 10 features | 850 |
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct Everything {
    /// 3x1 stride-1x2 convolution without bias, 3x32x24 to 16x32x12.
    pub stem_conv1: Conv2d<3, 16, 3, 1>,
    /// Batch norm of 16x32x12.
    pub stem_bn1: BatchNorm<16>,
    /// 3x3 convolution without bias, 16x32x12 to 24x32x12.
    pub block2_conv1: Conv2d<16, 24>,
    /// Batch norm of 24x32x12.
    pub block2_bn1: BatchNorm<24>,
    /// 3x3 convolution without bias, 24x32x12 to 16x32x12.
    pub block2_conv2: Conv2d<24, 16>,
    /// Batch norm of 16x32x12.
    pub block2_bn2: BatchNorm<16>,
    /// 3x3 convolution, 16x32x12 to 24x32x12.
    pub wide: Conv2d<16, 24>,
    /// Batch norm of 24x32x12.
    pub wide_bn: BatchNorm<24>,
    /// 3x3 convolution without bias, 24x16x6 to 24x14x4.
    pub block3_conv1: Conv2d<24, 24>,
    /// 1x1 convolution without bias, 24x7x2 to 8x7x2.
    pub block4_conv1: Conv2d<24, 8, 1, 1>,
    /// Batch norm of 8x7x2.
    pub block4_bn1: BatchNorm<8>,
    /// Dense layer without bias, 56 to 12 features.
    pub fc: Dense<56, 12>,
    /// Batch norm of 12 features.
    pub bn1: BatchNorm<12>,
    /// Dense layer, 12 to 10 features.
    pub dense2: Dense<12, 10>,
}

#[allow(dead_code, reason = "few programs use all of it")]
impl Everything {
    /// The number of weights and biases, running statistics of norms included.
    pub const PARAMETERS: usize = 17_114;

    /// How the spec wants the network to be trained.
    pub const TRAIN: TrainSettings = TrainSettings {
        epochs: 5,
        batch: 16,
        seed: 3,
        optimizer: Optimizer::sgd(0.05)
            .with_momentum(0.8)
            .with_nesterov()
            .with_weight_decay(0.0005)
            .with_decay(Decay::Decoupled)
            .with_convention(Convention::Keras),
        schedule: Schedule { warmup: 0.5, shape: Shape::Step { every: 2, factor: 0.5 } },
        targets: Targets {
            smoothing: 0.1,
            class_weights: &[1.0, 2.0, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.5],
        },
        mixup: ::core::option::Option::Some(0.3),
        clip: Clip::Norm(1.5),
        average: ::core::option::Option::Some(0.99),
        plateau: ::core::option::Option::Some(Plateau {
            monitor: Monitor::Accuracy,
            factor: 0.5,
            patience: 2,
            min_delta: 0.001,
            cooldown: 1,
            min_share: 0.02,
        }),
        early_stopping: ::core::option::Option::Some(EarlyStopping {
            monitor: Monitor::Loss,
            patience: 3,
            min_delta: 0.002,
            restore_best: false,
            start: 1,
        }),
        best: Monitor::Loss,
        ..TrainSettings::DEFAULT
    };

    /// How the spec wants images to learn from to be varied, one way after the other.
    pub const AUGMENTATIONS: &'static [Augmentation] = &[
        Augmentation::Flip { probability: 0.5 },
        Augmentation::Crop { padding: 2 },
        Augmentation::ScaleJitter { least: 32, most: 40 },
        Augmentation::Rotate { degrees: 5.0 },
        Augmentation::Brightness { share: 0.1 },
        Augmentation::Contrast { share: 0.15 },
        Augmentation::Cutout { size: 4 },
    ];

    /// What becomes of pixels in \[0, 1\] before the network sees them.
    pub fn normalisation() -> Normalisation {
        Normalisation {
            colours: Colours::Bgr,
            scale: 255.0,
            mean: ::std::vec![103.939, 116.779, 123.68],
            std: ::std::vec![1.0],
        }
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
    pub fn forward(&self, images: &FeatureMaps<3, 32, 24>) -> Logits<10> {
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

impl Everything {
    /// `stem`: 3x32x24 to 16x32x12.
    fn stem(&self, pass: &mut Pass<'_>, x: Maps<3, 32, 24>) -> Maps<16, 32, 12> {
        let weights = (&self.stem_conv1, &self.stem_bn1);
        steps::STEM_CONV1.forward(pass, x, weights)
    }

    /// The gradients of `stem`, its last step first.
    fn stem_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        let weights = (&self.stem_conv1, &self.stem_bn1);
        let gradients = (&mut into.stem_conv1, &mut into.stem_bn1);
        steps::STEM_CONV1.backward(pass, weights, gradients);
    }

    /// `block2`: 16x32x12 to 24x16x6.
    fn block2(&self, pass: &mut Pass<'_>, x: Maps<16, 32, 12>) -> Maps<24, 16, 6> {
        let weights = (&self.block2_conv1, &self.block2_bn1);
        let x = steps::BLOCK2_CONV1.forward(pass, x, weights);
        let x = steps::BLOCK2_DROPOUT1.forward(pass, x);
        let weights = (&self.block2_conv2, &self.block2_bn2);
        let x = steps::BLOCK2_CONV2.forward(pass, x, weights);
        let x = steps::BLOCK2_DROPOUT2.forward(pass, x);
        let weights = (&self.wide, &self.wide_bn);
        let x = steps::WIDE.forward(pass, x, weights);
        let x = steps::WIDE_DROPOUT.forward(pass, x);
        steps::BLOCK2_POOL.forward(pass, x)
    }

    /// The gradients of `block2`, its last step first.
    fn block2_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::BLOCK2_POOL.backward(pass);
        steps::WIDE_DROPOUT.backward(pass);
        let weights = (&self.wide, &self.wide_bn);
        let gradients = (&mut into.wide, &mut into.wide_bn);
        steps::WIDE.backward(pass, weights, gradients);
        steps::BLOCK2_DROPOUT2.backward(pass);
        let weights = (&self.block2_conv2, &self.block2_bn2);
        let gradients = (&mut into.block2_conv2, &mut into.block2_bn2);
        steps::BLOCK2_CONV2.backward(pass, weights, gradients);
        steps::BLOCK2_DROPOUT1.backward(pass);
        let weights = (&self.block2_conv1, &self.block2_bn1);
        let gradients = (&mut into.block2_conv1, &mut into.block2_bn1);
        steps::BLOCK2_CONV1.backward(pass, weights, gradients);
    }

    /// `block3`: 24x16x6 to 24x7x2.
    fn block3(&self, pass: &mut Pass<'_>, x: Maps<24, 16, 6>) -> Maps<24, 7, 2> {
        steps::BLOCK3_CONV1.forward(pass, x, &self.block3_conv1)
    }

    /// The gradients of `block3`, its last step first.
    fn block3_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::BLOCK3_CONV1.backward(pass, &self.block3_conv1, &mut into.block3_conv1);
    }

    /// `block4`: 24x7x2 to 8x7x2.
    fn block4(&self, pass: &mut Pass<'_>, x: Maps<24, 7, 2>) -> Maps<8, 7, 2> {
        let weights = (&self.block4_conv1, &self.block4_bn1);
        steps::BLOCK4_CONV1.forward(pass, x, weights)
    }

    /// The gradients of `block4`, its last step first.
    fn block4_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        let weights = (&self.block4_conv1, &self.block4_bn1);
        let gradients = (&mut into.block4_conv1, &mut into.block4_bn1);
        steps::BLOCK4_CONV1.backward(pass, weights, gradients);
    }

    /// `head`: 8x7x2 to 10 features.
    fn head(&self, pass: &mut Pass<'_>, x: Maps<8, 7, 2>) -> Features<10> {
        let x = steps::SHRINK.forward(pass, x);
        let x = steps::FLATTEN.forward(pass, x);
        let x = steps::FC.forward(pass, x, &self.fc);
        let x = steps::BN1.forward(pass, x, &self.bn1);
        let x = steps::DROP.forward(pass, x);
        let x = steps::SILU1.forward(pass, x);
        steps::DENSE2.forward(pass, x, &self.dense2)
    }

    /// The gradients of `head`, its last step first.
    fn head_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::DENSE2.backward(pass, &self.dense2, &mut into.dense2);
        steps::SILU1.backward(pass);
        steps::DROP.backward(pass);
        steps::BN1.backward(pass, &self.bn1, &mut into.bn1);
        steps::FC.backward(pass, &self.fc, &mut into.fc);
        steps::FLATTEN.backward(pass);
        steps::SHRINK.backward(pass);
    }
}

impl Network for Everything {
    fn name(&self) -> &str {
        "Everything"
    }

    fn input(&self) -> MapShape {
        MapShape::new(3, 32, 24)
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
        let x = self.stem(pass, INPUT);
        let x = self.block2(pass, x);
        let x = self.block3(pass, x);
        let x = self.block4(pass, x);
        self.head(pass, x);
    }

    fn backward(&self, pass: &mut Pass<'_>, gradients: &mut Self) {
        self.head_backward(pass, gradients);
        self.block4_backward(pass, gradients);
        self.block3_backward(pass, gradients);
        self.block2_backward(pass, gradients);
        self.stem_backward(pass, gradients);
    }

    fn outputs(&self, pass: &Pass<'_>, see: &mut dyn ::core::ops::FnMut(&str, &[f32])) {
        see("stem_conv1", steps::STEM_CONV1.output().values(pass));
        see("block2_conv1", steps::BLOCK2_CONV1.output().values(pass));
        see("block2_dropout1", steps::BLOCK2_DROPOUT1.output().values(pass));
        see("block2_conv2", steps::BLOCK2_CONV2.output().values(pass));
        see("block2_dropout2", steps::BLOCK2_DROPOUT2.output().values(pass));
        see("wide", steps::WIDE.output().values(pass));
        see("wide_dropout", steps::WIDE_DROPOUT.output().values(pass));
        see("block2_pool", steps::BLOCK2_POOL.output().values(pass));
        see("block3_conv1", steps::BLOCK3_CONV1.output().values(pass));
        see("block4_conv1", steps::BLOCK4_CONV1.output().values(pass));
        see("shrink", steps::SHRINK.output().values(pass));
        see("flatten", steps::FLATTEN.output().values(pass));
        see("fc", steps::FC.output().values(pass));
        see("bn1", steps::BN1.output().values(pass));
        see("drop", steps::DROP.output().values(pass));
        see("silu1", steps::SILU1.output().values(pass));
        see("dense2", steps::DENSE2.output().values(pass));
    }

    fn is_frozen(&self, layer: &str) -> bool {
        ::core::matches!(layer, "block3_conv1" | "fc")
    }

    fn update_statistics(&mut self, pass: &Pass<'_>) {
        steps::STEM_CONV1.update_statistics(pass, &mut self.stem_bn1);
        steps::BLOCK2_CONV1.update_statistics(pass, &mut self.block2_bn1);
        steps::BLOCK2_CONV2.update_statistics(pass, &mut self.block2_bn2);
        steps::WIDE.update_statistics(pass, &mut self.wide_bn);
        steps::BLOCK4_CONV1.update_statistics(pass, &mut self.block4_bn1);
        steps::BN1.update_statistics(pass, &mut self.bn1);
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
fn blank() -> Everything {
    Everything {
        stem_conv1: Conv2d::without_bias(),
        stem_bn1: BatchNorm::identity(),
        block2_conv1: Conv2d::without_bias(),
        block2_bn1: BatchNorm::identity(),
        block2_conv2: Conv2d::without_bias(),
        block2_bn2: BatchNorm::identity(),
        wide: Conv2d::zeros(),
        wide_bn: BatchNorm::identity(),
        block3_conv1: Conv2d::without_bias(),
        block4_conv1: Conv2d::without_bias(),
        block4_bn1: BatchNorm::identity(),
        fc: Dense::without_bias(),
        bn1: BatchNorm::identity(),
        dense2: Dense::zeros(),
    }
}

/// The layers that have weights, by name.
fn named(network: &Everything) -> [(&str, &dyn Layer); 14] {
    [
        ("stem_conv1", &network.stem_conv1),
        ("stem_bn1", &network.stem_bn1),
        ("block2_conv1", &network.block2_conv1),
        ("block2_bn1", &network.block2_bn1),
        ("block2_conv2", &network.block2_conv2),
        ("block2_bn2", &network.block2_bn2),
        ("wide", &network.wide),
        ("wide_bn", &network.wide_bn),
        ("block3_conv1", &network.block3_conv1),
        ("block4_conv1", &network.block4_conv1),
        ("block4_bn1", &network.block4_bn1),
        ("fc", &network.fc),
        ("bn1", &network.bn1),
        ("dense2", &network.dense2),
    ]
}

/// The layers that have weights, by name, to be changed.
fn named_mut(network: &mut Everything) -> [(&str, &mut dyn Layer); 14] {
    [
        ("stem_conv1", &mut network.stem_conv1),
        ("stem_bn1", &mut network.stem_bn1),
        ("block2_conv1", &mut network.block2_conv1),
        ("block2_bn1", &mut network.block2_bn1),
        ("block2_conv2", &mut network.block2_conv2),
        ("block2_bn2", &mut network.block2_bn2),
        ("wide", &mut network.wide),
        ("wide_bn", &mut network.wide_bn),
        ("block3_conv1", &mut network.block3_conv1),
        ("block4_conv1", &mut network.block4_conv1),
        ("block4_bn1", &mut network.block4_bn1),
        ("fc", &mut network.fc),
        ("bn1", &mut network.bn1),
        ("dense2", &mut network.dense2),
    ]
}

#[allow(dead_code, reason = "few programs use all of it")]
impl Everything {
    /// The layers in the order in which data passes through them.
    pub const fn layers() -> &'static [LayerInfo] {
        const LAYERS: &[LayerInfo] = &[
            LayerInfo::new("stem_conv1", "Conv2D", &[16, 32, 12], 144, 55_296),
            LayerInfo::new("stem_bn1", "BatchNormalization", &[16, 32, 12], 64, 0),
            LayerInfo::new("stem_relu1", "Activation", &[16, 32, 12], 0, 0),
            LayerInfo::new("block2_conv1", "Conv2D", &[24, 32, 12], 3456, 1_327_104),
            LayerInfo::new("block2_bn1", "BatchNormalization", &[24, 32, 12], 96, 0),
            LayerInfo::new("block2_sigmoid1", "Activation", &[24, 32, 12], 0, 0),
            LayerInfo::new("block2_dropout1", "Dropout", &[24, 32, 12], 0, 0),
            LayerInfo::new("block2_conv2", "Conv2D", &[16, 32, 12], 3456, 1_327_104),
            LayerInfo::new("block2_bn2", "BatchNormalization", &[16, 32, 12], 64, 0),
            LayerInfo::new("block2_leaky_relu2", "Activation", &[16, 32, 12], 0, 0),
            LayerInfo::new("block2_dropout2", "Dropout", &[16, 32, 12], 0, 0),
            LayerInfo::new("wide", "Conv2D", &[24, 32, 12], 3480, 1_327_104),
            LayerInfo::new("wide_bn", "BatchNormalization", &[24, 32, 12], 96, 0),
            LayerInfo::new("wide_relu", "Activation", &[24, 32, 12], 0, 0),
            LayerInfo::new("wide_dropout", "Dropout", &[24, 32, 12], 0, 0),
            LayerInfo::new("block2_pool", "MaxPooling2D", &[24, 16, 6], 0, 0),
            LayerInfo::new("block3_conv1", "Conv2D", &[24, 14, 4], 5184, 290_304),
            LayerInfo::new("block3_elu1", "Activation", &[24, 14, 4], 0, 0),
            LayerInfo::new("block3_pool", "AveragePooling2D", &[24, 7, 2], 0, 0),
            LayerInfo::new("block4_conv1", "Conv2D", &[8, 7, 2], 192, 2688),
            LayerInfo::new("block4_bn1", "BatchNormalization", &[8, 7, 2], 32, 0),
            LayerInfo::new("shrink", "AveragePooling2D", &[8, 7, 1], 0, 0),
            LayerInfo::new("flatten", "Flatten", &[56], 0, 0),
            LayerInfo::new("fc", "Dense", &[12], 672, 672),
            LayerInfo::new("fc_tanh", "Activation", &[12], 0, 0),
            LayerInfo::new("bn1", "BatchNormalization", &[12], 48, 0),
            LayerInfo::new("gelu1", "Activation", &[12], 0, 0),
            LayerInfo::new("drop", "Dropout", &[12], 0, 0),
            LayerInfo::new("silu1", "Activation", &[12], 0, 0),
            LayerInfo::new("dense2", "Dense", &[10], 130, 120),
            LayerInfo::new("softmax", "Softmax", &[10], 0, 0),
        ];
        LAYERS
    }

    /// The layers as a table: what comes out, and what it costs.
    pub const SUMMARY: &'static str = "\
Everything: 3x32x24 to 10 classes
Everything that the language can say

Layer (kind)                     Output    Parameters     MACs  Field    Memory
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
stem_conv1 (Conv2D)              16x32x12         144   55.3 k    3x1  24.0 KiB
stem_bn1 (BatchNormalization)    16x32x12          64        0    3x1  24.0 KiB
stem_relu1 (Activation)          16x32x12           0        0    3x1  24.0 KiB
───────────────────────────────────────────────────────────────────────────────
block2_conv1 (Conv2D)            24x32x12       3,456    1.3 M    5x5  36.0 KiB
block2_bn1 (BatchNormalization)  24x32x12          96        0    5x5  36.0 KiB
block2_sigmoid1 (Activation)     24x32x12           0        0    5x5  36.0 KiB
block2_dropout1 (Dropout)        24x32x12           0        0    5x5  36.0 KiB
block2_conv2 (Conv2D)            16x32x12       3,456    1.3 M    7x9  24.0 KiB
block2_bn2 (BatchNormalization)  16x32x12          64        0    7x9  24.0 KiB
block2_leaky_relu2 (Activation)  16x32x12           0        0    7x9  24.0 KiB
block2_dropout2 (Dropout)        16x32x12           0        0    7x9  24.0 KiB
wide (Conv2D)                    24x32x12       3,480    1.3 M   9x13  36.0 KiB
wide_bn (BatchNormalization)     24x32x12          96        0   9x13  36.0 KiB
wide_relu (Activation)           24x32x12           0        0   9x13  36.0 KiB
wide_dropout (Dropout)           24x32x12           0        0   9x13  36.0 KiB
block2_pool (MaxPooling2D)       24x16x6            0        0  10x15   9.0 KiB
───────────────────────────────────────────────────────────────────────────────
block3_conv1 (Conv2D)            24x14x4        5,184  290.3 k  14x23   5.2 KiB
block3_pool (AveragePooling2D)   24x7x2             0        0  18x23   1.3 KiB
───────────────────────────────────────────────────────────────────────────────
block4_conv1 (Conv2D)            8x7x2            192    2.7 k  18x23     448 B
block4_bn1 (BatchNormalization)  8x7x2             32        0  18x23     448 B
───────────────────────────────────────────────────────────────────────────────
shrink (AveragePooling2D)        8x7x1              0        0  18x31     224 B
flatten (Flatten)                56                 0        0  32x24     224 B
fc (Dense)                       12               672      672  32x24      48 B
bn1 (BatchNormalization)         12                48        0  32x24      48 B
gelu1 (Activation)               12                 0        0  32x24      48 B
drop (Dropout)                   12                 0        0  32x24      48 B
silu1 (Activation)               12                 0        0  32x24      48 B
dense2 (Dense)                   10               130      120  32x24      40 B
softmax (Softmax)                10                 0        0  32x24      40 B
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
Parameters  17,114 (66.9 KiB)
Trainable   11,058, not trainable 6,056
MACs        4.330 MMACs an image
Inference   138.9 KiB of memory at 1 image
Training    666.7 KiB of memory at 1 image, with SGD
";
}

/// Where the images are read.
const INPUT: Maps<3, 32, 24> = Maps::images(Slot::new(0, 122_880, 0));

/// The memory of a pass, in floats: for each image in inference and in training, and for the
/// statistics of norms.
const ARENA: ArenaSize = ArenaSize { inference: 18_432, training: 125_184, statistics: 208 };

/// What is computed at one go, and where in the arena the data lies: the offsets of a [`Slot`] are
/// those in inference, in training, and of the gradient.
mod steps {
    use ::vgg::layers::{
        ActivationStep, ConvStep, DenseStep, DropoutStep, Features, FlattenStep, Maps,
        NormStep, PoolStep,
    };
    use ::vgg::{Activation, Norm, Padding, PoolWindow, Slot};

    /// 3x1 stride-1x2 convolution without bias, batch norm, ReLU.
    pub(super) const STEM_CONV1: ConvStep<Maps<3, 32, 24>, Maps<16, 32, 12>, 3, 1> =
        ConvStep::reads(super::INPUT)
            .stride(1, 2)
            .keeps(Slot::new(0, 86_016, 0))
            .norm(Norm::new(0.001, 0.01), 0)
            .activation(Activation::Relu)
            .writes(Slot::new(12_288, 92_160, 24_576));

    /// 3x3 convolution without bias, batch norm, sigmoid.
    pub(super) const BLOCK2_CONV1: ConvStep<Maps<16, 32, 12>, Maps<24, 32, 12>> =
        ConvStep::reads(STEM_CONV1.output())
            .keeps(Slot::new(0, 0, 0))
            .norm(Norm::new(0.001, 0.01), 32)
            .activation(Activation::Sigmoid)
            .writes(Slot::new(0, 12_288, 36_864));

    /// Dropout of 10%.
    pub(super) const BLOCK2_DROPOUT1: DropoutStep<Maps<24, 32, 12>> =
        DropoutStep::reads(BLOCK2_CONV1.output())
            .rate(0.1, 2)
            .writes(Slot::new(0, 24_576, 36_864));

    /// 3x3 convolution without bias, batch norm, leaky ReLU.
    pub(super) const BLOCK2_CONV2: ConvStep<Maps<24, 32, 12>, Maps<16, 32, 12>> =
        ConvStep::reads(BLOCK2_DROPOUT1.output())
            .keeps(Slot::new(0, 98_304, 0))
            .norm(Norm::new(0.001, 0.01), 80)
            .activation(Activation::LeakyRelu { slope: 0.2 })
            .writes(Slot::new(12_288, 104_448, 61_440));

    /// Dropout of 10%.
    pub(super) const BLOCK2_DROPOUT2: DropoutStep<Maps<16, 32, 12>> =
        DropoutStep::reads(BLOCK2_CONV2.output())
            .rate(0.1, 4)
            .writes(Slot::new(12_288, 110_592, 61_440));

    /// 3x3 convolution, batch norm, ReLU.
    pub(super) const WIDE: ConvStep<Maps<16, 32, 12>, Maps<24, 32, 12>> =
        ConvStep::reads(BLOCK2_DROPOUT2.output())
            .keeps(Slot::new(0, 36_864, 0))
            .norm(Norm::new(0.001, 0.01), 112)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 49_152, 73_728));

    /// Dropout of 10%.
    pub(super) const WIDE_DROPOUT: DropoutStep<Maps<24, 32, 12>> = DropoutStep::reads(WIDE.output())
        .rate(0.1, 6)
        .writes(Slot::new(0, 61_440, 73_728));

    /// 2x2 max-pool.
    pub(super) const BLOCK2_POOL: PoolStep<Maps<24, 32, 12>, Maps<24, 16, 6>> =
        PoolStep::reads(WIDE_DROPOUT.output())
            .pool(PoolWindow::max(2, 2))
            .writes(Slot::new(12_288, 116_736, 119_808));

    /// 3x3 convolution without bias, ELU, 3x1 stride-2 average-pool.
    pub(super) const BLOCK3_CONV1: ConvStep<Maps<24, 16, 6>, Maps<24, 7, 2>> =
        ConvStep::reads(BLOCK2_POOL.output())
            .padding(Padding::NONE)
            .frozen()
            .activation(Activation::Elu { alpha: 0.5 })
            .pool(
                PoolWindow::average(3, 1)
                    .with_stride(2, 2)
                    .with_padding(Padding::symmetric(1, 0)),
                Slot::new(0, 73_728, 75_520),
            )
            .writes(Slot::new(1792, 77_312, 77_760));

    /// 1x1 convolution without bias, batch norm.
    pub(super) const BLOCK4_CONV1: ConvStep<Maps<24, 7, 2>, Maps<8, 7, 2>, 1, 1> =
        ConvStep::reads(BLOCK3_CONV1.output())
            .keeps(Slot::new(0, 75_520, 0))
            .norm(Norm::new(0.001, 0.01), 160)
            .writes(Slot::new(0, 75_744, 75_968));

    /// 1x2 average-pool.
    pub(super) const SHRINK: PoolStep<Maps<8, 7, 2>, Maps<8, 7, 1>> =
        PoolStep::reads(BLOCK4_CONV1.output())
            .pool(PoolWindow::average(1, 2))
            .writes(Slot::new(224, 76_192, 76_304));

    /// Flatten.
    pub(super) const FLATTEN: FlattenStep<Maps<8, 7, 1>, Features<56>> =
        FlattenStep::reads(SHRINK.output()).writes(Slot::new(0, 75_968, 76_032));

    /// Dense layer without bias, tanh.
    pub(super) const FC: DenseStep<Features<56>, Features<12>> = DenseStep::reads(FLATTEN.output())
        .frozen()
        .activation(Activation::Tanh)
        .writes(Slot::new(64, 76_096, 76_112));

    /// Batch norm, GELU.
    pub(super) const BN1: NormStep<Features<12>> = NormStep::reads(FC.output())
        .norm(Norm::DEFAULT, 176)
        .activation(Activation::Gelu)
        .writes(Slot::new(0, 76_032, 76_080));

    /// Dropout of 50%.
    pub(super) const DROP: DropoutStep<Features<12>> = DropoutStep::reads(BN1.output())
        .rate(0.5, 14)
        .writes(Slot::new(0, 76_048, 76_080));

    /// SiLU.
    pub(super) const SILU1: ActivationStep<Features<12>> = ActivationStep::reads(DROP.output())
        .activation(Activation::Silu)
        .writes(Slot::new(16, 76_064, 76_080));

    /// Dense layer.
    pub(super) const DENSE2: DenseStep<Features<12>, Features<10>> =
        DenseStep::reads(SILU1.output()).writes(Slot::new(0, 76_112, 76_128));
}
