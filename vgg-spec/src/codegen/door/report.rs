//! Findings as errors and warnings of the Rust compiler.

use crate::diagnostic::render::{RenderStyle, render};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::source::Source;
use crate::span::Span as Place;
use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

/// Columns of a snippet: the compiler indents it by seven.
const WIDTH: usize = 100;

/// An error from the first to the last of two tokens.
pub(super) fn error(message: &str, (first, last): (Span, Span)) -> TokenStream {
    let mut text = Literal::string(message);
    text.set_span(last);
    let mut text = Group::new(Delimiter::Brace, TokenTree::from(text).into());
    text.set_span(last);
    quote_spanned!(first=> ::core::compile_error! #text)
}

/// A warning at a token. Stable Rust has no warnings of macros but one: that of something deprecated.
pub(super) fn warning(code: Code, message: &str, at: Span) -> TokenStream {
    let name = Ident::new(code.0, at);
    quote! {
        const _: () = {
            #[deprecated(note = #message)]
            const #name: () = ();
            #name
        };
    }
}

/// A finding about tokens of the user's.
pub(super) fn finding(finding: &Diagnostic, source: &Source, place: (Span, Span)) -> TokenStream {
    error(&format!("{}: {}", finding.code, words(finding, source)), place)
}

/// The findings about a file: all errors as one, as the renderer shows them, and each warning.
pub(super) fn rendered(sources: &[Source], findings: &[&Diagnostic], at: Span) -> Vec<TokenStream> {
    let render = |findings: &[Diagnostic]| {
        render(&sources, findings, RenderStyle { color: false, width: WIDTH }).trim_end().to_owned()
    };
    let (errors, warnings): (Vec<Diagnostic>, Vec<Diagnostic>) =
        findings.iter().copied().cloned().partition(|finding| finding.severity == Severity::Error);
    let errors = (!errors.is_empty()).then(|| {
        let count = match errors.len() {
            1 => "an error".to_owned(),
            count => format!("{count} errors"),
        };
        error(&format!("the spec has {count}\n\n{}", render(&errors)), (at, at))
    });
    let warnings = warnings.into_iter().map(|finding| {
        let text = format!("\n{}", render(std::slice::from_ref(&finding)));
        warning(finding.code, &text, at)
    });
    errors.into_iter().chain(warnings).collect()
}

/// All that a finding says, for one whose place is shown by the compiler.
pub(super) fn words(finding: &Diagnostic, source: &Source) -> String {
    let mut words = finding.message.clone();
    if !finding.primary.text.is_empty() {
        words += &format!("\n{}", finding.primary.text);
    }
    for label in &finding.secondary {
        words += &format!("\n`{}`: {}", quoted(source, label.span), label.text);
    }
    for note in &finding.notes {
        words += &format!("\nnote: {note}");
    }
    if let Some(help) = &finding.help {
        words += &format!("\nhelp: {help}");
    }
    words
}

/// The text at a place, if it is short, or how it begins.
fn quoted(source: &Source, place: Place) -> String {
    const MOST: usize = 40;
    let text = source.text().get(place.range()).unwrap_or_default();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{} ...", text[..end].trim_end()),
        None => text.to_owned(),
    }
}
