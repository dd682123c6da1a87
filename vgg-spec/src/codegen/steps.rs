//! The fused steps as typed constants: rustc proves once more that the shapes fit.

use super::fields::doc;
use super::literal::{integer, single};
use super::{Network, describe, ident, imports};
use crate::ir::{Activation, BatchNorm, Layer, Lrn, MapShape, Op, Padding, Pool, PoolMode, Shape, Window};
use crate::plan::{Fused, Place, Slot, Step};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

/// The module of the steps. Each begins where the one before it ends.
pub(super) fn module(network: &Network<'_>, runtime: &TokenStream) -> TokenStream {
    let mut reads = quote!(super::INPUT);
    let constants: Vec<TokenStream> = network
        .plan
        .steps
        .iter()
        .enumerate()
        .map(|(index, step)| {
            let (name, doc) = (constant_name(step), doc(&describe::step(network, step)));
            let ty = ty(network, step);
            let kind = kind(step);
            let settings = settings(network, step, index);
            let to = slot(step.output.slot);
            let constant = quote! {
                #doc
                pub(super) const #name: #ty = #kind::reads(#reads) #settings .writes(#to);
            };
            let fixed = (!step.backward).then(|| quote!(.fixed()));
            reads = quote!(#name.output()#fixed);
            constant
        })
        .collect();
    let constants = imports::prepend(quote!(#(#constants)*), runtime, &ident("steps"));
    quote! {
        /// What is computed at one go, and where in the arena the data lies: the offsets of a [`Slot`] are
        /// those in inference, in training, and of the gradient.
        mod steps { #constants }
    }
}

/// The constants that all functions share.
pub(super) fn arena(network: &Network<'_>) -> TokenStream {
    let MapShape { channels, height, width } = network.model.input();
    let [channels, height, width] = [channels, height, width].map(Literal::usize_unsuffixed);
    let input = slot(network.plan.input);
    let arena = network.plan.arena;
    let [inference, training, statistics] =
        [arena.inference, arena.training, arena.statistics].map(|floats| integer(floats as u64));
    quote! {
        /// Where the images are read.
        const INPUT: Maps<#channels, #height, #width> = Maps::images(#input);

        /// The memory of a pass, in floats: for each image in inference and in training, and for the
        /// statistics of norms.
        const ARENA: ArenaSize =
            ArenaSize { inference: #inference, training: #training, statistics: #statistics };
    }
}

/// The name of the constant of a step.
pub(super) fn constant_name(step: &Step) -> Ident {
    ident(&step.name.to_ascii_uppercase())
}

/// The type of a handle: `Maps<64, 112, 112>` or `Features<512>`.
pub(super) fn place(shape: Shape) -> TokenStream {
    match shape {
        Shape::Maps(MapShape { channels, height, width }) => {
            let [channels, height, width] = [channels, height, width].map(Literal::usize_unsuffixed);
            quote!(Maps<#channels, #height, #width>)
        }
        Shape::Vector(features) => {
            let features = Literal::usize_unsuffixed(features);
            quote!(Features<#features>)
        }
    }
}

fn kind(step: &Step) -> Ident {
    ident(match step.op {
        Fused::Conv { .. } => "ConvStep",
        Fused::Dense { .. } => "DenseStep",
        Fused::Norm { .. } => "NormStep",
        Fused::Lrn(_) => "LrnStep",
        Fused::Pool(_) => "PoolStep",
        Fused::Activation(_) => "ActivationStep",
        Fused::Dropout(_) => "DropoutStep",
        Fused::Flatten(_) => "FlattenStep",
        Fused::GlobalAveragePool(_) => "GapStep",
        Fused::AdaptiveAveragePool(_) => "AdaptiveStep",
    })
}

fn ty(network: &Network<'_>, step: &Step) -> TokenStream {
    let kind = kind(step);
    let [input, output] = [step.input, step.output].map(|end| place(end.shape));
    match step.op {
        Fused::Conv { conv, .. } => match network.layer(conv).op {
            Op::Conv(conv) if conv.window.kernel != [3, 3] => {
                let [height, width] = conv.window.kernel.map(Literal::usize_unsuffixed);
                quote!(#kind<#input, #output, #height, #width>)
            }
            _ => quote!(#kind<#input, #output>),
        },
        Fused::Norm { .. } | Fused::Lrn(_) | Fused::Activation(_) | Fused::Dropout(_) => {
            quote!(#kind<#input>)
        }
        Fused::Dense { .. }
        | Fused::Pool(_)
        | Fused::Flatten(_)
        | Fused::GlobalAveragePool(_)
        | Fused::AdaptiveAveragePool(_) => quote!(#kind<#input, #output>),
    }
}

/// Everything between `reads` and `writes`.
fn settings(network: &Network<'_>, step: &Step, index: usize) -> TokenStream {
    let layers = match step.op {
        Fused::Conv { conv, norm, activation, pool } => [Some(conv), norm, activation, pool],
        Fused::Dense { dense, norm, activation } => [Some(dense), norm, activation, None],
        Fused::Norm { norm, activation } => [Some(norm), activation, None, None],
        Fused::Lrn(layer)
        | Fused::Pool(layer)
        | Fused::Activation(layer)
        | Fused::Dropout(layer)
        | Fused::Flatten(layer)
        | Fused::GlobalAveragePool(layer)
        | Fused::AdaptiveAveragePool(layer) => [Some(layer), None, None, None],
    };
    let settings = layers.into_iter().flatten().map(|layer| match network.layer(layer).op {
        Op::Conv(conv) => {
            let window = window(conv.window, same(conv.window.kernel));
            let (keeps, frozen) = (step.linear.map(keeps), frozen(network.layer(layer)));
            let groups = (conv.groups > 1).then(|| {
                let groups = Literal::usize_unsuffixed(conv.groups);
                quote!(.groups(#groups))
            });
            quote!(#window #groups #frozen #keeps)
        }
        Op::Dense(_) => {
            let (keeps, frozen) = (step.linear.map(keeps), frozen(network.layer(layer)));
            quote!(#frozen #keeps)
        }
        Op::BatchNorm(norm) => {
            let (norm, frozen) = (batch_norm(norm), frozen(network.layer(layer)));
            let norm = quote!(#norm #frozen);
            let statistics = integer(step.statistics.unwrap_or_default() as u64);
            quote!(.norm(#norm, #statistics))
        }
        Op::Lrn(lrn) => {
            let lrn = self::lrn(lrn);
            quote!(.lrn(#lrn))
        }
        Op::Activation(activation) => {
            let activation = self::activation(activation);
            quote!(.activation(#activation))
        }
        Op::Pool(pool) => {
            let pool = self::pool(pool);
            match step.activated {
                Some(place) => {
                    let activated = slot(place.slot);
                    quote!(.pool(#pool, #activated))
                }
                None => quote!(.pool(#pool)),
            }
        }
        Op::Dropout { rate } => {
            let (rate, stream) = (single(rate), integer(index as u64));
            quote!(.rate(#rate, #stream))
        }
        Op::Flatten | Op::GlobalAveragePool | Op::AdaptiveAveragePool | Op::Softmax => quote!(),
    });
    quote!(#(#settings)*)
}

/// What says that training leaves a layer as it is.
fn frozen(layer: &Layer) -> Option<TokenStream> {
    (!layer.trainable).then(|| quote!(.frozen()))
}

fn keeps(linear: Place) -> TokenStream {
    let slot = slot(linear.slot);
    quote!(.keeps(#slot))
}

fn slot(slot: Slot) -> TokenStream {
    let Slot { inference, training, gradient } = slot;
    let [inference, training, gradient] =
        [inference, training, gradient].map(|offset| integer(offset as u64));
    quote!(Slot::new(#inference, #training, #gradient))
}

/// What a window says beyond its kernel, as a chain of calls on one with stride 1 and the given padding.
fn window(window: Window, usual: Window) -> TokenStream {
    let stride = (window.stride != usual.stride).then(|| {
        let [rows, columns] = window.stride.map(Literal::usize_unsuffixed);
        quote!(.stride(#rows, #columns))
    });
    let padding = (window.padding != usual.padding).then(|| {
        let padding = padding(window.padding);
        quote!(.padding(#padding))
    });
    quote!(#stride #padding)
}

/// The window that a convolution has if nothing else is said: stride 1, the output as large as the input.
fn same(kernel: [usize; 2]) -> Window {
    let [rows, columns] = kernel.map(|extent| extent / 2);
    Window {
        kernel,
        stride: [1, 1],
        padding: Padding { top: rows, bottom: rows, left: columns, right: columns },
    }
}

fn padding(padding: Padding) -> TokenStream {
    let Padding { top, bottom, left, right } = padding;
    let symmetric = top == bottom && left == right;
    let [top, bottom, left, right] = [top, bottom, left, right].map(Literal::usize_unsuffixed);
    if padding == Padding::default() {
        quote!(Padding::NONE)
    } else if symmetric {
        quote!(Padding::symmetric(#top, #left))
    } else {
        quote!(Padding { top: #top, bottom: #bottom, left: #left, right: #right })
    }
}

fn pool(pool: Pool) -> TokenStream {
    let mode = ident(match pool.mode {
        PoolMode::Max => "max",
        PoolMode::Average => "average",
    });
    let [height, width] = pool.window.kernel.map(Literal::usize_unsuffixed);
    let Window { kernel, stride, padding } = pool.window;
    let stride = (stride != kernel).then(|| {
        let [rows, columns] = stride.map(Literal::usize_unsuffixed);
        quote!(.with_stride(#rows, #columns))
    });
    let padding = (padding != Padding::default()).then(|| {
        let padding = self::padding(padding);
        quote!(.with_padding(#padding))
    });
    quote!(PoolWindow::#mode(#height, #width) #stride #padding)
}

fn batch_norm(norm: BatchNorm) -> TokenStream {
    if norm == BatchNorm::USUAL {
        return quote!(Norm::DEFAULT);
    }
    let [epsilon, momentum] = [norm.epsilon, norm.momentum].map(single);
    quote!(Norm::new(#epsilon, #momentum))
}

fn lrn(lrn: Lrn) -> TokenStream {
    let size = Literal::usize_unsuffixed(lrn.size);
    let [alpha, beta, k] = [lrn.alpha, lrn.beta, lrn.k].map(single);
    quote!(Lrn { size: #size, alpha: #alpha, beta: #beta, k: #k })
}

fn activation(activation: Activation) -> TokenStream {
    match activation {
        Activation::None => quote!(Activation::None),
        Activation::Relu => quote!(Activation::Relu),
        Activation::LeakyRelu { slope } => {
            let slope = single(slope);
            quote!(Activation::LeakyRelu { slope: #slope })
        }
        Activation::Elu { alpha } => {
            let alpha = single(alpha);
            quote!(Activation::Elu { alpha: #alpha })
        }
        Activation::Gelu => quote!(Activation::Gelu),
        Activation::Silu => quote!(Activation::Silu),
        Activation::Sigmoid => quote!(Activation::Sigmoid),
        Activation::Tanh => quote!(Activation::Tanh),
    }
}
