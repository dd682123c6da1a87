use ::vgg::layers::{BatchNorm, Conv2d, Dense, Features, Layer, Maps};
use ::vgg::data::{Augmentation, Dataset, Normalisation, Prepared};
use ::vgg::optim::Optimizer;
use ::vgg::weights::WeightsError;
use ::vgg::{
    ArenaSize, FeatureMaps, LayerInfo, Logits, MapShape, Network, Pass, Predictor, Slot,
    Tensor, TensorMut, TrainSettings, init, layers, tensor, weights,
};

/// VGG-19 with batch norm, as torchvision has it: every convolution keeps its bias.
///
/// Takes images of 3x224x224, gives 1000 logits, and has 143,689,256 parameters.
///
/// | | in | out | parameters |
/// | --- | --- | --- | ---: |
/// | block1 | 3x224x224 | 64x112x112 | 39,232 |
/// | block2 | 64x112x112 | 128x56x56 | 222,464 |
/// | block3 | 128x56x56 | 256x28x28 | 2,069,504 |
/// | block4 | 256x28x28 | 512x14x14 | 8,267,776 |
/// | block5 | 512x14x14 | 512x7x7 | 9,447,424 |
/// | head | 512x7x7 | 1000 features | 123,642,856 |
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct Vgg19Bn {
    /// 3x3 convolution, 3x224x224 to 64x224x224.
    pub block1_conv1: Conv2d<3, 64>,
    /// Batch norm of 64x224x224.
    pub block1_bn1: BatchNorm<64>,
    /// 3x3 convolution, 64x224x224 to 64x224x224.
    pub block1_conv2: Conv2d<64, 64>,
    /// Batch norm of 64x224x224.
    pub block1_bn2: BatchNorm<64>,
    /// 3x3 convolution, 64x112x112 to 128x112x112.
    pub block2_conv1: Conv2d<64, 128>,
    /// Batch norm of 128x112x112.
    pub block2_bn1: BatchNorm<128>,
    /// 3x3 convolution, 128x112x112 to 128x112x112.
    pub block2_conv2: Conv2d<128, 128>,
    /// Batch norm of 128x112x112.
    pub block2_bn2: BatchNorm<128>,
    /// 3x3 convolution, 128x56x56 to 256x56x56.
    pub block3_conv1: Conv2d<128, 256>,
    /// Batch norm of 256x56x56.
    pub block3_bn1: BatchNorm<256>,
    /// 3x3 convolution, 256x56x56 to 256x56x56.
    pub block3_conv2: Conv2d<256, 256>,
    /// Batch norm of 256x56x56.
    pub block3_bn2: BatchNorm<256>,
    /// 3x3 convolution, 256x56x56 to 256x56x56.
    pub block3_conv3: Conv2d<256, 256>,
    /// Batch norm of 256x56x56.
    pub block3_bn3: BatchNorm<256>,
    /// 3x3 convolution, 256x56x56 to 256x56x56.
    pub block3_conv4: Conv2d<256, 256>,
    /// Batch norm of 256x56x56.
    pub block3_bn4: BatchNorm<256>,
    /// 3x3 convolution, 256x28x28 to 512x28x28.
    pub block4_conv1: Conv2d<256, 512>,
    /// Batch norm of 512x28x28.
    pub block4_bn1: BatchNorm<512>,
    /// 3x3 convolution, 512x28x28 to 512x28x28.
    pub block4_conv2: Conv2d<512, 512>,
    /// Batch norm of 512x28x28.
    pub block4_bn2: BatchNorm<512>,
    /// 3x3 convolution, 512x28x28 to 512x28x28.
    pub block4_conv3: Conv2d<512, 512>,
    /// Batch norm of 512x28x28.
    pub block4_bn3: BatchNorm<512>,
    /// 3x3 convolution, 512x28x28 to 512x28x28.
    pub block4_conv4: Conv2d<512, 512>,
    /// Batch norm of 512x28x28.
    pub block4_bn4: BatchNorm<512>,
    /// 3x3 convolution, 512x14x14 to 512x14x14.
    pub block5_conv1: Conv2d<512, 512>,
    /// Batch norm of 512x14x14.
    pub block5_bn1: BatchNorm<512>,
    /// 3x3 convolution, 512x14x14 to 512x14x14.
    pub block5_conv2: Conv2d<512, 512>,
    /// Batch norm of 512x14x14.
    pub block5_bn2: BatchNorm<512>,
    /// 3x3 convolution, 512x14x14 to 512x14x14.
    pub block5_conv3: Conv2d<512, 512>,
    /// Batch norm of 512x14x14.
    pub block5_bn3: BatchNorm<512>,
    /// 3x3 convolution, 512x14x14 to 512x14x14.
    pub block5_conv4: Conv2d<512, 512>,
    /// Batch norm of 512x14x14.
    pub block5_bn4: BatchNorm<512>,
    /// Dense layer, 25088 to 4096 features.
    pub fc1: Dense<25088, 4096>,
    /// Dense layer, 4096 to 4096 features.
    pub fc2: Dense<4096, 4096>,
    /// Dense layer, 4096 to 1000 features.
    pub predictions: Dense<4096, 1000>,
}

