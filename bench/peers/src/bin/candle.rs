//! The networks of the benchmark in candle, on its own CPU kernels.

use candle_core::{D, Device, Tensor, Var};
use candle_nn::{BatchNorm, ModuleT, Optimizer, ParamsAdamW};
use candle_nn::{loss::cross_entropy, ops::dropout};
use peers::protocol::{Engine, Failure, memory, serve};
use peers::{Task, tensor, unknown};
use safetensors::SafeTensors;
use vgg_spec::ir::{Activation, Layer, Op, PoolMode};

fn main() -> Result<(), Failure> {
    let imported = memory()?;
    let mut network = Network::new(Task::from_arguments()?)?;
    serve(&mut network, "candle 0.11.1", imported)
}

/// One step of a network.
enum Step {
    Conv { weight: Tensor, bias: Option<Tensor>, padding: usize },
    Norm(BatchNorm),
    Relu,
    MaxPool,
    Mean,
    Flatten,
    Dense { weight: Tensor, bias: Tensor },
    Dropout(f32),
}

struct Network {
    steps: Vec<Step>,
    images: Tensor,
    labels: Tensor,
    /// There is one while training.
    optimizer: Option<candle_nn::AdamW>,
}

/// Makes tensors of the weights of a file, and remembers which can be trained.
struct Weights<'a> {
    file: SafeTensors<'a>,
    trained: Vec<Var>,
}

impl Weights<'_> {
    fn fixed(&self, layer: &Layer, part: &str) -> Result<Tensor, Failure> {
        let (values, shape) = tensor(&self.file, layer, part)?;
        Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
    }

    fn trained(&mut self, layer: &Layer, part: &str) -> Result<Tensor, Failure> {
        let var = Var::from_tensor(&self.fixed(layer, part)?)?;
        self.trained.push(var.clone());
        Ok(var.as_tensor().clone())
    }
}

impl Network {
    fn new(task: Task) -> Result<Network, Failure> {
        let mut weights = Weights { file: SafeTensors::deserialize(&task.weights)?, trained: Vec::new() };
        let mut steps = Vec::new();
        for layer in task.model.layers() {
            steps.extend(step(layer, &mut weights)?);
        }
        // With the usual betas and no decay, it is Adam.
        let adam = ParamsAdamW { lr: 1e-4, weight_decay: 0.0, ..ParamsAdamW::default() };
        let optimizer = match task.training {
            true => Some(candle_nn::AdamW::new(weights.trained, adam)?),
            false => None,
        };
        let count = task.data.labels.len();
        Ok(Network {
            steps,
            images: Tensor::from_vec(task.data.images, &task.data.shape, &Device::Cpu)?,
            labels: Tensor::from_vec(task.data.labels, count, &Device::Cpu)?,
            optimizer,
        })
    }

    fn forward(&self, training: bool) -> candle_core::Result<Tensor> {
        let mut x = self.images.clone();
        for step in &self.steps {
            x = match step {
                Step::Conv { weight, bias, padding } => {
                    let y = x.conv2d(weight, *padding, 1, 1, 1)?;
                    match bias {
                        Some(bias) => y.broadcast_add(&bias.reshape((1, (), 1, 1))?)?,
                        None => y,
                    }
                }
                Step::Norm(norm) => norm.forward_t(&x, training)?,
                Step::Relu => x.relu()?,
                Step::MaxPool => x.max_pool2d(2)?,
                Step::Mean => x.mean((2, 3))?,
                Step::Flatten => x.flatten_from(1)?,
                Step::Dense { weight, bias } => x.matmul(&weight.t()?)?.broadcast_add(bias)?,
                Step::Dropout(rate) if training => dropout(&x, *rate)?,
                Step::Dropout(_) => x,
            };
        }
        Ok(x)
    }
}

/// What a layer is in candle; softmax is part of the loss.
fn step(layer: &Layer, weights: &mut Weights) -> Result<Option<Step>, Failure> {
    Ok(Some(match layer.op {
        Op::Conv(conv) => Step::Conv {
            weight: weights.trained(layer, "weight")?,
            bias: if conv.bias { Some(weights.trained(layer, "bias")?) } else { None },
            padding: conv.window.padding.top,
        },
        Op::BatchNorm(norm) => Step::Norm(BatchNorm::new(
            tensor(&weights.file, layer, "weight")?.0.len(),
            weights.fixed(layer, "running_mean")?,
            weights.fixed(layer, "running_var")?,
            weights.trained(layer, "weight")?,
            weights.trained(layer, "bias")?,
            norm.epsilon,
        )?),
        Op::Activation(Activation::Relu) => Step::Relu,
        Op::Pool(pool) if pool.mode == PoolMode::Max => Step::MaxPool,
        Op::GlobalAveragePool => Step::Mean,
        Op::Flatten => Step::Flatten,
        Op::Dense(_) => {
            Step::Dense { weight: weights.trained(layer, "weight")?, bias: weights.trained(layer, "bias")? }
        }
        Op::Dropout { rate } => Step::Dropout(rate as f32),
        Op::Softmax => return Ok(None),
        _ => return Err(unknown(layer)),
    }))
}

impl Engine for Network {
    fn logits(&mut self) -> Result<Vec<Vec<f32>>, Failure> {
        Ok(self.forward(false)?.to_vec2()?)
    }

    fn run(&mut self) -> Result<(), Failure> {
        if self.optimizer.is_none() {
            drop(self.forward(false)?.sum(D::Minus1)?.to_vec1::<f32>()?);
            return Ok(());
        }
        let loss = cross_entropy(&self.forward(true)?, &self.labels)?;
        if let Some(optimizer) = &mut self.optimizer {
            optimizer.backward_step(&loss)?;
        }
        Ok(())
    }
}
