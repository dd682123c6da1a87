//! Settings of training that do not fit the network or each other.

use super::codes;
use crate::diagnostic::Diagnostic;
use crate::ir::{Configured, Model, Op};
use crate::span::Span;

pub(super) fn check(model: &Model, findings: &mut Vec<Diagnostic>) {
    let train = model.train();
    let Some(span) = train.span else { return };
    if train.batch == 1
        && let Some(norm) = model.layers().iter().find(|layer| matches!(layer.op, Op::BatchNorm(_)))
    {
        findings.push(
            Diagnostic::warning(
                codes::TINY_NORM_BATCH,
                "a batch norm learns nothing from batches of 1 image",
                span,
                "`batch` is 1",
            )
            .also(norm.span, format!("`{}`", norm.name))
            .help("take batches of 8 or more"),
        );
    }
    findings.extend(large_rate(&train.optimizer, span));
    let epochs = train.epochs as f64;
    let mut never = |what: String, when: f64| {
        if when >= epochs {
            let message = format!("{what}, but training ends after {epochs} epochs");
            findings.push(Diagnostic::warning(codes::NEVER_HAPPENS, message, span, "it never comes to that"));
        }
    };
    if let Some(every) = train.schedule.get("every") {
        never(format!("the learning rate changes after {every} epochs"), every);
    }
    if let Some(warmup) =
        train.schedule.get("epochs").or(train.schedule.get("warmup")).filter(|epochs| *epochs > 0.0)
    {
        never(format!("the warm-up takes {warmup} epochs"), warmup);
    }
    for callback in &train.callbacks {
        if let Some(patience) = callback.get("patience") {
            never(format!("`{}` waits for {patience} epochs", callback.name()), patience);
        }
    }
    let side = model.input().height.min(model.input().width) as f64;
    for augmentation in &train.augment {
        let extent = augmentation.get("padding").or(augmentation.get("size"));
        if let Some(extent) = extent.filter(|extent| *extent >= side) {
            let message = format!("`{}` by {extent} leaves nothing of images of {side}", augmentation.name());
            findings.push(
                Diagnostic::warning(codes::AUGMENT_TOO_LARGE, message, span, "larger than an image")
                    .help(format!("take less than {}", side / 2.0)),
            );
        }
    }
}

/// Rates with which networks diverge.
fn large_rate(optimizer: &Configured, span: Span) -> Option<Diagnostic> {
    let rate = optimizer.number("rate");
    let (most, name) = match optimizer.name() {
        "sgd" => (1.0, "SGD"),
        "adamw" => (0.02, "AdamW"),
        "rmsprop" => (0.02, "RMSprop"),
        _ => (0.02, "Adam"),
    };
    (rate > most).then(|| {
        let message = format!("with a learning rate of {rate}, {name} will hardly converge");
        Diagnostic::warning(codes::LARGE_RATE, message, span, format!("more than {most}"))
            .help(format!("start from {}", most / 20.0))
    })
}
