use ::vgg::layers::{BatchNorm, Conv2d, Dense, Features, Layer, Maps};
use ::vgg::data::{Augmentation, Dataset, Normalisation, Prepared};
use ::vgg::optim::Optimizer;
use ::vgg::weights::WeightsError;
use ::vgg::{
    ArenaSize, FeatureMaps, LayerInfo, Logits, MapShape, Network, Pass, Predictor, Slot,
    Tensor, TensorMut, TrainSettings, init, layers, tensor, weights,
};

/// VGG-16 with batch norm for the 32x32 images of CIFAR (Liu & Deng, 2015).
///
/// Takes images of 3x32x32, gives 10 logits, and has 14,995,146 parameters.
///
/// | | in | out | parameters |
/// | --- | --- | --- | ---: |
/// | block1 | 3x32x32 | 64x16x16 | 39,104 |
/// | block2 | 64x16x16 | 128x8x8 | 222,208 |
/// | block3 | 128x8x8 | 256x4x4 | 1,477,632 |
/// | block4 | 256x4x4 | 512x2x2 | 5,904,384 |
/// | block5 | 512x2x2 | 512x1x1 | 7,084,032 |
/// | head | 512x1x1 | 10 features | 267,786 |
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct Vgg16Cifar {
    /// 3x3 convolution without bias, 3x32x32 to 64x32x32.
    pub block1_conv1: Conv2d<3, 64>,
    /// Batch norm of 64x32x32.
    pub block1_bn1: BatchNorm<64>,
    /// 3x3 convolution without bias, 64x32x32 to 64x32x32.
    pub block1_conv2: Conv2d<64, 64>,
    /// Batch norm of 64x32x32.
    pub block1_bn2: BatchNorm<64>,
    /// 3x3 convolution without bias, 64x16x16 to 128x16x16.
    pub block2_conv1: Conv2d<64, 128>,
    /// Batch norm of 128x16x16.
    pub block2_bn1: BatchNorm<128>,
    /// 3x3 convolution without bias, 128x16x16 to 128x16x16.
    pub block2_conv2: Conv2d<128, 128>,
    /// Batch norm of 128x16x16.
    pub block2_bn2: BatchNorm<128>,
    /// 3x3 convolution without bias, 128x8x8 to 256x8x8.
    pub block3_conv1: Conv2d<128, 256>,
    /// Batch norm of 256x8x8.
    pub block3_bn1: BatchNorm<256>,
    /// 3x3 convolution without bias, 256x8x8 to 256x8x8.
    pub block3_conv2: Conv2d<256, 256>,
    /// Batch norm of 256x8x8.
    pub block3_bn2: BatchNorm<256>,
    /// 3x3 convolution without bias, 256x8x8 to 256x8x8.
    pub block3_conv3: Conv2d<256, 256>,
    /// Batch norm of 256x8x8.
    pub block3_bn3: BatchNorm<256>,
    /// 3x3 convolution without bias, 256x4x4 to 512x4x4.
    pub block4_conv1: Conv2d<256, 512>,
    /// Batch norm of 512x4x4.
    pub block4_bn1: BatchNorm<512>,
    /// 3x3 convolution without bias, 512x4x4 to 512x4x4.
    pub block4_conv2: Conv2d<512, 512>,
    /// Batch norm of 512x4x4.
    pub block4_bn2: BatchNorm<512>,
    /// 3x3 convolution without bias, 512x4x4 to 512x4x4.
    pub block4_conv3: Conv2d<512, 512>,
    /// Batch norm of 512x4x4.
    pub block4_bn3: BatchNorm<512>,
    /// 3x3 convolution without bias, 512x2x2 to 512x2x2.
    pub block5_conv1: Conv2d<512, 512>,
    /// Batch norm of 512x2x2.
    pub block5_bn1: BatchNorm<512>,
    /// 3x3 convolution without bias, 512x2x2 to 512x2x2.
    pub block5_conv2: Conv2d<512, 512>,
    /// Batch norm of 512x2x2.
    pub block5_bn2: BatchNorm<512>,
    /// 3x3 convolution without bias, 512x2x2 to 512x2x2.
    pub block5_conv3: Conv2d<512, 512>,
    /// Batch norm of 512x2x2.
    pub block5_bn3: BatchNorm<512>,
    /// Dense layer, 512 to 512 features.
    pub dense1: Dense<512, 512>,
    /// Dense layer, 512 to 10 features.
    pub dense2: Dense<512, 10>,
}

