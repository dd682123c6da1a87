//! The step of a spec with images that are decoded from a folder ahead of it, beside the same with images in memory.
//!
//! ```text
//! cargo run --release -p vggc --example folder-steps -- specs/vgg16-gap.yaml photos 8 3 5
//! ```
//!
//! The last three numbers are the images of a step, the steps of a turn, and the turns. Both take turns, and begin them
//! in turn; a time is the median of all steps, without the first of each turn, before which nothing was read ahead yet.
//! Beside it stands the time below which a quarter of the steps lie, which a machine that others use disturbs less.

use ndarray::Array4;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;
use vgg_runtime::data::{Dataset, Framing, Images, folder};
use vgg_runtime::train::{Observer, StepReport};
use vgg_runtime::{MapShape, TrainSettings, Trainer};
use vgg_spec::ir::Amount;
use vgg_spec::lower::Override;
use vgg_spec::plan::Plan;
use vgg_spec::source::Source;
use vggc::interp::Interpreter;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [spec, photos, batch, steps, turns] = arguments.as_slice() else {
        return Err("give a spec, a folder, the images of a step, steps and turns".into());
    };
    let (batch, steps, turns): (usize, usize, usize) = (batch.parse()?, steps.parse()?, turns.parse()?);

    let source = Source::read(Path::new(spec))?;
    let read = |classes: usize| {
        let classes = Override { name: "classes".into(), value: Amount::Whole(classes as u64) };
        vgg_spec::check(&source, &[classes]).model.ok_or("the spec has errors")
    };
    let input = read(1000)?.input();
    let shape = MapShape::new(input.channels, input.height, input.width);
    let scan = folder::scan(Path::new(photos), shape)?;
    let on_disk = scan.parts.train.framed(Framing::Jitter { least: 256, most: 320 }, 1);
    let model = read(on_disk.classes().len())?;
    let begin = Instant::now();
    let in_memory = copy(&on_disk, batch * steps)?;
    let each = begin.elapsed().as_secs_f64() / in_memory.count() as f64;
    println!("{} images of {photos}; to read one takes {:.1} ms of one core", on_disk.count(), 1e3 * each);

    let settings = TrainSettings { epochs: 1, batch, ..TrainSettings::DEFAULT };
    let network = Interpreter::init(&model, &Plan::new(&model), 1);
    let mut times = [Vec::new(), Vec::new()];
    let sets: [&dyn Dataset; 2] = [&on_disk, &in_memory];
    for turn in 0..turns {
        for which in [turn % 2, 1 - turn % 2] {
            let (images, times) = (sets[which], &mut times[which]);
            let mut watch = Watch { left: steps, last: Instant::now(), times: Vec::new() };
            let mut trainer = Trainer::try_new(network.clone(), settings)?;
            trainer.fit_observed(images, &in_memory, &mut watch)?;
            times.extend_from_slice(&watch.times[1..]);
        }
    }
    for (name, share) in [("median", 2), ("lower quartile", 4)] {
        let [disk, memory] = [0, 1].map(|which| quantile(&mut times[which], share));
        println!(
            "a step of {batch} images takes {disk:.3} s from the folder, {memory:.3} s from memory: {:+.1}% ({name})",
            100.0 * (disk / memory - 1.0)
        );
    }
    Ok(())
}

/// The first images of a set, in memory.
fn copy(images: &dyn Dataset, count: usize) -> Result<Images, Box<dyn std::error::Error>> {
    let [channels, height, width] = images.shape();
    let count = count.min(images.count());
    let mut pixels = Array4::zeros((count, channels, height, width));
    for (image, mut place) in pixels.outer_iter_mut().enumerate() {
        images.fill(image, 0, place.as_slice_mut().ok_or("pixels lie one behind the other")?)?;
    }
    let labels = (0..count).map(|image| images.label(image)).collect();
    Ok(Images::new(pixels, labels, images.classes().to_vec())?)
}

/// The time below which one of so many parts of the steps lies.
fn quantile(times: &mut [f64], parts: usize) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / parts).copied().unwrap_or(f64::NAN)
}

/// Times steps, and stops behind so many.
struct Watch {
    left: usize,
    last: Instant,
    times: Vec<f64>,
}

impl Observer<Interpreter> for Watch {
    fn on_step(&mut self, _: &StepReport, _: &Trainer<Interpreter>) -> ControlFlow<()> {
        self.times.push(self.last.elapsed().as_secs_f64());
        self.last = Instant::now();
        self.left -= 1;
        if self.left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
