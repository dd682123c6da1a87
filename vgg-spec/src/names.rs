//! What models, blocks, layers and params may be called.
//!
//! Names become fields, functions, constants and the prefixes of weight names, so the rules are those
//! of Rust with its lints: a layer is `snake_case`, a model is `UpperCamelCase`. Both are ASCII, so a
//! weight file reads the same everywhere.

use crate::parse;
use crate::span::Span;
use std::collections::HashMap;
use std::fmt;

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
    /// The generated code has a function of this name; or, of a param, `.vgg` has a word of this name where params
    /// stand.
    Taken,
}

/// What a name is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A network: the name of a type.
    Model,
    /// A block: the name of a function.
    Block,
    /// A layer: the name of a field, and the prefix of weights' names.
    Layer,
    /// A param.
    Param,
}

impl Named {
    /// Checks a name.
    ///
    /// ```
    /// use vgg_spec::names::{NameError, Named};
    /// assert_eq!(Named::Model.check("Vgg16Gap"), Ok(()));
    /// assert_eq!(Named::Layer.check("block1_conv1"), Ok(()));
    /// assert_eq!(Named::Layer.check("conv-1"), Err(NameError::Malformed));
    /// assert_eq!(Named::Layer.check("loop"), Err(NameError::Keyword));
    /// assert_eq!(Named::Block.check("forward"), Err(NameError::Taken));
    /// ```
    ///
    /// # Errors
    ///
    /// Says which rule is broken.
    pub fn check(self, name: &str) -> Result<(), NameError> {
        match self {
            Named::Model => check(name, is_upper_camel_case),
            Named::Layer => check(name, is_snake_case),
            Named::Param => {
                check(name, is_snake_case)?;
                if parse::is_word(name) { Err(NameError::Taken) } else { Ok(()) }
            }
            Named::Block => {
                check(name, is_snake_case)?;
                if is_function(name) { Err(NameError::Taken) } else { Ok(()) }
            }
        }
    }

    /// The rule in words.
    pub fn rule(self) -> &'static str {
        match self {
            Named::Model => "letters and digits, starting with a capital",
            Named::Block | Named::Layer | Named::Param => {
                "lower-case letters, digits and single underscores, starting with a letter"
            }
        }
    }

    /// The nearest name that passes the [`check`](Self::check).
    ///
    /// ```
    /// use vgg_spec::names::Named;
    /// assert_eq!(Named::Model.nearest("my-birds"), "MyBirds");
    /// ```
    pub fn nearest(self, name: &str) -> String {
        match self {
            Named::Model => {
                let camel: String = words(name).iter().map(|word| capitalised(word)).collect();
                mend(&camel, "Model", "")
            }
            Named::Block => mend(&snake_case(name), "block", "_"),
            Named::Layer => mend(&snake_case(name), "layer", "_"),
            Named::Param => {
                let name = mend(&snake_case(name), "param", "_");
                if parse::is_word(&name) { format!("{name}_param") } else { name }
            }
        }
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Named::Model => "model",
            Named::Block => "block",
            Named::Layer => "layer",
            Named::Param => "param",
        })
    }
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

fn is_upper_camel_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric())
}

/// Stricter than the language and as strict as its lint: no doubled and no outer underscores.
fn is_snake_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.split('_').all(|word| {
            !word.is_empty()
                && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
        })
}

/// Whether the generated type has a function of this name whatever its blocks are called; each block has
/// one for its backward pass, too.
fn is_function(name: &str) -> bool {
    METHODS.contains(&name) || name.ends_with("_backward")
}

