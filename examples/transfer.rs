//! Reads handwritten digits better after a single epoch, because it starts from what was learned from pictures of clothes.
//!
//! ```text
//! cargo run --release --example transfer
//! ```
//!
//! The weights of the clothes lie beside this file. With the folder of the four IDX files of Fashion-MNIST, they are
//! trained anew:
//!
//! ```text
//! cargo run --release --example transfer -- /usr/share/datasets/fashion-mnist examples/weights/clothes.safetensors
//! ```

use std::path::Path;
use vgg::data::{Framed, Framing, Images, Split, idx};
use vgg::prelude::*;
use vgg::weights;

vgg! {
    /// Tells ten kinds of clothes apart
    model Clothes {
        allow W0303;
        input 1 x 28 x 28;
        block { conv 16 x 2; }
        block { conv 32 x 2; }
        head { flatten; dense 10 name kind softmax; }
        train { epochs 3; batch 64; seed 7; optimizer adam rate 0.001; schedule cosine; }
    }
}

vgg! {
    /// The same blocks with another head
    model Numerals {
        allow W0303;
        input 1 x 28 x 28;
        block { conv 16 x 2; }
        block { conv 32 x 2; }
        head { flatten; dense 10 name numeral softmax; }
        // Of the rates 0.0005, 0.001, 0.002 and 0.004, the one that serves a start from scratch best.
        train { epochs 1; batch 64; optimizer adam rate 0.004; }
    }
}

const WEIGHTS: &[u8] = include_bytes!("weights/clothes.safetensors");

/// One run says little: the order of the images and the head are random.
const SEEDS: std::ops::Range<u64> = 0..5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    if let (Some(folder), Some(out)) = (arguments.next(), arguments.next()) {
        return learn_clothes(Path::new(&folder), Path::new(&out));
    }

    // Of 8x8 pixels, as large as the clothes.
    let Split { train, held_out } = data::digits();
    let large = |images: Images| Framed::new(images, [28, 28], Framing::Stretch, 0);
    let (train, held_out) = (large(train), large(held_out));

    let mut sums = [0.0, 0.0];
    for seed in SEEDS {
        let settings = TrainSettings { seed, ..Numerals::TRAIN };
        let scratch = one_epoch(Numerals::init(seed), settings, &train, &held_out)?;

        let mut network = Numerals::init(seed);
        let transfer = weights::transfer_bytes(&mut network, WEIGHTS)?;
        if seed == SEEDS.start {
            let kept: Vec<&str> = transfer.kept.iter().map(|kept| kept.tensor.as_str()).collect();
            println!("{} tensors of the clothes; random: {}", transfer.taken.len(), kept.join(", "));
        }
        // Edges are edges: the first block stays as it is.
        let settings = TrainSettings { frozen: &["block1_conv1", "block1_conv2"], ..settings };
        let transferred = one_epoch(network, settings, &train, &held_out)?;

        println!("seed {seed}: {scratch:.2}% from scratch, {transferred:.2}% from the clothes");
        sums = [sums[0] + scratch, sums[1] + transferred];
    }
    let [scratch, transferred] = sums.map(|sum| sum / SEEDS.count() as f64);
    println!("mean after one epoch: {scratch:.2}% from scratch, {transferred:.2}% from the clothes");
    match transferred > scratch {
        true => Ok(()),
        false => Err("what was learned from clothes was of no use".into()),
    }
}

/// The accuracy on held-out digits, in percent.
fn one_epoch(
    network: Numerals,
    settings: TrainSettings,
    train: &Framed<Images>,
    held_out: &Framed<Images>,
) -> Result<f64, Box<dyn std::error::Error>> {
    let history = Trainer::new(network, settings).fit(train, held_out)?;
    Ok(history.epochs.last().map_or(0.0, |epoch| 100.0 * epoch.val_accuracy))
}

/// Trains on Fashion-MNIST, and saves the weights.
fn learn_clothes(folder: &Path, out: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let Split { train, held_out } = idx::load(folder)?;
    let mut trainer = Trainer::new(Clothes::init(Clothes::TRAIN.seed), Clothes::TRAIN);
    for epoch in trainer.fit(&train, &held_out)?.epochs {
        println!("epoch {}  held-out accuracy {:.2}%", epoch.epoch, 100.0 * epoch.val_accuracy);
    }
    trainer.into_best().save(out)?;
    println!("saved the weights in {}", out.display());
    Ok(())
}
