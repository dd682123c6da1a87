//! The functions and constants that users of the generated type call.

use super::{Network, literal, training};
use crate::emit::summary;
use crate::ir::{Layer, MapShape, Shape};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// The batch that the memory in the summary is for.
const SUMMARY_BATCH: u64 = 1;

/// What a program does with a network.
pub(super) fn functions(network: &Network<'_>) -> TokenStream {
    let name = &network.name;
    let MapShape { channels, height, width } = network.model.input();
    let input = [channels, height, width].map(Literal::usize_unsuffixed);
    let classes = Literal::usize_unsuffixed(network.model.classes());
    let parameters = literal::integer(network.model.parameters());
    let training = training::items(network);
    quote! {
        #[allow(dead_code, reason = "few programs use all of it")]
        impl #name {
            /// The number of weights and biases, running statistics of norms included.
            pub const PARAMETERS: usize = #parameters;

            #training

            /// A network with random weights (He et al., 2015). The same seed gives the same weights.
            pub fn init(seed: u64) -> Self {
                let mut network = blank();
                init::initialise(&mut network, seed);
                network
            }

            /// The logits of a batch of images. For many, a [`predictor`](Self::predictor) is faster.
            pub fn forward(&self, images: &FeatureMaps<#(#input),*>) -> Logits<#classes> {
                tensor::forward(self, images)
            }

            /// A copy of the network with the memory to run it on up to `batch` images at once.
            pub fn predictor(&self, batch: usize) -> Predictor<Self> {
                Predictor::new(::core::clone::Clone::clone(self), batch)
            }

            /// Writes the weights to a safetensors file.
            ///
            /// # Errors
            /// If the file cannot be written, or a weight is not finite.
            pub fn save(
                &self,
                path: impl ::core::convert::AsRef<::std::path::Path>,
            ) -> ::core::result::Result<(), WeightsError> {
                weights::save(self, path.as_ref(), &::core::default::Default::default())
            }

            /// Reads the weights from a safetensors file.
            ///
            /// # Errors
            /// If the file is damaged, or holds anything but the tensors of this network.
            pub fn load(
                path: impl ::core::convert::AsRef<::std::path::Path>,
            ) -> ::core::result::Result<Self, WeightsError> {
                let mut network = blank();
                weights::load(&mut network, path.as_ref()).map(|_| network)
            }
        }
    }
}

/// The network with the weights that a program embeds.
pub(super) fn pretrained(network: &Network<'_>, bytes: &TokenStream) -> TokenStream {
    let name = &network.name;
    quote! {
        #[allow(dead_code, reason = "few programs use all of it")]
        impl #name {
            /// The file of weights that is part of the program.
            pub const WEIGHTS: &'static [u8] = #bytes;

            /// The network with the weights that are part of the program.
            ///
            /// # Panics
            /// Not but for a file that changed in the very moment in which the program was compiled: that
            /// it holds the weights of this network was checked then.
            pub fn pretrained() -> Self {
                let mut network = blank();
                if let ::core::result::Result::Err(problem) = weights::load_bytes(&mut network, Self::WEIGHTS) {
                    ::core::panic!("the weights in this program: {problem}");
                }
                network
            }
        }
    }
}

/// What is known of a network before anything runs.
pub(super) fn facts(network: &Network<'_>) -> TokenStream {
    let name = &network.name;
    let summary = summary::text(network.model, network.plan, SUMMARY_BATCH, summary::TableStyle::default());
    let summary = literal::lines(&summary);
    let layers = network.model.layers().iter().map(info);
    quote! {
        #[allow(dead_code, reason = "few programs use all of it")]
        impl #name {
            /// The layers in the order in which data passes through them.
            pub const fn layers() -> &'static [LayerInfo] {
                const LAYERS: &[LayerInfo] = &[#(#layers,)*];
                LAYERS
            }

            /// The layers as a table: what comes out, and what it costs.
            pub const SUMMARY: &'static str = #summary;
        }
    }
}

fn info(layer: &Layer) -> TokenStream {
    let (name, kind) = (layer.name.as_str(), layer.kind());
    let output = match layer.output {
        Shape::Maps(maps) => vec![maps.channels, maps.height, maps.width],
        Shape::Vector(features) => vec![features],
    };
    let output = output.into_iter().map(Literal::usize_unsuffixed);
    let [parameters, macs] = [layer.parameters(), layer.macs()].map(literal::integer);
    quote!(LayerInfo::new(#name, #kind, &[#(#output),*], #parameters, #macs))
}
