//! `vggc report`: a page about a run, or about several side by side.

use crate::console;
use crate::failure::Failure;
use crate::memory;
use crate::preparation::Preparation;
use crate::report::{Judged, Mistakes, Record, Told, data_uri, filters, page, tell_apart};
use crate::spec::{self, Network, SetArgs, SpecArgs, parse_override};
use crate::training_data::{self, DataArgs, HowArgs};
use crate::weights::{self, Trained};
use clap::Parser;
use std::path::{Path, PathBuf};
use vgg_runtime::data::Dataset;
use vgg_runtime::evaluate::evaluate_each;
use vgg_runtime::{Predictor, atomic};
use vgg_spec::emit::{summary, svg};

/// Images at a time.
const BATCH: u64 = 32;

/// Makes one HTML file of a run: curves, network, confusion matrix, mistakes, settings
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Folders that `vggc train --out` made; several are put side by side
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,

    /// The file to write, instead of report.html (of several runs: comparison.html) in the folder of the
    /// first run
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Where the images are now, if they are no longer where they were when the run was trained
    #[arg(long, value_name = "DATA")]
    data: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  vggc report runs/digits
  vggc report runs/digits runs/wider --out comparison.html

The file holds all it needs, loads nothing, and can be sent as it is. The best weights of each run
are judged on the images that were held out; if these cannot be found, the report is made without
and says why.";

/// Writes a report.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let runs: Result<Vec<Told>, Failure> =
        args.runs.iter().map(|run| tell(run, args.data.as_deref())).collect();
    let mut runs = runs?;
    tell_apart(runs.iter_mut().map(|run| &mut run.record).collect());
    for run in &runs {
        if let Err(reason) = &run.judged {
            console::warning(format_args!("{}: {reason}", run.record.folder.display()));
        }
    }
    let name = if runs.len() == 1 { "report.html" } else { "comparison.html" };
    let out = args.out.clone().unwrap_or_else(|| args.runs[0].join(name));
    let html = page(&runs);
    atomic::replace(&out, |file| file.write_all(html.as_bytes()))
        .map_err(|error| Failure::io(&out, &error))?;
    console::print(&format!("{}\n", out.display()))
}

/// All that is known of a run.
fn tell(folder: &Path, data: Option<&Path>) -> Result<Told, Failure> {
    let record = Record::read(folder)?;
    let network = network(&record)?;
    let json = summary::json(&network.model, &network.plan, 1);
    let summary = serde_json::from_str(&json).map_err(Failure::unusable)?;
    let trained = trained(&record, &network);
    let filters = trained.as_ref().ok().and_then(|trained| filters(&trained.network));
    let judged = trained.and_then(|trained| judge(&record, &network, trained, data));
    let judged = judged.map_err(Failure::into_message);
    Ok(Told { record, summary: Some(summary), drawing: Some(svg::draw(&network.model)), filters, judged })
}

/// The network of a run, out of the spec in its folder.
fn network(record: &Record) -> Result<Network, Failure> {
    let settings = |key: &str| record.folder.join(key);
    let spec = record.text("spec").ok_or_else(|| {
        Failure::unusable(format_args!("{} names no spec", settings("settings.json").display()))
    })?;
    let set = record.settings.get("set").and_then(|set| set.as_object()).into_iter().flatten();
    let overrides: Result<_, String> =
        set.map(|(name, value)| parse_override(&format!("{name}={value}"))).collect();
    let overrides = overrides.map_err(|error| {
        Failure::unusable(format_args!("{}: {error}", settings("settings.json").display()))
    })?;
    spec::network(&SpecArgs { spec: settings(spec), set: SetArgs { overrides } })
}

/// The network with its best weights, or the last ones if no epoch has come to its end.
fn trained(record: &Record, network: &Network) -> Result<Trained, Failure> {
    let files = ["best.safetensors", "last.safetensors"].map(|name| record.folder.join(name));
    match files.iter().find(|file| file.exists()) {
        Some(file) => weights::load(network, file),
        None => Err(Failure::unusable("there are no weights yet")),
    }
}

/// The network on the images that were held out.
fn judge(
    record: &Record,
    network: &Network,
    trained: Trained,
    data: Option<&Path>,
) -> Result<Judged, Failure> {
    let data = match data.map(Path::to_path_buf).or_else(|| record.text("data").map(PathBuf::from)) {
        Some(data) => data,
        None => return Err(Failure::unusable("settings.json does not say where the images are")),
    };
    let validation = record.settings.get("validation").and_then(|share| share.as_f64());
    let skip_broken = record.settings.get("skip_broken").and_then(|skip| skip.as_bool()).unwrap_or(false);
    let args = DataArgs { data, how: HowArgs { validation, skip_broken } };
    let images = training_data::load(&args, &network.model, 0)?.into_judge();
    memory::check_inference(&network.model, &network.plan, BATCH, 0)?;
    let mut predictor = Predictor::try_new(trained.network, BATCH as usize).map_err(Failure::unusable)?;
    let mut mistakes = Mistakes::default();
    let evaluation = evaluate_each(&mut predictor, &images, &mut |image, logits| {
        mistakes.add(image, images.label(image) as usize, logits);
    });
    let normalisation = Preparation::of_spec(&network.model)?.normalisation;
    let mut mistakes = mistakes.into_worst();
    let mut pixels = vec![0.0; images.elements()];
    for mistake in &mut mistakes {
        images.fill(mistake.image, 0, &mut pixels).map_err(Failure::unusable)?;
        normalisation.undo(images.shape()[0], &mut pixels);
        mistake.picture = data_uri(images.shape(), &pixels).unwrap_or_default();
    }
    Ok(Judged {
        evaluation: evaluation.map_err(Failure::unusable)?,
        classes: images.classes().to_vec(),
        mistakes,
    })
}
