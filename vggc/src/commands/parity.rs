//! `vggc parity`: whether a network computes what another engine computes.

use crate::console;
use crate::failure::Failure;
use crate::parity::{self, Branch, Comparison, Difference, Recording, Reference};
use crate::spec::{self, Network, SpecArgs};
use crate::{memory, weights};
use clap::{Parser, ValueEnum};
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;

/// Compares a network with what another engine recorded of it, layer by layer
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    spec: SpecArgs,

    /// The weights, a safetensors file: those that the other engine had
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,

    /// What the other engine recorded, a safetensors file
    #[arg(long, value_name = "FILE")]
    reference: PathBuf,

    /// Writes what this network computes of the same images to a safetensors file of the same form
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,

    /// The largest relative error at which a layer agrees
    #[arg(long, value_name = "SHARE", default_value_t = 1e-4, value_parser = parse_tolerance)]
    tolerance: f64,

    /// How the result is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  vggc emit pytorch specs/digits.yaml --out digits.py
  python digits.py --weights digits.safetensors --record reference.safetensors
  vggc parity specs/digits.yaml --weights digits.safetensors --reference reference.safetensors

An absolute error is the largest difference of two values of a layer, a relative one its share
of the largest value of the layer in the reference. Gradients are measured by the largest one of
their layer. Where a value is zero but for rounding, a rectifier may pass a gradient on in one
engine and not in the other, and likewise a max-pool; how often that happened is counted. The exit
code is 1 if something is further off than the tolerance. JSON has null for what is not finite.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

fn parse_tolerance(text: &str) -> Result<f64, String> {
    let share: Option<f64> = text.parse().ok();
    share
        .filter(|share| share.is_finite() && *share >= 0.0)
        .ok_or_else(|| "a share such as 1e-4 is needed".into())
}

/// Compares.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let network = spec::network(&args.spec)?;
    let trained = weights::load(&network, &args.weights)?;
    let reference = Reference::read(&args.reference, &network.model, &trained.network)?;
    check_memory(&network, &reference)?;
    let mut recording = args.record.as_ref().map(|_| Recording::default());
    let Network { model, plan, .. } = &network;
    let comparison = parity::compare(model, plan, trained.network, &reference, recording.as_mut())?;
    if let (Some(path), Some(recording)) = (&args.record, recording) {
        recording.write(path)?;
    }
    let findings = Findings::of(&network, &comparison, args.tolerance);
    console::print(&match args.format {
        Format::Text => findings.text(),
        Format::Json => serde_json::to_string(&findings).map_err(Failure::unusable)? + "\n",
    })?;
    if findings.agrees { Ok(()) } else { Err(Failure::Findings) }
}

fn check_memory(network: &Network, reference: &Reference) -> Result<(), Failure> {
    let Network { model, plan, .. } = network;
    let batch = reference.images.dim().0 as u64;
    let checked = match reference.has_gradients() {
        true => memory::check_training(model, plan, batch, 0),
        false => memory::check_inference(model, plan, batch, 0),
    };
    checked.map_err(|failure| failure.help("record fewer images, with --batch of the program that records"))
}

/// What came out.
#[derive(Serialize)]
struct Findings<'c> {
    agrees: bool,
    tolerance: f64,
    /// The first layer that departs, in the order in which data passes through them.
    first_activation: Option<&'c str>,
    /// The first tensor whose gradient departs, in the order in which gradients are computed: from the loss
    /// to the images.
    first_gradient: Option<&'c str>,
    activations: Vec<Row<'c>>,
    /// The layers once more, in training.
    training: Vec<Row<'c>>,
    gradients: Vec<Row<'c>>,
    branches: Option<Branches<'c>>,
    loss: Option<Errors>,
    top1: Option<Top1>,
    not_recorded: &'c [String],
}

/// What rectifiers and max-pools decide in training.
#[derive(Serialize)]
struct Branches<'c> {
    all: usize,
    /// By layers, those that the other engine decided otherwise.
    other: Vec<Other<'c>>,
}

#[derive(Serialize)]
struct Other<'c> {
    name: &'c str,
    decisions: usize,
}

impl<'c> Branches<'c> {
    fn of(branches: &'c [Branch]) -> Branches<'c> {
        let differ = branches.iter().filter(|branch| branch.other > 0);
        Branches {
            all: branches.iter().map(|branch| branch.all).sum(),
            other: differ.map(|branch| Other { name: &branch.layer, decisions: branch.other }).collect(),
        }
    }
}

/// For how many images the largest logit is that of the same class.
#[derive(Serialize)]
struct Top1 {
    same: usize,
    images: usize,
}

#[derive(Serialize)]
struct Row<'c> {
    name: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(flatten)]
    errors: Errors,
}

