//! How blocks and layers come by their names.

use super::{Lowering, codes};
use crate::diagnostic::Diagnostic;
use crate::names::{self, NameError, Named};
use crate::span::{Span, Spanned};

/// How a layer and those behind it are named.
#[derive(Debug, Clone)]
pub(super) enum Naming {
    /// By place: `block1_conv2`, `block1_relu2`.
    Numbered { prefix: String, number: usize },
    /// By the author: `foo`, `foo_relu`.
    Own(String),
    /// Not at all: the name is wrong, which has been reported.
    Unknown,
}

impl Naming {
    /// The name of the layer itself, a `kind` such as `conv`.
    pub(super) fn layer(&self, kind: &str) -> Option<String> {
        match self {
            Naming::Own(name) => Some(name.clone()),
            Naming::Numbered { .. } | Naming::Unknown => self.behind(kind),
        }
    }

    /// The name of a layer behind it that comes from one of its options.
    pub(super) fn behind(&self, kind: &str) -> Option<String> {
        match self {
            Naming::Own(name) => Some(format!("{name}_{kind}")),
            Naming::Numbered { prefix, number } => Some(format!("{prefix}_{kind}{number}")),
            Naming::Unknown => None,
        }
    }
}

impl Lowering<'_> {
    /// Reports a name that cannot be used; `true` if it can.
    pub(super) fn check_name(&mut self, name: &Spanned<String>, named: Named) -> bool {
        let Err(problem) = named.check(&name.value) else { return true };
        let cannot = format!("`{}` cannot be the name of a {named}", names::shortened(&name.value));
        let (code, message, label) = match problem {
            NameError::Empty => (
                codes::BAD_NAME,
                format!("the name of a {named} is empty"),
                format!("must be {}", named.rule()),
            ),
            NameError::Malformed => (codes::BAD_NAME, cannot, format!("must be {}", named.rule())),
            NameError::TooLong => {
                let length = name.value.chars().count();
                let label = format!("has {length} characters, {} are allowed", names::MAX_NAME);
                (codes::NAME_TOO_LONG, format!("the name of this {named} is too long"), label)
            }
            NameError::Keyword => (codes::RESERVED_NAME, cannot, "a keyword of Rust".to_owned()),
            NameError::Taken => {
                let label = match named {
                    Named::Param => "a word of the language: `.vgg` could not tell one from the other",
                    _ => "the generated type has another function of this name",
                };
                (codes::RESERVED_NAME, cannot, label.to_owned())
            }
        };
        let better = named.nearest(&name.value);
        self.report(
            Diagnostic::error(code, message, name.span, label)
                .help(format!("call it `{better}`"))
                .fix(name.span, better),
        );
        false
    }

    /// Gives a layer its name. `None` if there is none to give, or another layer has it already, which
    /// is reported.
    pub(super) fn claim(&mut self, name: Option<String>, span: Span) -> Option<String> {
        let name = name?;
        match self.layer_names.claim(&name, span) {
            Ok(()) => Some(name),
            Err(first) => {
                self.clash(Named::Layer, &name, first, span);
                None
            }
        }
    }

    /// Reports the second use of a name.
    pub(super) fn clash(&mut self, named: Named, name: &str, first: Span, second: Span) {
        let message = format!("two {named}s are called `{name}`");
        self.report(
            Diagnostic::error(codes::DUPLICATE_NAME, message, second, "the second one")
                .also(first, "the first one")
                .help("give one of them another name"),
        );
    }
}
