//! Settings of training that do not fit the network or each other.

use super::codes;
use crate::diagnostic::Diagnostic;
use crate::ir::{Configured, Model, Op, Train};

pub(super) fn check(model: &Model, findings: &mut Vec<Diagnostic>) {
    let train = model.train();
    findings.extend(tiny_batch(model));
    findings.extend(large_rate(&train.optimizer));
    for (configured, key, what) in waits(train) {
        findings.extend(never(train, configured, key, &what));
    }
    let side = model.input().height.min(model.input().width) as f64;
    findings.extend(train.augment.iter().filter_map(|augmentation| too_large(augmentation, side)));
}

/// Batches of which a norm cannot tell a variance.
fn tiny_batch(model: &Model) -> Option<Diagnostic> {
    let train = model.train();
    let span = train.batch_span.filter(|_| train.batch == 1)?;
    let norm = model.layers().iter().find(|layer| matches!(layer.op, Op::BatchNorm(_)))?;
    let message = "a batch norm learns nothing from batches of 1 image";
    Some(
        Diagnostic::warning(codes::TINY_NORM_BATCH, message, span, "one image")
            .also(norm.span, format!("`{}`", norm.name))
            .help("take batches of 8 or more"),
    )
}

/// Rates with which networks diverge.
fn large_rate(optimizer: &Configured) -> Option<Diagnostic> {
    let rate = optimizer.number("rate");
    let (most, name) = match optimizer.name() {
        "sgd" => (1.0, "SGD"),
        "adamw" => (0.02, "AdamW"),
        "rmsprop" => (0.02, "RMSprop"),
        _ => (0.02, "Adam"),
    };
    let span = optimizer.span("rate").filter(|_| rate > most)?;
    let message = format!("with a learning rate of {rate}, {name} will hardly converge");
    Some(
        Diagnostic::warning(codes::LARGE_RATE, message, span, format!("more than {most}"))
            .help(format!("start from {}", most / 20.0)),
    )
}

/// The settings that let epochs go by: whose they are, their key, and what they say.
fn waits(train: &Train) -> Vec<(&Configured, &'static str, String)> {
    let mut waits = Vec::new();
    let schedule = &train.schedule;
    if let Some(every) = schedule.get("every") {
        waits.push((schedule, "every", format!("the learning rate changes after {every} epochs")));
    }
    for key in ["epochs", "warmup"] {
        if let Some(warmup) = schedule.get(key).filter(|epochs| *epochs > 0.0) {
            waits.push((schedule, key, format!("the warm-up takes {warmup} epochs")));
        }
    }
    for callback in &train.callbacks {
        if let Some(patience) = callback.get("patience") {
            waits.push((callback, "patience", format!("`{}` waits for {patience} epochs", callback.name())));
        }
    }
    waits
}

/// What would come to pass after the last epoch.
fn never(train: &Train, configured: &Configured, key: &str, what: &str) -> Option<Diagnostic> {
    let epochs = train.epochs;
    let span = configured.span(key).filter(|_| configured.number(key) >= epochs as f64)?;
    let message = format!("{what}, but training ends after {epochs} epochs");
    let finding = Diagnostic::warning(codes::NEVER_HAPPENS, message, span, "it never comes to that");
    Some(match train.epochs_span {
        Some(span) => finding.also(span, "training ends here"),
        None => finding.note(format!("unless `train` gives `epochs`, there are {epochs}")),
    })
}

/// Variations that are larger than what they vary.
fn too_large(augmentation: &Configured, side: f64) -> Option<Diagnostic> {
    let key = ["padding", "size"].into_iter().find(|key| augmentation.get(key).is_some())?;
    let extent = augmentation.number(key);
    let span = augmentation.span(key).filter(|_| extent >= side)?;
    let message = format!("`{}` by {extent} leaves nothing of images of {side}", augmentation.name());
    Some(
        Diagnostic::warning(codes::AUGMENT_TOO_LARGE, message, span, "larger than an image")
            .help(format!("take less than {}", side / 2.0)),
    )
}