#[derive(Serialize)]
struct Errors {
    absolute: f64,
    relative: f64,
    agrees: bool,
}

impl Errors {
    fn of(difference: Difference, tolerance: f64) -> Errors {
        let (absolute, relative) = (difference.absolute, difference.relative());
        Errors { absolute, relative, agrees: difference.is_within(tolerance) }
    }
}

impl<'c> Findings<'c> {
    fn of(network: &Network, comparison: &'c Comparison, tolerance: f64) -> Findings<'c> {
        let kind = |name: &str| {
            let layer = network.model.layers().iter().find(|layer| layer.name == name);
            layer.map(|layer| layer.kind())
        };
        let row = |(name, difference): &'c (String, Difference)| Row {
            name,
            kind: kind(name),
            errors: Errors::of(*difference, tolerance),
        };
        let activations: Vec<Row<'c>> = comparison.activations.iter().map(row).collect();
        let training: Vec<Row<'c>> = comparison.training.iter().map(row).collect();
        let gradients: Vec<Row<'c>> = comparison.gradients.iter().map(row).collect();
        let loss = comparison.loss.map(|difference| Errors::of(difference, tolerance));
        let departs = |row: &&Row<'c>| !row.errors.agrees;
        let mut layers = activations.iter().chain(&training);
        let first_activation = layers.find(departs).map(|row| row.name);
        let first_gradient = gradients.iter().rfind(departs).map(|row| row.name);
        Findings {
            agrees: first_activation.is_none()
                && first_gradient.is_none()
                && loss.as_ref().is_none_or(|loss| loss.agrees),
            tolerance,
            first_activation,
            first_gradient,
            activations,
            training,
            gradients,
            branches: comparison.branches.as_deref().map(Branches::of),
            loss,
            top1: comparison.top1.map(|[same, images]| Top1 { same, images }),
            not_recorded: &comparison.not_recorded,
        }
    }

    fn text(&self) -> String {
        let parts = [
            ("activation", &self.activations),
            ("in training", &self.training),
            ("gradient", &self.gradients),
        ];
        let rows = parts.iter().flat_map(|(_, rows)| rows.iter());
        let width = rows.map(|row| row.name.len()).max().unwrap_or(0).max(10);
        let mut text = String::new();
        for (title, rows) in parts {
            if rows.is_empty() {
                continue;
            }
            let _ = writeln!(text, "{title:width$}  {:>10}  {:>10}", "absolute", "relative");
            for row in rows {
                line(&mut text, width, row.name, &row.errors);
            }
            text.push('\n');
        }
        if let Some(loss) = &self.loss {
            line(&mut text, width, "loss", loss);
            text.push('\n');
        }
        if let Some(Top1 { same, images }) = self.top1 {
            let _ =
                writeln!(text, "the largest logit is that of the same class for {same} of {images} images");
        }
        if !self.not_recorded.is_empty() {
            let _ = writeln!(text, "not recorded: {}", self.not_recorded.join(", "));
        }
        if let Some(Branches { all, other }) = &self.branches
            && !other.is_empty()
        {
            let each: Vec<String> =
                other.iter().map(|Other { name, decisions }| format!("{decisions} in `{name}`")).collect();
            let _ = writeln!(
                text,
                "of {all} decisions of rectifiers and max-pools, the other engine took some otherwise, as rounding \
                 has it: {}; behind these, gradients depart by more than rounding",
                each.join(", ")
            );
        }
        let firsts = [("activation", self.first_activation), ("gradient", self.first_gradient)];
        for (what, first) in firsts {
            if let Some(name) = first {
                let _ = writeln!(text, "the first {what} that departs is that of `{name}`");
            }
        }
        match self.agrees {
            true => writeln!(text, "all agrees within {:e}", self.tolerance),
            false => writeln!(text, "not all agrees within {:e}", self.tolerance),
        }
        .unwrap_or(());
        text
    }
}

fn line(text: &mut String, width: usize, name: &str, errors: &Errors) {
    let mark = if errors.agrees { "" } else { "  departs" };
    let _ = writeln!(text, "{name:width$}  {:>10.1e}  {:>10.1e}{mark}", errors.absolute, errors.relative);
}
