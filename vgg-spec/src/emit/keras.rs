//! What Keras 3 prints for `model.summary()`, to the letter.
//!
//! Keras hands its table to the `rich` library. The widths below are what the two make of the width of a
//! terminal; cells that are too narrow wrap between words, and a word that is still too long is cut.

use super::rows::{Row, parts};
use crate::ir::{Model, Shape};
use crate::names::snake_case;
use crate::quantity::grouped;

/// The most columns that Keras fills: it leaves 4 of the terminal's free, and never asks for more than 88.
const WIDEST: usize = 88;
/// Below this Keras would break its headers.
const NARROWEST: usize = 46;

/// The summary as Keras prints it in a terminal of `width` columns. Shapes are in its order: batch,
/// height, width, channels.
pub fn summary(model: &Model, width: usize) -> String {
    let total = model.parameters();
    let trainable = model.trainable();
    let mut text = format!("Model: \"{}\"\n", snake_case(model.name()));
    text += &table(&parts(model).concat(), widths(width));
    for (what, count) in [("Total", total), ("Trainable", trainable), ("Non-trainable", total - trainable)] {
        text += &format!(" {what} params: {} ({})\n", grouped(count), memory(count * crate::cost::BYTES));
    }
    text
}

/// The characters inside the three columns. Keras puts their right ends at 45%, 80% and 100% of the
/// line; `rich` adds two for the space around the text, and then takes 3, 4 and 3 away again, because the
/// whole is 10 too wide with its rules.
fn widths(terminal: usize) -> [usize; 3] {
    let line = terminal.saturating_sub(4).clamp(NARROWEST, WIDEST);
    let (first, second) = (line * 45 / 100, line * 80 / 100);
    [first - 3, second - first - 4, line - second - 3]
}

fn table(rows: &[Row<'_>], widths: [usize; 3]) -> String {
    let mut text = rule(['┏', '━', '┳', '┓'], widths);
    text += &lines(["Layer (type)".into(), "Output Shape".into(), "Param #".into()], widths, '┃');
    text += &rule(['┡', '━', '╇', '┩'], widths);
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            text += &rule(['├', '─', '┼', '┤'], widths);
        }
        let cells = [format!("{} ({})", row.name, class(row)), shape(row.output), grouped(row.parameters)];
        text += &lines(cells, widths, '│');
    }
    text + &rule(['└', '─', '┴', '┘'], widths)
}

/// A softmax of its own is an `Activation` layer in Keras's VGG.
fn class(row: &Row<'_>) -> &'static str {
    if row.kind == "Softmax" { "Activation" } else { row.kind }
}

fn shape(shape: Shape) -> String {
    match shape {
        Shape::Maps(maps) => format!("(None, {}, {}, {})", maps.height, maps.width, maps.channels),
        Shape::Vector(features) => format!("(None, {features})"),
    }
}

fn rule([left, line, cross, right]: [char; 4], widths: [usize; 3]) -> String {
    let parts = widths.map(|width| line.to_string().repeat(width + 2));
    format!("{left}{}{right}\n", parts.join(&cross.to_string()))
}

/// One row of the table, on as many lines as its fullest cell needs.
fn lines(cells: [String; 3], widths: [usize; 3], bar: char) -> String {
    let [layer, output, parameters] = std::array::from_fn(|column| wrap(&cells[column], widths[column]));
    let height = layer.len().max(output.len()).max(parameters.len());
    let mut text = String::new();
    for line in 0..height {
        let cell = |column: &[String]| column.get(line).cloned().unwrap_or_default();
        text += &format!(
            "{bar} {:<3$} {bar} {:<4$} {bar} {:>5$} {bar}\n",
            cell(&layer),
            cell(&output),
            cell(&parameters),
            widths[0],
            widths[1],
            widths[2],
        );
    }
    text
}

/// Breaks between words; a word longer than a line is cut with an ellipsis.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    for line in &mut lines {
        if line.chars().count() > width {
            *line = line.chars().take(width.saturating_sub(1)).chain(['…']).collect();
        }
    }
    lines
}

/// Bytes as Keras writes them: units of 1024 under decimal names.
fn memory(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["B", "KB", "MB", "GB", "TB", "PB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.2} {}", UNITS[unit])
}
