//! The networks of the benchmark in burn, on Flex, its backend for the CPU.

use burn::module::{Param, RunningState};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Dropout, DropoutConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::prelude::*;
use burn::tensor::{TensorData, activation::relu};
use peers::protocol::{Engine, Failure, memory, serve};
use peers::{Task, tensor, unknown};
use safetensors::SafeTensors;
use vgg_spec::ir::{Activation, Layer, Op, PoolMode, Shape};

fn main() -> Result<(), Failure> {
    let imported = memory()?;
    let mut engine = Runner::new(Task::from_arguments()?)?;
    serve(&mut engine, "burn 0.22.1 (flex)", imported)
}

/// What passes between two layers.
enum Data {
    Maps(Tensor<4>),
    Rows(Tensor<2>),
}

/// The layers with weights or state, kind by kind; [`Step`]s say in which order they are used.
#[derive(Module, Debug)]
struct Network {
    convs: Vec<Conv2d>,
    norms: Vec<BatchNorm>,
    pools: Vec<MaxPool2d>,
    denses: Vec<Linear>,
    dropouts: Vec<Dropout>,
}

#[derive(Clone, Copy)]
enum Step {
    Conv(usize),
    Norm(usize),
    Relu,
    Pool(usize),
    Mean,
    Flatten,
    Dense(usize),
    Dropout(usize),
}

impl Network {
    /// The modules and steps of a model, with the weights of a file.
    fn new(task: &Task, device: &Device) -> Result<(Network, Vec<Step>), Failure> {
        let file = SafeTensors::deserialize(&task.weights)?;
        let mut network =
            Network { convs: vec![], norms: vec![], pools: vec![], denses: vec![], dropouts: vec![] };
        let mut steps = Vec::new();
        for layer in task.model.layers() {
            steps.extend(network.add(layer, &file, device)?);
        }
        Ok((network, steps))
    }

    /// Adds the module of a layer; softmax is part of the loss.
    fn add(&mut self, layer: &Layer, file: &SafeTensors, device: &Device) -> Result<Option<Step>, Failure> {
        let vector = |part| values::<1>(file, layer, part, device);
        Ok(Some(match layer.op {
            Op::Conv(conv) => {
                let kernel = conv.window.kernel;
                let padding = PaddingConfig2d::Explicit(
                    conv.window.padding.top,
                    conv.window.padding.left,
                    conv.window.padding.bottom,
                    conv.window.padding.right,
                );
                let config = Conv2dConfig::new([channels(layer.input), conv.filters], kernel)
                    .with_padding(padding)
                    .with_bias(conv.bias);
                let mut module = config.init(device);
                module.weight = Param::from_tensor(values(file, layer, "weight", device)?);
                module.bias = if conv.bias { Some(Param::from_tensor(vector("bias")?)) } else { None };
                self.convs.push(module);
                Step::Conv(self.convs.len() - 1)
            }
            Op::BatchNorm(norm) => {
                let config = BatchNormConfig::new(channels(layer.output)).with_epsilon(norm.epsilon);
                let mut module = config.init(device);
                module.gamma = Param::from_tensor(vector("weight")?);
                module.beta = Param::from_tensor(vector("bias")?);
                module.running_mean = RunningState::new(vector("running_mean")?);
                module.running_var = RunningState::new(vector("running_var")?);
                self.norms.push(module);
                Step::Norm(self.norms.len() - 1)
            }
            Op::Activation(Activation::Relu) => Step::Relu,
            Op::Pool(pool) if pool.mode == PoolMode::Max => {
                self.pools.push(MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init());
                Step::Pool(self.pools.len() - 1)
            }
            Op::GlobalAveragePool => Step::Mean,
            Op::Flatten => Step::Flatten,
            Op::Dense(dense) => {
                let mut module = LinearConfig::new(layer.input.elements(), dense.units).init(device);
                // burn has inputs first.
                module.weight = Param::from_tensor(values::<2>(file, layer, "weight", device)?.transpose());
                module.bias = Some(Param::from_tensor(vector("bias")?));
                self.denses.push(module);
                Step::Dense(self.denses.len() - 1)
            }
            Op::Dropout { rate } => {
                self.dropouts.push(DropoutConfig::new(rate).init());
                Step::Dropout(self.dropouts.len() - 1)
            }
            Op::Softmax => return Ok(None),
            _ => return Err(unknown(layer)),
        }))
    }

