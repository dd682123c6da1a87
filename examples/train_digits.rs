//! Declares a small VGG, trains it on handwritten digits, and saves what it learned.
//!
//! ```text
//! cargo run --release --example train_digits -- digits.safetensors
//! ```

use vgg::prelude::*;

vgg!("specs/digits.yaml");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("give the file to save the weights in")?;
    let digits = data::digits();

    let mut trainer = Trainer::new(Digits::init(7), Digits::TRAIN);
    let history = trainer.fit(&digits.train, &digits.held_out)?;
    for epoch in &history.epochs {
        println!(
            "epoch {:2}  loss {:.4}  held-out accuracy {:.2}%",
            epoch.epoch,
            epoch.train_loss,
            100.0 * epoch.val_accuracy
        );
    }

    trainer.into_best().save(&path)?;
    println!("saved the best weights in {}", path.display());
    Ok(())
}
