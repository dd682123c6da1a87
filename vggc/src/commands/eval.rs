//! `vggc eval`: how well a trained network does.

use crate::console;
use crate::failure::Failure;
use crate::spec::{self, SpecArgs};
use crate::training_data::{self, DataArgs};
use crate::{memory, weights};
use clap::{Parser, ValueEnum};
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;
use vgg_runtime::Predictor;
use vgg_runtime::evaluate::{Evaluation, evaluate};

/// Evaluates a trained network on the images that are held out
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    spec: SpecArgs,

    /// The weights, a safetensors file
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,

    #[command(flatten)]
    data: DataArgs,

    /// How the result is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Images at a time; results do not depend on it
    #[arg(long, value_name = "IMAGES", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    batch: u64,
}

const EXAMPLES: &str = "\
Examples:
  vggc eval specs/digits.yaml --weights runs/digits/best.safetensors --data digits
  vggc eval specs/digits.yaml --weights runs/digits/best.safetensors --data digits --format json

The images are those of the test set; if there is none, those that training was validated on.

JSON is {loss, accuracy, top5, confusion, classes: [{class, images, precision, recall}]}: shares
from 0 to 1, and in `confusion` for each class (row) how many images of it were taken for which
class (column).";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Evaluates.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let network = spec::network(&args.spec)?;
    memory::check_inference(&network.model, &network.plan, args.batch, 0)?;
    let trained = weights::load(&network, &args.weights)?;
    let images = training_data::load(&args.data, &network.model, 0)?.into_judge();
    if trained.classes != images.classes() {
        console::warning("the weights were trained on images of other class names than these");
    }
    let batch = usize::try_from(args.batch).map_err(Failure::unusable)?;
    let mut predictor = Predictor::try_new(trained.network, batch).map_err(Failure::unusable)?;
    let evaluation = evaluate(&mut predictor, &images).map_err(Failure::unusable)?;
    console::print(&match args.format {
        Format::Text => text(&evaluation, images.classes()),
        Format::Json => json(&evaluation, images.classes())?,
    })
}

#[derive(Serialize)]
struct Json<'a> {
    loss: f64,
    accuracy: f64,
    top5: f64,
    confusion: Vec<Vec<u64>>,
    classes: Vec<Class<'a>>,
}

/// How a class did. A share of no images is nothing.
#[derive(Serialize)]
struct Class<'a> {
    class: &'a str,
    images: u64,
    precision: Option<f64>,
    recall: Option<f64>,
}

fn by_class<'a>(evaluation: &Evaluation, classes: &'a [String]) -> Vec<Class<'a>> {
    let class = |(class, name): (usize, &'a String)| Class {
        class: name,
        images: evaluation.confusion().row(class).sum(),
        precision: evaluation.precision(class),
        recall: evaluation.recall(class),
    };
    classes.iter().enumerate().map(class).collect()
}

fn json(evaluation: &Evaluation, classes: &[String]) -> Result<String, Failure> {
    let json = Json {
        loss: evaluation.loss(),
        accuracy: evaluation.accuracy(),
        top5: evaluation.top5(),
        confusion: evaluation.confusion().rows().into_iter().map(|row| row.to_vec()).collect(),
        classes: by_class(evaluation, classes),
    };
    Ok(serde_json::to_string(&json).map_err(Failure::unusable)? + "\n")
}

/// No more classes than these are shown as a matrix.
const MOST_CLASSES: usize = 20;

fn text(evaluation: &Evaluation, classes: &[String]) -> String {
    let mut text = format!(
        "images    {}\nloss      {:.4}\naccuracy  {:.2}%\ntop 5     {:.2}%\n",
        evaluation.images(),
        evaluation.loss(),
        100.0 * evaluation.accuracy(),
        100.0 * evaluation.top5(),
    );
    text += &table(&by_class(evaluation, classes));
    if classes.len() <= MOST_CLASSES {
        text += &matrix(evaluation, classes);
    }
    text
}

/// Precision and recall of each class.
fn table(classes: &[Class<'_>]) -> String {
    let width = classes.iter().map(|class| class.class.chars().count()).max().unwrap_or(0).max(5);
    let percent = |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{:.2}%", 100.0 * share));
    let mut text = format!("\n{:width$}{:>9}{:>11}{:>10}\n", "class", "images", "precision", "recall");
    for Class { class, images, precision, recall } in classes {
        let (precision, recall) = (percent(*precision), percent(*recall));
        let _ = writeln!(text, "{class:width$}{images:>9}{precision:>11}{recall:>10}");
    }
    text
}

/// Each class (row), and for what its images were taken (column, by number).
fn matrix(evaluation: &Evaluation, classes: &[String]) -> String {
    let names: Vec<String> = classes.iter().enumerate().map(|(class, name)| numbered(class, name)).collect();
    let name_width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let largest = evaluation.confusion().iter().max().copied().unwrap_or(0);
    let width = largest.to_string().len().max(classes.len().to_string().len()) + 2;
    let mut text = format!("\n{:name_width$}", "taken for");
    for class in 0..classes.len() {
        let _ = write!(text, "{class:>width$}");
    }
    for (name, row) in names.iter().zip(evaluation.confusion().rows()) {
        let _ = write!(text, "\n{name:name_width$}");
        for count in row {
            let _ = write!(text, "{count:>width$}");
        }
    }
    text + "\n"
}

/// A class with its number, unless that is its name.
fn numbered(class: usize, name: &str) -> String {
    let number = class.to_string();
    if name == number { number } else { format!("{number} {name}") }
}
