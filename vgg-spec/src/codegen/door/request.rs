//! What a user writes in `vgg!(...)`.

use crate::ast::Amount;
use crate::lower::Override;
use crate::names::Named;
use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, LitFloat, LitInt, LitStr, Result, Token, bracketed};

/// A whole call of the macro.
pub(super) enum Request {
    /// `"specs/vgg16.yaml" as Birds, classes = 200`.
    File {
        /// The crate that the code runs on.
        runtime: TokenStream,
        /// Which file, and what to make of it.
        file: FromFile,
    },
    /// `model Tiny { ... }`.
    Inline {
        /// The crate that the code runs on.
        runtime: TokenStream,
        /// The spec.
        tokens: TokenStream,
    },
}

/// A spec in a file.
pub(super) struct FromFile {
    /// From the folder of the user's `Cargo.toml`.
    pub(super) path: LitStr,
    /// The name of the type; that of the spec unless given.
    pub(super) name: Option<Ident>,
    /// Values of params.
    pub(super) arguments: Vec<Argument>,
    /// A file of weights to embed, from the folder of the user's `Cargo.toml`.
    pub(super) weights: Option<LitStr>,
}

/// `classes = 200`.
pub(super) struct Argument {
    pub(super) name: Ident,
    value: Amount,
}

impl Argument {
    pub(super) fn to_override(&self) -> Override {
        Override { name: self.plain_name(), value: self.value }
    }

    /// Whether a finding about an argument is about this one.
    pub(super) fn is_named_in(&self, message: &str) -> bool {
        message.starts_with(&format!("`{}`", self.plain_name()))
    }

    fn plain_name(&self) -> String {
        let name = self.name.to_string();
        name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
    }
}

impl Parse for Request {
    fn parse(input: ParseStream<'_>) -> Result<Request> {
        let runtime;
        bracketed!(runtime in input);
        let runtime = runtime.parse::<TokenStream>()?;
        // A spec begins with a word, or with a doc comment in front of it.
        if input.peek(LitStr) {
            Ok(Request::File { runtime, file: input.parse()? })
        } else if input.peek(Ident::peek_any) || input.peek(Token![#]) {
            Ok(Request::Inline { runtime, tokens: input.parse()? })
        } else {
            Err(Error::new(
                input.span(),
                "expected the path of a spec, as in `vgg!(\"specs/vgg16.yaml\")`, or a spec, as in \
                 `vgg! { model Tiny { ... } }`",
            ))
        }
    }
}

impl Parse for FromFile {
    fn parse(input: ParseStream<'_>) -> Result<FromFile> {
        let path = input.parse()?;
        let name = if input.peek(Token![as]) {
            input.parse::<Token![as]>()?;
            Some(type_name(input.parse()?)?)
        } else {
            None
        };
        let mut arguments: Vec<Argument> = Vec::new();
        let mut weights = None;
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            if is_weights(input) {
                let name: Ident = input.parse()?;
                input.parse::<Token![=]>()?;
                if weights.replace(input.parse()?).is_some() {
                    return Err(Error::new(name.span(), "weights are given twice"));
                }
                continue;
            }
            let argument: Argument = input.parse()?;
            if arguments.iter().any(|earlier| earlier.name == argument.name) {
                return Err(Error::new(argument.name.span(), "this param is set twice"));
            }
            arguments.push(argument);
        }
        Ok(FromFile { path, name, arguments, weights })
    }
}

/// Whether `weights = "a file"` comes next; with a number behind it, it is a param of that name.
fn is_weights(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let name = ahead.parse::<Ident>().is_ok_and(|name| name == "weights");
    name && ahead.parse::<Token![=]>().is_ok() && ahead.peek(LitStr)
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> Result<Argument> {
        let name: Ident = input.parse()?;
        input.parse::<Token![=]>()?;
        let value = if input.peek(LitInt) {
            Amount::Whole(input.parse::<LitInt>()?.base10_parse()?)
        } else if input.peek(LitFloat) {
            Amount::Fraction(input.parse::<LitFloat>()?.base10_parse()?)
        } else {
            let wrong: TokenTree = input.parse()?;
            return Err(Error::new(wrong.span(), format!("`{name}` must be a number")));
        };
        Ok(Argument { name, value })
    }
}

/// Checks the name of a type.
fn type_name(name: Ident) -> Result<Ident> {
    match Named::Model.check(&name.to_string()) {
        Ok(()) => Ok(name),
        Err(_) => Err(Error::new(name.span(), format!("the name of a network is {}", Named::Model.rule()))),
    }
}
