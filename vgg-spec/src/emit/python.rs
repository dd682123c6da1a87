//! What emitted Python files share.

use crate::ir::{Model, Shape, Window};

/// The end of every file: how data is read, and what is done when it is run. What stands between it and the network is
/// written for each engine, because nearly every line there calls the engine.
pub(super) const PROGRAM: &str = include_str!("python/program.py");

/// The docstring of a file: what it is, and how it is used.
pub(super) fn header(model: &Model, usage: &str) -> String {
    let description = if model.description().is_empty() { "a network" } else { model.description() };
    // A docstring ends at three quotes, and a backslash in it means something.
    let description = description.replace('\\', "\\\\").replace('"', "'");
    format!(
        "\"\"\"{}: {description}.\n\nWritten by vggc. Training takes optimiser, epochs, batch and seed of the spec; the rate stays as it is,\nand images are not varied.\n\n{usage}\n\"\"\"\n",
        model.name()
    )
}

/// What the training program needs to know, as constants.
pub(super) fn constants(model: &Model) -> String {
    let (input, train) = (model.input(), model.train());
    format!(
        "INPUT_SHAPE = ({}, {}, {})\nCLASSES = {}\nEPOCHS = {}\nBATCH = {}\nSEED = {}\n",
        input.channels,
        input.height,
        input.width,
        model.classes(),
        train.epochs,
        train.batch,
        train.seed,
    )
}

/// A number as Python reads it.
pub(super) fn float(value: f64) -> String {
    format!("{value:?}")
}

/// One number for a square, two for a rectangle.
pub(super) fn pair([rows, columns]: [usize; 2]) -> String {
    if rows == columns { rows.to_string() } else { format!("({rows}, {columns})") }
}

/// Rows and columns of maps; a vector is one column.
pub(super) fn size(shape: Shape) -> [usize; 2] {
    match shape {
        Shape::Maps(maps) => [maps.height, maps.width],
        Shape::Vector(features) => [features, 1],
    }
}

/// Whether as much is added above as below, and left as right.
pub(super) fn is_symmetric(window: Window) -> bool {
    let padding = window.padding;
    padding.top == padding.bottom && padding.left == padding.right
}

/// A layer's or model's name as Python can use it: with an underscore behind it if it is a keyword, or one of
/// `taken`. No name in a model ends so, so the way back is to take it off.
pub(super) fn identifier(name: &str, taken: &[&str]) -> String {
    if KEYWORDS.contains(&name) || taken.contains(&name) { format!("{name}_") } else { name.to_owned() }
}

/// The keywords of Python that are none of Rust.
const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "assert", "class", "def", "del", "elif", "except", "finally", "from",
    "global", "import", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "with",
];