#[allow(dead_code, reason = "few programs use all of it")]
impl Vgg16Cifar {
    /// The number of weights and biases, running statistics of norms included.
    pub const PARAMETERS: usize = 14_995_146;

    /// How the spec wants the network to be trained.
    pub const TRAIN: TrainSettings = TrainSettings {
        epochs: 100,
        batch: 128,
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
    pub fn forward(&self, images: &FeatureMaps<3, 32, 32>) -> Logits<10> {
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

impl Vgg16Cifar {
    /// `block1`: 3x32x32 to 64x16x16.
    fn block1(&self, pass: &mut Pass<'_>, x: Maps<3, 32, 32>) -> Maps<64, 16, 16> {
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

    /// `block2`: 64x16x16 to 128x8x8.
    fn block2(&self, pass: &mut Pass<'_>, x: Maps<64, 16, 16>) -> Maps<128, 8, 8> {
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

    /// `block3`: 128x8x8 to 256x4x4.
    fn block3(&self, pass: &mut Pass<'_>, x: Maps<128, 8, 8>) -> Maps<256, 4, 4> {
        let weights = (&self.block3_conv1, &self.block3_bn1);
        let x = steps::BLOCK3_CONV1.forward(pass, x, weights);
        let weights = (&self.block3_conv2, &self.block3_bn2);
        let x = steps::BLOCK3_CONV2.forward(pass, x, weights);
        let weights = (&self.block3_conv3, &self.block3_bn3);
        steps::BLOCK3_CONV3.forward(pass, x, weights)
    }

    /// The gradients of `block3`, its last step first.
    fn block3_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        let weights = (&self.block3_conv3, &self.block3_bn3);
        let gradients = (&mut into.block3_conv3, &mut into.block3_bn3);
        steps::BLOCK3_CONV3.backward(pass, weights, gradients);
        let weights = (&self.block3_conv2, &self.block3_bn2);
        let gradients = (&mut into.block3_conv2, &mut into.block3_bn2);
        steps::BLOCK3_CONV2.backward(pass, weights, gradients);
        let weights = (&self.block3_conv1, &self.block3_bn1);
        let gradients = (&mut into.block3_conv1, &mut into.block3_bn1);
        steps::BLOCK3_CONV1.backward(pass, weights, gradients);
    }

    /// `block4`: 256x4x4 to 512x2x2.
    fn block4(&self, pass: &mut Pass<'_>, x: Maps<256, 4, 4>) -> Maps<512, 2, 2> {
        let weights = (&self.block4_conv1, &self.block4_bn1);
        let x = steps::BLOCK4_CONV1.forward(pass, x, weights);
        let weights = (&self.block4_conv2, &self.block4_bn2);
        let x = steps::BLOCK4_CONV2.forward(pass, x, weights);
        let weights = (&self.block4_conv3, &self.block4_bn3);
        steps::BLOCK4_CONV3.forward(pass, x, weights)
    }

    /// The gradients of `block4`, its last step first.
    fn block4_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        let weights = (&self.block4_conv3, &self.block4_bn3);
        let gradients = (&mut into.block4_conv3, &mut into.block4_bn3);
        steps::BLOCK4_CONV3.backward(pass, weights, gradients);
        let weights = (&self.block4_conv2, &self.block4_bn2);
        let gradients = (&mut into.block4_conv2, &mut into.block4_bn2);
        steps::BLOCK4_CONV2.backward(pass, weights, gradients);
        let weights = (&self.block4_conv1, &self.block4_bn1);
        let gradients = (&mut into.block4_conv1, &mut into.block4_bn1);
        steps::BLOCK4_CONV1.backward(pass, weights, gradients);
    }

    /// `block5`: 512x2x2 to 512x1x1.
    fn block5(&self, pass: &mut Pass<'_>, x: Maps<512, 2, 2>) -> Maps<512, 1, 1> {
        let weights = (&self.block5_conv1, &self.block5_bn1);
        let x = steps::BLOCK5_CONV1.forward(pass, x, weights);
        let weights = (&self.block5_conv2, &self.block5_bn2);
        let x = steps::BLOCK5_CONV2.forward(pass, x, weights);
        let weights = (&self.block5_conv3, &self.block5_bn3);
        steps::BLOCK5_CONV3.forward(pass, x, weights)
    }

    /// The gradients of `block5`, its last step first.
    fn block5_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        let weights = (&self.block5_conv3, &self.block5_bn3);
        let gradients = (&mut into.block5_conv3, &mut into.block5_bn3);
        steps::BLOCK5_CONV3.backward(pass, weights, gradients);
        let weights = (&self.block5_conv2, &self.block5_bn2);
        let gradients = (&mut into.block5_conv2, &mut into.block5_bn2);
        steps::BLOCK5_CONV2.backward(pass, weights, gradients);
        let weights = (&self.block5_conv1, &self.block5_bn1);
        let gradients = (&mut into.block5_conv1, &mut into.block5_bn1);
        steps::BLOCK5_CONV1.backward(pass, weights, gradients);
    }

    /// `head`: 512x1x1 to 10 features.
    fn head(&self, pass: &mut Pass<'_>, x: Maps<512, 1, 1>) -> Features<10> {
        let x = steps::FLATTEN.forward(pass, x);
        let x = steps::DROPOUT1.forward(pass, x);
        let x = steps::DENSE1.forward(pass, x, &self.dense1);
        let x = steps::DROPOUT2.forward(pass, x);
        steps::DENSE2.forward(pass, x, &self.dense2)
    }

    /// The gradients of `head`, its last step first.
    fn head_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::DENSE2.backward(pass, &self.dense2, &mut into.dense2);
        steps::DROPOUT2.backward(pass);
        steps::DENSE1.backward(pass, &self.dense1, &mut into.dense1);
        steps::DROPOUT1.backward(pass);
        steps::FLATTEN.backward(pass);
    }
}

impl Network for Vgg16Cifar {
    fn name(&self) -> &str {
        "Vgg16Cifar"
    }

