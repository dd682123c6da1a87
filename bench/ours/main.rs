//! Runs one of this project's networks in a process of its own, for `bench/run.py`.
//!
//! `bench-ours work SPEC NETWORK BATCH infer|train THREADS FOLDER` runs a network; `bench-ours peak THREADS`
//! measures what the machine computes at most. Networks come from their specs, by the interpreter, which
//! runs the same kernels as generated code.

#[path = "../protocol.rs"]
#[expect(unreachable_pub, reason = "it is a module of other programs too, in which it is public")]
mod protocol;

use ndarray::ArrayView4;
use protocol::{Data, Engine, Failure, memory, serve};
use serde_json::json;
use std::path::Path;
use vgg_runtime::optim::Optimizer;
use vgg_runtime::pass::Mode;
use vgg_runtime::{Memory, Network, Predictor, TrainSettings, Trainer, kernels, weights};
use vgg_spec::{check, plan::Plan, source::Source};
use vggc::interp::Interpreter;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["peak", threads] => {
            let threads: usize = threads.parse()?;
            let peak = |threads| kernels::peak::flops(threads) / 1e9;
            println!("{}", json!({"one": peak(1), "all": peak(threads)}));
            Ok(())
        }
        ["work", spec, network, batch, mode, threads, folder] => {
            rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build_global()?;
            work(spec, network, batch.parse()?, mode == "train", Path::new(folder))
        }
        _ => {
            Err("usage: bench-ours peak THREADS | work SPEC NETWORK BATCH infer|train THREADS FOLDER".into())
        }
    }
}

fn work(spec: &str, name: &str, batch: usize, training: bool, folder: &Path) -> Result<(), Failure> {
    let imported = memory()?;
    let data = Data::read(&folder.join(format!("{name}.images.safetensors")), batch)?;
    let network = load(spec, &folder.join(format!("{name}.safetensors")))?;
    let version = format!("vgg {} ({})", env!("CARGO_PKG_VERSION"), vgg_runtime::Cpu::selected()?);
    if training {
        let settings = TrainSettings {
            epochs: 1,
            batch,
            seed: 7,
            optimizer: Optimizer::adam(1e-4),
            ..TrainSettings::DEFAULT
        };
        serve(&mut Training(Trainer::new(network, settings), data), &version, imported)
    } else {
        serve(&mut Inference(Predictor::new(network, batch), data), &version, imported)
    }
}

/// The network of a spec with the weights of a file.
fn load(spec: &str, path: &Path) -> Result<Interpreter, Failure> {
    let checked = check(&Source::read(Path::new(spec))?, &[]);
    let model = checked.model.ok_or_else(|| format!("{spec}: {:?}", checked.findings))?;
    let mut network = Interpreter::blank(&model, &Plan::new(&model));
    weights::load(&mut network, path)?;
    Ok(network)
}

fn view(data: &Data) -> Result<ArrayView4<'_, f32>, Failure> {
    Ok(ArrayView4::from_shape(data.shape, &data.images)?)
}

struct Inference(Predictor<Interpreter>, Data);

impl Engine for Inference {
    fn logits(&mut self) -> Result<Vec<Vec<f32>>, Failure> {
        Ok(self.0.logits(view(&self.1)?)?.rows().into_iter().map(|row| row.to_vec()).collect())
    }

    fn run(&mut self) -> Result<(), Failure> {
        self.0.logits(view(&self.1)?)?;
        Ok(())
    }
}

struct Training(Trainer<Interpreter>, Data);

impl Engine for Training {
    /// One image at a time and without weights that are kept in another form, so that it does not count in the peak of
    /// memory.
    fn logits(&mut self) -> Result<Vec<Vec<f32>>, Failure> {
        let network = self.0.network();
        let mut memory = Memory::inference(network.arena(), 1);
        let images = self.1.images.chunks_exact(network.input().elements());
        let logits = images.map(|image| {
            let mut pass = memory.pass(1, Mode::Inference);
            pass.values_mut(network.input_slot(), image.len()).copy_from_slice(image);
            network.forward(&mut pass);
            pass.into_values(network.logits_slot(), network.classes()).to_vec()
        });
        Ok(logits.collect())
    }

    fn run(&mut self) -> Result<(), Failure> {
        self.0.train_step(view(&self.1)?, &self.1.labels)?;
        Ok(())
    }
}
