//! The model as a file for Keras 3, with a program that trains it and gives the weights back.
//!
//! Keras keeps channels last. Where maps become a vector, they are put in the order of the spec first, so
//! that weights differ from ours by the order of their axes alone.

use super::python::{PROGRAM, constants, float, header, identifier, pair, size};
use crate::ir::{Activation, Configured, Layer, Lrn, Model, Op, Padding, Pool, PoolMode, Shape, Window};

/// A layer that Keras does not have.
const LRN: &str = include_str!("keras_model/lrn.py");
const DRIVER: &str = include_str!("keras_model/driver.py");

/// The text of the file.
pub fn file(model: &Model) -> String {
    let has_lrn = model.layers().iter().any(|layer| matches!(layer.op, Op::Lrn(_)));
    let own = has_lrn.then(|| LRN.to_owned());
    let parts = [imports(model), settings(model)].into_iter().chain(own);
    parts.chain([build(model), DRIVER.to_owned(), PROGRAM.to_owned()]).collect::<Vec<_>>().join("\n\n")
}

fn imports(model: &Model) -> String {
    let usage = "    \
    python FILE --data FOLDER --out weights.safetensors
    python FILE --weights weights.safetensors --record reference.safetensors";
    let imports = "\
import argparse
import gzip
import struct
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops
from safetensors.numpy import load_file, save_file
";
    format!("{}\n{imports}", header(model, usage))
}

fn settings(model: &Model) -> String {
    let optimizer = optimizer(&model.train().optimizer);
    let names = model.layers().iter().filter(|layer| !matches!(layer.op, Op::Softmax));
    let names: Vec<String> = names.map(|layer| format!("    \"{}\",\n", layer.name)).collect();
    format!(
        "NAME = \"{}\"\n{}LAYERS = {{\n{}}}\n\n\ndef make_optimizer():\n    return {optimizer}\n",
        model.name(),
        constants(model),
        names.concat()
    )
}

/// The optimiser of Keras with the settings of the spec. Its formulas are those of the Keras convention, and it
/// decays weights apart from gradients.
fn optimizer(optimizer: &Configured) -> String {
    let number = |key| float(optimizer.number(key));
    let rate = number("rate");
    let mut call = match optimizer.name() {
        "sgd" => {
            let nesterov = if optimizer.is("nesterov") { ", nesterov=True" } else { "" };
            format!("keras.optimizers.SGD({rate}, momentum={}{nesterov}", number("momentum"))
        }
        "rmsprop" => format!(
            "keras.optimizers.RMSprop({rate}, rho={}, momentum={}, epsilon={}",
            number("rho"),
            number("momentum"),
            number("epsilon")
        ),
        name => format!(
            "keras.optimizers.{}({rate}, beta_1={}, beta_2={}, epsilon={}",
            if name == "adamw" { "AdamW" } else { "Adam" },
            number("beta1"),
            number("beta2"),
            number("epsilon")
        ),
    };
    if optimizer.is("weight_decay") {
        call += &format!(", weight_decay={}", number("weight_decay"));
    }
    call + ")"
}

fn build(model: &Model) -> String {
    let input = model.input();
    let mut lines = String::new();
    let parts = model.blocks().iter().map(|block| (block.name.as_str(), block.layers.clone()));
    for (part, layers) in parts.chain([("head", model.head())]) {
        lines += &format!("    # {part}\n");
        for layer in &model.layers()[layers] {
            lines += &step(layer);
        }
    }
    format!(
        "def build(probabilities=True, dropout=True):\n    \
         \"\"\"Images [batch, {}, {}, {}] to {} probabilities, or to the logits behind them.\"\"\"\n    \
         x = images = keras.Input(({}, {}, {}))\n{lines}    \
         return keras.Model(images, x, name=\"{}\")\n",
        input.height,
        input.width,
        input.channels,
        model.classes(),
        input.height,
        input.width,
        input.channels,
        crate::names::snake_case(model.name()),
    )
}

