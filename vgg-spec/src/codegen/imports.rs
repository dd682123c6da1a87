//! The `use` lines of generated code.
//!
//! The generator writes names of the runtime bare, because that is how they read best. Here they are found
//! again, and imported from where they live.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{format_ident, quote};
use std::collections::BTreeSet;

/// The names that generated code may mention, by the module of the runtime that has them.
const NAMES: &[(&str, &[&str])] = &[
    (
        "layers",
        &[
            "ActivationStep",
            "AdaptiveStep",
            "BatchNorm",
            "Conv2d",
            "ConvStep",
            "Dense",
            "DenseStep",
            "DropoutStep",
            "Features",
            "FlattenStep",
            "GapStep",
            "GroupedConv2d",
            "Layer",
            "LrnStep",
            "Maps",
            "NormStep",
            "PoolStep",
        ],
    ),
    ("data", &["Augmentation", "Colours", "Dataset", "Normalisation", "Prepared"]),
    ("loss", &["Targets"]),
    ("optim", &["Clip", "Convention", "Decay", "Optimizer", "Rule"]),
    ("train", &["EarlyStopping", "Monitor", "Plateau", "Schedule", "Shape"]),
    ("weights", &["WeightsError"]),
    (
        "",
        &[
            "Activation",
            "ArenaSize",
            "FeatureMaps",
            "LayerInfo",
            "Logits",
            "Lrn",
            "MapShape",
            "Network",
            "Norm",
            "Padding",
            "Pass",
            "PoolWindow",
            "Predictor",
            "Slot",
            "Tensor",
            "TensorMut",
            "TrainSettings",
            "init",
            "layers",
            "tensor",
            "weights",
        ],
    ),
];

/// Stands for the generated type where its own name is one of [`NAMES`].
const STAND_IN: &str = "__Own";

/// The name by which the generator is to write the generated type.
pub(super) fn writable(own: &Ident) -> Ident {
    if clashes(own) { Ident::new(STAND_IN, own.span()) } else { own.clone() }
}

/// Puts imports of all that `items` mention in front of them. A name that the generated type has, too, is
/// imported as another one.
pub(super) fn prepend(items: TokenStream, runtime: &TokenStream, own: &Ident) -> TokenStream {
    let mut mentioned = BTreeSet::new();
    collect(items.clone(), &mut mentioned);
    let imports = NAMES.iter().filter_map(|(module, names)| {
        let names: Vec<TokenStream> =
            names.iter().filter(|name| mentioned.contains(**name)).map(|name| import(name, own)).collect();
        let module = (!module.is_empty()).then(|| super::ident(module)).into_iter();
        let module = quote!(#runtime #(::#module)*);
        match names.as_slice() {
            [] => None,
            [name] => Some(quote!(use #module::#name;)),
            names => Some(quote!(use #module::{#(#names),*};)),
        }
    });
    let items = if clashes(own) { renamed(items, own) } else { items.clone() };
    quote!(#(#imports)* #items)
}

fn clashes(own: &Ident) -> bool {
    NAMES.iter().flat_map(|(_, names)| *names).any(|name| own == name)
}

fn import(name: &str, own: &Ident) -> TokenStream {
    let ident = super::ident(name);
    if own == name {
        let alias = format_ident!("Vgg{own}");
        quote!(#ident as #alias)
    } else {
        quote!(#ident)
    }
}

/// Whether each token stands behind `::`: such a name is part of what stands before.
fn with_places(tokens: TokenStream) -> impl Iterator<Item = (TokenTree, bool)> {
    let mut colons = 0;
    tokens.into_iter().map(move |token| {
        let behind = colons == 2;
        colons = match &token {
            TokenTree::Punct(punct) if punct.as_char() == ':' => (colons + 1).min(2),
            _ => 0,
        };
        (token, behind)
    })
}

fn collect(tokens: TokenStream, found: &mut BTreeSet<String>) {
    for (token, is_tail) in with_places(tokens) {
        match token {
            TokenTree::Ident(ident) => {
                if is_tail {
                    continue;
                }
                found.insert(ident.to_string());
            }
            TokenTree::Group(group) => collect(group.stream(), found),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// Gives the runtime's name its alias, and the generated type its name.
fn renamed(tokens: TokenStream, own: &Ident) -> TokenStream {
    let rename = |(token, is_tail): (TokenTree, bool)| match token {
        TokenTree::Ident(ident) if ident == *own && !is_tail => format_ident!("Vgg{own}").into(),
        TokenTree::Ident(ident) if ident == STAND_IN => own.clone().into(),
        TokenTree::Group(group) => {
            let mut copy = Group::new(group.delimiter(), renamed(group.stream(), own));
            copy.set_span(group.span());
            copy.into()
        }
        other => other,
    };
    with_places(tokens).map(rename).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(items: TokenStream, own: &str) -> String {
        crate::codegen::format(prepend(items, &quote!(::vgg), &super::super::ident(own)))
    }

    #[test]
    fn exactly_what_is_mentioned_is_imported() {
        let items = quote!(
            struct A(Conv2d<1, 2>, Dense<3, 4>, [Pass; 2]);
        );
        assert_eq!(
            printed(items, "A"),
            "use ::vgg::layers::{Conv2d, Dense};\nuse ::vgg::Pass;\n\n\
             struct A(Conv2d<1, 2>, Dense<3, 4>, [Pass; 2]);\n"
        );
    }

    #[test]
    fn a_variant_is_no_import() {
        let items = quote!(
            const CLIP: Clip = Clip::Norm(1.0);
        );
        assert_eq!(printed(items, "A"), "use ::vgg::optim::Clip;\n\nconst CLIP: Clip = Clip::Norm(1.0);\n");
    }

    #[test]
    fn the_type_may_have_a_name_of_the_runtime() {
        let own = writable(&super::super::ident("Network"));
        assert_eq!(
            printed(quote!(struct #own; impl Network for #own {}), "Network"),
            "use ::vgg::Network as VggNetwork;\n\nstruct Network;\n\n\
             impl VggNetwork for Network {}\n"
        );
    }
}
