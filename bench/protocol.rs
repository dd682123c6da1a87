//! What the programs of the benchmark share: the files that they read, and the commands that they answer.
//!
//! Commands come a line each on standard input, answers go as a line of JSON each to standard output, as
//! `bench/engines/worker.py` has it.

use safetensors::SafeTensors;
use serde_json::{Value, json};
use std::error::Error;
use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;

/// What any of the programs may end with.
pub type Failure = Box<dyn Error>;

/// A network with its weights, its images and, if it is trained, its optimiser.
pub trait Engine {
    /// The logits of inference, a row an image.
    ///
    /// # Errors
    ///
    /// What the engine reports.
    fn logits(&mut self) -> Result<Vec<Vec<f32>>, Failure>;

    /// Once over the images: inference, or a training step.
    ///
    /// # Errors
    ///
    /// What the engine reports.
    fn run(&mut self) -> Result<(), Failure>;
}

/// Images and their labels.
pub struct Data {
    /// Images, channels, height, width.
    pub shape: [usize; 4],
    /// The values of all images.
    pub images: Vec<f32>,
    /// A class for each image.
    pub labels: Vec<u32>,
}

impl Data {
    /// The first `batch` images of a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or lacks a tensor.
    pub fn read(path: &Path, batch: usize) -> Result<Data, Failure> {
        let file = std::fs::read(path)?;
        let file = SafeTensors::deserialize(&file)?;
        let (images, labels) = (file.tensor("images")?, file.tensor("labels")?);
        let shape: [usize; 4] = images.shape().try_into()?;
        let shape = [batch, shape[1], shape[2], shape[3]];
        let mut pixels: Vec<f32> = bytemuck::pod_collect_to_vec(images.data());
        pixels.truncate(shape.iter().product());
        pixels.shrink_to_fit();
        let mut labels: Vec<u32> = bytemuck::pod_collect_to_vec(labels.data());
        labels.truncate(batch);
        Ok(Data { shape, images: pixels, labels })
    }
}

/// Says that the engine is ready, and answers commands until there are none. `imported` is what
/// [`memory`] gave before anything was loaded.
///
/// # Errors
///
/// What the engine reports, or a pipe that is closed.
pub fn serve(engine: &mut dyn Engine, version: &str, imported: usize) -> Result<(), Failure> {
    answer(json!({"ready": true, "version": version, "imported": imported}))?;
    for line in std::io::stdin().lock().lines() {
        match line?.split(' ').collect::<Vec<_>>()[..] {
            ["logits"] => answer(json!({"logits": engine.logits()?}))?,
            ["run", count] => {
                let mut seconds = Vec::new();
                for _ in 0..count.parse()? {
                    let begin = Instant::now();
                    engine.run()?;
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

/// The peak of this process's resident memory in KiB.
///
/// # Errors
///
/// Where the system has no `/proc`.
pub fn memory() -> Result<usize, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

fn answer(value: Value) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{value}")?;
    Ok(out.flush()?)
}