    fn input(&self) -> MapShape {
        MapShape::new(3, 32, 32)
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
        let x = self.block4(pass, x);
        let x = self.block5(pass, x);
        self.head(pass, x);
    }

    fn backward(&self, pass: &mut Pass<'_>, gradients: &mut Self) {
        self.head_backward(pass, gradients);
        self.block5_backward(pass, gradients);
        self.block4_backward(pass, gradients);
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
        see("block3_conv3", steps::BLOCK3_CONV3.output().values(pass));
        see("block4_conv1", steps::BLOCK4_CONV1.output().values(pass));
        see("block4_conv2", steps::BLOCK4_CONV2.output().values(pass));
        see("block4_conv3", steps::BLOCK4_CONV3.output().values(pass));
        see("block5_conv1", steps::BLOCK5_CONV1.output().values(pass));
        see("block5_conv2", steps::BLOCK5_CONV2.output().values(pass));
        see("block5_conv3", steps::BLOCK5_CONV3.output().values(pass));
        see("flatten", steps::FLATTEN.output().values(pass));
        see("dropout1", steps::DROPOUT1.output().values(pass));
        see("dense1", steps::DENSE1.output().values(pass));
        see("dropout2", steps::DROPOUT2.output().values(pass));
        see("dense2", steps::DENSE2.output().values(pass));
    }

