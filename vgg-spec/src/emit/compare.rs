//! Two models side by side: which layers they share, which differ, and what that costs.

mod align;
mod json;

pub use super::table::TableStyle;
pub use json::json;

use super::rows::{Row, parts};
use super::table::Table;
use crate::ir::{Layer, Model, Shape};
use crate::plan::Plan;
use crate::quantity::{bytes, grouped, macs, operations};

/// One of the two.
#[derive(Debug, Clone, Copy)]
pub struct Side<'m> {
    /// What it is called here, such as the name of its file.
    pub label: &'m str,
    /// The network.
    pub model: &'m Model,
    /// Its plan.
    pub plan: &'m Plan,
}

/// What became of a layer on the way from one model to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Same,
    Changed,
    Removed,
    Added,
}

/// A layer of the first model, the one of the second that stands in its place, or both.
struct Pair<'m> {
    change: Change,
    sides: [Option<Row<'m>>; 2],
}

/// The comparison for a terminal, with memory for a batch of `batch` images.
pub fn text(sides: [Side<'_>; 2], batch: u64, style: TableStyle) -> String {
    let rows = pairs(sides).iter().map(|pair| cells(pair, style.ascii)).collect();
    let layers = Table { header: LAYERS, left_aligned: LEFT_ALIGNED, kept: 2, groups: vec![rows] };
    let totals = totals(sides, batch).map(|total| total.cells());
    let totals = Table {
        header: TOTALS,
        left_aligned: [true, false, false, false],
        kept: 3,
        groups: vec![totals.to_vec()],
    };
    let [a, b] = sides.map(title);
    let legend = if LEGEND.len() > style.width { LEGEND.replace(", ", "\n") } else { LEGEND.to_owned() };
    format!("A  {a}\nB  {b}\n\n{}{legend}\n\n{}", layers.render(style), totals.render(style))
}

/// The comparison as two Markdown tables.
pub fn markdown(sides: [Side<'_>; 2], batch: u64) -> String {
    let [a, b] = sides.map(title);
    let mut text = format!("- A: {a}\n- B: {b}\n\n| {} |\n", LAYERS.join(" | "));
    text += "| --- | --- | ---: | ---: | --- |\n";
    for pair in pairs(sides) {
        text += &format!("| {} |\n", cells(&pair, false).join(" | "));
    }
    text += &format!("\n{LEGEND}\n\n| {} |\n| --- | ---: | ---: | ---: |\n", TOTALS.join(" | "));
    for total in totals(sides, batch) {
        text += &format!("| {} |\n", total.cells().join(" | "));
    }
    text
}

const LAYERS: [&str; 5] = ["  Layer (kind)", "Output", "Parameters", "MACs", "Operation"];
const LEFT_ALIGNED: [bool; 5] = [true, true, false, false, true];
const TOTALS: [&str; 4] = ["Total", "A", "B", "Change"];
const LEGEND: &str = "`-` only in A, `+` only in B, `~` in both but not the same";

fn title(side: Side<'_>) -> String {
    let classes = side.model.classes();
    let noun = if classes == 1 { "class" } else { "classes" };
    format!("{}: {}, {} to {classes} {noun}", side.label, side.model.name(), side.model.input())
}

/// The layers of both models, aligned.
fn pairs<'m>(sides: [Side<'m>; 2]) -> Vec<Pair<'m>> {
    let [a, b] = sides.map(|side| parts(side.model).concat());
    let aligned = align::align(&a, &b).into_iter();
    let pair = |(left, right): (Option<usize>, Option<usize>)| {
        let sides = [left.map(|index| a[index].clone()), right.map(|index| b[index].clone())];
        Pair { change: change(&sides), sides }
    };
    aligned.map(pair).collect()
}

fn change(sides: &[Option<Row<'_>>; 2]) -> Change {
    match sides {
        [Some(a), Some(b)] if is_same(a, b) => Change::Same,
        [Some(_), Some(_)] => Change::Changed,
        [_, None] => Change::Removed,
        [None, Some(_)] => Change::Added,
    }
}

/// Whether both do the same to the same shapes. What they are called does not matter.
fn is_same(a: &Row<'_>, b: &Row<'_>) -> bool {
    a.layers.len() == b.layers.len()
        && a.layers.iter().zip(b.layers).all(|(a, b)| {
            a.op == b.op && a.input == b.input && a.output == b.output && a.trainable == b.trainable
        })
}

/// What a row does: `3x3 convolution, ReLU`.
fn operation(row: &Row<'_>) -> String {
    row.layers.iter().map(Layer::describe).collect::<Vec<_>>().join(", ")
}

/// The cells under [`LAYERS`]: one value where both agree, and both where they do not.
fn cells(pair: &Pair<'_>, ascii: bool) -> [String; 5] {
    let mark = match pair.change {
        Change::Same => ' ',
        Change::Changed => '~',
        Change::Removed => '-',
        Change::Added => '+',
    };
    let arrow = if ascii { " -> " } else { " → " };
    let cell = |show: &dyn Fn(&Row<'_>) -> String| {
        let mut shown: Vec<String> = pair.sides.iter().flatten().map(show).collect();
        shown.dedup();
        shown.join(arrow)
    };
    [
        format!("{mark} {}", cell(&|row| format!("{} ({})", row.name, row.kind))),
        cell(&|row| row.output.to_string()),
        cell(&|row| grouped(row.parameters)),
        cell(&|row| operations(row.macs)),
        cell(&operation),
    ]
}

/// A number of both models.
struct Total {
    what: &'static str,
    /// Its key in JSON.
    key: &'static str,
    values: [u64; 2],
    show: fn(u64) -> String,
}

impl Total {
    /// The cells under [`TOTALS`].
    fn cells(&self) -> [String; 4] {
        let [a, b] = self.values.map(self.show);
        [self.what.to_owned(), a, b, self.change()]
    }

    /// By how much the second one is more, in percent.
    fn change(&self) -> String {
        match self.values {
            [a, b] if a == b => "same".to_owned(),
            [0, _] => "new".to_owned(),
            [a, b] => {
                let percent = (b as f64 / a as f64 - 1.0) * 100.0;
                let decimals = if percent.abs() < 10.0 { 1 } else { 0 };
                format!("{percent:+.decimals$}%")
            }
        }
    }
}

fn totals(sides: [Side<'_>; 2], batch: u64) -> [Total; 7] {
    let total = |what, key, value: &dyn Fn(Side<'_>) -> u64, show| Total {
        what,
        key,
        values: sides.map(value),
        show,
    };
    [
        total("Layers", "layers", &|side| side.model.layers().len() as u64, grouped),
        total("Parameters", "parameters", &|side| side.model.parameters(), grouped),
        total("Trainable", "trainable", &|side| side.model.trainable(), grouped),
        total("MACs", "macs", &|side| side.model.macs(), macs),
        total("Inference", "inference_bytes", &|side| side.plan.inference_bytes(side.model, batch), bytes),
        total("Training", "training_bytes", &|side| side.plan.training_bytes(side.model, batch), bytes),
        total("Field", "receptive_field", &|side| receptive_field(side.model), grouped),
    ]
}

/// How many rows of the image one value of the last feature maps sees.
fn receptive_field(model: &Model) -> u64 {
    let maps = model.layers().iter().rfind(|layer| matches!(layer.output, Shape::Maps(_)));
    maps.map_or(1, |layer| layer.receptive_field[0] as u64)
}
