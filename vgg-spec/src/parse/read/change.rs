//! Changes of layers and blocks by their names.

use super::super::tree::{Node, Value};
use super::{Reader, with_options};
use crate::ast::Change;

const CHANGE: [&str; 14] = with_options(["filters", "units", "rate", "pool"]);

impl Reader<'_> {
    pub(super) fn changes(&mut self, node: &Node) -> Vec<Change> {
        let Value::Map(entries) = &node.value else {
            let help = "such as `override: {block1_conv1: {stride: 2}}`";
            self.wrong_type(node, "`override` must be a map of layers", Some(help));
            return Vec::new();
        };
        let mut changes = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some(fields) = self.fields(&entry.value, "an override", &CHANGE) else { continue };
            changes.push(Change {
                name: entry.key.clone(),
                filters: fields.get("filters").map(|node| self.number(node, "the number of filters")),
                units: fields.get("units").map(|node| self.number(node, "the number of units")),
                rate: fields.get("rate").and_then(|node| self.real(node, "the rate of a dropout")),
                pool: fields.get("pool").map(|node| self.pool(node)),
                options: self.conv_options(&fields),
            });
        }
        changes
    }
}