    fn update_statistics(&mut self, pass: &Pass<'_>) {
        steps::BLOCK1_CONV1.update_statistics(pass, &mut self.block1_bn1);
        steps::BLOCK1_CONV2.update_statistics(pass, &mut self.block1_bn2);
        steps::BLOCK2_CONV1.update_statistics(pass, &mut self.block2_bn1);
        steps::BLOCK2_CONV2.update_statistics(pass, &mut self.block2_bn2);
        steps::BLOCK3_CONV1.update_statistics(pass, &mut self.block3_bn1);
        steps::BLOCK3_CONV2.update_statistics(pass, &mut self.block3_bn2);
        steps::BLOCK3_CONV3.update_statistics(pass, &mut self.block3_bn3);
        steps::BLOCK4_CONV1.update_statistics(pass, &mut self.block4_bn1);
        steps::BLOCK4_CONV2.update_statistics(pass, &mut self.block4_bn2);
        steps::BLOCK4_CONV3.update_statistics(pass, &mut self.block4_bn3);
        steps::BLOCK5_CONV1.update_statistics(pass, &mut self.block5_bn1);
        steps::BLOCK5_CONV2.update_statistics(pass, &mut self.block5_bn2);
        steps::BLOCK5_CONV3.update_statistics(pass, &mut self.block5_bn3);
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
fn blank() -> Vgg16Cifar {
    Vgg16Cifar {
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
        block3_conv3: Conv2d::without_bias(),
        block3_bn3: BatchNorm::identity(),
        block4_conv1: Conv2d::without_bias(),
        block4_bn1: BatchNorm::identity(),
        block4_conv2: Conv2d::without_bias(),
        block4_bn2: BatchNorm::identity(),
        block4_conv3: Conv2d::without_bias(),
        block4_bn3: BatchNorm::identity(),
        block5_conv1: Conv2d::without_bias(),
        block5_bn1: BatchNorm::identity(),
        block5_conv2: Conv2d::without_bias(),
        block5_bn2: BatchNorm::identity(),
        block5_conv3: Conv2d::without_bias(),
        block5_bn3: BatchNorm::identity(),
        dense1: Dense::zeros(),
        dense2: Dense::zeros(),
    }
}

/// The layers that have weights, by name.
fn named(network: &Vgg16Cifar) -> [(&str, &dyn Layer); 28] {
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
        ("block3_conv3", &network.block3_conv3),
        ("block3_bn3", &network.block3_bn3),
        ("block4_conv1", &network.block4_conv1),
        ("block4_bn1", &network.block4_bn1),
        ("block4_conv2", &network.block4_conv2),
        ("block4_bn2", &network.block4_bn2),
        ("block4_conv3", &network.block4_conv3),
        ("block4_bn3", &network.block4_bn3),
        ("block5_conv1", &network.block5_conv1),
        ("block5_bn1", &network.block5_bn1),
        ("block5_conv2", &network.block5_conv2),
        ("block5_bn2", &network.block5_bn2),
        ("block5_conv3", &network.block5_conv3),
        ("block5_bn3", &network.block5_bn3),
        ("dense1", &network.dense1),
        ("dense2", &network.dense2),
    ]
}

/// The layers that have weights, by name, to be changed.
fn named_mut(network: &mut Vgg16Cifar) -> [(&str, &mut dyn Layer); 28] {
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
        ("block3_conv3", &mut network.block3_conv3),
        ("block3_bn3", &mut network.block3_bn3),
        ("block4_conv1", &mut network.block4_conv1),
        ("block4_bn1", &mut network.block4_bn1),
        ("block4_conv2", &mut network.block4_conv2),
        ("block4_bn2", &mut network.block4_bn2),
        ("block4_conv3", &mut network.block4_conv3),
        ("block4_bn3", &mut network.block4_bn3),
        ("block5_conv1", &mut network.block5_conv1),
        ("block5_bn1", &mut network.block5_bn1),
        ("block5_conv2", &mut network.block5_conv2),
        ("block5_bn2", &mut network.block5_bn2),
        ("block5_conv3", &mut network.block5_conv3),
        ("block5_bn3", &mut network.block5_bn3),
        ("dense1", &mut network.dense1),
        ("dense2", &mut network.dense2),
    ]
}

#[allow(dead_code, reason = "few programs use all of it")]
impl Vgg16Cifar {
    /// The layers in the order in which data passes through them.
    pub const fn layers() -> &'static [LayerInfo] {
        const LAYERS: &[LayerInfo] = &[
            LayerInfo::new("block1_conv1", "Conv2D", &[64, 32, 32], 1728, 1_769_472),
            LayerInfo::new("block1_bn1", "BatchNormalization", &[64, 32, 32], 256, 0),
            LayerInfo::new("block1_relu1", "Activation", &[64, 32, 32], 0, 0),
            LayerInfo::new("block1_conv2", "Conv2D", &[64, 32, 32], 36_864, 37_748_736),
            LayerInfo::new("block1_bn2", "BatchNormalization", &[64, 32, 32], 256, 0),
            LayerInfo::new("block1_relu2", "Activation", &[64, 32, 32], 0, 0),
            LayerInfo::new("block1_pool", "MaxPooling2D", &[64, 16, 16], 0, 0),
            LayerInfo::new("block2_conv1", "Conv2D", &[128, 16, 16], 73_728, 18_874_368),
            LayerInfo::new("block2_bn1", "BatchNormalization", &[128, 16, 16], 512, 0),
            LayerInfo::new("block2_relu1", "Activation", &[128, 16, 16], 0, 0),
            LayerInfo::new("block2_conv2", "Conv2D", &[128, 16, 16], 147_456, 37_748_736),
            LayerInfo::new("block2_bn2", "BatchNormalization", &[128, 16, 16], 512, 0),
            LayerInfo::new("block2_relu2", "Activation", &[128, 16, 16], 0, 0),
            LayerInfo::new("block2_pool", "MaxPooling2D", &[128, 8, 8], 0, 0),
            LayerInfo::new("block3_conv1", "Conv2D", &[256, 8, 8], 294_912, 18_874_368),
            LayerInfo::new("block3_bn1", "BatchNormalization", &[256, 8, 8], 1024, 0),
            LayerInfo::new("block3_relu1", "Activation", &[256, 8, 8], 0, 0),
            LayerInfo::new("block3_conv2", "Conv2D", &[256, 8, 8], 589_824, 37_748_736),
            LayerInfo::new("block3_bn2", "BatchNormalization", &[256, 8, 8], 1024, 0),
            LayerInfo::new("block3_relu2", "Activation", &[256, 8, 8], 0, 0),
            LayerInfo::new("block3_conv3", "Conv2D", &[256, 8, 8], 589_824, 37_748_736),
            LayerInfo::new("block3_bn3", "BatchNormalization", &[256, 8, 8], 1024, 0),
            LayerInfo::new("block3_relu3", "Activation", &[256, 8, 8], 0, 0),
            LayerInfo::new("block3_pool", "MaxPooling2D", &[256, 4, 4], 0, 0),
            LayerInfo::new("block4_conv1", "Conv2D", &[512, 4, 4], 1_179_648, 18_874_368),
            LayerInfo::new("block4_bn1", "BatchNormalization", &[512, 4, 4], 2048, 0),
            LayerInfo::new("block4_relu1", "Activation", &[512, 4, 4], 0, 0),
            LayerInfo::new("block4_conv2", "Conv2D", &[512, 4, 4], 2_359_296, 37_748_736),
            LayerInfo::new("block4_bn2", "BatchNormalization", &[512, 4, 4], 2048, 0),
            LayerInfo::new("block4_relu2", "Activation", &[512, 4, 4], 0, 0),
            LayerInfo::new("block4_conv3", "Conv2D", &[512, 4, 4], 2_359_296, 37_748_736),
            LayerInfo::new("block4_bn3", "BatchNormalization", &[512, 4, 4], 2048, 0),
            LayerInfo::new("block4_relu3", "Activation", &[512, 4, 4], 0, 0),
            LayerInfo::new("block4_pool", "MaxPooling2D", &[512, 2, 2], 0, 0),
            LayerInfo::new("block5_conv1", "Conv2D", &[512, 2, 2], 2_359_296, 9_437_184),
            LayerInfo::new("block5_bn1", "BatchNormalization", &[512, 2, 2], 2048, 0),
            LayerInfo::new("block5_relu1", "Activation", &[512, 2, 2], 0, 0),
            LayerInfo::new("block5_conv2", "Conv2D", &[512, 2, 2], 2_359_296, 9_437_184),
            LayerInfo::new("block5_bn2", "BatchNormalization", &[512, 2, 2], 2048, 0),
            LayerInfo::new("block5_relu2", "Activation", &[512, 2, 2], 0, 0),
            LayerInfo::new("block5_conv3", "Conv2D", &[512, 2, 2], 2_359_296, 9_437_184),
            LayerInfo::new("block5_bn3", "BatchNormalization", &[512, 2, 2], 2048, 0),
            LayerInfo::new("block5_relu3", "Activation", &[512, 2, 2], 0, 0),
            LayerInfo::new("block5_pool", "MaxPooling2D", &[512, 1, 1], 0, 0),
            LayerInfo::new("flatten", "Flatten", &[512], 0, 0),
            LayerInfo::new("dropout1", "Dropout", &[512], 0, 0),
            LayerInfo::new("dense1", "Dense", &[512], 262_656, 262_144),
            LayerInfo::new("dense1_relu", "Activation", &[512], 0, 0),
            LayerInfo::new("dropout2", "Dropout", &[512], 0, 0),
            LayerInfo::new("dense2", "Dense", &[10], 5130, 5120),
            LayerInfo::new("softmax", "Softmax", &[10], 0, 0),
        ];
        LAYERS
    }

