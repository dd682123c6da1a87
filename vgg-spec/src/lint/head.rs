//! The layers that make logits.

use super::codes;
use crate::diagnostic::Diagnostic;
use crate::ir::{Layer, Model, Op, Shape};
use crate::quantity::grouped;

/// The share of all parameters from which a dense layer is heavy.
const HEAVY: f64 = 0.8;

/// Below so many parameters nobody need care where they are.
const LIGHT: u64 = 1_000_000;

pub(super) fn check(model: &Model, findings: &mut Vec<Diagnostic>) {
    findings.extend(heavy(model));
    let logits = model.layers().iter().rfind(|layer| !matches!(layer.op, Op::Softmax));
    findings.extend(logits.and_then(not_logits));
}

/// A dense layer that holds most of the network.
fn heavy(model: &Model) -> Option<Diagnostic> {
    let total = model.parameters();
    let index = model.layers().iter().position(|layer| {
        matches!(layer.op, Op::Dense(_)) && layer.parameters() as f64 >= HEAVY * total as f64
    })?;
    let layer = &model.layers()[index];
    if layer.parameters() < LIGHT {
        return None;
    }
    let share = 100.0 * layer.parameters() as f64 / total as f64;
    // Not all of them, as long as another layer has one.
    let shown = if share < 99.5 { format!("{share:.0}") } else { format!("{:.1}", share.min(99.9)) };
    let message = format!("`{}` holds {shown}% of all parameters", layer.name);
    let label = format!("{} of {}", grouped(layer.parameters()), grouped(total));
    let mut finding = Diagnostic::warning(codes::HEAVY_DENSE, message, layer.span, label);
    let flatten = model.layers()[..index].iter().rfind(|layer| matches!(layer.op, Op::Flatten));
    if let (Some(Layer { input: Shape::Maps(maps), span, .. }), Op::Dense(dense)) = (flatten, &layer.op) {
        let pixels = (maps.height * maps.width) as u64;
        let weights = (layer.input.elements() * dense.units) as u64;
        let saved = weights - weights / pixels.max(1);
        if saved > 0 {
            finding = finding
                .also(*span, format!("flattens {maps}"))
                .help(format!("`gap` in place of `flatten` would save {} parameters", grouped(saved)));
        }
    }
    Some(finding)
}

/// What stands behind the last dense layer but is no logit.
fn not_logits(last: &Layer) -> Option<Diagnostic> {
    match last.op {
        Op::Dropout { .. } => Some(
            Diagnostic::warning(
                codes::DROPOUT_LAST,
                format!("`{}` drops logits", last.name),
                last.span,
                "behind the last dense layer",
            )
            .help("put it in front of the last dense layer"),
        ),
        Op::Activation(activation) => Some(
            Diagnostic::warning(
                codes::ACTIVATED_LOGITS,
                format!("`{}` bends the logits with {}", last.name, activation.name()),
                last.span,
                "behind the last dense layer",
            )
            .help("the softmax takes logits as they are: give the last dense layer no activation"),
        ),
        _ => None,
    }
}
