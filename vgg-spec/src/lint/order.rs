//! Layers that follow one another.

use super::codes;
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Layer, Model, Op};

pub(super) fn check(model: &Model, findings: &mut Vec<Diagnostic>) {
    for pair in model.layers().windows(2) {
        let [first, second] = pair else { continue };
        findings.extend(neighbours(first, second));
        findings.extend(dropout_of_nothing(second));
    }
}

fn neighbours(first: &Layer, second: &Layer) -> Option<Diagnostic> {
    let (code, message, label, help): (Code, String, &str, &str) = match (&first.op, &second.op) {
        (Op::Dropout { .. }, Op::BatchNorm(_)) => (
            codes::DROPOUT_BEFORE_NORM,
            format!("`{}` normalises what `{}` has thinned out", second.name, first.name),
            "its statistics are others in training than in use",
            "put the norm in front of the dropout",
        ),
        (Op::BatchNorm(_), Op::BatchNorm(_)) => (
            codes::NORM_TWICE,
            format!("`{}` normalises what is normalised already", second.name),
            "the second norm in a row",
            "remove one of them",
        ),
        (Op::Activation(_), Op::Activation(_)) => (
            codes::ACTIVATION_TWICE,
            format!("`{}` comes right behind another activation", second.name),
            "the second activation in a row",
            "remove one of them",
        ),
        (Op::Dense(_), Op::Dense(_)) => (
            codes::LINEAR_PAIR,
            format!("`{}` and `{}` have no activation between them", first.name, second.name),
            "together they are no more than one dense layer",
            "give the first one an activation, such as `relu`",
        ),
        (Op::Conv(_), Op::Conv(_)) => (
            codes::LINEAR_PAIR,
            format!("`{}` and `{}` have no activation between them", first.name, second.name),
            "together they are no more than one convolution",
            "give the first one an activation, such as `relu`",
        ),
        _ => return None,
    };
    Some(Diagnostic::warning(code, message, second.span, label).also_elsewhere(first).help(help))
}

fn dropout_of_nothing(layer: &Layer) -> Option<Diagnostic> {
    let Op::Dropout { rate } = layer.op else { return None };
    (rate == 0.0).then(|| {
        let message = format!("`{}` drops nothing", layer.name);
        Diagnostic::warning(codes::DROPOUT_OF_NOTHING, message, layer.span, "a rate of 0")
            .help("remove it, or drop a share such as 0.5")
    })
}

impl Diagnostic {
    /// Points at another layer, unless it was written in the same place.
    fn also_elsewhere(self, layer: &Layer) -> Diagnostic {
        if layer.span == self.primary.span {
            return self;
        }
        self.also(layer.span, format!("`{}`", layer.name))
    }
}
