//! What models, blocks, layers and params may be called.
//!
//! Names become fields, functions, constants and the prefixes of weight names, so the rules are those
//! of Rust with its lints: a layer is `snake_case`, a model is `UpperCamelCase`. Both are ASCII, so a
//! weight file reads the same everywhere.

use crate::span::Span;
use std::collections::HashMap;

/// The most characters a name may have.
pub const MAX_NAME: usize = 64;

/// What is wrong with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameError {
    /// Nothing between the quotes.
    Empty,
    /// More than [`MAX_NAME`] characters.
    TooLong,
    /// Not of the form that is asked for.
    Malformed,
    /// A keyword of Rust.
    Keyword,
    /// The generated code has a function of this name.
    Taken,
}

/// Checks the name of a layer or a param: words of lower-case letters and digits, joined by single
/// underscores, starting with a letter.
///
/// ```
/// use vgg_spec::names::{NameError, check_layer};
/// assert_eq!(check_layer("block1_conv1"), Ok(()));
/// assert_eq!(check_layer("conv-1"), Err(NameError::Malformed));
/// assert_eq!(check_layer("loop"), Err(NameError::Keyword));
/// ```
///
/// # Errors
///
/// Says which rule is broken.
pub fn check_layer(name: &str) -> Result<(), NameError> {
    check(name, is_snake_case)
}

/// Checks the name of a block, which is also that of a function of the generated type.
///
/// # Errors
///
/// Says which rule is broken.
pub fn check_block(name: &str) -> Result<(), NameError> {
    check_layer(name)?;
    let function = name.strip_suffix("_backward").unwrap_or(name);
    if METHODS.contains(&name) || METHODS.contains(&function) { Err(NameError::Taken) } else { Ok(()) }
}

/// Checks the name of a model: letters and digits, starting with a capital.
///
/// ```
/// use vgg_spec::names::{NameError, check_model};
/// assert_eq!(check_model("Vgg16Gap"), Ok(()));
/// assert_eq!(check_model("vgg16"), Err(NameError::Malformed));
/// ```
///
/// # Errors
///
/// Says which rule is broken.
pub fn check_model(name: &str) -> Result<(), NameError> {
    check(name, |name| {
        name.starts_with(|first: char| first.is_ascii_uppercase())
            && name.chars().all(|letter| letter.is_ascii_alphanumeric())
    })
}

fn check(name: &str, well_formed: impl Fn(&str) -> bool) -> Result<(), NameError> {
    if name.is_empty() {
        Err(NameError::Empty)
    } else if name.chars().nth(MAX_NAME).is_some() {
        Err(NameError::TooLong)
    } else if KEYWORDS.contains(&name) {
        Err(NameError::Keyword)
    } else if !well_formed(name) {
        Err(NameError::Malformed)
    } else {
        Ok(())
    }
}

/// Stricter than the language and as strict as its lint: no doubled and no outer underscores.
fn is_snake_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.split('_').all(|word| {
            !word.is_empty()
                && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
        })
}

/// The words of a name in any style: `Vgg16Gap`, `vgg16-gap` and `VGG16 gap` all give `vgg16`, `gap`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut inside = false;
    let mut previous = ' ';
    for letter in name.chars() {
        let hump = letter.is_ascii_uppercase() && !previous.is_ascii_uppercase();
        if !letter.is_ascii_alphanumeric() {
            inside = false;
        } else if inside && !hump {
            words.last_mut().expect("inside a word").push(letter.to_ascii_lowercase());
        } else {
            words.push(letter.to_ascii_lowercase().to_string());
            inside = true;
        }
        previous = letter;
    }
    words
}

/// The name in snake case: what Keras and file names make of the name of a model.
///
/// ```
/// assert_eq!(vgg_spec::names::snake_case("Vgg16Gap"), "vgg16_gap");
/// ```
pub fn snake_case(name: &str) -> String {
    words(name).join("_")
}

/// The nearest name that [`check_layer`] accepts.
pub(crate) fn suggest_layer(name: &str) -> String {
    suggest(&words(name).join("_"), "layer", '_')
}

