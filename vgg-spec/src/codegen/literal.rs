//! Numbers and texts as a person would write them.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// A whole number, with its digits in groups of three from five digits on.
pub(super) fn integer(number: u64) -> TokenStream {
    let digits = number.to_string();
    if digits.len() < 5 {
        return parsed(&digits);
    }
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    parsed(&text)
}

/// The shortest text that reads back as the same `f64`.
pub(super) fn double(number: f64) -> TokenStream {
    signed(number.is_sign_negative(), &format!("{:?}", number.abs()))
}

/// The shortest text that reads back as the `f32` nearest to a number.
pub(super) fn single(number: f64) -> TokenStream {
    signed(number.is_sign_negative(), &format!("{:?}", (number as f32).abs()))
}

fn signed(negative: bool, digits: &str) -> TokenStream {
    let digits = parsed(digits);
    if negative { quote!(-#digits) } else { digits }
}

/// A text whose lines are lines of the source, too: it starts behind a backslash on a line of its own.
pub(super) fn lines(text: &str) -> TokenStream {
    parsed(&format!("\"\\\n{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// Texts that are literals by construction; should one not be, its text tells.
fn parsed(text: &str) -> TokenStream {
    text.parse().unwrap_or_else(|_| {
        let text = Literal::string(text);
        quote!(#text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_grouped() {
        assert_eq!(integer(1792).to_string(), "1792");
        assert_eq!(integer(14_777_458).to_string(), "14_777_458");
        assert_eq!(integer(100_000).to_string(), "100_000");
    }

    #[test]
    fn fractions_are_as_short_as_they_can_be() {
        assert_eq!(single(1e-5).to_string(), "1e-5");
        assert_eq!(single(0.1).to_string(), "0.1");
        assert_eq!(double(2.0).to_string(), "2.0");
        assert_eq!(double(-0.25).to_string(), "- 0.25");
    }

    #[test]
    fn texts_survive_quotes_and_backslashes() {
        let text = "  a \"b\" \\ c\n\n  d\n";
        let literal: syn::LitStr = syn::parse2(lines(&format!("x\n{text}"))).expect("a string");
        assert_eq!(literal.value(), format!("x\n{text}"));
    }
}
