//! `vggc predict`: what is to be seen on images.

use crate::console;
use crate::failure::Failure;
use crate::spec::{self, SpecArgs};
use crate::{memory, picture, weights};
use clap::{Parser, ValueEnum};
use ndarray::Axis;
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use vgg_runtime::Predictor;
use vgg_runtime::kernels::softmax;

/// Names the likeliest classes of images
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    spec: SpecArgs,

    /// The weights, a safetensors file
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,

    /// PNG or JPEG files; they are made as large as the network reads them
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,

    /// How many classes are named
    #[arg(long, default_value_t = 5, value_name = "CLASSES", value_parser = clap::value_parser!(u64).range(1..))]
    top: u64,

    /// How the result is written; `json` is one object a line for each image
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  vggc predict specs/fashion.yaml --weights runs/fashion/best.safetensors shoe.png
  vggc predict specs/fashion.yaml --weights runs/fashion/best.safetensors *.jpg --top 1 --format json

JSON is {file, top: [{class, probability}]}. An image that cannot be read keeps none of the others from
being looked at; the exit code is then 2.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Predicts, image by image.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let network = spec::network(&args.spec)?;
    picture::check_channels(&network.model)?;
    memory::check_inference(&network.model, &network.plan, 1, 0)?;
    let trained = weights::load(&network, &args.weights)?;
    let classes = trained.classes;
    let mut predictor = Predictor::try_new(trained.network, 1).map_err(Failure::unusable)?;
    let mut unreadable = false;
    for path in &args.images {
        let pixels = match picture::read(path, &network.model) {
            Ok(pixels) => pixels,
            Err(failure) => {
                failure.report();
                unreadable = true;
                continue;
            }
        };
        let logits = predictor.logits(pixels.view().insert_axis(Axis(0))).map_err(Failure::unusable)?;
        let mut probabilities = logits.row(0).to_vec();
        softmax::forward(probabilities.len(), &mut probabilities);
        let top = top(&probabilities, &classes, usize::try_from(args.top).unwrap_or(usize::MAX));
        console::print(&match args.format {
            Format::Text => text(path, &top),
            Format::Json => json(path, &top)?,
        })?;
    }
    if unreadable { Err(Failure::Reported) } else { Ok(()) }
}

/// A class, and how likely it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Guess<'a> {
    class: &'a str,
    probability: f32,
}

/// The likeliest classes, the first among equals first.
fn top<'a>(probabilities: &[f32], classes: &'a [String], count: usize) -> Vec<Guess<'a>> {
    let mut guesses: Vec<Guess<'a>> =
        classes.iter().zip(probabilities).map(|(class, &probability)| Guess { class, probability }).collect();
    guesses.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    guesses.truncate(count);
    guesses
}

fn text(path: &Path, top: &[Guess<'_>]) -> String {
    let width = top.iter().map(|guess| guess.class.chars().count()).max().unwrap_or(0);
    let mut text = format!("{}\n", path.display());
    for Guess { class, probability } in top {
        let _ = writeln!(text, "  {class:width$}  {:>6.2}%", 100.0 * probability);
    }
    text
}

#[derive(Serialize)]
struct Json<'a> {
    file: String,
    top: &'a [Guess<'a>],
}

fn json(path: &Path, top: &[Guess<'_>]) -> Result<String, Failure> {
    let json = Json { file: path.display().to_string(), top };
    Ok(serde_json::to_string(&json).map_err(Failure::unusable)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_come_first() {
        let classes = ["cat", "dog", "eel"].map(str::to_owned);
        let names = |count| -> Vec<&str> {
            top(&[0.2, 0.6, 0.2], &classes, count).iter().map(|guess| guess.class).collect()
        };
        assert_eq!(names(2), ["dog", "cat"]);
        assert_eq!(names(9), ["dog", "cat", "eel"]);
    }
}
