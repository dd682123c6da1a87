//! `vggc predict`: what is to be seen on images.

use crate::console;
use crate::failure::Failure;
use crate::interp::Interpreter;
use crate::overlay::overlay;
use crate::preparation::Preparation;
use crate::spec::{self, Network, SpecArgs};
use crate::weights::{self, Trained};
use crate::{memory, picture};
use clap::{Parser, ValueEnum};
use image::ImageFormat;
use ndarray::{Array3, Axis};
use serde::Serialize;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use vgg_runtime::kernels::softmax;
use vgg_runtime::loss::argmax;
use vgg_runtime::{Memory, Network as _, Predictor, atomic};

/// Names the likeliest classes of images
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    spec: SpecArgs,

    /// The weights, a safetensors file
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,

    /// PNG or JPEG files, or folders of such; they are made as large as the network reads them
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,

    /// How many classes are named
    #[arg(long, default_value_t = 5, value_name = "CLASSES", value_parser = clap::value_parser!(u64).range(1..))]
    top: u64,

    /// Draws into this folder where on each image its likeliest class was seen (Grad-CAM), as PNG
    #[arg(long, value_name = "OUT")]
    cam: Option<PathBuf>,

    /// How the result is written; `json` is one object a line for each image
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  vggc predict specs/fashion.yaml --weights runs/fashion/best.safetensors shoe.png
  vggc predict specs/fashion.yaml --weights runs/fashion/best.safetensors *.jpg --format json
  vggc predict specs/fashion.yaml --weights runs/fashion/best.safetensors photos --cam seen

JSON is {file, top: [{class, probability}]}. An image that cannot be read keeps none of the others
from being looked at; the exit code is then 2.";

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
    let mut explainer = args.cam.as_deref().map(|out| Explainer::new(&network, &trained, out)).transpose()?;
    let classes = trained.classes;
    let normalisation = Preparation::of_spec(&network.model)?.normalisation;
    let mut predictor = Predictor::try_new(trained.network, 1).map_err(Failure::unusable)?;
    let mut unreadable = false;
    for path in files(&args.images)? {
        let pixels = match picture::read(&path, &network.model) {
            Ok(pixels) => pixels,
            Err(failure) => {
                failure.report();
                unreadable = true;
                continue;
            }
        };
        let mut input = pixels.clone();
        let channels = network.model.input().channels;
        normalisation.apply(channels, input.as_slice_mut().unwrap_or_default());
        let logits = predictor.logits(input.view().insert_axis(Axis(0))).map_err(Failure::unusable)?;
        let mut probabilities = logits.row(0).to_vec();
        if let Some(explainer) = &mut explainer {
            explainer.explain(&path, &pixels, &input, argmax(&probabilities))?;
        }
        softmax::forward(probabilities.len(), &mut probabilities);
        let top = top(&probabilities, &classes, usize::try_from(args.top).unwrap_or(usize::MAX));
        console::print(&match args.format {
            Format::Text => text(&path, &top),
            Format::Json => json(&path, &top)?,
        })?;
    }
    if unreadable { Err(Failure::Reported) } else { Ok(()) }
}

/// The files, and those of folders and the folders in them, by name.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let io = |error| Failure::io(path, &error);
        let entries = fs::read_dir(path).map_err(io)?;
        let mut entries = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
        if let Ok(entries) = &mut entries {
            entries.sort();
            entries.retain(|entry| !is_hidden(entry));
        }
        files.extend(self::files(&entries.map_err(io)?)?);
    }
    Ok(files)
}

/// Whether systems and file managers left a file behind, rather than someone who wants to know what is on it.
fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

/// Draws where on images their likeliest classes were seen.
struct Explainer<'a> {
    network: Interpreter,
    memory: Memory,
    batch: usize,
    out: &'a Path,
    written: HashSet<PathBuf>,
}

impl<'a> Explainer<'a> {
    fn new(network: &Network, trained: &Trained, out: &'a Path) -> Result<Explainer<'a>, Failure> {
        let fits = |&batch: &u64| memory::check_inference(&network.model, &network.plan, batch, 0).is_ok();
        let batch = [64, 16, 4].into_iter().find(fits).unwrap_or(2);
        memory::check_inference(&network.model, &network.plan, batch, 0)?;
        let network = trained.network.clone();
        let batch = batch as usize;
        let memory = Memory::try_inference(network.arena(), batch).map_err(Failure::unusable)?;
        fs::create_dir_all(out).map_err(|error| Failure::io(out, &error))?;
        Ok(Explainer { network, memory, batch, out, written: HashSet::new() })
    }

    /// Draws where the network saw a class on `input`, over the image that it was made of.
    fn explain(
        &mut self,
        file: &Path,
        image: &Array3<f32>,
        input: &Array3<f32>,
        class: usize,
    ) -> Result<(), Failure> {
        let values = input.as_slice().unwrap_or_default();
        let heat = self.network.heat(&mut self.memory, self.batch, values, class).ok_or_else(|| {
            let failure = Failure::unusable("`--cam` needs feature maps of at least 4x4, and there are none");
            failure.help("this network has too few rows and columns left to say where it saw something")
        })?;
        let path = self.path(file);
        let mut bytes = Cursor::new(Vec::new());
        let drawn = overlay(image.view(), &heat).write_to(&mut bytes, ImageFormat::Png);
        drawn.map_err(Failure::unusable)?;
        atomic::replace(&path, |file| file.write_all(bytes.get_ref()))
            .map_err(|error| Failure::io(&path, &error))
    }

    /// `cat.jpg.cam.png`; files of the same name out of several folders get numbers.
    fn path(&mut self, file: &Path) -> PathBuf {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let numbered = (2..).map(|number| format!("{name}.{number}.cam.png"));
        let mut names = [format!("{name}.cam.png")].into_iter().chain(numbered);
        let free = names.find_map(|name| {
            let path = self.out.join(name);
            self.written.insert(path.clone()).then_some(path)
        });
        free.unwrap_or_else(|| self.out.join(name))
    }
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
