//! What layers and steps do, in the words of doc comments.

use super::Network;
use crate::ir::{Activation, Layer, Op, PoolMode, Shape, Window};
use crate::plan::{Fused, Step};

/// `64x112x112`, or `512 features`.
pub(super) fn shape(shape: Shape) -> String {
    match shape {
        Shape::Maps(maps) => format!("{}x{}x{}", maps.channels, maps.height, maps.width),
        Shape::Vector(features) => format!("{features} features"),
    }
}

/// From one shape to another: `512 to 120 features`.
pub(super) fn passage(input: Shape, output: Shape) -> String {
    match (input, output) {
        (Shape::Vector(input), Shape::Vector(_)) => format!("{input} to {}", shape(output)),
        _ => format!("{} to {}", shape(input), shape(output)),
    }
}

/// What a step does: `3x3 convolution, batch norm, ReLU, 2x2 max-pool`, as a sentence.
pub(super) fn step(network: &Network<'_>, step: &Step) -> String {
    let layers: Vec<usize> = match step.op {
        Fused::Conv { conv, norm, activation, pool } => {
            [Some(conv), norm, activation, pool].into_iter().flatten().collect()
        }
        Fused::Dense { dense, norm, activation } => {
            [Some(dense), norm, activation].into_iter().flatten().collect()
        }
        Fused::Norm { norm, activation } => [Some(norm), activation].into_iter().flatten().collect(),
        Fused::Lrn(layer)
        | Fused::Pool(layer)
        | Fused::Activation(layer)
        | Fused::Dropout(layer)
        | Fused::Flatten(layer)
        | Fused::GlobalAveragePool(layer)
        | Fused::AdaptiveAveragePool(layer) => vec![layer],
    };
    let words: Vec<String> = layers.into_iter().map(|index| operation(network.layer(index))).collect();
    sentence(&words.join(", "))
}

/// What a layer with weights does, and to what.
pub(super) fn field(layer: &Layer) -> String {
    let operation = sentence(&operation(layer));
    let operation = operation.trim_end_matches('.');
    match layer.op {
        Op::BatchNorm(_) => format!("{operation} of {}.", shape(layer.output)),
        _ => format!("{operation}, {}.", passage(layer.input, layer.output)),
    }
}

impl Layer {
    /// What it does, in a few words: `3x3 convolution`.
    pub fn describe(&self) -> String {
        operation(self)
    }
}

fn operation(layer: &Layer) -> String {
    match layer.op {
        Op::Conv(conv) => {
            let groups = if conv.groups > 1 { format!(" in {} groups", conv.groups) } else { String::new() };
            format!("{} convolution{groups}{}", window(conv.window, [1, 1]), bias(conv.bias))
        }
        Op::BatchNorm(_) => "batch norm".to_owned(),
        Op::Lrn(lrn) => format!("local response normalisation over {} channels", lrn.size),
        Op::Activation(activation) => self::activation(activation).to_owned(),
        Op::Pool(pool) => {
            let mode = match pool.mode {
                PoolMode::Max => "max",
                PoolMode::Average => "average",
            };
            format!("{} {mode}-pool", window(pool.window, pool.window.kernel))
        }
        Op::Dropout { rate } => format!("dropout of {}%", (rate * 1e4).round() / 1e2),
        Op::Flatten => "flatten".to_owned(),
        Op::GlobalAveragePool => "global average pool".to_owned(),
        Op::AdaptiveAveragePool => "adaptive average pool".to_owned(),
        Op::Dense(dense) => format!("dense layer{}", bias(dense.bias)),
        Op::Softmax => "softmax".to_owned(),
    }
}

/// The size of a window, and its stride where that is not the usual one.
fn window(window: Window, usual: [usize; 2]) -> String {
    let [height, width] = window.kernel;
    match window.stride {
        stride if stride == usual => format!("{height}x{width}"),
        [rows, columns] if rows == columns => format!("{height}x{width} stride-{rows}"),
        [rows, columns] => format!("{height}x{width} stride-{rows}x{columns}"),
    }
}

fn bias(has: bool) -> &'static str {
    if has { "" } else { " without bias" }
}

fn activation(activation: Activation) -> &'static str {
    match activation {
        Activation::None => "identity",
        Activation::Relu => "ReLU",
        Activation::LeakyRelu { .. } => "leaky ReLU",
        Activation::Elu { .. } => "ELU",
        Activation::Gelu => "GELU",
        Activation::Silu => "SiLU",
        Activation::Sigmoid => "sigmoid",
        Activation::Tanh => "tanh",
    }
}

/// With a capital in front and a full stop behind.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}
