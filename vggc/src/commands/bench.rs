//! `vggc bench`: how fast a network runs on this machine.

use crate::console;
use crate::failure::Failure;
use crate::interp::Interpreter;
use crate::spec::{self, Network, SpecArgs};
use crate::timed::Timed;
use crate::{memory, settings, threads};
use clap::{Parser, ValueEnum};
use ndarray::Array4;
use serde::Serialize;
use std::fmt::Write;
use std::time::{Duration, Instant};
use vgg_runtime::random::Stream;
use vgg_runtime::{Cpu, Network as _, Predictor, TrainSettings, Trainer, kernels};
use vgg_spec::plan::Fused;

/// Measures how fast a network runs and trains on this machine
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    spec: SpecArgs,

    /// Images in a batch
    #[arg(long, default_value_t = 1, value_name = "IMAGES", value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    batch: u64,

    /// Threads that share the work; as many as the machine has cores if left out
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: Option<u64>,

    /// Shows for each step of inference how it is computed, and how fast
    #[arg(long)]
    explain: bool,

    /// How the result is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  vggc bench specs/vgg16-gap.yaml
  vggc bench specs/vgg16-gap.yaml --batch 8 --threads 1 --explain
  vggc bench specs/fashion.yaml --batch 128 --format json

Weights and images are random. GFLOP/s count two operations for each multiplication of the layers
as they are defined, three times as many for a training step; an algorithm that needs fewer can
exceed the peak, which is what this machine reaches in multiplying and adding numbers that lie in
registers.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// What was measured.
#[derive(Debug, Serialize)]
struct Report {
    name: String,
    instructions: &'static str,
    threads: usize,
    batch: u64,
    /// The machine's peak, in GFLOP/s.
    peak: f64,
    inference: Speed,
    training: Speed,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<Vec<StepSpeed>>,
}

/// How fast something is.
#[derive(Debug, Clone, Copy, Serialize)]
struct Speed {
    seconds: f64,
    images_per_second: f64,
    gflops: f64,
    /// Of the peak, from 0.
    share: f64,
}

/// How fast a step of inference is, and how it is computed.
#[derive(Debug, Serialize)]
struct StepSpeed {
    name: String,
    algorithm: &'static str,
    #[serde(flatten)]
    speed: Speed,
}

/// Measures.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let cpu = Cpu::selected().map_err(Failure::unusable)?;
    threads::set(args.threads)?;
    let network = spec::network(&args.spec)?;
    memory::check_training(&network.model, &network.plan, args.batch, 0)?;
    let report = measure(&network, args, cpu)?;
    console::print(&match args.format {
        Format::Text => text(&report),
        Format::Json => serde_json::to_string_pretty(&report).map_err(Failure::unusable)? + "\n",
    })
}

fn measure(network: &Network, args: &Args, cpu: Cpu) -> Result<Report, Failure> {
    let batch = usize::try_from(args.batch).map_err(Failure::unusable)?;
    let threads = rayon::current_num_threads();
    let blank = Interpreter::init(&network.model, &network.plan, 0);
    let shape = blank.input();
    let images = images(batch, [shape.channels, shape.height, shape.width]);

    let before = kernels::peak::flops(threads);
    let mut predictor = Predictor::try_new(Timed::new(blank.clone()), batch).map_err(Failure::unusable)?;
    let inference = median(|| predictor.logits(images.view()).map(drop).map_err(Failure::unusable))?;
    let by_step = predictor.network().take_medians();
    drop(predictor);

    let settings = TrainSettings { batch, ..settings::of_spec(network.model.train()) };
    let mut trainer = Trainer::try_new(blank, settings).map_err(Failure::unusable)?;
    let labels: Vec<u32> = (0..batch).map(|image| (image % network.model.classes()) as u32).collect();
    let training =
        median(|| trainer.train_step(images.view(), &labels).map(drop).map_err(Failure::unusable))?;
    let peak = before.max(kernels::peak::flops(threads)) / 1e9;

    let speed = |time: Duration, macs: u64| {
        let seconds = time.as_secs_f64().max(1e-9);
        let gflops = 2.0 * macs as f64 * batch as f64 / seconds / 1e9;
        Speed { seconds, images_per_second: batch as f64 / seconds, gflops, share: gflops / peak }
    };
    let macs = network.model.macs();
    let steps = args.explain.then(|| {
        let steps = network.plan.steps.iter().zip(by_step);
        steps
            .enumerate()
            .map(|(index, (step, time))| StepSpeed {
                name: step.name.clone(),
                algorithm: trainer.network().algorithm(index, batch),
                speed: speed(time, macs_of(network, step.op)),
            })
            .collect()
    });
    Ok(Report {
        name: network.model.name().to_owned(),
        instructions: cpu.name(),
        threads,
        batch: args.batch,
        peak,
        inference: speed(inference, macs),
        training: speed(training, 3 * macs),
        steps,
    })
}

/// Multiplications of a step for one image.
fn macs_of(network: &Network, op: Fused) -> u64 {
    match op {
        Fused::Conv { conv: layer, .. } | Fused::Dense { dense: layer, .. } => {
            network.model.layers()[layer].macs()
        }
        _ => 0,
    }
}

/// Random images.
fn images(batch: usize, [channels, height, width]: [usize; 3]) -> Array4<f32> {
    let mut normals = Stream::new(0, 0, 0).normals();
    let shape = (batch, channels, height, width);
    Array4::from_shape_simple_fn(shape, || normals.next().unwrap_or_default() as f32)
}

/// The median time of something that is done for a second, at least three times; the first time, which warms
/// up, does not count.
fn median(mut work: impl FnMut() -> Result<(), Failure>) -> Result<Duration, Failure> {
    const ENOUGH: Duration = Duration::from_secs(1);
    work()?;
    let begin = Instant::now();
    let mut times = Vec::new();
    while times.len() < 3 || begin.elapsed() < ENOUGH {
        let begin = Instant::now();
        work()?;
        times.push(begin.elapsed());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

fn text(report: &Report) -> String {
    let Report { name, instructions, threads, batch, peak, .. } = report;
    let mut text = String::new();
    let plural = |count: u64| if count == 1 { "" } else { "s" };
    let _ = writeln!(
        text,
        "{name}, {batch} image{} at a time, {threads} thread{} ({instructions}); the machine's peak is {peak:.0} GFLOP/s\n",
        plural(*batch),
        plural(*threads as u64),
    );
    for (what, speed) in [("inference", &report.inference), ("training step", &report.training)] {
        let _ = writeln!(text, "{what:<14}{}{:>12.1} images/s", columns(speed), speed.images_per_second);
    }
    if let Some(steps) = &report.steps {
        let width = steps.iter().map(|step| step.name.len()).max().unwrap_or(0).max("step".len());
        let _ = writeln!(
            text,
            "\n{:<width$}  {:<12}{:>11}   {:>7}        {:>7}",
            "step", "algorithm", "time", "speed", "of peak"
        );
        for step in steps {
            let _ = writeln!(text, "{:<width$}  {:<12}{}", step.name, step.algorithm, columns(&step.speed));
        }
    }
    text
}

/// Time, speed and share of the peak.
fn columns(speed: &Speed) -> String {
    let time = format!("{:>8.3} ms", 1e3 * speed.seconds);
    if speed.gflops == 0.0 {
        return time;
    }
    format!("{time}   {:>7.1} GFLOP/s {:>6.0}%", speed.gflops, 100.0 * speed.share)
}
