//! Runs one of this project's networks in a process of its own, for `bench/run.py`.
//!
//! `bench-ours work NETWORK BATCH infer|train THREADS FOLDER` takes commands on standard input and answers in
//! lines of JSON, as `bench/engines/worker.py` does. `bench-ours peak THREADS` measures what the machine
//! computes at most. Networks come from their specs, by the interpreter, which runs the same kernels as
//! generated code.

use ndarray::{ArrayView4, Axis, Slice};
use safetensors::SafeTensors;
use serde_json::{Value, json};
use std::error::Error;
use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;
use vgg_runtime::optim::Optimizer;
use vgg_runtime::{Predictor, TrainSettings, Trainer, kernels, weights};
use vgg_spec::{check, plan::Plan, source::Source};
use vggc::interp::Interpreter;

fn main() -> Result<(), Box<dyn Error>> {
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

/// What runs: a predictor, or a trainer.
enum Engine {
    Predictor(Predictor<Interpreter>),
    Trainer(Box<Trainer<Interpreter>>),
}

fn work(spec: &str, name: &str, batch: usize, training: bool, folder: &Path) -> Result<(), Box<dyn Error>> {
    let imported = memory()?;
    let data = std::fs::read(folder.join(format!("{name}.images.safetensors")))?;
    let data = Data::read(&data, batch)?;
    let mut engine = load(spec, &folder.join(format!("{name}.safetensors")), batch, training)?;
    let version = format!("vgg {} ({})", env!("CARGO_PKG_VERSION"), vgg_runtime::Cpu::selected()?);
    answer(json!({"ready": true, "version": version, "imported": imported}))?;
    for line in std::io::stdin().lock().lines() {
        match line?.split(' ').collect::<Vec<_>>()[..] {
            ["logits"] => answer(json!({"logits": data.logits(&mut engine)?}))?,
            ["run", count] => {
                let mut seconds = Vec::new();
                for _ in 0..count.parse()? {
                    let begin = Instant::now();
                    data.run(&mut engine)?;
                    seconds.push(begin.elapsed().as_secs_f64());
                }
                answer(json!({"seconds": seconds}))?;
            }
            ["memory"] => answer(json!({"peak": memory()?}))?,
            _ => break,
        }
    }
    Ok(())
}

/// The network of a spec with the weights of a file.
fn load(spec: &str, weights: &Path, batch: usize, training: bool) -> Result<Engine, Box<dyn Error>> {
    let checked = check(&Source::read(Path::new(spec))?, &[]);
    let model = checked.model.ok_or_else(|| format!("{spec}: {:?}", checked.findings))?;
    let mut network = Interpreter::blank(&model, &Plan::new(&model));
    weights::load(&mut network, weights)?;
    Ok(if training {
        let settings = TrainSettings {
            epochs: 1,
            batch,
            seed: 7,
            optimizer: Optimizer::adam(1e-4),
            ..TrainSettings::DEFAULT
        };
        Engine::Trainer(Box::new(Trainer::new(network, settings)))
    } else {
        Engine::Predictor(Predictor::new(network, batch))
    })
}

/// Images and their labels.
struct Data {
    shape: [usize; 4],
    images: Vec<f32>,
    labels: Vec<u32>,
}

impl Data {
    /// The first `batch` images of a file.
    fn read(file: &[u8], batch: usize) -> Result<Data, Box<dyn Error>> {
        let file = SafeTensors::deserialize(file)?;
        let (images, labels) = (file.tensor("images")?, file.tensor("labels")?);
        let shape: [usize; 4] = images.shape().try_into()?;
        let shape = [batch, shape[1], shape[2], shape[3]];
        let mut pixels: Vec<f32> = bytemuck::pod_collect_to_vec(images.data());
        pixels.truncate(shape.iter().product());
        let mut labels: Vec<u32> = bytemuck::pod_collect_to_vec(labels.data());
        labels.truncate(batch);
        Ok(Data { shape, images: pixels, labels })
    }

    fn view(&self) -> Result<ArrayView4<'_, f32>, Box<dyn Error>> {
        Ok(ArrayView4::from_shape(self.shape, &self.images)?)
    }

    /// Once over the images.
    fn run(&self, engine: &mut Engine) -> Result<(), Box<dyn Error>> {
        match engine {
            Engine::Predictor(predictor) => drop(predictor.logits(self.view()?)?),
            Engine::Trainer(trainer) => drop(trainer.train_step(self.view()?, &self.labels)?),
        }
        Ok(())
    }

    /// The logits of inference.
    fn logits(&self, engine: &mut Engine) -> Result<Value, Box<dyn Error>> {
        let rows = |predictor: &mut Predictor<Interpreter>, batch: usize| -> Result<_, Box<dyn Error>> {
            let mut rows: Vec<Vec<f32>> = Vec::new();
            for start in (0..self.labels.len()).step_by(batch) {
                let images = self.view()?.slice_axis_move(Axis(0), Slice::from(start..start + batch));
                rows.extend(predictor.logits(images)?.rows().into_iter().map(|row| row.to_vec()));
            }
            Ok(json!(rows))
        };
        match engine {
            Engine::Predictor(predictor) => rows(predictor, self.labels.len()),
            // One image at a time, so that it does not count in the peak of memory.
            Engine::Trainer(trainer) => rows(&mut Predictor::new(trainer.network().clone(), 1), 1),
        }
    }
}

/// The peak of this process's resident memory in KiB.
fn memory() -> Result<usize, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

fn answer(value: Value) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{value}")?;
    Ok(out.flush()?)
}
