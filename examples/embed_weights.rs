//! A program that carries its weights in itself: one file to copy, nothing to find or to load.
//!
//! ```text
//! cargo run --release --example embed_weights
//! ```
//!
//! With a path, the weights are trained anew and saved there:
//!
//! ```text
//! cargo run --release --example embed_weights -- examples/weights/tiny-digits.safetensors
//! ```

use vgg::prelude::*;
use vgg::weights;

vgg! {
    /// As few weights as read digits well
    model TinyDigits {
        allow W0303;
        input 1 x 8 x 8;
        defaults { norm batch; bias off; }
        block { conv 8 x 2; }
        block { conv 16; }
        head { flatten; dense 10 softmax; }
        train { epochs 30; batch 64; seed 7; optimizer adam rate 0.002; schedule cosine; }
    }
}

static WEIGHTS: &[u8] = include_bytes!("weights/tiny-digits.safetensors");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let digits = data::digits();
    if let Some(path) = std::env::args_os().nth(1) {
        let mut trainer = Trainer::new(TinyDigits::init(7), TinyDigits::TRAIN);
        trainer.fit(&digits.train, &digits.held_out)?;
        trainer.into_best().save(&path)?;
        println!("saved the best weights in {}", path.display());
        return Ok(());
    }

    let mut network = TinyDigits::init(0);
    weights::load_bytes(&mut network, WEIGHTS)?;
    let accuracy = evaluate(&mut network.predictor(64), &digits.held_out)?.accuracy();
    println!(
        "{} parameters in {} bytes of this program read {:.2}% of {} digits",
        TinyDigits::PARAMETERS,
        WEIGHTS.len(),
        100.0 * accuracy,
        digits.held_out.count()
    );
    Ok(())
}
