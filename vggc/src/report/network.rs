//! The network: what it is made of, layer by layer.

use super::Told;
use super::html::{escape, table};
use serde_json::Value;
use vgg_spec::quantity::{bytes, grouped, operations};

/// The drawing, and a table of the layers, which a click opens or closes, out of what `vggc summary --format json` says.
pub(super) fn network(told: &Told, is_open: bool) -> String {
    let mut html = String::new();
    if let Some(drawing) = &told.drawing {
        html += &format!("<div class=\"scroll drawing\">{drawing}</div>\n");
    }
    if let Some(summary) = &told.summary {
        html += &layers(summary, is_open);
    }
    html
}

fn layers(summary: &Value, is_open: bool) -> String {
    let rows = summary["layers"].as_array().into_iter().flatten().map(|layer| {
        let text = |key: &str| escape(layer[key].as_str().unwrap_or_default());
        let extents: Vec<String> =
            layer["output"].as_array().into_iter().flatten().map(|extent| extent.to_string()).collect();
        vec![
            text("name"),
            text("kind"),
            extents.join("×"),
            count(&layer["parameters"], grouped),
            count(&layer["macs"], operations),
            count(&layer["activation_bytes"], bytes),
        ]
    });
    let head = ["layer", "kind", "output", "parameters", "MACs", "memory"];
    let open = if is_open { " open" } else { "" };
    format!("<details{open}><summary>Layer by layer</summary>\n{}</details>\n", table("layers", &head, rows))
}

/// A number in its own style; nothing for none.
pub(super) fn count(value: &Value, style: fn(u64) -> String) -> String {
    match value.as_u64() {
        Some(0) | None => String::new(),
        Some(count) => style(count),
    }
}
