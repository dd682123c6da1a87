//! The procedural macro behind `vgg!`. Use it by way of the `vgg` crate.

use proc_macro::TokenStream;
use std::path::PathBuf;

/// Expands `[path of the runtime] what the user wrote`; see the documentation of `vgg::vgg!`.
#[proc_macro]
pub fn network(input: TokenStream) -> TokenStream {
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from("."), PathBuf::from);
    vgg_spec::codegen::door::expand(input.into(), &folder).into()
}
