//! One function forward and one backward for each block and for the head.

use super::fields::doc;
use super::steps::{constant_name, place};
use super::{Network, Part, describe, ident};
use crate::plan::Step;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

/// All of them, in order.
pub(super) fn functions(network: &Network<'_>) -> TokenStream {
    let name = &network.name;
    let functions = network.parts().into_iter().map(|part| {
        let forward = forward(network, &part);
        let backward = part.has_backward().then(|| backward(network, &part));
        quote!(#forward #backward)
    });
    quote! {
        impl #name { #(#functions)* }
    }
}

/// The function that takes data through a block.
pub(super) fn forward_name(part: &Part<'_>) -> Ident {
    ident(part.name)
}

/// The function that takes gradients back through a block.
pub(super) fn backward_name(part: &Part<'_>) -> Ident {
    format_ident!("{}_backward", part.name)
}

fn forward(network: &Network<'_>, part: &Part<'_>) -> TokenStream {
    let name = forward_name(part);
    let [input, output] = part.shapes();
    let doc = doc(&format!("`{}`: {}.", part.name, describe::passage(input, output)));
    let [input, output] = [input, output].map(place);
    let (last, rest) = part.steps.split_last().expect("a part has steps");
    let rest = rest.iter().map(|step| {
        let Call { bindings, call } = forward_call(network, step);
        quote!(#bindings let x = #call;)
    });
    let Call { bindings, call } = forward_call(network, last);
    quote! {
        #doc
        fn #name(&self, pass: &mut Pass<'_>, x: #input) -> #output {
            #(#rest)*
            #bindings
            #call
        }
    }
}

fn backward(network: &Network<'_>, part: &Part<'_>) -> TokenStream {
    let name = backward_name(part);
    let doc = doc(&format!("The gradients of `{}`, its last step first.", part.name));
    let steps: Vec<&Step> = part.steps.iter().copied().filter(|step| step.backward).collect();
    let has_weights = steps.iter().any(|step| !fields(network, step).is_empty());
    let into = ident(if has_weights { "into" } else { "_into" });
    let calls = steps.iter().rev().map(|step| {
        let Call { bindings, call } = backward_call(network, step);
        quote!(#bindings #call;)
    });
    quote! {
        #doc
        fn #name(&self, pass: &mut Pass<'_>, #into: &mut Self) {
            #(#calls)*
        }
    }
}

/// A call of a step, and the variables that keep it short.
struct Call {
    bindings: TokenStream,
    call: TokenStream,
}

fn forward_call(network: &Network<'_>, step: &Step) -> Call {
    let constant = constant_name(step);
    match fields(network, step).as_slice() {
        [] => Call { bindings: quote!(), call: quote!(steps::#constant.forward(pass, x)) },
        [layer] => Call { bindings: quote!(), call: quote!(steps::#constant.forward(pass, x, &self.#layer)) },
        layers => Call {
            bindings: quote!(let weights = (#(&self.#layers),*);),
            call: quote!(steps::#constant.forward(pass, x, weights)),
        },
    }
}

fn backward_call(network: &Network<'_>, step: &Step) -> Call {
    let constant = constant_name(step);
    match fields(network, step).as_slice() {
        [] => Call { bindings: quote!(), call: quote!(steps::#constant.backward(pass)) },
        [layer] => Call {
            bindings: quote!(),
            call: quote!(steps::#constant.backward(pass, &self.#layer, &mut into.#layer)),
        },
        layers => Call {
            bindings: quote! {
                let weights = (#(&self.#layers),*);
                let gradients = (#(&mut into.#layers),*);
            },
            call: quote!(steps::#constant.backward(pass, weights, gradients)),
        },
    }
}

/// The fields with the weights of a step: none, one layer, or one with the norm behind it.
fn fields(network: &Network<'_>, step: &Step) -> Vec<Ident> {
    step.op.learned().map(|layer| ident(&network.layer(layer).name)).collect()
}
