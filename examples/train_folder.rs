//! Trains a small VGG on a folder with a folder of photographs for each of two classes: they are decoded ahead of the
//! steps, and varied in each epoch as the spec says.
//!
//! ```text
//! cargo run --release --example train_folder -- photos cats-and-dogs.safetensors
//! ```

use std::path::Path;
use vgg::MapShape;
use vgg::data::{Dataset, Framing, folder};
use vgg::prelude::*;
use vgg::weights::{self, Metadata};

vgg! {
    /// Tells two classes of photographs apart
    model Photos {
        input 3 x 64 x 64;
        defaults { norm batch; bias off; }
        block { conv 16; }
        block { conv 32; }
        block { conv 64; }
        head { gap; dropout 0.3; dense 2 softmax; }
        preprocess { mean 0.485 0.456 0.406; std 0.229 0.224 0.225; }
        train {
            epochs 10;
            batch 16;
            optimizer adamw rate 0.002;
            schedule cosine warmup 1;
            augment flip;
            augment rotate 10;
            augment brightness;
        }
    }
}

const SEED: u64 = 7;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(photos), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err("give a folder of images, and the file to save the weights in".into());
    };
    let scan = folder::scan(Path::new(&photos), MapShape::new(3, 64, 64))?;
    for problem in &scan.problems {
        eprintln!("left out: {problem}");
    }
    let [train, validation] = scan.parts.train.split(0.2, SEED)?;
    // The scale jitter of the VGG paper, and the middle for validation.
    let train = Photos::varied(train.framed(Framing::Jitter { least: 64, most: 96 }, SEED), SEED);
    let validation = Photos::prepared(validation.framed(Framing::Middle { shorter: Some(72) }, SEED));

    let mut trainer = Trainer::new(Photos::init(SEED), Photos::TRAIN);
    for epoch in trainer.fit(&train, &validation)?.epochs {
        println!(
            "epoch {:2}  loss {:.4}  held-out accuracy {:.2}%  {:.0} images/s",
            epoch.epoch,
            epoch.train_loss,
            100.0 * epoch.val_accuracy,
            epoch.images_per_second
        );
    }

    let mut metadata = Metadata::default();
    metadata.set_classes(train.classes());
    weights::save(&trainer.into_best(), Path::new(&out), &metadata)?;
    println!("saved the best weights in {}", Path::new(&out).display());
    Ok(())
}