    /// The layers as a table: what comes out, and what it costs.
    pub const SUMMARY: &'static str = "\
Vgg16Cifar: 3x32x32 to 10 classes
VGG-16 with batch norm for the 32x32 images of CIFAR (Liu & Deng, 2015)

Layer (kind)                     Output     Parameters     MACs    Field     Memory
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
block1_conv1 (Conv2D)            64x32x32        1,728    1.8 M      3x3  256.0 KiB
block1_bn1 (BatchNormalization)  64x32x32          256        0      3x3  256.0 KiB
block1_relu1 (Activation)        64x32x32            0        0      3x3  256.0 KiB
block1_conv2 (Conv2D)            64x32x32       36,864   37.7 M      5x5  256.0 KiB
block1_bn2 (BatchNormalization)  64x32x32          256        0      5x5  256.0 KiB
block1_relu2 (Activation)        64x32x32            0        0      5x5  256.0 KiB
block1_pool (MaxPooling2D)       64x16x16            0        0      6x6   64.0 KiB
───────────────────────────────────────────────────────────────────────────────────
block2_conv1 (Conv2D)            128x16x16      73,728   18.9 M    10x10  128.0 KiB
block2_bn1 (BatchNormalization)  128x16x16         512        0    10x10  128.0 KiB
block2_relu1 (Activation)        128x16x16           0        0    10x10  128.0 KiB
block2_conv2 (Conv2D)            128x16x16     147,456   37.7 M    14x14  128.0 KiB
block2_bn2 (BatchNormalization)  128x16x16         512        0    14x14  128.0 KiB
block2_relu2 (Activation)        128x16x16           0        0    14x14  128.0 KiB
block2_pool (MaxPooling2D)       128x8x8             0        0    16x16   32.0 KiB
───────────────────────────────────────────────────────────────────────────────────
block3_conv1 (Conv2D)            256x8x8       294,912   18.9 M    24x24   64.0 KiB
block3_bn1 (BatchNormalization)  256x8x8         1,024        0    24x24   64.0 KiB
block3_relu1 (Activation)        256x8x8             0        0    24x24   64.0 KiB
block3_conv2 (Conv2D)            256x8x8       589,824   37.7 M    32x32   64.0 KiB
block3_bn2 (BatchNormalization)  256x8x8         1,024        0    32x32   64.0 KiB
block3_relu2 (Activation)        256x8x8             0        0    32x32   64.0 KiB
block3_conv3 (Conv2D)            256x8x8       589,824   37.7 M    40x40   64.0 KiB
block3_bn3 (BatchNormalization)  256x8x8         1,024        0    40x40   64.0 KiB
block3_relu3 (Activation)        256x8x8             0        0    40x40   64.0 KiB
block3_pool (MaxPooling2D)       256x4x4             0        0    44x44   16.0 KiB
───────────────────────────────────────────────────────────────────────────────────
block4_conv1 (Conv2D)            512x4x4     1,179,648   18.9 M    60x60   32.0 KiB
block4_bn1 (BatchNormalization)  512x4x4         2,048        0    60x60   32.0 KiB
block4_relu1 (Activation)        512x4x4             0        0    60x60   32.0 KiB
block4_conv2 (Conv2D)            512x4x4     2,359,296   37.7 M    76x76   32.0 KiB
block4_bn2 (BatchNormalization)  512x4x4         2,048        0    76x76   32.0 KiB
block4_relu2 (Activation)        512x4x4             0        0    76x76   32.0 KiB
block4_conv3 (Conv2D)            512x4x4     2,359,296   37.7 M    92x92   32.0 KiB
block4_bn3 (BatchNormalization)  512x4x4         2,048        0    92x92   32.0 KiB
block4_relu3 (Activation)        512x4x4             0        0    92x92   32.0 KiB
block4_pool (MaxPooling2D)       512x2x2             0        0  100x100    8.0 KiB
───────────────────────────────────────────────────────────────────────────────────
block5_conv1 (Conv2D)            512x2x2     2,359,296    9.4 M  132x132    8.0 KiB
block5_bn1 (BatchNormalization)  512x2x2         2,048        0  132x132    8.0 KiB
block5_relu1 (Activation)        512x2x2             0        0  132x132    8.0 KiB
block5_conv2 (Conv2D)            512x2x2     2,359,296    9.4 M  164x164    8.0 KiB
block5_bn2 (BatchNormalization)  512x2x2         2,048        0  164x164    8.0 KiB
block5_relu2 (Activation)        512x2x2             0        0  164x164    8.0 KiB
block5_conv3 (Conv2D)            512x2x2     2,359,296    9.4 M  196x196    8.0 KiB
block5_bn3 (BatchNormalization)  512x2x2         2,048        0  196x196    8.0 KiB
block5_relu3 (Activation)        512x2x2             0        0  196x196    8.0 KiB
block5_pool (MaxPooling2D)       512x1x1             0        0  212x212    2.0 KiB
───────────────────────────────────────────────────────────────────────────────────
flatten (Flatten)                512                 0        0    32x32    2.0 KiB
dropout1 (Dropout)               512                 0        0    32x32    2.0 KiB
dense1 (Dense)                   512           262,656  262.1 k    32x32    2.0 KiB
dropout2 (Dropout)               512                 0        0    32x32    2.0 KiB
dense2 (Dense)                   10              5,130    5.1 k    32x32       40 B
softmax (Softmax)                10                  0        0    32x32       40 B
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
Parameters  14,995,146 (57.2 MiB)
Trainable   14,986,698, not trainable 8,448
MACs        313.464 MMACs an image
Inference   57.8 MiB of memory at 1 image
Training    173.9 MiB of memory at 1 image, with SGD
";
}

