//! The model as a PyTorch module in a file of its own, with a program that trains it on one machine or
//! many and gives the weights back.

use super::python::{PROGRAM, constants, float, header, identifier, is_symmetric, pair, size};
use crate::ir::{
    Activation, BatchNorm, Configured, Layer, Lrn, Model, Op, Padding, Pool, PoolMode, Shape, Window,
};

const DRIVER: &str = include_str!("pytorch/driver.py");

/// The text of the file.
pub fn file(model: &Model) -> String {
    [imports(model), settings(model), module(model), DRIVER.to_owned(), PROGRAM.to_owned()].join("\n\n")
}

fn imports(model: &Model) -> String {
    let usage = "    \
    python FILE --data FOLDER --out weights.safetensors
    torchrun --nproc-per-node 2 FILE --data FOLDER --out weights.safetensors
    python FILE --weights weights.safetensors --record reference.safetensors";
    let imports = "\
import argparse
import gzip
import os
import struct
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional
";
    format!("{}\n{imports}", header(model, usage))
}

fn settings(model: &Model) -> String {
    let optimizer = optimizer(&model.train().optimizer);
    format!("{}\n\ndef make_optimizer(parameters):\n    return {optimizer}\n", constants(model))
}

/// The optimiser of PyTorch with the settings of the spec. Adam with a decay apart from gradients is its AdamW.
fn optimizer(optimizer: &Configured) -> String {
    let number = |key| float(optimizer.number(key));
    let rate = number("rate");
    let mut call = match optimizer.name() {
        "sgd" => {
            let nesterov = if optimizer.is("nesterov") { ", nesterov=True" } else { "" };
            format!("torch.optim.SGD(parameters, lr={rate}, momentum={}{nesterov}", number("momentum"))
        }
        "rmsprop" => format!(
            "torch.optim.RMSprop(parameters, lr={rate}, alpha={}, eps={}, momentum={}",
            number("rho"),
            number("epsilon"),
            number("momentum")
        ),
        name => format!(
            "torch.optim.{}(parameters, lr={rate}, betas=({}, {}), eps={}",
            if name == "adamw" || optimizer.is("decoupled") { "AdamW" } else { "Adam" },
            number("beta1"),
            number("beta2"),
            number("epsilon")
        ),
    };
    // AdamW decays unless told otherwise.
    if optimizer.is("weight_decay") || call.contains("AdamW") {
        call += &format!(", weight_decay={}", number("weight_decay"));
    }
    call + ")"
}

/// The class: a member for each layer, and the way of the data through them.
fn module(model: &Model) -> String {
    let name = identifier(
        model.name(),
        &["INPUT_SHAPE", "CLASSES", "EPOCHS", "BATCH", "SEED", "NETWORK", "PaddedAverage", "Path"],
    );
    let members: Vec<String> = model
        .layers()
        .iter()
        .filter_map(|layer| {
            let frozen = if is_frozen(layer) { ".requires_grad_(False)" } else { "" };
            Some(format!("        self.{} = {}{frozen}\n", attribute(layer), member(layer)?))
        })
        .collect();
    let mut forward = String::new();
    let parts = model.blocks().iter().map(|block| (block.name.as_str(), block.layers.clone()));
    for (part, layers) in parts.chain([("head", model.head())]) {
        forward += &format!("        # {part}\n");
        for layer in &model.layers()[layers] {
            forward += &step(layer);
        }
    }
    format!(
        "class {name}(nn.Module):\n    \
         \"\"\"Images [batch, {}, {}, {}] to logits [batch, {}].\"\"\"\n\n    \
         def __init__(self):\n        super().__init__()\n{}\n    \
         def forward(self, x):\n        \"\"\"Return the logits.\"\"\"\n{forward}        \
         return x\n{}\n\nNETWORK = {name}\n",
        model.input().channels,
        model.input().height,
        model.input().width,
        model.classes(),
        members.concat(),
        frozen_norms(model),
    )
}

/// Whether training leaves weights of a layer as they are.
fn is_frozen(layer: &Layer) -> bool {
    !layer.trainable && layer.parameters() > 0
}

/// A method that keeps frozen norms at their running statistics; nothing if there are none.
fn frozen_norms(model: &Model) -> String {
    let norms =
        model.layers().iter().filter(|layer| matches!(layer.op, Op::BatchNorm(_)) && is_frozen(layer));
    let norms: Vec<String> = norms.map(|layer| format!("self.{}", attribute(layer))).collect();
    if norms.is_empty() {
        return String::new();
    }
    format!(
        "\n    def train(self, mode=True):\n        \
         \"\"\"Switch to training, but for the norms that are frozen.\"\"\"\n        \
         super().train(mode)\n        for norm in [{}]:\n            norm.eval()\n        return self\n",
        norms.join(", ")
    )
}

