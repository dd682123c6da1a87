//! The compiler's shapes and settings as the runtime knows them. Neither crate knows the other, so each
//! has types of its own.

use vgg_runtime::{
    Activation, ArenaSize, Extent, Lrn, MapShape, Norm, Padding, PoolMode, PoolWindow, Slot, Window,
};
use vgg_spec::{ir, plan};

pub(super) fn map_shape(shape: ir::MapShape) -> MapShape {
    let ir::MapShape { channels, height, width } = shape;
    MapShape::new(channels, height, width)
}

/// What a step reads or writes.
pub(super) fn extent(shape: ir::Shape) -> Extent {
    match shape {
        ir::Shape::Maps(maps) => Extent::Maps(map_shape(maps)),
        ir::Shape::Vector(features) => Extent::Vector(features),
    }
}

/// Maps as they are; a vector as so many maps of one value.
pub(super) fn maps(shape: ir::Shape) -> MapShape {
    match shape {
        ir::Shape::Maps(maps) => map_shape(maps),
        ir::Shape::Vector(features) => MapShape::new(features, 1, 1),
    }
}

pub(super) fn slot(slot: plan::Slot) -> Slot {
    let plan::Slot { inference, training, gradient } = slot;
    Slot::new(inference, training, gradient)
}

pub(super) fn arena(size: plan::ArenaSize) -> ArenaSize {
    let plan::ArenaSize { inference, training, statistics } = size;
    ArenaSize { inference, training, statistics }
}

pub(super) fn window(window: ir::Window) -> Window {
    let ir::Window { kernel, stride, padding } = window;
    let ir::Padding { top, bottom, left, right } = padding;
    Window { kernel, stride, padding: Padding { top, bottom, left, right } }
}

pub(super) fn pool(pool: ir::Pool) -> PoolWindow {
    let mode = match pool.mode {
        ir::PoolMode::Max => PoolMode::Max,
        ir::PoolMode::Average => PoolMode::Average,
    };
    PoolWindow { mode, window: window(pool.window) }
}

pub(super) fn norm(norm: ir::BatchNorm, trainable: bool) -> Norm {
    Norm { epsilon: norm.epsilon as f32, momentum: norm.momentum as f32, frozen: !trainable }
}

pub(super) fn lrn(lrn: ir::Lrn) -> Lrn {
    let ir::Lrn { size, alpha, beta, k } = lrn;
    Lrn { size, alpha: alpha as f32, beta: beta as f32, k: k as f32 }
}

pub(super) fn activation(activation: ir::Activation) -> Activation {
    match activation {
        ir::Activation::None => Activation::None,
        ir::Activation::Relu => Activation::Relu,
        ir::Activation::LeakyRelu { slope } => Activation::LeakyRelu { slope: slope as f32 },
        ir::Activation::Elu { alpha } => Activation::Elu { alpha: alpha as f32 },
        ir::Activation::Gelu => Activation::Gelu,
        ir::Activation::Silu => Activation::Silu,
        ir::Activation::Sigmoid => Activation::Sigmoid,
        ir::Activation::Tanh => Activation::Tanh,
    }
}
