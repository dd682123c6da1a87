//! What stands in for a network whose spec has errors.
//!
//! Code that uses the network then type-checks, and the errors of the spec are the only ones to be seen.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

/// A type with the functions and constants of any network. The crate is not compiled to its end, so none
/// of it ever runs.
pub(super) fn stub(name: &Ident, runtime: &TokenStream) -> TokenStream {
    let network = network(name, runtime);
    quote! {
        #[allow(missing_docs, reason = "it stands in for a network whose spec has errors")]
        #[derive(::core::clone::Clone, ::core::fmt::Debug)]
        pub struct #name;

        #[allow(
            missing_docs,
            dead_code,
            clippy::missing_errors_doc,
            reason = "it stands in for a network whose spec has errors"
        )]
        impl #name {
            pub const PARAMETERS: ::core::primitive::usize = 0;
            pub const SUMMARY: &'static ::core::primitive::str = "";
            pub const TRAIN: #runtime::TrainSettings = #runtime::TrainSettings {
                epochs: 0,
                batch: 1,
                seed: 0,
                optimizer: #runtime::optim::Optimizer::sgd(0.1),
                ..#runtime::TrainSettings::DEFAULT
            };

            pub const AUGMENTATIONS: &'static [#runtime::data::Augmentation] = &[];

            pub fn normalisation() -> #runtime::data::Normalisation {
                ::core::default::Default::default()
            }

            pub fn prepared<D: #runtime::data::Dataset>(images: D) -> #runtime::data::Prepared<D> {
                #runtime::data::Prepared::new(images, Self::normalisation())
            }

            pub fn varied<D: #runtime::data::Dataset>(
                images: D,
                _seed: ::core::primitive::u64,
            ) -> #runtime::data::Prepared<D> {
                Self::prepared(images)
            }

            pub const fn layers() -> &'static [#runtime::LayerInfo] {
                &[]
            }

            pub fn init(_seed: ::core::primitive::u64) -> Self {
                Self
            }

            pub const WEIGHTS: &'static [::core::primitive::u8] = &[];

            pub fn pretrained() -> Self {
                Self
            }

            pub fn forward<const C: usize, const H: usize, const W: usize, const K: usize>(
                &self,
                _images: &#runtime::FeatureMaps<C, H, W>,
            ) -> #runtime::Logits<K> {
                ::core::unreachable!()
            }

            pub fn predictor(&self, _batch: ::core::primitive::usize) -> #runtime::Predictor<Self> {
                ::core::unreachable!()
            }

            pub fn save(
                &self,
                _path: impl ::core::convert::AsRef<::std::path::Path>,
            ) -> ::core::result::Result<(), #runtime::weights::WeightsError> {
                ::core::unreachable!()
            }

            pub fn load(
                _path: impl ::core::convert::AsRef<::std::path::Path>,
            ) -> ::core::result::Result<Self, #runtime::weights::WeightsError> {
                ::core::unreachable!()
            }
        }

        #network
    }
}

/// So that it can be trained and evaluated.
fn network(name: &Ident, runtime: &TokenStream) -> TokenStream {
    quote! {
        impl #runtime::Network for #name {
            fn name(&self) -> &::core::primitive::str {
                ""
            }

            fn input(&self) -> #runtime::MapShape {
                ::core::unreachable!()
            }

            fn classes(&self) -> ::core::primitive::usize {
                0
            }

            fn arena(&self) -> #runtime::ArenaSize {
                ::core::unreachable!()
            }

            fn input_slot(&self) -> #runtime::Slot {
                ::core::unreachable!()
            }

            fn logits_slot(&self) -> #runtime::Slot {
                ::core::unreachable!()
            }

            fn forward(&self, _pass: &mut #runtime::Pass<'_>) {}

            fn backward(&self, _pass: &mut #runtime::Pass<'_>, _gradients: &mut Self) {}

            fn update_statistics(&mut self, _pass: &#runtime::Pass<'_>) {}

            fn visit(&self, _visit: &mut dyn ::core::ops::FnMut(#runtime::Tensor<'_>)) {}

            fn visit_mut(&mut self, _visit: &mut dyn ::core::ops::FnMut(#runtime::TensorMut<'_>)) {}

            fn update(
                &mut self,
                _gradients: &Self,
                _apply: &mut dyn ::core::ops::FnMut(#runtime::TensorMut<'_>, &[::core::primitive::f32]),
            ) {
            }
        }
    }
}
