//! A spec written inside `vgg! { ... }`.
//!
//! Rust hands a macro tokens, the parser reads text. So the tokens are printed, and for every token it is
//! remembered which bytes it became: a finding about some bytes then lands on the very token.

use crate::span::Span;
use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};
use std::ops::Range;

/// Tokens as text that can be read as a `.vgg` spec, and the way back from text to tokens.
///
/// ```
/// use vgg_spec::codegen::inline::Inline;
/// let tokens = "model Tiny { input 3 x 8 x 8; block { conv 4 bias -1; } }".parse().unwrap();
/// assert_eq!(Inline::new(tokens).text(), "model Tiny { input 3 x 8 x 8 ; block { conv 4 bias -1 ; } }");
/// ```
#[derive(Debug, Default)]
pub struct Inline {
    text: String,
    tokens: Vec<Printed>,
    /// Whether the next token must follow without a space.
    glued: bool,
}

/// A token that was printed.
#[derive(Debug)]
struct Printed {
    bytes: Range<usize>,
    span: proc_macro2::Span,
}

impl Inline {
    /// Prints tokens. Doc comments become comments, raw identifiers lose their `r#`, and groups that a
    /// `macro_rules!` macro made of its fragments are printed without a delimiter.
    pub fn new(tokens: TokenStream) -> Inline {
        let mut inline = Inline::default();
        inline.stream(tokens);
        inline
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The first and the last token that a range of the text came from. A range between two tokens belongs
    /// to the one behind it, one at the end of the text to the last token.
    pub fn locate(&self, place: Span) -> (proc_macro2::Span, proc_macro2::Span) {
        let Some(last) = self.tokens.len().checked_sub(1) else {
            return (proc_macro2::Span::call_site(), proc_macro2::Span::call_site());
        };
        let first = self.tokens.partition_point(|token| token.bytes.end <= place.start).min(last);
        let behind = self.tokens.partition_point(|token| token.bytes.start < place.end);
        let end = behind.saturating_sub(1).max(first);
        (self.tokens[first].span, self.tokens[end].span)
    }

    /// The first token that was printed so.
    pub fn token(&self, text: &str) -> Option<proc_macro2::Span> {
        let is_printed_so = |token: &&Printed| self.text.get(token.bytes.clone()) == Some(text);
        self.tokens.iter().find(is_printed_so).map(|token| token.span)
    }

    fn stream(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Group(group) => self.group(&group),
                TokenTree::Ident(ident) => {
                    let text = ident.to_string();
                    self.print(text.strip_prefix("r#").unwrap_or(&text), ident.span());
                }
                TokenTree::Literal(literal) => self.print(&literal.to_string(), literal.span()),
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    let inner = tokens.next_if(|next| is_punct(next, '!'));
                    match tokens.peek().and_then(doc_comment) {
                        Some(comment) => {
                            tokens.next();
                            self.comment(&comment);
                        }
                        None => {
                            self.print("#", punct.span());
                            if let Some(mark) = inner {
                                self.print("!", mark.span());
                            }
                        }
                    }
                }
                TokenTree::Punct(punct) => {
                    self.print(punct.as_char().encode_utf8(&mut [0; 4]), punct.span());
                    let sign = punct.as_char() == '-' && matches!(tokens.peek(), Some(TokenTree::Literal(_)));
                    self.glued = sign || punct.spacing() == Spacing::Joint;
                }
            }
        }
    }

    fn group(&mut self, group: &Group) {
        let (open, close) = match group.delimiter() {
            Delimiter::Brace => ("{", "}"),
            Delimiter::Bracket => ("[", "]"),
            Delimiter::Parenthesis => ("(", ")"),
            Delimiter::None => return self.stream(group.stream()),
        };
        self.print(open, group.span_open());
        self.stream(group.stream());
        self.glued = false;
        self.print(close, group.span_close());
    }

    fn print(&mut self, text: &str, span: proc_macro2::Span) {
        let starts_line = self.text.is_empty() || self.text.ends_with('\n');
        if !std::mem::take(&mut self.glued) && !starts_line {
            self.text.push(' ');
        }
        let start = self.text.len();
        self.text.push_str(text);
        self.tokens.push(Printed { bytes: start..self.text.len(), span });
    }

    fn comment(&mut self, comment: &str) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        for line in comment.lines() {
            self.text.push_str("//");
            self.text.push_str(line);
            self.text.push('\n');
        }
        self.glued = false;
    }
}