/// The nearest name that [`check_model`] accepts.
pub(crate) fn suggest_model(name: &str) -> String {
    let camel: String = words(name)
        .iter()
        .map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_ascii_uppercase() + rest
        })
        .collect();
    suggest(&camel, "Model", ' ')
}

/// Mends what splitting into words cannot: a digit in front, a keyword, nothing left at all.
fn suggest(name: &str, fallback: &str, separator: char) -> String {
    let mut text: String = name.chars().take(MAX_NAME - fallback.len() - 1).collect();
    text = text.trim_end_matches('_').to_owned();
    if text.is_empty() {
        fallback.to_owned()
    } else if text.starts_with(|first: char| first.is_ascii_digit()) {
        format!("{fallback}{separator}{text}").replace(' ', "")
    } else if KEYWORDS.contains(&text.as_str()) || METHODS.contains(&text.as_str()) {
        format!("{text}{separator}{fallback}").replace(' ', "")
    } else {
        text
    }
}

/// The candidate that was probably meant: at most a third of the letters differ.
pub(crate) fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (name.chars().take(MAX_NAME).count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= MAX_NAME)
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The names given so far, each with its place.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    places: HashMap<String, Span>,
}

impl Taken {
    /// Claims a name, or tells who has it.
    pub(crate) fn claim(&mut self, name: &str, span: Span) -> Result<(), Span> {
        match self.places.get(name) {
            Some(first) => Err(*first),
            None => {
                self.places.insert(name.to_owned(), span);
                Ok(())
            }
        }
    }
}

/// Strict and reserved keywords of the 2024 edition; also those that no raw identifier can save.
const KEYWORDS: &[&str] = &[
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do",
    "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual",
    "where", "while", "yield",
];

/// Functions that a generated type has besides those of its blocks: its own, and those of the traits
/// it implements, which a block's function would hide.
const METHODS: &[&str] = &[
    "arena",
    "backward",
    "classes",
    "clone",
    "clone_from",
    "fmt",
    "forward",
    "head",
    "init",
    "input",
    "input_slot",
    "layers",
    "load",
    "logits_slot",
    "name",
    "predictor",
    "save",
    "update",
    "update_statistics",
    "visit",
    "visit_mut",
    "zeros_like",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_strict_snake_case() {
        for name in ["a", "fc1", "block1_conv1", "x_2"] {
            assert_eq!(check_layer(name), Ok(()), "{name}");
        }
        for name in ["_", "_a", "a_", "a__b", "1a", "Fc1", "conv-1", "a b", "größe", "a.b", "r#fn"] {
            assert_eq!(check_layer(name), Err(NameError::Malformed), "{name}");
        }
        assert_eq!(check_layer(""), Err(NameError::Empty));
        assert_eq!(check_layer("self"), Err(NameError::Keyword));
        assert_eq!(check_layer(&"x".repeat(MAX_NAME)), Ok(()));
        assert_eq!(check_layer(&"x".repeat(10_000)), Err(NameError::TooLong));
    }

    #[test]
    fn a_block_may_not_hide_a_method() {
        assert_eq!(check_block("last"), Ok(()));
        assert_eq!(check_block("forward"), Err(NameError::Taken));
        assert_eq!(check_block("head_backward"), Err(NameError::Taken));
    }

    #[test]
    fn suggestions_pass_the_check() {
        let names = ["", "1st", "Conv-1", "loop", "größe", "a__b", "日本", "r#fn", "head", "VGG16"];
        for name in names.into_iter().map(str::to_owned).chain(["_".repeat(99), "aB".repeat(5000)]) {
            let layer = suggest_layer(&name);
            assert_eq!(check_block(&layer), Ok(()), "{name} -> {layer}");
            let model = suggest_model(&name);
            assert_eq!(check_model(&model), Ok(()), "{name} -> {model}");
        }
        assert_eq!(suggest_layer("Conv-1"), "conv_1");
        assert_eq!(suggest_model("my net"), "MyNet");
    }

    #[test]
    fn only_close_names_are_suggested() {
        assert_eq!(closest("clases", ["classes", "width"]), Some("classes"));
        assert_eq!(closest("depth", ["classes", "width"]), None);
    }
}