/// The constructor of a layer, if it is a member. Softmax is part of the loss.
fn member(layer: &Layer) -> Option<String> {
    let channels = match layer.input {
        Shape::Maps(maps) => maps.channels,
        Shape::Vector(features) => features,
    };
    Some(match layer.op {
        Op::Conv(conv) => {
            let (window, bias) = (window(conv.window, [1, 1], usize::MAX), bias(conv.bias));
            let groups = if conv.groups > 1 { format!(", groups={}", conv.groups) } else { String::new() };
            format!("nn.Conv2d({channels}, {}, {window}{groups}{bias})", conv.filters)
        }
        Op::Dense(dense) => format!("nn.Linear({channels}, {}{})", dense.units, bias(dense.bias)),
        Op::BatchNorm(BatchNorm { epsilon, momentum }) => {
            let kind = if matches!(layer.input, Shape::Maps(_)) { "BatchNorm2d" } else { "BatchNorm1d" };
            format!("nn.{kind}({channels}, eps={}, momentum={})", float(epsilon), float(momentum))
        }
        Op::Lrn(Lrn { size, alpha, beta, k }) => format!(
            "nn.LocalResponseNorm({size}, alpha={}, beta={}, k={})",
            float(alpha),
            float(beta),
            float(k)
        ),
        Op::Activation(activation) => format!("nn.{}", self::activation(activation)),
        Op::Pool(pool) => {
            let (is_built_in, sides) = (is_built_in(pool.window, 2), sides(pool.window));
            let window = window(pool.window, pool.window.kernel, 2);
            match pool.mode {
                PoolMode::Max => format!("nn.MaxPool2d({window})"),
                PoolMode::Average if !is_built_in => format!("PaddedAverage({window}, sides={sides})"),
                PoolMode::Average => format!("nn.AvgPool2d({window}, count_include_pad=False)"),
            }
        }
        Op::Dropout { rate } => format!("nn.Dropout({})", float(rate)),
        Op::Flatten => "nn.Flatten()".to_owned(),
        Op::GlobalAveragePool => "nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())".to_owned(),
        Op::AdaptiveAveragePool => format!("nn.AdaptiveAvgPool2d({})", pair(size(layer.output))),
        Op::Softmax => return None,
    })
}

fn step(layer: &Layer) -> String {
    let attribute = attribute(layer);
    let compute = match layer.op {
        Op::Softmax => return String::new(),
        Op::Conv(conv) if !is_built_in(conv.window, usize::MAX) => {
            format!("self.{attribute}(functional.pad(x, {}))", sides(conv.window))
        }
        // Padding never wins a maximum.
        Op::Pool(Pool { mode: PoolMode::Max, window }) if !is_built_in(window, 2) => {
            format!("self.{attribute}(functional.pad(x, {}, value=-torch.inf))", sides(window))
        }
        Op::Conv(_)
        | Op::Pool(_)
        | Op::BatchNorm(_)
        | Op::Lrn(_)
        | Op::Activation(_)
        | Op::Dropout { .. }
        | Op::Flatten
        | Op::GlobalAveragePool
        | Op::AdaptiveAveragePool
        | Op::Dense(_) => format!("self.{attribute}(x)"),
    };
    format!("        x = {compute}\n")
}

/// The name of a layer's attribute: not one that every module has.
fn attribute(layer: &Layer) -> String {
    identifier(&layer.name, MODULE)
}

/// Whether PyTorch's layer does the padding itself: the same on both sides, and no more than the share of
/// the window that is allowed.
fn is_built_in(window: Window, share: usize) -> bool {
    let Padding { top, left, .. } = window.padding;
    let [height, width] = window.kernel;
    let fits = |padding: usize, extent: usize| share == usize::MAX || padding * share <= extent;
    is_symmetric(window) && fits(top, height) && fits(left, width)
}

/// Padding as `functional.pad` takes it.
fn sides(window: Window) -> String {
    let Padding { top, bottom, left, right } = window.padding;
    format!("({left}, {right}, {top}, {bottom})")
}

/// Kernel, stride and padding as arguments, as far as they are not the usual ones.
fn window(window: Window, usual_stride: [usize; 2], share: usize) -> String {
    let mut arguments = pair(window.kernel);
    if window.stride != usual_stride {
        arguments += &format!(", stride={}", pair(window.stride));
    }
    let Padding { top, left, .. } = window.padding;
    if is_built_in(window, share) && [top, left] != [0, 0] {
        arguments += &format!(", padding={}", pair([top, left]));
    }
    arguments
}

fn bias(has: bool) -> &'static str {
    if has { "" } else { ", bias=False" }
}

fn activation(activation: Activation) -> String {
    match activation {
        Activation::None => "Identity()".to_owned(),
        Activation::Relu => "ReLU()".to_owned(),
        Activation::LeakyRelu { slope } => format!("LeakyReLU({})", float(slope)),
        Activation::Elu { alpha } => format!("ELU({})", float(alpha)),
        Activation::Gelu => "GELU()".to_owned(),
        Activation::Silu => "SiLU()".to_owned(),
        Activation::Sigmoid => "Sigmoid()".to_owned(),
        Activation::Tanh => "Tanh()".to_owned(),
    }
}

/// What every `nn.Module` has.
const MODULE: &[&str] = &[
    "add_module",
    "apply",
    "bfloat16",
    "buffers",
    "call_super_init",
    "children",
    "compile",
    "cpu",
    "cuda",
    "double",
    "dump_patches",
    "eval",
    "extra_repr",
    "float",
    "forward",
    "get_buffer",
    "get_extra_state",
    "get_parameter",
    "get_submodule",
    "half",
    "ipu",
    "load_state_dict",
    "modules",
    "mtia",
    "named_buffers",
    "named_children",
    "named_modules",
    "named_parameters",
    "parameters",
    "register_buffer",
    "register_module",
    "register_parameter",
    "requires_grad",
    "set_extra_state",
    "set_submodule",
    "share_memory",
    "state_dict",
    "to",
    "to_empty",
    "train",
    "training",
    "type",
    "xpu",
    "zero_grad",
];