fn is_punct(token: &TokenTree, expected: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == expected)
}

/// The text of a doc comment, out of the `[doc = "text"]` that it reaches a macro as.
fn doc_comment(token: &TokenTree) -> Option<String> {
    let TokenTree::Group(group) = token else { return None };
    let attribute: syn::MetaNameValue = syn::parse2(group.stream()).ok()?;
    match attribute.value {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. })
            if group.delimiter() == Delimiter::Bracket && attribute.path.is_ident("doc") =>
        {
            Some(text.value())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::{Ident, Literal, Punct};
    use quote::quote;

    fn print(tokens: TokenStream) -> String {
        Inline::new(tokens).text().to_owned()
    }

    /// What of the original text a place in the printed text leads back to.
    fn source_of(original: &str, part: &str) -> String {
        let inline = Inline::new(original.parse().expect("tokens"));
        let start = inline.text().find(part).expect("printed");
        let (first, last) = inline.locate(Span::new(start, start + part.len()));
        original[first.byte_range().start..last.byte_range().end].to_owned()
    }

    #[test]
    fn places_lead_back_to_the_very_tokens() {
        let original = "model   Tiny{ input 3x8 x 8; /* two */ block{conv 64*2;} }";
        for (printed, source) in [
            ("Tiny", "Tiny"),
            ("3x8 x 8", "3x8 x 8"),
            ("conv 64 * 2", "conv 64*2"),
            ("2", "2"),
            ("{ conv", "{conv"),
            ("} }", "} }"),
        ] {
            assert_eq!(source_of(original, printed), source);
        }
    }

    #[test]
    fn places_without_bytes_belong_to_a_token() {
        let original = "model Tiny { }";
        let inline = Inline::new(original.parse().unwrap());
        let at = |offset| original[inline.locate(Span::new(offset, offset)).0.byte_range()].to_owned();
        assert_eq!(at(0), "model");
        assert_eq!(at(5), "Tiny");
        assert_eq!(at(inline.text().len()), "}");
        assert_eq!(at(10_000), "}");
        Inline::default().locate(Span::new(0, 7));
    }

    #[test]
    fn doc_comments_become_comments() {
        assert_eq!(
            print(quote! {
                /// A network.
                /** Of two
                    lines. */
                #[doc = r#" "Quoted". "#]
                model A {
                    //! Inside.
                }
            }),
            "// A network.\n// Of two\n//                    lines. \n// \"Quoted\". \nmodel A {\n// Inside.\n}"
        );
    }

    #[test]
    fn other_attributes_stay_what_they_are() {
        let tokens = "#[allow(x)] # doc #![allow(x)]".parse().expect("tokens");
        assert_eq!(print(tokens), "# [ allow ( x ) ] # doc # ! [ allow ( x ) ]");
    }

    #[test]
    fn numbers_keep_their_sign_and_operators_stay_whole() {
        assert_eq!(print(quote!(a - 1 - 2.5e-3 - b)), "a -1 -2.5e-3 - b");
        assert_eq!(print(quote!(a >= b::c)), "a >= b :: c");
        let built: TokenStream = [TokenTree::from(Literal::i32_unsuffixed(-3))].into_iter().collect();
        assert_eq!(print(built), "-3");
    }

    #[test]
    fn joint_punctuation_at_the_end_of_a_group_ends_with_it() {
        let joint = TokenTree::from(Punct::new('+', Spacing::Joint));
        let group = TokenTree::from(Group::new(Delimiter::Brace, [joint].into_iter().collect()));
        assert_eq!(print([group].into_iter().collect()), "{ + }");
    }

    #[test]
    fn fragments_and_raw_identifiers_are_printed_plainly() {
        let fragment = TokenTree::from(Group::new(Delimiter::None, quote!(64 * 2)));
        let raw = Ident::new_raw("type", proc_macro2::Span::call_site());
        assert_eq!(print(quote!(conv #fragment name #raw;)), "conv 64 * 2 name type ;");
    }
}
