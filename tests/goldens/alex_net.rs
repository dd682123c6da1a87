use ::vgg::layers::{Conv2d, Dense, Features, Layer, Maps};
use ::vgg::data::{Augmentation, Dataset, Normalisation, Prepared};
use ::vgg::optim::Optimizer;
use ::vgg::weights::WeightsError;
use ::vgg::{
    ArenaSize, FeatureMaps, LayerInfo, Logits, MapShape, Network, Pass, Predictor, Slot,
    Tensor, TensorMut, TrainSettings, init, layers, tensor, weights,
};

/// AlexNet with one tower (Krizhevsky, 2014), as torchvision has it, for comparison.
///
/// Takes images of 3x224x224, gives 1000 logits, and has 61,100,840 parameters.
///
/// | | in | out | parameters |
/// | --- | --- | --- | ---: |
/// | block1 | 3x224x224 | 64x27x27 | 23,296 |
/// | block2 | 64x27x27 | 192x13x13 | 307,392 |
/// | block3 | 192x13x13 | 256x6x6 | 2,139,008 |
/// | head | 256x6x6 | 1000 features | 58,631,144 |
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct AlexNet {
    /// 11x11 stride-4 convolution, 3x224x224 to 64x55x55.
    pub block1_conv1: Conv2d<3, 64, 11, 11>,
    /// 5x5 convolution, 64x27x27 to 192x27x27.
    pub block2_conv1: Conv2d<64, 192, 5, 5>,
    /// 3x3 convolution, 192x13x13 to 384x13x13.
    pub block3_conv1: Conv2d<192, 384>,
    /// 3x3 convolution, 384x13x13 to 256x13x13.
    pub block3_conv2: Conv2d<384, 256>,
    /// 3x3 convolution, 256x13x13 to 256x13x13.
    pub block3_conv3: Conv2d<256, 256>,
    /// Dense layer, 9216 to 4096 features.
    pub dense1: Dense<9216, 4096>,
    /// Dense layer, 4096 to 4096 features.
    pub dense2: Dense<4096, 4096>,
    /// Dense layer, 4096 to 1000 features.
    pub dense3: Dense<4096, 1000>,
}

#[allow(dead_code, reason = "few programs use all of it")]
impl AlexNet {
    /// The number of weights and biases, running statistics of norms included.
    pub const PARAMETERS: usize = 61_100_840;

    /// How the spec wants the network to be trained.
    pub const TRAIN: TrainSettings = TrainSettings {
        epochs: 90,
        batch: 128,
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

impl AlexNet {
    /// `block1`: 3x224x224 to 64x27x27.
    fn block1(&self, pass: &mut Pass<'_>, x: Maps<3, 224, 224>) -> Maps<64, 27, 27> {
        steps::BLOCK1_CONV1.forward(pass, x, &self.block1_conv1)
    }

    /// The gradients of `block1`, its last step first.
    fn block1_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::BLOCK1_CONV1.backward(pass, &self.block1_conv1, &mut into.block1_conv1);
    }

    /// `block2`: 64x27x27 to 192x13x13.
    fn block2(&self, pass: &mut Pass<'_>, x: Maps<64, 27, 27>) -> Maps<192, 13, 13> {
        steps::BLOCK2_CONV1.forward(pass, x, &self.block2_conv1)
    }

    /// The gradients of `block2`, its last step first.
    fn block2_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::BLOCK2_CONV1.backward(pass, &self.block2_conv1, &mut into.block2_conv1);
    }

    /// `block3`: 192x13x13 to 256x6x6.
    fn block3(&self, pass: &mut Pass<'_>, x: Maps<192, 13, 13>) -> Maps<256, 6, 6> {
        let x = steps::BLOCK3_CONV1.forward(pass, x, &self.block3_conv1);
        let x = steps::BLOCK3_CONV2.forward(pass, x, &self.block3_conv2);
        steps::BLOCK3_CONV3.forward(pass, x, &self.block3_conv3)
    }