/// The words of a name in any style: `Vgg16Gap`, `vgg16-gap` and `VGG16 gap` all give `vgg16`, `gap`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut previous = ' ';
    for letter in name.chars() {
        let hump = letter.is_ascii_uppercase() && !previous.is_ascii_uppercase();
        let starts = hump || !previous.is_ascii_alphanumeric();
        let lower = letter.to_ascii_lowercase();
        match words.last_mut() {
            _ if !letter.is_ascii_alphanumeric() => {}
            Some(word) if !starts => word.push(lower),
            _ => words.push(lower.to_string()),
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

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_ascii_uppercase() + rest
}

/// Mends what splitting into words cannot: a digit in front, a name that is taken, nothing left at all.
fn mend(name: &str, fallback: &str, separator: &str) -> String {
    let room = MAX_NAME - fallback.len() - separator.len();
    let text: String = name.chars().take(room).collect();
    let text = text.trim_end_matches('_');
    if text.is_empty() {
        fallback.to_owned()
    } else if text.starts_with(|first: char| first.is_ascii_digit()) {
        format!("{fallback}{separator}{text}")
    } else if KEYWORDS.contains(&text) || is_function(text) {
        format!("{text}{separator}{fallback}")
    } else {
        text.to_owned()
    }
}

/// A name as it is shown in a message: no longer than a good one may be.
pub(crate) fn shortened(name: &str) -> String {
    if name.chars().nth(MAX_NAME).is_none() {
        name.to_owned()
    } else {
        name.chars().take(MAX_NAME - 3).chain("...".chars()).collect()
    }
}

/// The candidate that was probably meant: at most a third of the letters differ.
///
/// ```
/// use vgg_spec::names::closest;
/// assert_eq!(closest("vgg61", ["vgg16", "alexnet"]), Some("vgg16"));
/// assert_eq!(closest("resnet", ["vgg16"]), None);
/// ```
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
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
    /// Whether a name is taken.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// The name that was probably meant. Looks at so many only.
    pub(crate) fn closest(&self, name: &str) -> Option<&str> {
        const CANDIDATES: usize = 1000;
        let mut names: Vec<&str> = self.places.keys().map(String::as_str).collect();
        names.sort_unstable();
        closest(name, names.into_iter().take(CANDIDATES))
    }

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
            assert_eq!(Named::Layer.check(name), Ok(()), "{name}");
        }
        for name in ["_", "_a", "a_", "a__b", "1a", "Fc1", "conv-1", "a b", "größe", "a.b", "r#fn"] {
            assert_eq!(Named::Layer.check(name), Err(NameError::Malformed), "{name}");
        }
        assert_eq!(Named::Layer.check(""), Err(NameError::Empty));
        assert_eq!(Named::Layer.check("self"), Err(NameError::Keyword));
        assert_eq!(Named::Layer.check(&"x".repeat(MAX_NAME)), Ok(()));
        assert_eq!(Named::Layer.check(&"x".repeat(10_000)), Err(NameError::TooLong));
    }

    #[test]
    fn a_block_may_not_hide_a_function() {
        assert_eq!(Named::Block.check("last"), Ok(()));
        assert_eq!(Named::Block.check("forward"), Err(NameError::Taken));
        assert_eq!(Named::Block.check("last_backward"), Err(NameError::Taken));
        assert_eq!(Named::Layer.check("forward"), Ok(()), "fields and functions do not meet");
    }

    #[test]
    fn suggestions_pass_the_check() {
        let names =
            ["", "1st", "Conv-1", "loop", "größe", "a__b", "日本", "r#fn", "head", "VGG16", "x_backward"];
        for name in names.into_iter().map(str::to_owned).chain(["_".repeat(99), "aB".repeat(5000)]) {
            for named in [Named::Model, Named::Block, Named::Layer, Named::Param] {
                let better = named.nearest(&name);
                assert_eq!(named.check(&better), Ok(()), "{name} -> {better}");
            }
        }
        assert_eq!(Named::Layer.nearest("Conv-1"), "conv_1");
        assert_eq!(Named::Model.nearest("my net"), "MyNet");
        assert_eq!(Named::Block.nearest("forward"), "forward_block");
    }

    #[test]
    fn only_close_names_are_suggested() {
        assert_eq!(closest("clases", ["classes", "width"]), Some("classes"));
        assert_eq!(closest("depth", ["classes", "width"]), None);
    }
}