fn step(layer: &Layer) -> String {
    let frozen = if layer.trainable || layer.parameters() == 0 { "" } else { "trainable=False, " };
    let name = format!("{frozen}name=\"{}\"", identifier(&layer.name, &[]));
    match layer.op {
        Op::Conv(conv) => {
            let bias = bias(conv.bias);
            let Convolved { before, stride, padding } = convolved(layer.input, conv.window);
            let kernel = pair(conv.window.kernel);
            let groups = if conv.groups > 1 { format!(", groups={}", conv.groups) } else { String::new() };
            format!(
                "{before}    x = layers.Conv2D({}, {kernel}{stride}{padding}{groups}{bias}, {name})(x)\n",
                conv.filters
            )
        }
        Op::Pool(pool) => self::pool(layer.input, pool, &name),
        Op::BatchNorm(norm) => format!(
            "    x = layers.BatchNormalization(epsilon={}, momentum={}, {name})(x)\n",
            float(norm.epsilon),
            float(1.0 - norm.momentum)
        ),
        Op::Lrn(Lrn { size, alpha, beta, k }) => format!(
            "    x = LocalResponseNormalization({size}, {}, {}, {}, {name})(x)\n",
            float(alpha),
            float(beta),
            float(k)
        ),
        Op::Activation(activation) => format!("    x = {}, {name})(x)\n", self::activation(activation)),
        Op::Dropout { rate } => {
            format!("    x = layers.Dropout({} if dropout else 0.0, {name})(x)\n", float(rate))
        }
        Op::Flatten => {
            format!("    x = layers.Permute((3, 1, 2))(x)\n    x = layers.Flatten({name})(x)\n")
        }
        Op::GlobalAveragePool => format!("    x = layers.GlobalAveragePooling2D({name})(x)\n"),
        Op::AdaptiveAveragePool => {
            format!("    x = layers.AdaptiveAveragePooling2D({}, {name})(x)\n", two(size(layer.output)))
        }
        Op::Dense(dense) => {
            format!("    x = layers.Dense({}{}, {name})(x)\n", dense.units, bias(dense.bias))
        }
        Op::Softmax => format!("    if probabilities:\n        x = layers.Softmax({name})(x)\n"),
    }
}

/// A convolution in Keras's terms.
struct Convolved {
    before: String,
    stride: String,
    padding: &'static str,
}

fn convolved(input: Shape, window: Window) -> Convolved {
    let stride = match window.stride {
        [1, 1] => String::new(),
        stride => format!(", strides={}", pair(stride)),
    };
    let (before, padding) = match keras_padding(input, window) {
        Some(padding) => (String::new(), padding),
        None => (format!("    x = layers.ZeroPadding2D({})(x)\n", sides(window)), ""),
    };
    Convolved { before, stride, padding }
}

fn pool(input: Shape, pool: Pool, name: &str) -> String {
    let kind = match pool.mode {
        PoolMode::Max => "MaxPooling2D",
        PoolMode::Average => "AveragePooling2D",
    };
    let window = format!("pool_size={}, strides={}", two(pool.window.kernel), two(pool.window.stride));
    let sides = sides(pool.window);
    match (keras_padding(input, pool.window), pool.mode) {
        (Some(padding), _) => format!("    x = layers.{kind}({window}{padding}, {name})(x)\n"),
        // Padding never wins a maximum, and never counts in an average.
        (None, PoolMode::Max) => format!(
            "    x = ops.pad(x, ((0, 0), *{sides}, (0, 0)), constant_values=-np.inf)\n    \
             x = layers.{kind}({window}, {name})(x)\n"
        ),
        (None, PoolMode::Average) => {
            let [height, width] = size(input);
            let [rows, columns] = pool.window.kernel;
            format!(
                "    count = windows_without_padding(layers.{kind}, ({height}, {width}), {sides}, {window})\n    \
                 x = layers.ZeroPadding2D({sides})(x)\n    \
                 x = layers.{kind}({window})(x)\n    \
                 x = layers.Activation(\"linear\", {name})(x * ({} / count))\n",
                rows * columns
            )
        }
    }
}

/// What Keras calls a padding, behind a comma; `None` if it has no name for it.
fn keras_padding(input: Shape, window: Window) -> Option<&'static str> {
    let Shape::Maps(maps) = input else { return None };
    let split = |extent: usize, kernel: usize, stride: usize| {
        let total = ((extent.div_ceil(stride) - 1) * stride + kernel).saturating_sub(extent);
        [total / 2, total - total / 2]
    };
    let ([height, width], [rows, columns]) = (window.kernel, window.stride);
    let [top, bottom] = split(maps.height, height, rows);
    let [left, right] = split(maps.width, width, columns);
    if window.padding == Padding::default() {
        Some("")
    } else if window.padding == (Padding { top, bottom, left, right }) {
        Some(", padding=\"same\"")
    } else {
        None
    }
}

/// Padding as `ZeroPadding2D` takes it.
fn sides(window: Window) -> String {
    let Padding { top, bottom, left, right } = window.padding;
    format!("(({top}, {bottom}), ({left}, {right}))")
}

fn two([rows, columns]: [usize; 2]) -> String {
    format!("({rows}, {columns})")
}

fn bias(has: bool) -> &'static str {
    if has { "" } else { ", use_bias=False" }
}

/// The constructor of an activation up to its last argument.
fn activation(activation: Activation) -> String {
    match activation {
        Activation::None => "layers.Activation(\"linear\"".to_owned(),
        Activation::LeakyRelu { slope } => format!("layers.LeakyReLU({}", float(slope)),
        Activation::Elu { alpha } => format!("layers.ELU({}", float(alpha)),
        Activation::Relu | Activation::Gelu | Activation::Silu | Activation::Sigmoid | Activation::Tanh => {
            format!("layers.Activation(\"{}\"", activation.name())
        }
    }
}