/// Where the images are read.
const INPUT: Maps<3, 32, 32> = Maps::images(Slot::new(65_536, 577_536, 0));

/// The memory of a pass, in floats: for each image in inference and in training, and for the
/// statistics of norms.
const ARENA: ArenaSize = ArenaSize { inference: 147_456, training: 589_856, statistics: 8448 };

/// What is computed at one go, and where in the arena the data lies: the offsets of a [`Slot`] are
/// those in inference, in training, and of the gradient.
mod steps {
    use ::vgg::layers::{ConvStep, DenseStep, DropoutStep, Features, FlattenStep, Maps};
    use ::vgg::{Activation, Norm, PoolWindow, Slot};

    /// 3x3 convolution without bias, batch norm, ReLU.
    pub(super) const BLOCK1_CONV1: ConvStep<Maps<3, 32, 32>, Maps<64, 32, 32>> =
        ConvStep::reads(super::INPUT)
            .keeps(Slot::new(0, 0, 0))
            .norm(Norm::DEFAULT, 0)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 65_536, 262_144));

    /// 3x3 convolution without bias, batch norm, ReLU, 2x2 max-pool.
    pub(super) const BLOCK1_CONV2: ConvStep<Maps<64, 32, 32>, Maps<64, 16, 16>> =
        ConvStep::reads(BLOCK1_CONV1.output())
            .keeps(Slot::new(0, 131_072, 0))
            .norm(Norm::DEFAULT, 128)
            .activation(Activation::Relu)
            .pool(PoolWindow::max(2, 2), Slot::new(65_536, 196_608, 196_608))
            .writes(Slot::new(131_072, 425_984, 327_680));

    /// 3x3 convolution without bias, batch norm, ReLU.
    pub(super) const BLOCK2_CONV1: ConvStep<Maps<64, 16, 16>, Maps<128, 16, 16>> =
        ConvStep::reads(BLOCK1_CONV2.output())
            .keeps(Slot::new(0, 262_144, 0))
            .norm(Norm::DEFAULT, 256)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 294_912, 393_216));

    /// 3x3 convolution without bias, batch norm, ReLU, 2x2 max-pool.
    pub(super) const BLOCK2_CONV2: ConvStep<Maps<128, 16, 16>, Maps<128, 8, 8>> =
        ConvStep::reads(BLOCK2_CONV1.output())
            .keeps(Slot::new(0, 327_680, 0))
            .norm(Norm::DEFAULT, 512)
            .activation(Activation::Relu)
            .pool(PoolWindow::max(2, 2), Slot::new(32_768, 360_448, 360_448))
            .writes(Slot::new(65_536, 524_288, 442_368));

    /// 3x3 convolution without bias, batch norm, ReLU.
    pub(super) const BLOCK3_CONV1: ConvStep<Maps<128, 8, 8>, Maps<256, 8, 8>> =
        ConvStep::reads(BLOCK2_CONV2.output())
            .keeps(Slot::new(0, 393_216, 0))
            .norm(Norm::DEFAULT, 768)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 409_600, 475_136));

    /// 3x3 convolution without bias, batch norm, ReLU.
    pub(super) const BLOCK3_CONV2: ConvStep<Maps<256, 8, 8>, Maps<256, 8, 8>> =
        ConvStep::reads(BLOCK3_CONV1.output())
            .keeps(Slot::new(0, 442_368, 0))
            .norm(Norm::DEFAULT, 1280)
            .activation(Activation::Relu)
            .writes(Slot::new(16_384, 458_752, 507_904));

    /// 3x3 convolution without bias, batch norm, ReLU, 2x2 max-pool.
    pub(super) const BLOCK3_CONV3: ConvStep<Maps<256, 8, 8>, Maps<256, 4, 4>> =
        ConvStep::reads(BLOCK3_CONV2.output())
            .keeps(Slot::new(0, 475_136, 0))
            .norm(Norm::DEFAULT, 1792)
            .activation(Activation::Relu)
            .pool(PoolWindow::max(2, 2), Slot::new(0, 491_520, 491_520))
            .writes(Slot::new(32_768, 573_440, 532_480));

    /// 3x3 convolution without bias, batch norm, ReLU.
    pub(super) const BLOCK4_CONV1: ConvStep<Maps<256, 4, 4>, Maps<512, 4, 4>> =
        ConvStep::reads(BLOCK3_CONV3.output())
            .keeps(Slot::new(0, 507_904, 0))
            .norm(Norm::DEFAULT, 2304)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 516_096, 548_864));

    /// 3x3 convolution without bias, batch norm, ReLU.
    pub(super) const BLOCK4_CONV2: ConvStep<Maps<512, 4, 4>, Maps<512, 4, 4>> =
        ConvStep::reads(BLOCK4_CONV1.output())
            .keeps(Slot::new(0, 532_480, 0))
            .norm(Norm::DEFAULT, 3328)
            .activation(Activation::Relu)
            .writes(Slot::new(8192, 540_672, 565_248));

    /// 3x3 convolution without bias, batch norm, ReLU, 2x2 max-pool.
    pub(super) const BLOCK4_CONV3: ConvStep<Maps<512, 4, 4>, Maps<512, 2, 2>> =
        ConvStep::reads(BLOCK4_CONV2.output())
            .keeps(Slot::new(0, 548_864, 0))
            .norm(Norm::DEFAULT, 4352)
            .activation(Activation::Relu)
            .pool(PoolWindow::max(2, 2), Slot::new(0, 557_056, 557_056))
            .writes(Slot::new(16_384, 580_608, 584_704));

    /// 3x3 convolution without bias, batch norm, ReLU.
    pub(super) const BLOCK5_CONV1: ConvStep<Maps<512, 2, 2>, Maps<512, 2, 2>> =
        ConvStep::reads(BLOCK4_CONV3.output())
            .keeps(Slot::new(0, 565_248, 0))
            .norm(Norm::DEFAULT, 5376)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 567_296, 582_656));

    /// 3x3 convolution without bias, batch norm, ReLU.
    pub(super) const BLOCK5_CONV2: ConvStep<Maps<512, 2, 2>, Maps<512, 2, 2>> =
        ConvStep::reads(BLOCK5_CONV1.output())
            .keeps(Slot::new(0, 569_344, 0))
            .norm(Norm::DEFAULT, 6400)
            .activation(Activation::Relu)
            .writes(Slot::new(2048, 571_392, 586_752));

    /// 3x3 convolution without bias, batch norm, ReLU, 2x2 max-pool.
    pub(super) const BLOCK5_CONV3: ConvStep<Maps<512, 2, 2>, Maps<512, 1, 1>> =
        ConvStep::reads(BLOCK5_CONV2.output())
            .keeps(Slot::new(0, 582_656, 0))
            .norm(Norm::DEFAULT, 7424)
            .activation(Activation::Relu)
            .pool(PoolWindow::max(2, 2), Slot::new(0, 584_704, 584_704))
            .writes(Slot::new(4096, 588_800, 589_312));

    /// Flatten.
    pub(super) const FLATTEN: FlattenStep<Maps<512, 1, 1>, Features<512>> =
        FlattenStep::reads(BLOCK5_CONV3.output()).writes(Slot::new(0, 586_752, 588_288));

    /// Dropout of 50%.
    pub(super) const DROPOUT1: DropoutStep<Features<512>> = DropoutStep::reads(FLATTEN.output())
        .rate(0.5, 14)
        .writes(Slot::new(0, 587_264, 588_288));

    /// Dense layer, ReLU.
    pub(super) const DENSE1: DenseStep<Features<512>, Features<512>> =
        DenseStep::reads(DROPOUT1.output())
            .activation(Activation::Relu)
            .writes(Slot::new(512, 587_776, 589_312));

    /// Dropout of 50%.
    pub(super) const DROPOUT2: DropoutStep<Features<512>> = DropoutStep::reads(DENSE1.output())
        .rate(0.5, 16)
        .writes(Slot::new(512, 588_288, 589_312));

    /// Dense layer.
    pub(super) const DENSE2: DenseStep<Features<512>, Features<10>> =
        DenseStep::reads(DROPOUT2.output()).writes(Slot::new(0, 589_824, 589_840));
}