    /// The gradients of `block3`, its last step first.
    fn block3_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::BLOCK3_CONV3.backward(pass, &self.block3_conv3, &mut into.block3_conv3);
        steps::BLOCK3_CONV2.backward(pass, &self.block3_conv2, &mut into.block3_conv2);
        steps::BLOCK3_CONV1.backward(pass, &self.block3_conv1, &mut into.block3_conv1);
    }

    /// `head`: 256x6x6 to 1000 features.
    fn head(&self, pass: &mut Pass<'_>, x: Maps<256, 6, 6>) -> Features<1000> {
        let x = steps::AVGPOOL.forward(pass, x);
        let x = steps::FLATTEN.forward(pass, x);
        let x = steps::DROPOUT1.forward(pass, x);
        let x = steps::DENSE1.forward(pass, x, &self.dense1);
        let x = steps::DROPOUT2.forward(pass, x);
        let x = steps::DENSE2.forward(pass, x, &self.dense2);
        steps::DENSE3.forward(pass, x, &self.dense3)
    }

    /// The gradients of `head`, its last step first.
    fn head_backward(&self, pass: &mut Pass<'_>, into: &mut Self) {
        steps::DENSE3.backward(pass, &self.dense3, &mut into.dense3);
        steps::DENSE2.backward(pass, &self.dense2, &mut into.dense2);
        steps::DROPOUT2.backward(pass);
        steps::DENSE1.backward(pass, &self.dense1, &mut into.dense1);
        steps::DROPOUT1.backward(pass);
        steps::FLATTEN.backward(pass);
        steps::AVGPOOL.backward(pass);
    }
}

