//! Loads what `train_digits` saved, and reads digits that it has never seen.
//!
//! ```text
//! cargo run --release --example predict_digits -- digits.safetensors
//! ```

use ndarray::s;
use vgg::prelude::*;

vgg!("specs/digits.yaml");

const SHOWN: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("give the file that the weights are in")?;
    let net = Digits::load(&path)?;
    let digits = data::digits().held_out;

    let images = FeatureMaps::new(digits.pixels().slice(s![..SHOWN, .., .., ..]).to_owned())?;
    let logits: Logits<10> = net.forward(&images);
    for (image, guess) in logits.argmax().into_iter().enumerate() {
        print(&images, image);
        let probability = 100.0 * logits.probabilities()[[image, guess]];
        println!("a {guess}, sure to {probability:.1}%; it is a {}\n", digits.labels()[image]);
    }

    let accuracy = evaluate(&mut net.predictor(64), &digits)?.accuracy();
    println!("{:.2}% of {} digits are right", 100.0 * accuracy, digits.count());
    Ok(())
}

/// Draws an image in characters.
fn print<const H: usize, const W: usize>(images: &FeatureMaps<1, H, W>, image: usize) {
    for row in images.view().slice(s![image, 0, .., ..]).rows() {
        let line: String =
            row.iter().map(|&ink| [' ', '.', 'o', '#'][(ink * 3.0).round() as usize]).collect();
        println!("{line}");
    }
}