    fn forward(&self, steps: &[Step], images: Tensor<4>) -> Tensor<2> {
        let mut data = Data::Maps(images);
        for step in steps {
            data = match (*step, data) {
                (Step::Conv(i), Data::Maps(x)) => Data::Maps(self.convs[i].forward(x)),
                (Step::Norm(i), Data::Maps(x)) => Data::Maps(self.norms[i].forward(x)),
                (Step::Relu, Data::Maps(x)) => Data::Maps(relu(x)),
                (Step::Relu, Data::Rows(x)) => Data::Rows(relu(x)),
                (Step::Pool(i), Data::Maps(x)) => Data::Maps(self.pools[i].forward(x)),
                (Step::Mean, Data::Maps(x)) => {
                    Data::Rows(x.mean_dim(3).mean_dim(2).squeeze_dim::<3>(3).squeeze_dim::<2>(2))
                }
                (Step::Flatten, Data::Maps(x)) => Data::Rows(x.flatten(1, 3)),
                (Step::Dense(i), Data::Rows(x)) => Data::Rows(self.denses[i].forward(x)),
                (Step::Dropout(i), Data::Rows(x)) => Data::Rows(self.dropouts[i].forward(x)),
                (_, data) => data,
            };
        }
        match data {
            Data::Rows(logits) => logits,
            Data::Maps(maps) => maps.flatten(1, 3),
        }
    }
}

fn channels(shape: Shape) -> usize {
    match shape {
        Shape::Maps(maps) => maps.channels,
        Shape::Vector(features) => features,
    }
}

fn values<const D: usize>(
    file: &SafeTensors,
    layer: &Layer,
    part: &str,
    device: &Device,
) -> Result<Tensor<D>, Failure> {
    let (values, shape) = tensor(file, layer, part)?;
    Ok(Tensor::from_data(TensorData::new(values, shape), device))
}

struct Runner {
    network: Network,
    steps: Vec<Step>,
    images: Tensor<4>,
    labels: Tensor<1, Int>,
    /// There is one while training.
    optimizer: Option<ModuleOptimizer>,
}

impl Runner {
    fn new(task: Task) -> Result<Runner, Failure> {
        let device = if task.training { Device::flex().autodiff() } else { Device::flex() };
        let (network, steps) = Network::new(&task, &device)?;
        let labels: Vec<i64> = task.data.labels.iter().map(|&label| i64::from(label)).collect();
        let count = labels.len();
        Ok(Runner {
            network,
            steps,
            images: Tensor::from_data(TensorData::new(task.data.images, task.data.shape), &device),
            labels: Tensor::from_data(TensorData::new(labels, [count]), &device),
            optimizer: task.training.then(|| AdamConfig::new().with_epsilon(1e-8).init()),
        })
    }
}

impl Engine for Runner {
    fn logits(&mut self) -> Result<Vec<Vec<f32>>, Failure> {
        let images = match self.optimizer {
            Some(_) => self.images.clone().inner(),
            None => self.images.clone(),
        };
        let logits = self.network.valid().forward(&self.steps, images);
        let classes = logits.dims()[1];
        let values: Vec<f32> = logits.into_data().try_to_vec().map_err(|error| format!("{error:?}"))?;
        Ok(values.chunks(classes).map(<[f32]>::to_vec).collect())
    }

    fn run(&mut self) -> Result<(), Failure> {
        let logits = self.network.forward(&self.steps, self.images.clone());
        let Some(optimizer) = &mut self.optimizer else {
            drop(logits.into_data());
            return Ok(());
        };
        let loss = CrossEntropyLossConfig::new().init(&logits.device());
        let gradients = loss.forward(logits, self.labels.clone()).backward();
        let gradients = GradientsParams::from_grads(gradients, &self.network);
        self.network = optimizer.step(1e-4, self.network.clone(), gradients);
        Ok(())
    }
}