impl Network for AlexNet {
    fn name(&self) -> &str {
        "AlexNet"
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
        steps::DENSE3.output().slot()
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
        see("block2_conv1", steps::BLOCK2_CONV1.output().values(pass));
        see("block3_conv1", steps::BLOCK3_CONV1.output().values(pass));
        see("block3_conv2", steps::BLOCK3_CONV2.output().values(pass));
        see("block3_conv3", steps::BLOCK3_CONV3.output().values(pass));
        see("avgpool", steps::AVGPOOL.output().values(pass));
        see("flatten", steps::FLATTEN.output().values(pass));
        see("dropout1", steps::DROPOUT1.output().values(pass));
        see("dense1", steps::DENSE1.output().values(pass));
        see("dropout2", steps::DROPOUT2.output().values(pass));
        see("dense2", steps::DENSE2.output().values(pass));
        see("dense3", steps::DENSE3.output().values(pass));
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
fn blank() -> AlexNet {
    AlexNet {
        block1_conv1: Conv2d::zeros(),
        block2_conv1: Conv2d::zeros(),
        block3_conv1: Conv2d::zeros(),
        block3_conv2: Conv2d::zeros(),
        block3_conv3: Conv2d::zeros(),
        dense1: Dense::zeros(),
        dense2: Dense::zeros(),
        dense3: Dense::zeros(),
    }
}

/// The layers that have weights, by name.
fn named(network: &AlexNet) -> [(&str, &dyn Layer); 8] {
    [
        ("block1_conv1", &network.block1_conv1),
        ("block2_conv1", &network.block2_conv1),
        ("block3_conv1", &network.block3_conv1),
        ("block3_conv2", &network.block3_conv2),
        ("block3_conv3", &network.block3_conv3),
        ("dense1", &network.dense1),
        ("dense2", &network.dense2),
        ("dense3", &network.dense3),
    ]
}

/// The layers that have weights, by name, to be changed.
fn named_mut(network: &mut AlexNet) -> [(&str, &mut dyn Layer); 8] {
    [
        ("block1_conv1", &mut network.block1_conv1),
        ("block2_conv1", &mut network.block2_conv1),
        ("block3_conv1", &mut network.block3_conv1),
        ("block3_conv2", &mut network.block3_conv2),
        ("block3_conv3", &mut network.block3_conv3),
        ("dense1", &mut network.dense1),
        ("dense2", &mut network.dense2),
        ("dense3", &mut network.dense3),
    ]
}

#[allow(dead_code, reason = "few programs use all of it")]
impl AlexNet {
    /// The layers in the order in which data passes through them.
    pub const fn layers() -> &'static [LayerInfo] {
        const LAYERS: &[LayerInfo] = &[
            LayerInfo::new("block1_conv1", "Conv2D", &[64, 55, 55], 23_296, 70_276_800),
            LayerInfo::new("block1_relu1", "Activation", &[64, 55, 55], 0, 0),
            LayerInfo::new("block1_pool", "MaxPooling2D", &[64, 27, 27], 0, 0),
            LayerInfo::new("block2_conv1", "Conv2D", &[192, 27, 27], 307_392, 223_948_800),
            LayerInfo::new("block2_relu1", "Activation", &[192, 27, 27], 0, 0),
            LayerInfo::new("block2_pool", "MaxPooling2D", &[192, 13, 13], 0, 0),
            LayerInfo::new("block3_conv1", "Conv2D", &[384, 13, 13], 663_936, 112_140_288),
            LayerInfo::new("block3_relu1", "Activation", &[384, 13, 13], 0, 0),
            LayerInfo::new("block3_conv2", "Conv2D", &[256, 13, 13], 884_992, 149_520_384),
            LayerInfo::new("block3_relu2", "Activation", &[256, 13, 13], 0, 0),
            LayerInfo::new("block3_conv3", "Conv2D", &[256, 13, 13], 590_080, 99_680_256),
            LayerInfo::new("block3_relu3", "Activation", &[256, 13, 13], 0, 0),
            LayerInfo::new("block3_pool", "MaxPooling2D", &[256, 6, 6], 0, 0),
            LayerInfo::new("avgpool", "AveragePooling2D", &[256, 6, 6], 0, 0),
            LayerInfo::new("flatten", "Flatten", &[9216], 0, 0),
            LayerInfo::new("dropout1", "Dropout", &[9216], 0, 0),
            LayerInfo::new("dense1", "Dense", &[4096], 37_752_832, 37_748_736),
            LayerInfo::new("dense1_relu", "Activation", &[4096], 0, 0),
            LayerInfo::new("dropout2", "Dropout", &[4096], 0, 0),
            LayerInfo::new("dense2", "Dense", &[4096], 16_781_312, 16_777_216),
            LayerInfo::new("dense2_relu", "Activation", &[4096], 0, 0),
            LayerInfo::new("dense3", "Dense", &[1000], 4_097_000, 4_096_000),
            LayerInfo::new("softmax", "Softmax", &[1000], 0, 0),
        ];
        LAYERS
    }

    /// The layers as a table: what comes out, and what it costs.
    pub const SUMMARY: &'static str = "\
AlexNet: 3x224x224 to 1000 classes
AlexNet with one tower (Krizhevsky, 2014), as torchvision has it, for comparison

Layer (kind)                Output     Parameters     MACs    Field     Memory
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
block1_conv1 (Conv2D)       64x55x55       23,296   70.3 M    11x11  756.2 KiB
block1_pool (MaxPooling2D)  64x27x27            0        0    19x19  182.2 KiB
──────────────────────────────────────────────────────────────────────────────
block2_conv1 (Conv2D)       192x27x27     307,392  223.9 M    51x51  546.8 KiB
block2_pool (MaxPooling2D)  192x13x13           0        0    67x67  126.8 KiB
──────────────────────────────────────────────────────────────────────────────
block3_conv1 (Conv2D)       384x13x13     663,936  112.1 M    99x99  253.5 KiB
block3_conv2 (Conv2D)       256x13x13     884,992  149.5 M  131x131  169.0 KiB
block3_conv3 (Conv2D)       256x13x13     590,080   99.7 M  163x163  169.0 KiB
block3_pool (MaxPooling2D)  256x6x6             0        0  195x195   36.0 KiB
──────────────────────────────────────────────────────────────────────────────
avgpool (AveragePooling2D)  256x6x6             0        0  195x195   36.0 KiB
flatten (Flatten)           9216                0        0  224x224   36.0 KiB
dropout1 (Dropout)          9216                0        0  224x224   36.0 KiB
dense1 (Dense)              4096       37,752,832   37.7 M  224x224   16.0 KiB
dropout2 (Dropout)          4096                0        0  224x224   16.0 KiB
dense2 (Dense)              4096       16,781,312   16.8 M  224x224   16.0 KiB
dense3 (Dense)              1000        4,097,000    4.1 M  224x224    3.9 KiB
softmax (Softmax)           1000                0        0  224x224    3.9 KiB
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
Parameters  61,100,840 (233.1 MiB)
Trainable   61,100,840, not trainable 0
MACs        714.188 MMACs an image
Inference   234.6 MiB of memory at 1 image
Training    702.5 MiB of memory at 1 image, with SGD
";
}

/// Where the images are read.
const INPUT: Maps<3, 224, 224> = Maps::images(Slot::new(193_600, 387_200, 0));

/// The memory of a pass, in floats: for each image in inference and in training, and for the
/// statistics of norms.
const ARENA: ArenaSize = ArenaSize { inference: 390_784, training: 843_328, statistics: 0 };

/// What is computed at one go, and where in the arena the data lies: the offsets of a [`Slot`] are
/// those in inference, in training, and of the gradient.
mod steps {
    use ::vgg::layers::{
        ConvStep, DenseStep, DropoutStep, Features, FlattenStep, Maps, PoolStep,
    };
    use ::vgg::{Activation, Padding, PoolWindow, Slot};

