//! The generated type: one field for each layer that has weights.

use super::{Network, describe, ident};
use crate::ir::{Layer, Op, Shape};
use crate::quantity::grouped;
use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// The `struct` with its documentation.
pub(super) fn structure(network: &Network<'_>) -> TokenStream {
    let name = &network.name;
    let docs = documentation(network).into_iter().map(|line| doc(&line));
    let fields = with_weights(network).map(|(layer, weights)| {
        let field = ident(&layer.name);
        let doc = doc(&describe::field(layer));
        let ty = weights.ty();
        quote!(#doc pub #field: #ty)
    });
    quote! {
        #(#docs)*
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        pub struct #name {
            #(#fields,)*
        }
    }
}

/// What the documentation of the type says: one row for each block.
fn documentation(network: &Network<'_>) -> Vec<String> {
    let model = network.model;
    let mut lines = Vec::new();
    if !model.description().is_empty() {
        lines.extend([sentence(model.description()), String::new()]);
    }
    lines.push(format!(
        "Takes images of {}, gives {} logits, and has {} parameters.",
        describe::shape(Shape::Maps(model.input())),
        model.classes(),
        grouped(model.parameters()),
    ));
    lines.extend(["", "| | in | out | parameters |", "| --- | --- | --- | ---: |"].map(str::to_owned));
    for part in network.parts() {
        let (Some(first), Some(last)) = (part.steps.first(), part.steps.last()) else { continue };
        let layers = &model.layers()[first.op.first()..=last.op.last()];
        lines.push(format!(
            "| {} | {} | {} | {} |",
            part.name,
            describe::shape(first.input.shape),
            describe::shape(last.output.shape),
            grouped(layers.iter().map(Layer::parameters).sum()),
        ));
    }
    lines
}

/// A text that ends as a sentence does.
fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// One line of a doc comment.
pub(super) fn doc(line: &str) -> TokenStream {
    let line = if line.is_empty() { String::new() } else { format!(" {line}") };
    quote!(#[doc = #line])
}

/// A layer with weights, and what its shapes make of its type.
pub(super) enum Weights {
    /// A convolution.
    Conv { input: usize, filters: usize, kernel: [usize; 2], groups: usize, bias: bool },
    /// A batch norm.
    Norm { channels: usize },
    /// A dense layer.
    Dense { features: usize, units: usize, bias: bool },
}

/// The layers that are fields, in order.
pub(super) fn with_weights<'m>(network: &Network<'m>) -> impl Iterator<Item = (&'m Layer, Weights)> {
    network.model.layers().iter().filter_map(|layer| Some((layer, Weights::of(layer)?)))
}

impl Weights {
    fn of(layer: &Layer) -> Option<Weights> {
        let channels = |shape| match shape {
            Shape::Maps(maps) => maps.channels,
            Shape::Vector(features) => features,
        };
        match layer.op {
            Op::Conv(conv) => Some(Weights::Conv {
                input: channels(layer.input),
                filters: conv.filters,
                kernel: conv.window.kernel,
                groups: conv.groups,
                bias: conv.bias,
            }),
            Op::BatchNorm(_) => Some(Weights::Norm { channels: channels(layer.input) }),
            Op::Dense(dense) => Some(Weights::Dense {
                features: layer.input.elements(),
                units: dense.units,
                bias: dense.bias,
            }),
            Op::Activation(_)
            | Op::Lrn(_)
            | Op::Pool(_)
            | Op::Dropout { .. }
            | Op::Flatten
            | Op::GlobalAveragePool
            | Op::AdaptiveAveragePool
            | Op::Softmax => None,
        }
    }

    /// The type of the field. A kernel of 3x3 goes without saying.
    pub(super) fn ty(&self) -> TokenStream {
        let plain = proc_macro2::Literal::usize_unsuffixed;
        match *self {
            Weights::Conv { input, filters, kernel, groups, .. } => {
                let name = conv(groups);
                let groups = (groups > 1).then_some(groups);
                let kernel = (kernel != [3, 3]).then_some(kernel).into_iter().flatten();
                let numbers = [input, filters].into_iter().chain(groups).chain(kernel).map(plain);
                quote!(#name<#(#numbers),*>)
            }
            Weights::Norm { channels } => {
                let channels = plain(channels);
                quote!(BatchNorm<#channels>)
            }
            Weights::Dense { features, units, .. } => {
                let [features, units] = [features, units].map(plain);
                quote!(Dense<#features, #units>)
            }
        }
    }

    /// An expression for the field, before there are random weights in it.
    pub(super) fn blank(&self) -> TokenStream {
        match *self {
            Weights::Conv { groups, bias, .. } => {
                let name = conv(groups);
                if bias { quote!(#name::zeros()) } else { quote!(#name::without_bias()) }
            }
            Weights::Norm { .. } => quote!(BatchNorm::identity()),
            Weights::Dense { bias: true, .. } => quote!(Dense::zeros()),
            Weights::Dense { bias: false, .. } => quote!(Dense::without_bias()),
        }
    }
}

/// The type of a convolution's weights.
fn conv(groups: usize) -> Ident {
    ident(if groups > 1 { "GroupedConv2d" } else { "Conv2d" })
}
