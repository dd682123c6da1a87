//! The comparison for other programs.

use super::{Change, Pair, Side, operation, pairs, totals};
use crate::emit::rows::Row;
use crate::emit::summary::extents;
use serde::Serialize;
use serde_json::{Map, Value};

/// The comparison as JSON:
/// `{a: {file, name, input}, b: ..., batch, layers: [{change, a: {name, kind, output, parameters, macs,
/// receptive_field, operation} or null, b: ...}], totals: {parameters: {a, b}, ...}}`.
///
/// `change` is `same`, `changed`, `removed` (only in the first) or `added` (only in the second). Totals are
/// `layers`, `parameters`, `trainable`, `macs`, `inference_bytes`, `training_bytes` and `receptive_field`;
/// bytes are those of `batch` images.
pub fn json(sides: [Side<'_>; 2], batch: u64) -> String {
    let [a, b] = sides.map(JsonSide::new);
    let layers = pairs(sides).iter().map(JsonPair::new).collect();
    let totals = totals(sides, batch);
    let totals = totals.into_iter().map(|total| {
        let [a, b] = total.values;
        (total.key.to_owned(), serde_json::json!({ "a": a, "b": b }))
    });
    let comparison = JsonComparison { a, b, batch, layers, totals: totals.collect() };
    let mut text = serde_json::to_string_pretty(&comparison).expect("strings and numbers only");
    text.push('\n');
    text
}

#[derive(Serialize)]
struct JsonComparison<'m> {
    a: JsonSide<'m>,
    b: JsonSide<'m>,
    batch: u64,
    layers: Vec<JsonPair<'m>>,
    totals: Map<String, Value>,
}

#[derive(Serialize)]
struct JsonSide<'m> {
    file: &'m str,
    name: &'m str,
    input: [usize; 3],
}

impl<'m> JsonSide<'m> {
    fn new(side: Side<'m>) -> Self {
        let input = side.model.input();
        JsonSide {
            file: side.label,
            name: side.model.name(),
            input: [input.channels, input.height, input.width],
        }
    }
}

#[derive(Serialize)]
struct JsonPair<'m> {
    change: &'static str,
    a: Option<JsonLayer<'m>>,
    b: Option<JsonLayer<'m>>,
}

impl<'m> JsonPair<'m> {
    fn new(pair: &Pair<'m>) -> Self {
        let change = match pair.change {
            Change::Same => "same",
            Change::Changed => "changed",
            Change::Removed => "removed",
            Change::Added => "added",
        };
        let [a, b] = pair.sides.each_ref().map(|row| row.as_ref().map(JsonLayer::new));
        JsonPair { change, a, b }
    }
}

#[derive(Serialize)]
struct JsonLayer<'m> {
    name: &'m str,
    kind: &'static str,
    output: Vec<usize>,
    parameters: u64,
    macs: u64,
    receptive_field: [usize; 2],
    operation: String,
}

impl<'m> JsonLayer<'m> {
    fn new(row: &Row<'m>) -> Self {
        JsonLayer {
            name: row.name,
            kind: row.kind,
            output: extents(row.output),
            parameters: row.parameters,
            macs: row.macs,
            receptive_field: row.receptive_field,
            operation: operation(row),
        }
    }
}