    /// 11x11 stride-4 convolution, ReLU, 3x3 stride-2 max-pool.
    pub(super) const BLOCK1_CONV1: ConvStep<
        Maps<3, 224, 224>,
        Maps<64, 27, 27>,
        11,
        11,
    > = ConvStep::reads(super::INPUT)
        .stride(4, 4)
        .padding(Padding::symmetric(2, 2))
        .activation(Activation::Relu)
        .pool(PoolWindow::max(3, 3).with_stride(2, 2), Slot::new(0, 0, 193_600))
        .writes(Slot::new(344_128, 677_696, 724_352));

    /// 5x5 convolution, ReLU, 3x3 stride-2 max-pool.
    pub(super) const BLOCK2_CONV1: ConvStep<Maps<64, 27, 27>, Maps<192, 13, 13>, 5, 5> =
        ConvStep::reads(BLOCK1_CONV1.output())
            .activation(Activation::Relu)
            .pool(PoolWindow::max(3, 3).with_stride(2, 2), Slot::new(0, 193_600, 537_728))
            .writes(Slot::new(139_968, 810_880, 333_568));

    /// 3x3 convolution, ReLU.
    pub(super) const BLOCK3_CONV1: ConvStep<Maps<192, 13, 13>, Maps<384, 13, 13>> =
        ConvStep::reads(BLOCK2_CONV1.output())
            .activation(Activation::Relu)
            .writes(Slot::new(0, 537_728, 602_624));

    /// 3x3 convolution, ReLU.
    pub(super) const BLOCK3_CONV2: ConvStep<Maps<384, 13, 13>, Maps<256, 13, 13>> =
        ConvStep::reads(BLOCK3_CONV1.output())
            .activation(Activation::Relu)
            .writes(Slot::new(64_896, 333_568, 724_352));

    /// 3x3 convolution, ReLU, 3x3 stride-2 max-pool.
    pub(super) const BLOCK3_CONV3: ConvStep<Maps<256, 13, 13>, Maps<256, 6, 6>> =
        ConvStep::reads(BLOCK3_CONV2.output())
            .activation(Activation::Relu)
            .pool(PoolWindow::max(3, 3).with_stride(2, 2), Slot::new(0, 602_624, 767_616))
            .writes(Slot::new(43_264, 376_832, 655_104));

    /// 1x1 average-pool.
    pub(super) const AVGPOOL: PoolStep<Maps<256, 6, 6>, Maps<256, 6, 6>> =
        PoolStep::reads(BLOCK3_CONV3.output())
            .pool(PoolWindow::average(1, 1))
            .writes(Slot::new(0, 645_888, 664_320));

    /// Flatten.
    pub(super) const FLATTEN: FlattenStep<Maps<256, 6, 6>, Features<9216>> =
        FlattenStep::reads(AVGPOOL.output()).writes(Slot::new(9216, 655_104, 724_352));

    /// Dropout of 50%.
    pub(super) const DROPOUT1: DropoutStep<Features<9216>> = DropoutStep::reads(FLATTEN.output())
        .rate(0.5, 7)
        .writes(Slot::new(9216, 664_320, 724_352));

    /// Dense layer, ReLU.
    pub(super) const DENSE1: DenseStep<Features<9216>, Features<4096>> =
        DenseStep::reads(DROPOUT1.output())
            .activation(Activation::Relu)
            .writes(Slot::new(0, 673_536, 736_640));

    /// Dropout of 50%.
    pub(super) const DROPOUT2: DropoutStep<Features<4096>> = DropoutStep::reads(DENSE1.output())
        .rate(0.5, 9)
        .writes(Slot::new(0, 724_352, 736_640));

    /// Dense layer, ReLU.
    pub(super) const DENSE2: DenseStep<Features<4096>, Features<4096>> =
        DenseStep::reads(DROPOUT2.output())
            .activation(Activation::Relu)
            .writes(Slot::new(4096, 728_448, 732_544));

    /// Dense layer.
    pub(super) const DENSE3: DenseStep<Features<4096>, Features<1000>> =
        DenseStep::reads(DENSE2.output()).writes(Slot::new(0, 386_048, 736_640));
}
