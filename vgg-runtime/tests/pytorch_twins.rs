//! The naive twins against PyTorch in `f64`: logits, loss and all gradients of four small networks, and the
//! running statistics that a step leaves behind. The fixtures say in `tests/reference/` how they were made.

use ndarray::{Array1, Array2, Array4, ArrayD, Ix1, Ix2, Ix4};
use safetensors::{Dtype, SafeTensors};
use std::collections::BTreeMap;
use vgg_runtime::activation::Activation;
use vgg_runtime::geometry::{Norm, Padding, PoolWindow, Window};
use vgg_runtime::reference::norm::Statistics;
use vgg_runtime::reference::{activation, conv, dense, loss, norm, pool};

/// How far a value may be from PyTorch's, as a share of the largest one.
const SHARE: f64 = 1e-12;

/// The same for networks with an epsilon or a slope, which we hold in `f32`, and PyTorch in `f64`.
const SHARE_OF_SETTINGS: f64 = 1e-8;

/// A layer with its weights.
enum Layer {
    Conv(&'static str, Window),
    Norm(&'static str),
    Activation(Activation),
    Pool(PoolWindow),
    GlobalAverage,
    Flatten,
    Dense(&'static str),
}

use Layer::{Conv, Dense, Flatten, GlobalAverage, Pool};

/// A recorded network.
struct Fixture {
    tensors: BTreeMap<String, ArrayD<f64>>,
    labels: Vec<usize>,
    share: f64,
}

impl Fixture {
    fn read(name: &str, share: f64) -> Fixture {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/pytorch");
        let bytes = std::fs::read(format!("{folder}/{name}.safetensors")).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let mut fixture = Fixture { tensors: BTreeMap::new(), labels: Vec::new(), share };
        for (name, tensor) in file.iter() {
            let data = tensor.data();
            let values: Vec<f64> = match tensor.dtype() {
                Dtype::F32 => data.as_chunks().0.iter().map(|&b| f64::from(f32::from_le_bytes(b))).collect(),
                Dtype::F64 => data.as_chunks().0.iter().map(|&b| f64::from_le_bytes(b)).collect(),
                Dtype::I64 => {
                    let labels = data.as_chunks().0.iter().map(|&b| i64::from_le_bytes(b) as usize);
                    fixture.labels = labels.collect();
                    continue;
                }
                other => panic!("{name} is {other:?}"),
            };
            let array = ArrayD::from_shape_vec(tensor.shape(), values).unwrap();
            fixture.tensors.insert(name.to_string(), array);
        }
        fixture
    }

    fn get<D: ndarray::Dimension>(&self, name: &str) -> ndarray::Array<f64, D> {
        self.tensors[name].clone().into_dimensionality().unwrap()
    }

    fn weight4(&self, layer: &str) -> Array4<f64> {
        self.get::<Ix4>(&format!("weights.{layer}.weight"))
    }

    fn vector(&self, layer: &str, tensor: &str) -> Array1<f64> {
        self.get::<Ix1>(&format!("weights.{layer}.{tensor}"))
    }

    fn bias(&self, layer: &str) -> Option<Array1<f64>> {
        self.tensors.contains_key(&format!("weights.{layer}.bias")).then(|| self.vector(layer, "bias"))
    }

    fn running(&self, layer: &str) -> Statistics<f64> {
        let [mean, variance] = ["running_mean", "running_var"].map(|tensor| self.vector(layer, tensor));
        Statistics { mean, variance }
    }

    fn assert_equal<D: ndarray::Dimension>(&self, name: &str, found: ndarray::Array<f64, D>) {
        // Running statistics are recorded in `f32` only.
        let share = if name.starts_with("after_forward") { 2e-7 } else { self.share };
        let expected = &self.tensors[name];
        assert_eq!(found.shape(), expected.shape(), "{name}");
        let largest = expected.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() <= share * largest, "{name}: {found} instead of {expected}");
        }
    }

    /// What comes out of a layer.
    fn forward(&self, layer: &Layer, x: &Array4<f64>, training: bool) -> Array4<f64> {
        match *layer {
            Conv(name, window) => conv::forward(x, &self.weight4(name), self.bias(name).as_ref(), window),
            Layer::Norm(name) => {
                let statistics = if training { norm::statistics(x) } else { self.running(name) };
                let (scale, shift) = (self.vector(name, "weight"), self.vector(name, "bias"));
                norm::forward(x, &scale, &shift, &statistics, Norm::default())
            }
            Layer::Activation(kind) => x.mapv(|value| activation::forward(kind, value)),
            Pool(window) => pool::forward(x, window),
            GlobalAverage => maps(pool::global_average(x)),
            Flatten => maps(rows(x.clone())),
            Dense(name) => {
                let weight = self.get::<Ix2>(&format!("weights.{name}.weight"));
                maps(dense::forward(&rows(x.clone()), &weight, self.bias(name).as_ref()))
            }
        }
    }

    /// The gradient by what goes into a layer; those by its weights are held to PyTorch's.
    fn backward(&self, layer: &Layer, x: &Array4<f64>, gradient: Array4<f64>) -> Array4<f64> {
        let name = |layer: &str, tensor: &str| format!("f64.gradients.{layer}.{tensor}");
        match *layer {
            Conv(layer, window) => {
                let gradients = conv::backward(x, &self.weight4(layer), window, &gradient);
                self.assert_equal(&name(layer, "weight"), gradients.weight);
                if self.bias(layer).is_some() {
                    self.assert_equal(&name(layer, "bias"), gradients.bias);
                }
                gradients.input
            }
            Layer::Norm(layer) => {
                let scale = self.vector(layer, "weight");
                let gradients = norm::backward(x, &scale, Norm::default(), &gradient);
                self.assert_equal(&name(layer, "weight"), gradients.scale);
                self.assert_equal(&name(layer, "bias"), gradients.shift);
                gradients.input
            }
            Layer::Activation(kind) => gradient * x.mapv(|value| activation::derivative(kind, value)),
            Pool(window) => pool::backward(x, window, &gradient),
            GlobalAverage => {
                let (_, _, height, width) = x.dim();
                pool::global_average_backward(&rows(gradient), height, width)
            }
            Flatten => gradient.into_shape_with_order(x.dim()).unwrap(),
            Dense(layer) => {
                let weight = self.get::<Ix2>(&format!("weights.{layer}.weight"));
                let gradients = dense::backward(&rows(x.clone()), &weight, &rows(gradient));
                self.assert_equal(&name(layer, "weight"), gradients.weight);
                self.assert_equal(&name(layer, "bias"), gradients.bias);
                maps(gradients.input)
            }
        }
    }

    /// Runs a network as recorded.
    fn check(&self, layers: &[Layer]) {
        let input = self.get::<Ix4>("input");
        let inference = layers.iter().fold(input.clone(), |x, layer| self.forward(layer, &x, false));
        self.assert_equal("f64.logits", rows(inference));

        let mut inputs = vec![input];
        for layer in layers {
            let x = &inputs[inputs.len() - 1];
            if let Layer::Norm(name) = *layer {
                let updated = norm::updated(&self.running(name), x, Norm::default());
                self.assert_equal(&format!("after_forward.{name}.running_mean"), updated.mean);
                self.assert_equal(&format!("after_forward.{name}.running_var"), updated.variance);
            }
            inputs.push(self.forward(layer, x, true));
        }
        let logits = rows(inputs.pop().unwrap());
        let (loss, gradient) = loss::cross_entropy(&logits, &self.labels);
        self.assert_equal("f64.training_logits", logits);
        self.assert_equal("f64.loss", Array1::from_elem(1, loss));
        let mut gradient = maps(gradient);
        for (layer, x) in layers.iter().zip(&inputs).rev() {
            gradient = self.backward(layer, x, gradient);
        }
        self.assert_equal("f64.gradients.input", gradient);
    }
}

/// Vectors as maps of one value.
fn maps(rows: Array2<f64>) -> Array4<f64> {
    let (batch, features) = rows.dim();
    rows.into_shape_with_order((batch, features, 1, 1)).unwrap()
}

/// Maps as vectors.
fn rows(maps: Array4<f64>) -> Array2<f64> {
    let batch = maps.dim().0;
    let features = maps.len() / batch;
    maps.into_shape_with_order((batch, features)).unwrap()
}

const RELU: Layer = Layer::Activation(Activation::Relu);
const HALVE: Layer = Pool(PoolWindow::max(2, 2));
const SAME: Window = Window::same(3, 3);

#[test]
fn plain() {
    Fixture::read("plain", SHARE).check(&[
        Conv("block1_conv1", SAME),
        RELU,
        Conv("block1_conv2", SAME),
        RELU,
        HALVE,
        Conv("block2_conv1", SAME),
        RELU,
        HALVE,
        Flatten,
        Dense("dense1"),
        RELU,
        Dense("dense2"),
    ]);
}

#[test]
fn batch_norm() {
    Fixture::read("batch_norm", SHARE_OF_SETTINGS).check(&[
        Conv("block1_conv1", SAME),
        Layer::Norm("block1_bn1"),
        RELU,
        Conv("block1_conv2", SAME),
        Layer::Norm("block1_bn2"),
        RELU,
        HALVE,
        Conv("block2_conv1", SAME),
        Layer::Norm("block2_bn1"),
        RELU,
        GlobalAverage,
        Dense("dense1"),
    ]);
}

#[test]
fn average_flatten() {
    Fixture::read("average_flatten", SHARE_OF_SETTINGS).check(&[
        Conv("block1_conv1", Window::same(5, 5).with_padding(Padding::NONE)),
        Layer::Activation(Activation::Tanh),
        Pool(PoolWindow::average(2, 2)),
        Conv("block2_conv1", SAME),
        Layer::Activation(Activation::LeakyRelu { slope: 0.01 }),
        Flatten,
        Dense("dense1"),
        Layer::Activation(Activation::Sigmoid),
        Dense("dense2"),
    ]);
}

#[test]
fn gap() {
    Fixture::read("gap", SHARE).check(&[
        Conv("block1_conv1", SAME),
        RELU,
        Conv("block1_conv2", SAME.with_stride(2, 2)),
        Layer::Activation(Activation::Elu { alpha: 1.0 }),
        Conv("block2_conv1", Window::same(1, 1)),
        Layer::Activation(Activation::Gelu),
        Conv("block2_conv2", Window::same(1, 3)),
        Layer::Activation(Activation::Silu),
        Pool(PoolWindow::max(3, 3).with_stride(2, 2).with_padding(Padding::symmetric(1, 1))),
        GlobalAverage,
        Dense("dense1"),
    ]);
}
