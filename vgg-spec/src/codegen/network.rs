//! What training, prediction and weight files see of the generated type.

use super::blocks::{backward_name, forward_name};
use super::fields::{Weights, with_weights};
use super::steps::constant_name;
use super::{Network, ident};
use crate::ir::MapShape;
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// The implementation of the runtime's `Network`, and the lists of layers behind it.
pub(super) fn implementation(network: &Network<'_>) -> TokenStream {
    let name = &network.name;
    let model_name = network.model.name();
    let MapShape { channels, height, width } = network.model.input();
    let [channels, height, width] = [channels, height, width].map(Literal::usize_unsuffixed);
    let classes = Literal::usize_unsuffixed(network.model.classes());
    let logits = network.plan.steps.last().map(constant_name);
    let (forward, backward) = (forward(network), backward(network));
    let (outputs, frozen, statistics) = (outputs(network), frozen(network), statistics(network));
    let lists = lists(network);
    quote! {
        impl Network for #name {
            fn name(&self) -> &str {
                #model_name
            }

            fn input(&self) -> MapShape {
                MapShape::new(#channels, #height, #width)
            }

            fn classes(&self) -> usize {
                #classes
            }

            fn arena(&self) -> ArenaSize {
                ARENA
            }

            fn input_slot(&self) -> Slot {
                INPUT.slot()
            }

            fn logits_slot(&self) -> Slot {
                steps::#logits.output().slot()
            }

            #forward
            #backward
            #outputs
            #frozen
            #statistics

            fn visit(&self, visit: &mut dyn ::core::ops::FnMut(Tensor<'_>)) {
                layers::visit(named(self), visit);
            }

            fn visit_mut(&mut self, visit: &mut dyn ::core::ops::FnMut(TensorMut<'_>)) {
                layers::visit_mut(named_mut(self), visit);
            }

            fn update(
                &mut self,
                gradients: &Self,
                apply: &mut dyn ::core::ops::FnMut(TensorMut<'_>, &[f32]),
            ) {
                layers::update(named_mut(self), named(gradients), apply);
            }
        }

        #lists
    }
}

fn forward(network: &Network<'_>) -> TokenStream {
    let parts = network.parts();
    let mut functions = parts.iter().map(forward_name);
    let last = functions.next_back();
    let first = functions.next().map(|first| quote!(let x = self.#first(pass, INPUT);));
    quote! {
        fn forward(&self, pass: &mut Pass<'_>) {
            #first
            #(let x = self.#functions(pass, x);)*
            self.#last(pass, x);
        }
    }
}

fn backward(network: &Network<'_>) -> TokenStream {
    let parts = network.parts();
    let functions = parts.iter().rev().filter(|part| part.has_backward()).map(backward_name);
    quote! {
        fn backward(&self, pass: &mut Pass<'_>, gradients: &mut Self) {
            #(self.#functions(pass, gradients);)*
        }
    }
}

/// What every step leaves.
fn outputs(network: &Network<'_>) -> TokenStream {
    let steps = &network.plan.steps;
    let (names, constants) = (steps.iter().map(|step| &step.name), steps.iter().map(constant_name));
    quote! {
        fn outputs(&self, pass: &Pass<'_>, see: &mut dyn ::core::ops::FnMut(&str, &[f32])) {
            #(see(#names, steps::#constants.output().values(pass));)*
        }
    }
}

/// What training leaves as it is, if there is any.
fn frozen(network: &Network<'_>) -> Option<TokenStream> {
    let layers = with_weights(network).map(|(layer, _)| layer).filter(|layer| !layer.trainable);
    let names: Vec<&str> = layers.map(|layer| layer.name.as_str()).collect();
    (!names.is_empty()).then(|| {
        quote! {
            fn is_frozen(&self, layer: &str) -> bool {
                ::core::matches!(layer, #(#names)|*)
            }
        }
    })
}

fn statistics(network: &Network<'_>) -> TokenStream {
    let updates: Vec<TokenStream> = network
        .plan
        .steps
        .iter()
        .filter_map(|step| {
            let norm = network.layer(step.op.norm()?);
            let (constant, norm) = (constant_name(step), norm.trainable.then(|| ident(&norm.name))?);
            Some(quote!(steps::#constant.update_statistics(pass, &mut self.#norm);))
        })
        .collect();
    let pass = if updates.is_empty() { ident("_pass") } else { ident("pass") };
    quote! {
        fn update_statistics(&mut self, #pass: &Pass<'_>) {
            #(#updates)*
        }
    }
}

/// What the functions above share: a network to be filled, and lists of its layers.
fn lists(network: &Network<'_>) -> TokenStream {
    let name = &network.name;
    let (layers, weights): (Vec<_>, Vec<_>) = with_weights(network).unzip();
    let names: Vec<&str> = layers.iter().map(|layer| layer.name.as_str()).collect();
    let fields: Vec<_> = names.iter().map(|name| ident(name)).collect();
    let blanks = weights.iter().map(Weights::blank);
    let count = Literal::usize_unsuffixed(names.len());
    quote! {
        /// A network that has learned nothing.
        fn blank() -> #name {
            #name { #(#fields: #blanks,)* }
        }

        /// The layers that have weights, by name.
        fn named(network: &#name) -> [(&str, &dyn Layer); #count] {
            [#((#names, &network.#fields),)*]
        }

        /// The layers that have weights, by name, to be changed.
        fn named_mut(network: &mut #name) -> [(&str, &mut dyn Layer); #count] {
            [#((#names, &mut network.#fields),)*]
        }
    }
}
