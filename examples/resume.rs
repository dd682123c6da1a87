//! Trains in two sittings, and ends with the same bytes as in one: a checkpoint holds all that training needs.
//!
//! ```text
//! cargo run --release --example resume -- checkpoint.safetensors
//! ```

use std::ops::ControlFlow;
use std::path::Path;
use vgg::prelude::*;
use vgg::train::StepReport;
use vgg::weights::Metadata;

vgg!("specs/digits.yaml");

const SETTINGS: TrainSettings = TrainSettings { epochs: 3, ..Digits::TRAIN };

/// Writes a checkpoint behind a step, and stops there: as if the power had gone.
struct StopsAt<'a> {
    step: u64,
    checkpoint: &'a Path,
}

impl Observer<Digits> for StopsAt<'_> {
    fn on_step(&mut self, step: &StepReport, trainer: &Trainer<Digits>) -> ControlFlow<()> {
        if step.step < self.step {
            return ControlFlow::Continue(());
        }
        match trainer.save_checkpoint(self.checkpoint, &Metadata::default()) {
            Ok(()) => println!("stopped behind step {}, in the middle of an epoch", step.step),
            Err(error) => eprintln!("{error}"),
        }
        ControlFlow::Break(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("give the file for the checkpoint")?;
    let checkpoint = Path::new(&path);
    let digits = data::digits();

    let mut first = Trainer::new(Digits::init(7), SETTINGS);
    let mut observer = StopsAt { step: 30, checkpoint };
    first.fit_observed(&digits.train, &digits.held_out, &mut observer)?;
    drop(first);

    // Whatever the weights of this network, they are replaced.
    let (mut second, _) = Trainer::resume(Digits::init(0), SETTINGS, checkpoint)?;
    for epoch in second.fit(&digits.train, &digits.held_out)?.epochs {
        println!("epoch {}  held-out accuracy {:.2}%", epoch.epoch, 100.0 * epoch.val_accuracy);
    }

    let mut at_once = Trainer::new(Digits::init(7), SETTINGS);
    at_once.fit(&digits.train, &digits.held_out)?;
    if bits(second.network()) != bits(at_once.network()) {
        return Err("two sittings ended with other weights than one".into());
    }
    println!("the weights are those of a run that was not stopped, bit for bit");
    Ok(())
}

fn bits(network: &Digits) -> Vec<u32> {
    let mut bits = Vec::new();
    network.visit(&mut |tensor| bits.extend(tensor.values.iter().map(|value| value.to_bits())));
    bits
}
