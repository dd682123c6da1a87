//! Where a spec computes something else with a file's weights than the file does: in what has no weights, so that
//! they fit all the same.

use crate::params::with_weights;
use vgg_spec::ir::{Activation, Layer, Model, Op, Padding, Window};

/// What differs between the network that a file describes and the one of the spec that its weights were fitted to, a
/// sentence each. Dropouts and a softmax at the end change no logits, and are not compared.
pub fn differences(file: &Model, spec: &Model) -> Vec<String> {
    let mut found = Vec::new();
    if file.input() != spec.input() {
        found.push(format!("the file takes images of {}, the spec of {}", file.input(), spec.input()));
    }
    for (own, other) in stretches(file).iter().zip(&stretches(spec)) {
        let name = &other.layer.name;
        if let Some([own, other]) = settings(own.layer, other.layer) {
            found.push(format!("`{name}` has {own} in the file, but {other} in the spec"));
        }
        if !is_same(&own.behind, &other.behind) {
            let [own, other] = [&own.behind, &other.behind].map(|layers| listed(layers));
            found.push(format!("behind `{name}`, the file has {own}, but the spec {other}"));
        }
    }
    found
}

/// A layer with weights, and those without that follow it.
struct Stretch<'m> {
    layer: &'m Layer,
    behind: Vec<&'m Layer>,
}

fn stretches(model: &Model) -> Vec<Stretch<'_>> {
    let mut stretches: Vec<Stretch<'_>> =
        with_weights(model).map(|layer| Stretch { layer, behind: Vec::new() }).collect();
    let mut reached = 0;
    for layer in model.layers() {
        if stretches.get(reached).is_some_and(|next| std::ptr::eq(next.layer, layer)) {
            reached += 1;
        } else if counts(layer.op)
            && let Some(stretch) = reached.checked_sub(1).and_then(|last| stretches.get_mut(last))
        {
            stretch.behind.push(layer);
        }
    }
    stretches
}

/// Whether a layer without weights changes the logits.
fn counts(op: Op) -> bool {
    match op {
        Op::Lrn(_) | Op::Pool(_) | Op::GlobalAveragePool | Op::AdaptiveAveragePool => true,
        Op::Activation(activation) => activation != Activation::None,
        Op::Dropout { .. } | Op::Flatten | Op::Softmax => false,
        Op::Conv(_) | Op::BatchNorm(_) | Op::Dense(_) => false,
    }
}

/// What differs between two layers that the same weights fit.
fn settings(own: &Layer, other: &Layer) -> Option<[String; 2]> {
    match (own.op, other.op) {
        (Op::Conv(own), Op::Conv(other)) if own.window != other.window => {
            Some([own.window, other.window].map(laid))
        }
        (Op::BatchNorm(own), Op::BatchNorm(other)) if !is_near(own.epsilon, other.epsilon) => {
            Some([own.epsilon, other.epsilon].map(|epsilon| format!("epsilon {epsilon:e}")))
        }
        _ => None,
    }
}

fn is_same(own: &[&Layer], other: &[&Layer]) -> bool {
    own.len() == other.len() && own.iter().zip(other).all(|(own, other)| words(own) == words(other))
}

/// Most settings come from 32 bits.
fn is_near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-5 * one.abs().max(other.abs())
}

fn listed(layers: &[&Layer]) -> String {
    match layers {
        [] => "nothing".to_owned(),
        layers => layers.iter().map(|layer| words(layer)).collect::<Vec<_>>().join(", "),
    }
}

/// A layer with all that it computes with.
fn words(layer: &Layer) -> String {
    let what = layer.describe();
    match layer.op {
        Op::Activation(Activation::LeakyRelu { slope }) => format!("{what} of slope {}", slope as f32),
        Op::Activation(Activation::Elu { alpha }) => format!("{what} of alpha {}", alpha as f32),
        Op::Lrn(lrn) => {
            let [alpha, beta, k] = [lrn.alpha, lrn.beta, lrn.k].map(|number| number as f32);
            format!("{what} (alpha {alpha}, beta {beta}, k {k})")
        }
        Op::AdaptiveAveragePool => format!("{what} to {}", layer.output),
        Op::Pool(pool) if pool.window.padding != Padding::default() => {
            format!("{what} with {}", padding(pool.window.padding))
        }
        _ => what,
    }
}

fn laid(window: Window) -> String {
    let [rows, columns] = window.stride;
    let stride = if rows == columns { rows.to_string() } else { format!("{rows}x{columns}") };
    format!("stride {stride} and {}", padding(window.padding))
}

fn padding(Padding { top, bottom, left, right }: Padding) -> String {
    match [top, bottom, left, right] {
        [0, 0, 0, 0] => "no padding".to_owned(),
        [_, bottom, left, right] if [bottom, left, right] == [top; 3] => format!("padding {top}"),
        _ => format!("padding {top} above, {bottom} below, {left} left and {right} right"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vgg_spec::source::{Source, Syntax};

    fn model(blocks: &str, head: &str) -> Model {
        let text = format!("model: M\ninput: {{shape: [3, 12, 12]}}\nblocks: {blocks}\nhead: {head}\n");
        let checked = vgg_spec::check(&Source::new("spec.yaml", text, Syntax::Yaml), &[]);
        checked.model.unwrap_or_else(|| panic!("{:#?}", checked.findings))
    }

    #[test]
    fn a_network_does_not_differ_from_itself() {
        let one =
            model("[{conv: [4, {filters: 4, norm: batch}]}]", "[flatten, dropout: 0.5, dense: 3, softmax]");
        let other = model("[{conv: [4, {filters: 4, norm: batch}]}]", "[flatten, dense: 3]");
        assert_eq!(differences(&one, &other), Vec::<String>::new());
    }

    #[test]
    fn all_that_has_no_weights_is_compared() {
        let file = model(
            "[{conv: [4, {filters: 4, norm: {batch: {epsilon: 0.001}}}]}, {conv: [4]}, {conv: [4], padding: valid, \
             activation: {leaky_relu: {slope: 0.2}}, pool: none}]",
            "[gap, dense: {units: 3, activation: relu}, dense: 3]",
        );
        let spec = model(
            "[{conv: [4, {filters: 4, norm: batch}], pool: average}, {conv: [4], activation: gelu}, {conv: [4], \
             activation: leaky_relu, pool: none}]",
            "[gmp, dense: 3, dense: 3]",
        );
        insta::assert_snapshot!(differences(&file, &spec).join("\n"), @"
        `block1_bn2` has epsilon 1e-3 in the file, but epsilon 1e-5 in the spec
        behind `block1_bn2`, the file has ReLU, 2x2 max-pool, but the spec ReLU, 2x2 average-pool
        behind `block2_conv1`, the file has ReLU, 2x2 max-pool, but the spec GELU, 2x2 max-pool
        `block3_conv1` has stride 1 and no padding in the file, but stride 1 and padding 1 in the spec
        behind `block3_conv1`, the file has leaky ReLU of slope 0.2, global average pool, but the spec leaky ReLU of slope 0.01, 3x3 max-pool
        behind `dense1`, the file has ReLU, but the spec nothing
        ");
    }
}