#[allow(dead_code, reason = "few programs use all of it")]
impl Vgg19Bn {
    /// The number of weights and biases, running statistics of norms included.
    pub const PARAMETERS: usize = 143_689_256;

    /// How the spec wants the network to be trained.
    pub const TRAIN: TrainSettings = TrainSettings {
        epochs: 74,
        batch: 256,
        seed: 0,
        optimizer: Optimizer::sgd(0.01),
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
    pub fn forward(&self, images: &FeatureMaps<3, 224, 224>) -> Logits<1000> {
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

impl Vgg19Bn {
    /// `block1`: 3x224x224 to 64x112x112.
    fn block1(&self, pass: &mut Pass<'_>, x: Maps<3, 224, 224>) -> Maps<64, 112, 112> {
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

    /// `block2`: 64x112x112 to 128x56x56.
    fn block2(&self, pass: &mut Pass<'_>, x: Maps<64, 112, 112>) -> Maps<128, 56, 56> {
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

    /// `block3`: 128x56x56 to 256x28x28.
    fn block3(&self, pass: &mut Pass<'_>, x: Maps<128, 56, 56>) -> Maps<256, 28, 28> {
        let weights = (&self.block3_conv1, &self.block3_bn1);
        let x = steps::BLOCK3_CONV1.forward(pass, x, weights);
        let weights = (&self.block3_conv2, &self.block3_bn2);
        let x = steps::BLOCK3_CONV2.forward(pass, x, weights);
        let weights = (&self.block3_conv3, &self.block3_bn3);
        let x = steps::BLOCK3_CONV3.forward(pass, x, weights);
        let weights = (&self.block3_conv4, &self.block3_bn4);
        steps::BLOCK3_CONV4.forward(pass, x, weights)
    }

    /// The gradients of `block3`, its last step first.
    fn block3_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        let weights = (&self.block3_conv4, &self.block3_bn4);
        let gradients = (&mut into.block3_conv4, &mut into.block3_bn4);
        steps::BLOCK3_CONV4.backward(pass, weights, gradients);
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

    /// `block4`: 256x28x28 to 512x14x14.
    fn block4(&self, pass: &mut Pass<'_>, x: Maps<256, 28, 28>) -> Maps<512, 14, 14> {
        let weights = (&self.block4_conv1, &self.block4_bn1);
        let x = steps::BLOCK4_CONV1.forward(pass, x, weights);
        let weights = (&self.block4_conv2, &self.block4_bn2);
        let x = steps::BLOCK4_CONV2.forward(pass, x, weights);
        let weights = (&self.block4_conv3, &self.block4_bn3);
        let x = steps::BLOCK4_CONV3.forward(pass, x, weights);
        let weights = (&self.block4_conv4, &self.block4_bn4);
        steps::BLOCK4_CONV4.forward(pass, x, weights)
    }

    /// The gradients of `block4`, its last step first.
    fn block4_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        let weights = (&self.block4_conv4, &self.block4_bn4);
        let gradients = (&mut into.block4_conv4, &mut into.block4_bn4);
        steps::BLOCK4_CONV4.backward(pass, weights, gradients);
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

    /// `block5`: 512x14x14 to 512x7x7.
    fn block5(&self, pass: &mut Pass<'_>, x: Maps<512, 14, 14>) -> Maps<512, 7, 7> {
        let weights = (&self.block5_conv1, &self.block5_bn1);
        let x = steps::BLOCK5_CONV1.forward(pass, x, weights);
        let weights = (&self.block5_conv2, &self.block5_bn2);
        let x = steps::BLOCK5_CONV2.forward(pass, x, weights);
        let weights = (&self.block5_conv3, &self.block5_bn3);
        let x = steps::BLOCK5_CONV3.forward(pass, x, weights);
        let weights = (&self.block5_conv4, &self.block5_bn4);
        steps::BLOCK5_CONV4.forward(pass, x, weights)
    }

    /// The gradients of `block5`, its last step first.
    fn block5_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        let weights = (&self.block5_conv4, &self.block5_bn4);
        let gradients = (&mut into.block5_conv4, &mut into.block5_bn4);
        steps::BLOCK5_CONV4.backward(pass, weights, gradients);
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

    /// `head`: 512x7x7 to 1000 features.
    fn head(&self, pass: &mut Pass<'_>, x: Maps<512, 7, 7>) -> Features<1000> {
        let x = steps::FLATTEN.forward(pass, x);
        let x = steps::FC1.forward(pass, x, &self.fc1);
        let x = steps::DROPOUT1.forward(pass, x);
        let x = steps::FC2.forward(pass, x, &self.fc2);
        let x = steps::DROPOUT2.forward(pass, x);
        steps::PREDICTIONS.forward(pass, x, &self.predictions)
    }

    /// The gradients of `head`, its last step first.
    fn head_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::PREDICTIONS.backward(pass, &self.predictions, &mut into.predictions);
        steps::DROPOUT2.backward(pass);
        steps::FC2.backward(pass, &self.fc2, &mut into.fc2);
        steps::DROPOUT1.backward(pass);
        steps::FC1.backward(pass, &self.fc1, &mut into.fc1);
        steps::FLATTEN.backward(pass);
    }
}

impl Network for Vgg19Bn {
    fn name(&self) -> &str {
        "Vgg19Bn"
    }

    fn input(&self) -> MapShape {
        MapShape::new(3, 224, 224)
    }

    fn classes(&self) -> usize {
        1000
    }

    fn arena(&self) -> ArenaSize {
        ARENA
    }

    fn input_slot(&self) -> Slot {
        INPUT.slot()
    }

    fn logits_slot(&self) -> Slot {
        steps::PREDICTIONS.output().slot()
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
        see("block3_conv4", steps::BLOCK3_CONV4.output().values(pass));
        see("block4_conv1", steps::BLOCK4_CONV1.output().values(pass));
        see("block4_conv2", steps::BLOCK4_CONV2.output().values(pass));
        see("block4_conv3", steps::BLOCK4_CONV3.output().values(pass));
        see("block4_conv4", steps::BLOCK4_CONV4.output().values(pass));
        see("block5_conv1", steps::BLOCK5_CONV1.output().values(pass));
        see("block5_conv2", steps::BLOCK5_CONV2.output().values(pass));
        see("block5_conv3", steps::BLOCK5_CONV3.output().values(pass));
        see("block5_conv4", steps::BLOCK5_CONV4.output().values(pass));
        see("flatten", steps::FLATTEN.output().values(pass));
        see("fc1", steps::FC1.output().values(pass));
        see("dropout1", steps::DROPOUT1.output().values(pass));
        see("fc2", steps::FC2.output().values(pass));
        see("dropout2", steps::DROPOUT2.output().values(pass));
        see("predictions", steps::PREDICTIONS.output().values(pass));
    }

    fn update_statistics(&mut self, pass: &Pass<'_>) {
        steps::BLOCK1_CONV1.update_statistics(pass, &mut self.block1_bn1);
        steps::BLOCK1_CONV2.update_statistics(pass, &mut self.block1_bn2);
        steps::BLOCK2_CONV1.update_statistics(pass, &mut self.block2_bn1);
        steps::BLOCK2_CONV2.update_statistics(pass, &mut self.block2_bn2);
        steps::BLOCK3_CONV1.update_statistics(pass, &mut self.block3_bn1);
        steps::BLOCK3_CONV2.update_statistics(pass, &mut self.block3_bn2);
        steps::BLOCK3_CONV3.update_statistics(pass, &mut self.block3_bn3);
        steps::BLOCK3_CONV4.update_statistics(pass, &mut self.block3_bn4);
        steps::BLOCK4_CONV1.update_statistics(pass, &mut self.block4_bn1);
        steps::BLOCK4_CONV2.update_statistics(pass, &mut self.block4_bn2);
        steps::BLOCK4_CONV3.update_statistics(pass, &mut self.block4_bn3);
        steps::BLOCK4_CONV4.update_statistics(pass, &mut self.block4_bn4);
        steps::BLOCK5_CONV1.update_statistics(pass, &mut self.block5_bn1);
        steps::BLOCK5_CONV2.update_statistics(pass, &mut self.block5_bn2);
        steps::BLOCK5_CONV3.update_statistics(pass, &mut self.block5_bn3);
        steps::BLOCK5_CONV4.update_statistics(pass, &mut self.block5_bn4);
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
fn blank() -> Vgg19Bn {
    Vgg19Bn {
        block1_conv1: Conv2d::zeros(),
        block1_bn1: BatchNorm::identity(),
        block1_conv2: Conv2d::zeros(),
        block1_bn2: BatchNorm::identity(),
        block2_conv1: Conv2d::zeros(),
        block2_bn1: BatchNorm::identity(),
        block2_conv2: Conv2d::zeros(),
        block2_bn2: BatchNorm::identity(),
        block3_conv1: Conv2d::zeros(),
        block3_bn1: BatchNorm::identity(),
        block3_conv2: Conv2d::zeros(),
        block3_bn2: BatchNorm::identity(),
        block3_conv3: Conv2d::zeros(),
        block3_bn3: BatchNorm::identity(),
        block3_conv4: Conv2d::zeros(),
        block3_bn4: BatchNorm::identity(),
        block4_conv1: Conv2d::zeros(),
        block4_bn1: BatchNorm::identity(),
        block4_conv2: Conv2d::zeros(),
        block4_bn2: BatchNorm::identity(),
        block4_conv3: Conv2d::zeros(),
        block4_bn3: BatchNorm::identity(),
        block4_conv4: Conv2d::zeros(),
        block4_bn4: BatchNorm::identity(),
        block5_conv1: Conv2d::zeros(),
        block5_bn1: BatchNorm::identity(),
        block5_conv2: Conv2d::zeros(),
        block5_bn2: BatchNorm::identity(),
        block5_conv3: Conv2d::zeros(),
        block5_bn3: BatchNorm::identity(),
        block5_conv4: Conv2d::zeros(),
        block5_bn4: BatchNorm::identity(),
        fc1: Dense::zeros(),
        fc2: Dense::zeros(),
        predictions: Dense::zeros(),
    }
}

/// The layers that have weights, by name.
fn named(network: &Vgg19Bn) -> [(&str, &dyn Layer); 35] {
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
        ("block3_conv4", &network.block3_conv4),
        ("block3_bn4", &network.block3_bn4),
        ("block4_conv1", &network.block4_conv1),
        ("block4_bn1", &network.block4_bn1),
        ("block4_conv2", &network.block4_conv2),
        ("block4_bn2", &network.block4_bn2),
        ("block4_conv3", &network.block4_conv3),
        ("block4_bn3", &network.block4_bn3),
        ("block4_conv4", &network.block4_conv4),
        ("block4_bn4", &network.block4_bn4),
        ("block5_conv1", &network.block5_conv1),
        ("block5_bn1", &network.block5_bn1),
        ("block5_conv2", &network.block5_conv2),
        ("block5_bn2", &network.block5_bn2),
        ("block5_conv3", &network.block5_conv3),
        ("block5_bn3", &network.block5_bn3),
        ("block5_conv4", &network.block5_conv4),
        ("block5_bn4", &network.block5_bn4),
        ("fc1", &network.fc1),
        ("fc2", &network.fc2),
        ("predictions", &network.predictions),
    ]
}

/// The layers that have weights, by name, to be changed.
fn named_mut(network: &mut Vgg19Bn) -> [(&str, &mut dyn Layer); 35] {
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
        ("block3_conv4", &mut network.block3_conv4),
        ("block3_bn4", &mut network.block3_bn4),
        ("block4_conv1", &mut network.block4_conv1),
        ("block4_bn1", &mut network.block4_bn1),
        ("block4_conv2", &mut network.block4_conv2),
        ("block4_bn2", &mut network.block4_bn2),
        ("block4_conv3", &mut network.block4_conv3),
        ("block4_bn3", &mut network.block4_bn3),
        ("block4_conv4", &mut network.block4_conv4),
        ("block4_bn4", &mut network.block4_bn4),
        ("block5_conv1", &mut network.block5_conv1),
        ("block5_bn1", &mut network.block5_bn1),
        ("block5_conv2", &mut network.block5_conv2),
        ("block5_bn2", &mut network.block5_bn2),
        ("block5_conv3", &mut network.block5_conv3),
        ("block5_bn3", &mut network.block5_bn3),
        ("block5_conv4", &mut network.block5_conv4),
        ("block5_bn4", &mut network.block5_bn4),
        ("fc1", &mut network.fc1),
        ("fc2", &mut network.fc2),
        ("predictions", &mut network.predictions),
    ]
}

#[allow(dead_code, reason = "few programs use all of it")]
impl Vgg19Bn {
    /// The layers in the order in which data passes through them.
    pub const fn layers() -> &'static [LayerInfo] {
        const LAYERS: &[LayerInfo] = &[
            LayerInfo::new("block1_conv1", "Conv2D", &[64, 224, 224], 1792, 86_704_128),
            LayerInfo::new("block1_bn1", "BatchNormalization", &[64, 224, 224], 256, 0),
            LayerInfo::new("block1_relu1", "Activation", &[64, 224, 224], 0, 0),
            LayerInfo::new("block1_conv2", "Conv2D", &[64, 224, 224], 36_928, 1_849_688_064),
            LayerInfo::new("block1_bn2", "BatchNormalization", &[64, 224, 224], 256, 0),
            LayerInfo::new("block1_relu2", "Activation", &[64, 224, 224], 0, 0),
            LayerInfo::new("block1_pool", "MaxPooling2D", &[64, 112, 112], 0, 0),
            LayerInfo::new("block2_conv1", "Conv2D", &[128, 112, 112], 73_856, 924_844_032),
            LayerInfo::new("block2_bn1", "BatchNormalization", &[128, 112, 112], 512, 0),
            LayerInfo::new("block2_relu1", "Activation", &[128, 112, 112], 0, 0),
            LayerInfo::new("block2_conv2", "Conv2D", &[128, 112, 112], 147_584, 1_849_688_064),
            LayerInfo::new("block2_bn2", "BatchNormalization", &[128, 112, 112], 512, 0),
            LayerInfo::new("block2_relu2", "Activation", &[128, 112, 112], 0, 0),
            LayerInfo::new("block2_pool", "MaxPooling2D", &[128, 56, 56], 0, 0),
            LayerInfo::new("block3_conv1", "Conv2D", &[256, 56, 56], 295_168, 924_844_032),
            LayerInfo::new("block3_bn1", "BatchNormalization", &[256, 56, 56], 1024, 0),
            LayerInfo::new("block3_relu1", "Activation", &[256, 56, 56], 0, 0),
            LayerInfo::new("block3_conv2", "Conv2D", &[256, 56, 56], 590_080, 1_849_688_064),
            LayerInfo::new("block3_bn2", "BatchNormalization", &[256, 56, 56], 1024, 0),
            LayerInfo::new("block3_relu2", "Activation", &[256, 56, 56], 0, 0),
            LayerInfo::new("block3_conv3", "Conv2D", &[256, 56, 56], 590_080, 1_849_688_064),
            LayerInfo::new("block3_bn3", "BatchNormalization", &[256, 56, 56], 1024, 0),
            LayerInfo::new("block3_relu3", "Activation", &[256, 56, 56], 0, 0),
            LayerInfo::new("block3_conv4", "Conv2D", &[256, 56, 56], 590_080, 1_849_688_064),
            LayerInfo::new("block3_bn4", "BatchNormalization", &[256, 56, 56], 1024, 0),
            LayerInfo::new("block3_relu4", "Activation", &[256, 56, 56], 0, 0),
            LayerInfo::new("block3_pool", "MaxPooling2D", &[256, 28, 28], 0, 0),
            LayerInfo::new("block4_conv1", "Conv2D", &[512, 28, 28], 1_180_160, 924_844_032),
            LayerInfo::new("block4_bn1", "BatchNormalization", &[512, 28, 28], 2048, 0),
            LayerInfo::new("block4_relu1", "Activation", &[512, 28, 28], 0, 0),
            LayerInfo::new("block4_conv2", "Conv2D", &[512, 28, 28], 2_359_808, 1_849_688_064),
            LayerInfo::new("block4_bn2", "BatchNormalization", &[512, 28, 28], 2048, 0),
            LayerInfo::new("block4_relu2", "Activation", &[512, 28, 28], 0, 0),
            LayerInfo::new("block4_conv3", "Conv2D", &[512, 28, 28], 2_359_808, 1_849_688_064),
            LayerInfo::new("block4_bn3", "BatchNormalization", &[512, 28, 28], 2048, 0),
            LayerInfo::new("block4_relu3", "Activation", &[512, 28, 28], 0, 0),
            LayerInfo::new("block4_conv4", "Conv2D", &[512, 28, 28], 2_359_808, 1_849_688_064),
            LayerInfo::new("block4_bn4", "BatchNormalization", &[512, 28, 28], 2048, 0),
            LayerInfo::new("block4_relu4", "Activation", &[512, 28, 28], 0, 0),
            LayerInfo::new("block4_pool", "MaxPooling2D", &[512, 14, 14], 0, 0),
            LayerInfo::new("block5_conv1", "Conv2D", &[512, 14, 14], 2_359_808, 462_422_016),
            LayerInfo::new("block5_bn1", "BatchNormalization", &[512, 14, 14], 2048, 0),
            LayerInfo::new("block5_relu1", "Activation", &[512, 14, 14], 0, 0),
            LayerInfo::new("block5_conv2", "Conv2D", &[512, 14, 14], 2_359_808, 462_422_016),
            LayerInfo::new("block5_bn2", "BatchNormalization", &[512, 14, 14], 2048, 0),
            LayerInfo::new("block5_relu2", "Activation", &[512, 14, 14], 0, 0),
            LayerInfo::new("block5_conv3", "Conv2D", &[512, 14, 14], 2_359_808, 462_422_016),
            LayerInfo::new("block5_bn3", "BatchNormalization", &[512, 14, 14], 2048, 0),
            LayerInfo::new("block5_relu3", "Activation", &[512, 14, 14], 0, 0),
            LayerInfo::new("block5_conv4", "Conv2D", &[512, 14, 14], 2_359_808, 462_422_016),
            LayerInfo::new("block5_bn4", "BatchNormalization", &[512, 14, 14], 2048, 0),
            LayerInfo::new("block5_relu4", "Activation", &[512, 14, 14], 0, 0),
            LayerInfo::new("block5_pool", "MaxPooling2D", &[512, 7, 7], 0, 0),
            LayerInfo::new("flatten", "Flatten", &[25088], 0, 0),
            LayerInfo::new("fc1", "Dense", &[4096], 102_764_544, 102_760_448),
            LayerInfo::new("fc1_relu", "Activation", &[4096], 0, 0),
            LayerInfo::new("dropout1", "Dropout", &[4096], 0, 0),
            LayerInfo::new("fc2", "Dense", &[4096], 16_781_312, 16_777_216),
            LayerInfo::new("fc2_relu", "Activation", &[4096], 0, 0),
            LayerInfo::new("dropout2", "Dropout", &[4096], 0, 0),
            LayerInfo::new("predictions", "Dense", &[1000], 4_097_000, 4_096_000),
            LayerInfo::new("softmax", "Softmax", &[1000], 0, 0),
        ];
        LAYERS
    }

    /// The layers as a table: what comes out, and what it costs.
    pub const SUMMARY: &'static str = "\
Vgg19Bn: 3x224x224 to 1000 classes
VGG-19 with batch norm, as torchvision has it: every convolution keeps its bias

Layer (kind)                     Output        Parameters     MACs    Field     Memory
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
block1_conv1 (Conv2D)            64x224x224         1,792   86.7 M      3x3   12.2 MiB
block1_bn1 (BatchNormalization)  64x224x224           256        0      3x3   12.2 MiB
block1_relu1 (Activation)        64x224x224             0        0      3x3   12.2 MiB
block1_conv2 (Conv2D)            64x224x224        36,928    1.8 G      5x5   12.2 MiB
block1_bn2 (BatchNormalization)  64x224x224           256        0      5x5   12.2 MiB
block1_relu2 (Activation)        64x224x224             0        0      5x5   12.2 MiB
block1_pool (MaxPooling2D)       64x112x112             0        0      6x6    3.1 MiB
──────────────────────────────────────────────────────────────────────────────────────
block2_conv1 (Conv2D)            128x112x112       73,856  924.8 M    10x10    6.1 MiB
block2_bn1 (BatchNormalization)  128x112x112          512        0    10x10    6.1 MiB
block2_relu1 (Activation)        128x112x112            0        0    10x10    6.1 MiB
block2_conv2 (Conv2D)            128x112x112      147,584    1.8 G    14x14    6.1 MiB
block2_bn2 (BatchNormalization)  128x112x112          512        0    14x14    6.1 MiB
block2_relu2 (Activation)        128x112x112            0        0    14x14    6.1 MiB
block2_pool (MaxPooling2D)       128x56x56              0        0    16x16    1.5 MiB
──────────────────────────────────────────────────────────────────────────────────────
block3_conv1 (Conv2D)            256x56x56        295,168  924.8 M    24x24    3.1 MiB
block3_bn1 (BatchNormalization)  256x56x56          1,024        0    24x24    3.1 MiB
block3_relu1 (Activation)        256x56x56              0        0    24x24    3.1 MiB
block3_conv2 (Conv2D)            256x56x56        590,080    1.8 G    32x32    3.1 MiB
block3_bn2 (BatchNormalization)  256x56x56          1,024        0    32x32    3.1 MiB
block3_relu2 (Activation)        256x56x56              0        0    32x32    3.1 MiB
block3_conv3 (Conv2D)            256x56x56        590,080    1.8 G    40x40    3.1 MiB
block3_bn3 (BatchNormalization)  256x56x56          1,024        0    40x40    3.1 MiB
block3_relu3 (Activation)        256x56x56              0        0    40x40    3.1 MiB
block3_conv4 (Conv2D)            256x56x56        590,080    1.8 G    48x48    3.1 MiB
block3_bn4 (BatchNormalization)  256x56x56          1,024        0    48x48    3.1 MiB
block3_relu4 (Activation)        256x56x56              0        0    48x48    3.1 MiB
block3_pool (MaxPooling2D)       256x28x28              0        0    52x52  784.0 KiB
──────────────────────────────────────────────────────────────────────────────────────
block4_conv1 (Conv2D)            512x28x28      1,180,160  924.8 M    68x68    1.5 MiB
block4_bn1 (BatchNormalization)  512x28x28          2,048        0    68x68    1.5 MiB
block4_relu1 (Activation)        512x28x28              0        0    68x68    1.5 MiB
block4_conv2 (Conv2D)            512x28x28      2,359,808    1.8 G    84x84    1.5 MiB
block4_bn2 (BatchNormalization)  512x28x28          2,048        0    84x84    1.5 MiB
block4_relu2 (Activation)        512x28x28              0        0    84x84    1.5 MiB
block4_conv3 (Conv2D)            512x28x28      2,359,808    1.8 G  100x100    1.5 MiB
block4_bn3 (BatchNormalization)  512x28x28          2,048        0  100x100    1.5 MiB
block4_relu3 (Activation)        512x28x28              0        0  100x100    1.5 MiB
block4_conv4 (Conv2D)            512x28x28      2,359,808    1.8 G  116x116    1.5 MiB
block4_bn4 (BatchNormalization)  512x28x28          2,048        0  116x116    1.5 MiB
block4_relu4 (Activation)        512x28x28              0        0  116x116    1.5 MiB
block4_pool (MaxPooling2D)       512x14x14              0        0  124x124  392.0 KiB
──────────────────────────────────────────────────────────────────────────────────────
block5_conv1 (Conv2D)            512x14x14      2,359,808  462.4 M  156x156  392.0 KiB
block5_bn1 (BatchNormalization)  512x14x14          2,048        0  156x156  392.0 KiB
block5_relu1 (Activation)        512x14x14              0        0  156x156  392.0 KiB
block5_conv2 (Conv2D)            512x14x14      2,359,808  462.4 M  188x188  392.0 KiB
block5_bn2 (BatchNormalization)  512x14x14          2,048        0  188x188  392.0 KiB
block5_relu2 (Activation)        512x14x14              0        0  188x188  392.0 KiB
block5_conv3 (Conv2D)            512x14x14      2,359,808  462.4 M  220x220  392.0 KiB
block5_bn3 (BatchNormalization)  512x14x14          2,048        0  220x220  392.0 KiB
block5_relu3 (Activation)        512x14x14              0        0  220x220  392.0 KiB
block5_conv4 (Conv2D)            512x14x14      2,359,808  462.4 M  252x252  392.0 KiB
block5_bn4 (BatchNormalization)  512x14x14          2,048        0  252x252  392.0 KiB
block5_relu4 (Activation)        512x14x14              0        0  252x252  392.0 KiB
block5_pool (MaxPooling2D)       512x7x7                0        0  268x268   98.0 KiB
──────────────────────────────────────────────────────────────────────────────────────
flatten (Flatten)                25088                  0        0  224x224   98.0 KiB
fc1 (Dense)                      4096         102,764,544  102.8 M  224x224   16.0 KiB
dropout1 (Dropout)               4096                   0        0  224x224   16.0 KiB
fc2 (Dense)                      4096          16,781,312   16.8 M  224x224   16.0 KiB
dropout2 (Dropout)               4096                   0        0  224x224   16.0 KiB
predictions (Dense)              1000           4,097,000    4.1 M  224x224    3.9 KiB
softmax (Softmax)                1000                   0        0  224x224    3.9 KiB
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
Parameters  143,689,256 (548.1 MiB)
Trainable   143,678,248, not trainable 11,008
MACs        19.632 GMACs an image
Inference   575.7 MiB of memory at 1 image
Training    1.7 GiB of memory at 1 image, with SGD
";
}

/// Where the images are read.
const INPUT: Maps<3, 224, 224> = Maps::images(Slot::new(3_211_264, 30_707_712, 0));

/// The memory of a pass, in floats: for each image in inference and in training, and for the
/// statistics of norms.
const ARENA: ArenaSize =
    ArenaSize { inference: 7_225_344, training: 31_510_528, statistics: 11_008 };

/// What is computed at one go, and where in the arena the data lies: the offsets of a [`Slot`] are
/// those in inference, in training, and of the gradient.
mod steps {
    use ::vgg::layers::{ConvStep, DenseStep, DropoutStep, Features, FlattenStep, Maps};
    use ::vgg::{Activation, Norm, PoolWindow, Slot};

    /// 3x3 convolution, batch norm, ReLU.
    pub(super) const BLOCK1_CONV1: ConvStep<Maps<3, 224, 224>, Maps<64, 224, 224>> =
        ConvStep::reads(super::INPUT)
            .keeps(Slot::new(0, 0, 0))
            .norm(Norm::DEFAULT, 0)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 3_211_264, 12_845_056));

    /// 3x3 convolution, batch norm, ReLU, 2x2 max-pool.
    pub(super) const BLOCK1_CONV2: ConvStep<Maps<64, 224, 224>, Maps<64, 112, 112>> =
        ConvStep::reads(BLOCK1_CONV1.output())
            .keeps(Slot::new(0, 6_422_528, 0))
            .norm(Norm::DEFAULT, 128)
            .activation(Activation::Relu)
            .pool(PoolWindow::max(2, 2), Slot::new(3_211_264, 9_633_792, 9_633_792))
            .writes(Slot::new(6_422_528, 20_873_216, 16_056_320));

    /// 3x3 convolution, batch norm, ReLU.
    pub(super) const BLOCK2_CONV1: ConvStep<Maps<64, 112, 112>, Maps<128, 112, 112>> =
        ConvStep::reads(BLOCK1_CONV2.output())
            .keeps(Slot::new(0, 12_845_056, 0))
            .norm(Norm::DEFAULT, 256)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 14_450_688, 19_267_584));

    /// 3x3 convolution, batch norm, ReLU, 2x2 max-pool.
    pub(super) const BLOCK2_CONV2: ConvStep<Maps<128, 112, 112>, Maps<128, 56, 56>> =
        ConvStep::reads(BLOCK2_CONV1.output())
            .keeps(Slot::new(0, 16_056_320, 0))
            .norm(Norm::DEFAULT, 512)
            .activation(Activation::Relu)
            .pool(PoolWindow::max(2, 2), Slot::new(1_605_632, 17_661_952, 17_661_952))
            .writes(Slot::new(3_211_264, 27_295_744, 21_676_032));

    /// 3x3 convolution, batch norm, ReLU.
    pub(super) const BLOCK3_CONV1: ConvStep<Maps<128, 56, 56>, Maps<256, 56, 56>> =
        ConvStep::reads(BLOCK2_CONV2.output())
            .keeps(Slot::new(0, 19_267_584, 0))
            .norm(Norm::DEFAULT, 768)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 20_070_400, 23_281_664));

    /// 3x3 convolution, batch norm, ReLU.
    pub(super) const BLOCK3_CONV2: ConvStep<Maps<256, 56, 56>, Maps<256, 56, 56>> =
        ConvStep::reads(BLOCK3_CONV1.output())
            .keeps(Slot::new(0, 21_676_032, 0))
            .norm(Norm::DEFAULT, 1280)
            .activation(Activation::Relu)
            .writes(Slot::new(802_816, 22_478_848, 24_887_296));

    /// 3x3 convolution, batch norm, ReLU.
    pub(super) const BLOCK3_CONV3: ConvStep<Maps<256, 56, 56>, Maps<256, 56, 56>> =
        ConvStep::reads(BLOCK3_CONV2.output())
            .keeps(Slot::new(0, 23_281_664, 0))
            .norm(Norm::DEFAULT, 1792)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 24_084_480, 26_492_928));

    /// 3x3 convolution, batch norm, ReLU, 2x2 max-pool.
    pub(super) const BLOCK3_CONV4: ConvStep<Maps<256, 56, 56>, Maps<256, 28, 28>> =
        ConvStep::reads(BLOCK3_CONV3.output())
            .keeps(Slot::new(0, 24_887_296, 0))
            .norm(Norm::DEFAULT, 2304)
            .activation(Activation::Relu)
            .pool(PoolWindow::max(2, 2), Slot::new(802_816, 25_690_112, 25_690_112))
            .writes(Slot::new(1_605_632, 30_507_008, 27_697_152));

    /// 3x3 convolution, batch norm, ReLU.
    pub(super) const BLOCK4_CONV1: ConvStep<Maps<256, 28, 28>, Maps<512, 28, 28>> =
        ConvStep::reads(BLOCK3_CONV4.output())
            .keeps(Slot::new(0, 26_492_928, 0))
            .norm(Norm::DEFAULT, 2816)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 26_894_336, 28_499_968));

    /// 3x3 convolution, batch norm, ReLU.
    pub(super) const BLOCK4_CONV2: ConvStep<Maps<512, 28, 28>, Maps<512, 28, 28>> =
        ConvStep::reads(BLOCK4_CONV1.output())
            .keeps(Slot::new(0, 27_697_152, 0))
            .norm(Norm::DEFAULT, 3840)
            .activation(Activation::Relu)
            .writes(Slot::new(401_408, 28_098_560, 29_302_784));

    /// 3x3 convolution, batch norm, ReLU.
    pub(super) const BLOCK4_CONV3: ConvStep<Maps<512, 28, 28>, Maps<512, 28, 28>> =
        ConvStep::reads(BLOCK4_CONV2.output())
            .keeps(Slot::new(0, 28_499_968, 0))
            .norm(Norm::DEFAULT, 4864)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 28_901_376, 30_105_600));

    /// 3x3 convolution, batch norm, ReLU, 2x2 max-pool.
    pub(super) const BLOCK4_CONV4: ConvStep<Maps<512, 28, 28>, Maps<512, 14, 14>> =
        ConvStep::reads(BLOCK4_CONV3.output())
            .keeps(Slot::new(0, 29_302_784, 0))
            .norm(Norm::DEFAULT, 5888)
            .activation(Activation::Relu)
            .pool(PoolWindow::max(2, 2), Slot::new(401_408, 29_704_192, 29_704_192))
            .writes(Slot::new(802_816, 30_858_240, 31_058_944));

    /// 3x3 convolution, batch norm, ReLU.
    pub(super) const BLOCK5_CONV1: ConvStep<Maps<512, 14, 14>, Maps<512, 14, 14>> =
        ConvStep::reads(BLOCK4_CONV4.output())
            .keeps(Slot::new(0, 30_105_600, 0))
            .norm(Norm::DEFAULT, 6912)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 30_205_952, 30_958_592));

    /// 3x3 convolution, batch norm, ReLU.
    pub(super) const BLOCK5_CONV2: ConvStep<Maps<512, 14, 14>, Maps<512, 14, 14>> =
        ConvStep::reads(BLOCK5_CONV1.output())
            .keeps(Slot::new(0, 30_306_304, 0))
            .norm(Norm::DEFAULT, 7936)
            .activation(Activation::Relu)
            .writes(Slot::new(100_352, 30_406_656, 31_159_296));

    /// 3x3 convolution, batch norm, ReLU.
    pub(super) const BLOCK5_CONV3: ConvStep<Maps<512, 14, 14>, Maps<512, 14, 14>> =
        ConvStep::reads(BLOCK5_CONV2.output())
            .keeps(Slot::new(0, 30_958_592, 0))
            .norm(Norm::DEFAULT, 8960)
            .activation(Activation::Relu)
            .writes(Slot::new(0, 31_058_944, 31_360_000));

    /// 3x3 convolution, batch norm, ReLU, 2x2 max-pool.
    pub(super) const BLOCK5_CONV4: ConvStep<Maps<512, 14, 14>, Maps<512, 7, 7>> =
        ConvStep::reads(BLOCK5_CONV3.output())
            .keeps(Slot::new(0, 31_159_296, 0))
            .norm(Norm::DEFAULT, 9984)
            .activation(Activation::Relu)
            .pool(PoolWindow::max(2, 2), Slot::new(100_352, 31_259_648, 31_259_648))
            .writes(Slot::new(200_704, 31_460_352, 31_485_440));

    /// Flatten.
    pub(super) const FLATTEN: FlattenStep<Maps<512, 7, 7>, Features<25088>> =
        FlattenStep::reads(BLOCK5_CONV4.output()).writes(Slot::new(0, 31_360_000, 31_385_088));

    /// Dense layer, ReLU.
    pub(super) const FC1: DenseStep<Features<25088>, Features<4096>> =
        DenseStep::reads(FLATTEN.output())
            .activation(Activation::Relu)
            .writes(Slot::new(25_088, 31_410_176, 31_414_272));

    /// Dropout of 50%.
    pub(super) const DROPOUT1: DropoutStep<Features<4096>> = DropoutStep::reads(FC1.output())
        .rate(0.5, 18)
        .writes(Slot::new(25_088, 31_385_088, 31_414_272));

    /// Dense layer, ReLU.
    pub(super) const FC2: DenseStep<Features<4096>, Features<4096>> =
        DenseStep::reads(DROPOUT1.output())
            .activation(Activation::Relu)
            .writes(Slot::new(0, 31_389_184, 31_397_376));

    /// Dropout of 50%.
    pub(super) const DROPOUT2: DropoutStep<Features<4096>> = DropoutStep::reads(FC2.output())
        .rate(0.5, 20)
        .writes(Slot::new(0, 31_393_280, 31_397_376));

    /// Dense layer.
    pub(super) const PREDICTIONS: DenseStep<Features<4096>, Features<1000>> =
        DenseStep::reads(DROPOUT2.output()).writes(Slot::new(4096, 31_401_472, 31_402_480));
}
