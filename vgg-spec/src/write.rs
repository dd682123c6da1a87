//! A spec as text: in its canonical form, and in the other spelling.
//!
//! Texts are written from the [tree](crate::parse) in which both spellings meet, not from the
//! [`Spec`]: so a key that the language learns needs nothing here, and what the author said
//! stays said the way it was, with its comments.
//!
//! Whatever is written is read back before it is handed out. A text that would say anything else than the first
//! one never leaves this module.

mod canonical;
mod comments;
mod document;
mod dsl;
mod flatten;
mod scalar;
mod yaml;

use crate::ast::Spec;
use crate::diagnostic::{Diagnostic, Severity};
use crate::parse::{self, tree::Node};
use crate::source::{Source, Syntax};
use document::Document;
use thiserror::Error;

/// Columns that a line may fill before it is broken.
const WIDTH: usize = 100;

/// Why a spec cannot be written.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum WriteError {
    /// The text has errors that keep it from being read.
    #[error("the text has errors, which must be mended first")]
    Findings(Vec<Diagnostic>),
    /// The other spelling has no words for it: a name that is no word, say.
    #[error("this spec holds something that {0} cannot spell, such as a name that is no word")]
    Unsayable(&'static str),
}

/// The text in its canonical form: the same spec, with every comment, in the order and layout that all specs
/// share. Formatting what has been formatted changes nothing.
///
/// ```
/// use vgg_spec::source::{Source, Syntax};
/// use vgg_spec::write::format;
///
/// let source = Source::new("a.vgg", "model A{input 3x8x8;block{conv 4;conv 4;}head{gap;dense 2;}}", Syntax::Dsl);
/// assert!(format(&source).unwrap().contains("    block { conv 4 x 2; }\n"));
/// ```
///
/// # Errors
///
/// If the text cannot be read as a spec. A network that is wrong in another way can be formatted.
pub fn format(source: &Source) -> Result<String, WriteError> {
    write(source, source.syntax())
}

/// The same spec in a spelling, with every comment.
///
/// ```
/// use vgg_spec::source::{Source, Syntax};
/// use vgg_spec::write::convert;
///
/// let source = Source::new("a.yaml", "# A net\nmodel: A\nblocks:\n  - conv: [8, 8]\n", Syntax::Yaml);
/// assert_eq!(convert(&source, Syntax::Dsl).unwrap(), "// A net\nmodel A {\n    block { conv 8 x 2; }\n}\n");
/// ```
///
/// # Errors
///
/// If the text cannot be read as a spec, or the spelling cannot say what it says.
pub fn convert(source: &Source, to: Syntax) -> Result<String, WriteError> {
    write(source, to)
}

/// A spec, the one it extends, and so on, as one spec that extends none: the texts in that order, as
/// [`Checked::sources`](crate::Checked) has them. It is spelled as the first one is.
///
/// ```
/// use vgg_spec::source::{Source, Syntax};
/// use vgg_spec::write::flatten;
///
/// let parent = Source::new("a.yaml", "model: A\nparams: {classes: 10, width: 8}\n", Syntax::Yaml);
/// let child = Source::new("b.yaml", "model: B\nextends: a.yaml\nparams: {width: 16}\n", Syntax::Yaml);
/// assert_eq!(flatten(&[child, parent]).unwrap(), "model: B\nparams: {classes: 10, width: 16}\n");
/// ```
///
/// # Errors
///
/// If a text cannot be read as a spec, or one text cannot say what they say together.
pub fn flatten(sources: &[Source]) -> Result<String, WriteError> {
    let syntax = sources.first().map_or(Syntax::Yaml, Source::syntax);
    let mut chain = Vec::with_capacity(sources.len());
    for source in sources {
        let (spec, tree) = read(source)?;
        let mut document = Document::new(source, &tree);
        if source.syntax() != syntax {
            document.forget_gaps();
        }
        chain.push((spec, document));
    }
    let merged = chain.into_iter().reduce(|(spec, document), (parent, below)| {
        (Spec { extends: None, ..spec.over(parent) }, flatten::over(document, below))
    });
    let Some((spec, document)) = merged else { return Ok(String::new()) };
    settled(&spec, laid_out(document, syntax), syntax)
}

/// Rounds of writing until a text settles. The second changes nothing, unless a comment has found another place:
/// one behind a line that has become part of the line above, say.
const MAX_ROUNDS: usize = 5;

fn write(source: &Source, to: Syntax) -> Result<String, WriteError> {
    let (spec, tree) = read(source)?;
    settled(&spec, once(source, &tree, to), to)
}

/// What a text says, and its tree.
fn read(source: &Source) -> Result<(Spec, Node), WriteError> {
    let (spec, findings) = parse::parse(source);
    let failed = findings.iter().any(|finding| finding.severity == Severity::Error);
    spec.filter(|_| !failed).zip(parse::tree(source)).ok_or(WriteError::Findings(findings))
}

/// A text that says this, written again until that changes nothing.
fn settled(spec: &Spec, mut text: String, to: Syntax) -> Result<String, WriteError> {
    for _ in 1..MAX_ROUNDS {
        let written = Source::new("", text.as_str(), to);
        let (again, findings) = parse::parse(&written);
        let Some(tree) =
            parse::tree(&written).filter(|_| findings.is_empty() && again.as_ref() == Some(spec))
        else {
            return Err(WriteError::Unsayable(match to {
                Syntax::Yaml => "YAML",
                Syntax::Dsl => "`.vgg`",
            }));
        };
        let settled = once(&written, &tree, to);
        if settled == text {
            break;
        }
        text = settled;
    }
    Ok(text)
}

fn once(source: &Source, tree: &Node, to: Syntax) -> String {
    let mut document = Document::new(source, tree);
    if source.syntax() != to {
        document.forget_gaps();
    }
    laid_out(document, to)
}

fn laid_out(mut document: Document, to: Syntax) -> String {
    canonical::shape(&mut document, to);
    match to {
        Syntax::Yaml => yaml::write(&document),
        Syntax::Dsl => dsl::write(&document),
    }
}
