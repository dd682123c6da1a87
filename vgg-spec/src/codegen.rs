//! From a model and its plan to Rust.
//!
//! One generator stands behind `vgg!`, `vggc expand` and build scripts. What it writes is one flat
//! module: the type with a field for each layer that has weights, its functions, one function forward and
//! one backward for each block, the implementation of the runtime's `Network`, and a module of constants
//! with one fused step each. Nothing in it is generic and nothing is decided at run time.
//!
//! The code depends on nothing that surrounds it: it imports what it uses by absolute paths, so
//! it must stand in a module of its own. A file is one already.

mod blocks;
mod describe;
pub mod door;
mod fields;
mod format;
mod imports;
pub mod inline;
mod interface;
mod literal;
mod network;
mod steps;
mod training;

pub use format::format;

use crate::ir::{Layer, Model, Shape};
use crate::plan::{Plan, Step};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

/// What may differ between two expansions of one model.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The name of the generated type; that of the model if there is none.
    pub name: Option<Ident>,
    /// The path of the crate that the code runs on.
    pub runtime: TokenStream,
    /// An expression for the bytes of a file of weights that is embedded, if one is.
    pub weights: Option<TokenStream>,
}

/// The type is named as the model is, and runs on `::vgg`.
impl Default for Settings {
    fn default() -> Settings {
        Settings { name: None, runtime: quote!(::vgg), weights: None }
    }
}

/// The items of a module that holds the network.
///
pub fn generate(model: &Model, plan: &Plan, settings: &Settings) -> TokenStream {
    let own = type_name(model, settings);
    let network = Network { model, plan, name: imports::writable(&own) };
    let items = [
        fields::structure(&network),
        interface::functions(&network),
        settings.weights.as_ref().map(|bytes| interface::pretrained(&network, bytes)).unwrap_or_default(),
        blocks::functions(&network),
        network::implementation(&network),
        interface::facts(&network),
        steps::arena(&network),
    ];
    let items = imports::prepend(items.into_iter().collect(), &settings.runtime, &own);
    let steps = steps::module(&network, &settings.runtime);
    quote!(#items #steps)
}

fn type_name(model: &Model, settings: &Settings) -> Ident {
    settings.name.clone().unwrap_or_else(|| ident(model.name()))
}

/// What all parts of the generator read.
struct Network<'m> {
    model: &'m Model,
    plan: &'m Plan,
    /// The generated type, as it is to be written until imports are resolved.
    name: Ident,
}

impl<'m> Network<'m> {
    fn layer(&self, index: usize) -> &'m Layer {
        &self.model.layers()[index]
    }

    /// Blocks and, last, the head: the functions that data passes through.
    fn parts(&self) -> Vec<Part<'m>> {
        let blocks = self.model.blocks().iter().map(|block| block.name.as_str()).enumerate();
        let blocks = blocks.map(|(index, name)| (Some(index), name));
        blocks
            .chain([(None, "head")])
            .map(|(block, name)| Part {
                name,
                steps: self.plan.steps.iter().filter(|step| step.block == block).collect(),
            })
            .filter(|part| !part.steps.is_empty())
            .collect()
    }
}

/// A block or the head.
struct Part<'m> {
    name: &'m str,
    /// At least one.
    steps: Vec<&'m Step>,
}

impl Part<'_> {
    /// Whether gradients pass through any of it.
    fn has_backward(&self) -> bool {
        self.steps.iter().any(|step| step.backward)
    }

    /// What comes in and what goes out.
    fn shapes(&self) -> [Shape; 2] {
        [self.steps[0].input.shape, self.steps[self.steps.len() - 1].output.shape]
    }
}

/// An identifier that resolves where the code stands. Names in a model are no keywords.
fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}
