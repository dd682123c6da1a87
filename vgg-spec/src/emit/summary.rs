//! The table of layers and what they cost: as text, as JSON, as Markdown.

pub use super::table::TableStyle;

use super::rows::{Row, parts};
use super::table::Table;
use crate::cost::BYTES;
use crate::ir::{Model, Shape};
use crate::plan::Plan;
use crate::quantity::{bytes, grouped, macs, operations};
use serde::Serialize;

/// The summary for a terminal, with activations and memory for a batch of `batch` images.
pub fn text(model: &Model, plan: &Plan, batch: u64, style: TableStyle) -> String {
    let groups = parts(model).iter().map(|part| part.iter().map(|row| cells(row, batch)).collect()).collect();
    let table = Table { header: HEADER, left_aligned: LEFT_ALIGNED, kept: KEPT, groups };
    let mut text = format!("{}\n\n{}", title(model), table.render(style));
    for (what, value) in totals(model, plan, batch) {
        text += &format!("{what:<10}  {value}\n");
    }
    text
}

/// The summary as a Markdown table with a list of totals.
pub fn markdown(model: &Model, plan: &Plan, batch: u64) -> String {
    let mut text = format!("{}\n\n| {} |\n", title(model), HEADER.join(" | "));
    text += &format!("|{}\n", LEFT_ALIGNED.map(|left| if left { " --- |" } else { " ---: |" }).concat());
    for row in parts(model).concat() {
        text += &format!("| {} |\n", cells(&row, batch).join(" | "));
    }
    text.push('\n');
    for (what, value) in totals(model, plan, batch) {
        text += &format!("- {what}: {value}\n");
    }
    text
}

/// The summary as JSON:
/// `{name, input, batch, layers: [{name, kind, output, parameters, trainable, macs, receptive_field,
/// activation_bytes}], totals: {parameters, trainable, macs, inference_bytes, training_bytes}}`.
///
/// Shapes are `[channels, height, width]` or `[features]`, receptive fields `[height, width]`. Bytes are
/// those of `batch` images, MACs those of one.
pub fn json(model: &Model, plan: &Plan, batch: u64) -> String {
    let summary = JsonSummary {
        name: model.name(),
        input: extents(Shape::Maps(model.input())),
        batch,
        layers: parts(model).concat().into_iter().map(|row| JsonLayer::new(row, batch)).collect(),
        totals: JsonTotals {
            parameters: model.parameters(),
            trainable: model.trainable(),
            macs: model.macs(),
            inference_bytes: plan.inference_bytes(model, batch),
            training_bytes: plan.training_bytes(model, batch),
        },
    };
    let mut text = serde_json::to_string_pretty(&summary).expect("strings and numbers only");
    text.push('\n');
    text
}

const HEADER: [&str; 6] = ["Layer (kind)", "Output", "Parameters", "MACs", "Field", "Memory"];
const LEFT_ALIGNED: [bool; 6] = [true, true, false, false, false, false];
/// Name, output and parameters stay however narrow the table gets.
const KEPT: usize = 3;

/// The cells under [`HEADER`].
fn cells(row: &Row<'_>, batch: u64) -> [String; 6] {
    let [height, width] = row.receptive_field;
    [
        format!("{} ({})", row.name, row.kind),
        row.output.to_string(),
        grouped(row.parameters),
        operations(row.macs),
        format!("{height}x{width}"),
        bytes(row.activation_bytes.saturating_mul(batch)),
    ]
}

fn title(model: &Model) -> String {
    let classes = model.classes();
    let noun = if classes == 1 { "class" } else { "classes" };
    let title = format!("{}: {} to {classes} {noun}", model.name(), model.input());
    if model.description().is_empty() { title } else { format!("{title}\n{}", model.description()) }
}

/// What stands under the table: names and values.
fn totals(model: &Model, plan: &Plan, batch: u64) -> [(&'static str, String); 5] {
    let parameters = model.parameters();
    let images = if batch == 1 { "1 image".to_owned() } else { format!("{} images", grouped(batch)) };
    let optimizer = match model.train().optimizer.name() {
        "sgd" => "SGD",
        "adamw" => "AdamW",
        "rmsprop" => "RMSprop",
        _ => "Adam",
    };
    [
        ("Parameters", format!("{} ({})", grouped(parameters), bytes(parameters * BYTES))),
        (
            "Trainable",
            format!(
                "{}, not trainable {}",
                grouped(model.trainable()),
                grouped(parameters - model.trainable())
            ),
        ),
        ("MACs", format!("{} an image", macs(model.macs()))),
        ("Inference", format!("{} of memory at {images}", bytes(plan.inference_bytes(model, batch)))),
        (
            "Training",
            format!("{} of memory at {images}, with {optimizer}", bytes(plan.training_bytes(model, batch))),
        ),
    ]
}

#[derive(Serialize)]
struct JsonSummary<'m> {
    name: &'m str,
    input: Vec<usize>,
    batch: u64,
    layers: Vec<JsonLayer<'m>>,
    totals: JsonTotals,
}

#[derive(Serialize)]
struct JsonLayer<'m> {
    name: &'m str,
    kind: &'static str,
    output: Vec<usize>,
    parameters: u64,
    trainable: u64,
    macs: u64,
    receptive_field: [usize; 2],
    activation_bytes: u64,
}

impl<'m> JsonLayer<'m> {
    fn new(row: Row<'m>, batch: u64) -> Self {
        JsonLayer {
            name: row.name,
            kind: row.kind,
            output: extents(row.output),
            parameters: row.parameters,
            trainable: row.trainable,
            macs: row.macs,
            receptive_field: row.receptive_field,
            activation_bytes: row.activation_bytes.saturating_mul(batch),
        }
    }
}

#[derive(Serialize)]
struct JsonTotals {
    parameters: u64,
    trainable: u64,
    macs: u64,
    inference_bytes: u64,
    training_bytes: u64,
}

/// `[channels, height, width]`, or `[features]`.
pub(super) fn extents(shape: Shape) -> Vec<usize> {
    match shape {
        Shape::Maps(maps) => vec![maps.channels, maps.height, maps.width],
        Shape::Vector(features) => vec![features],
    }
}
