//! The macro: what stands in `vgg!(...)` becomes a network, or errors that show where they come from.
//!
//! This is an ordinary function of tokens, so that it can be tested without a macro. The macro crate only
//! calls it.

mod path;
mod report;
mod request;
mod stub;
mod weights;

pub(crate) use path::resolve;

use super::inline::Inline;
use super::{Settings, generate};
use crate::ast::Spec;
use crate::diagnostic::Severity;
use crate::ir::Model;
use crate::lower::{Override, codes};
use crate::names::snake_case;
use crate::parse::parse;
use crate::plan::Plan;
use crate::source::{Source, Syntax};
use crate::{Checked, check};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use request::{Argument, FromFile, Request};
use std::path::Path;

/// Expands `[runtime] request`: the path of the crate that generated code runs on, in brackets, and behind
/// it what a user wrote. Paths of specs are taken from `folder`.
///
/// What comes out always parses: mistakes come out as `compile_error!`, on the token that is wrong where
/// there is one, and beside a type of the network's name that keeps one mistake from becoming many.
pub fn expand(input: TokenStream, folder: &Path) -> TokenStream {
    match syn::parse2::<Request>(input) {
        Ok(Request::File { runtime, file }) => from_file(runtime, &file, folder),
        Ok(Request::Inline { runtime, tokens }) => from_tokens(runtime, tokens),
        Err(error) => error.into_compile_error(),
    }
}

fn from_file(runtime: TokenStream, file: &FromFile, folder: &Path) -> TokenStream {
    let written = file.path.value();
    let literal = file.path.span();
    let source = match read(folder, &written) {
        Ok(source) => source,
        Err(problem) => {
            let error = report::error(&problem, (literal, literal));
            let stub = file.name.as_ref().map(|name| stub::stub(name, &runtime));
            return quote!(#error #stub);
        }
    };
    let overrides: Vec<Override> = file.arguments.iter().map(Argument::to_override).collect();
    let Checked { model, findings, sources, .. } = check(&source, &overrides);
    let (by_arguments, in_file): (Vec<_>, Vec<_>) =
        findings.iter().partition(|finding| finding.code == codes::UNKNOWN_OVERRIDE);
    let mut reports: Vec<TokenStream> = by_arguments
        .into_iter()
        .map(|finding| {
            let argument = file.arguments.iter().find(|argument| argument.is_named_in(&finding.message));
            let span = argument.map_or(literal, |argument| argument.name.span());
            report::finding(finding, &source, (span, span))
        })
        .collect();
    reports.extend(report::rendered(&sources, &in_file, literal));
    let mut embedded = None;
    if let (Some(given), Some(model)) = (&file.weights, &model) {
        match embed(folder, given, model) {
            Ok(bytes) => embedded = Some(bytes),
            Err(problem) => {
                reports.push(report::error(&problem, (given.span(), given.span())));
                // Nothing runs, but what uses the weights is still to be checked.
                embedded = Some(quote!(&[]));
            }
        }
    }
    let network = network(runtime, model.as_ref(), &source, file.name.clone(), embedded);
    let tracked = sources.iter().map(|source| tracked(source.name()));
    quote!(#(#reports)* #(#tracked)* #network)
}

/// Reads a spec. Messages name the file as the user did, wherever the crate lies.
fn read(folder: &Path, written: &str) -> Result<Source, String> {
    let path = path::resolve(folder, written)?;
    match Source::read(&path) {
        Ok(source) => Ok(source.named(written).within(folder)),
        Err(error) => Err(error.to_string().replace(&*path.to_string_lossy(), written)),
    }
}

/// The bytes of a file of weights as an expression, if they are those of the model. A change of the file
/// has the crate rebuilt.
fn embed(folder: &Path, given: &syn::LitStr, model: &Model) -> Result<TokenStream, String> {
    let written = given.value();
    let path = path::resolve(folder, &written)?;
    weights::check(&path, &written, model)?;
    Ok(included(&written))
}

fn from_tokens(runtime: TokenStream, tokens: TokenStream) -> TokenStream {
    let inline = Inline::new(tokens);
    let source = Source::new("vgg!", inline.text(), Syntax::Dsl);
    let Checked { model, findings, .. } = check(&source, &[]);
    let reports = findings.iter().map(|finding| {
        let place = inline.locate(finding.primary.span);
        match finding.severity {
            Severity::Error => report::finding(finding, &source, place),
            Severity::Warning => report::warning(finding.code, &report::words(finding, &source), place.0),
        }
    });
    let name = declared_name(&source, model.as_ref());
    // The name as a token of the user's, so that an editor finds the declaration.
    let name = name.map(|name| Ident::new(&name, inline.token(&name).unwrap_or_else(Span::call_site)));
    let network = network(runtime, model.as_ref(), &source, name, None);
    quote!(#(#reports)* #network)
}

/// The module of the network and its name in the module of the user; of a spec with errors, a stub.
fn network(
    runtime: TokenStream,
    model: Option<&Model>,
    source: &Source,
    name: Option<Ident>,
    weights: Option<TokenStream>,
) -> TokenStream {
    let name = name.or_else(|| {
        let name = declared_name(source, model)?;
        Some(Ident::new(&name, Span::call_site()))
    });
    let Some(name) = name else { return TokenStream::new() };
    let Some(model) = model else { return stub::stub(&name, &runtime) };
    let settings = Settings { name: Some(name.clone()), runtime, weights };
    let items = generate(model, &Plan::new(model), &settings);
    let module = format_ident!("__vgg_{}", snake_case(&name.to_string()), span = Span::call_site());
    quote! {
        #[doc(hidden)]
        mod #module { #items }
        #[allow(unused_imports, reason = "a network may be declared for its checks alone")]
        pub use #module::#name;
    }
}

/// What the spec calls its network, if that could be a type; also if the spec has errors.
fn declared_name(source: &Source, model: Option<&Model>) -> Option<String> {
    let name = match model {
        Some(model) => model.name().to_owned(),
        None => match parse(source).0 {
            Some(Spec { name: Some(name), .. }) => name.value,
            _ => first_model(source.text())?,
        },
    };
    syn::parse_str::<Ident>(&name).is_ok().then_some(name)
}

/// The word behind the first `model`, in a text that cannot be read.
fn first_model(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let rest = line.trim_start().strip_prefix("model")?;
        let name = rest.strip_prefix(|next: char| next == ':' || next.is_whitespace())?.trim_start();
        let end = name.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(name.len());
        Some(name[..end].to_owned())
    })
}

/// Has the crate rebuilt when the file changes.
fn tracked(path: &str) -> TokenStream {
    let bytes = included(path);
    quote!(const _: &[::core::primitive::u8] = #bytes;)
}

/// The bytes of a file in the user's crate.
fn included(path: &str) -> TokenStream {
    let path = format!("/{path}");
    quote!(::core::include_bytes!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), #path)))
}
