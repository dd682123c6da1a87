//! Scalars: numbers, names, switches, sizes.

use super::super::tree::{Node, Value};
use super::{Reader, codes};
use crate::ast::{Amount, Extent, Factor, Number};
use crate::diagnostic::Diagnostic;
use crate::lower;
use crate::names;
use crate::parse::may_be_param;
use crate::source::Syntax;
use crate::span::Spanned;

impl Reader<'_> {
    /// Reports a value of another type than is needed, unless it has been reported already.
    pub(super) fn wrong_type(&mut self, node: &Node, message: &str, help: Option<&str>) {
        if node.value == Value::Unreadable {
            return;
        }
        let label = match &node.value {
            Value::Plain(text) => format!("is `{}`", names::shortened(text)),
            _ => format!("is {}", node.describe()),
        };
        let mut finding = Diagnostic::error(codes::WRONG_TYPE, message, node.span, label);
        if let Some(help) = help {
            finding = finding.help(help);
        }
        self.report(finding);
    }

    /// A whole number, written out or as a param.
    pub(super) fn number(&mut self, node: &Node, what: &str) -> Spanned<Number> {
        if let Value::Plain(text) = &node.value
            && text.contains('*')
        {
            let factors: Option<Vec<Factor>> = text.split('*').map(|part| factor(part.trim())).collect();
            if let Some(factors) = factors {
                return Spanned::new(Number::Product(factors), node.span);
            }
            let help = "such as `64 * $width`";
            self.wrong_type(node, &format!("{what} must be a product of numbers and params"), Some(help));
            return Spanned::new(Number::Unreadable, node.span);
        }
        if let Value::Plain(text) = &node.value
            && let Some(param) = text.strip_prefix('$')
        {
            if !may_be_param(param) {
                self.wrong_type(node, &format!("{what} must be a whole number or a param"), None);
                return Spanned::new(Number::Unreadable, node.span);
            }
            return Spanned::new(Number::Param(param.to_owned()), node.span);
        }
        let number =
            self.whole(node, what).map_or(Number::Unreadable, |number| Number::Literal(number.value));
        Spanned::new(number, node.span)
    }

    /// A whole number that is written out.
    pub(super) fn whole(&mut self, node: &Node, what: &str) -> Option<Spanned<u64>> {
        let Value::Plain(text) = &node.value else {
            self.wrong_type(node, &format!("{what} must be a whole number"), None);
            return None;
        };
        let digits = text.strip_prefix('-').unwrap_or(text);
        let whole = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        if !whole {
            let param = text.starts_with(|first: char| first.is_alphabetic());
            let help = param.then(|| format!("a param is written `${}`", names::shortened(text)));
            let help = help.filter(|_| self.syntax == Syntax::Yaml);
            self.wrong_type(node, &format!("{what} must be a whole number"), help.as_deref());
            return None;
        }
        if digits.len() < text.len() {
            let (code, label) = (lower::codes::NUMBER_TOO_SMALL, format!("is {}", names::shortened(text)));
            self.report(Diagnostic::error(code, format!("{what} cannot be negative"), node.span, label));
            return None;
        }
        let number = text.parse().ok();
        if number.is_none() {
            let label = format!("has {} digits", text.len());
            let message = format!("{what} is larger than any whole number may be");
            self.report(Diagnostic::error(lower::codes::NUMBER_TOO_LARGE, message, node.span, label));
        }
        number.map(|number| Spanned::new(number, node.span))
    }

    /// A number that may be the value of a param.
    pub(super) fn amount(&mut self, node: &Node, what: &str) -> Option<Amount> {
        if let Value::Plain(text) = &node.value
            && text.contains(['.', 'e', 'E'])
            && let Ok(amount) = text.parse()
        {
            return Some(amount);
        }
        self.whole(node, what).map(|whole| Amount::Whole(whole.value))
    }

    /// A number with or without a fraction.
    pub(super) fn real(&mut self, node: &Node, what: &str) -> Option<Spanned<f64>> {
        let number = match &node.value {
            Value::Plain(text) => real(text),
            _ => None,
        };
        if number.is_none() {
            self.wrong_type(node, &format!("{what} must be a number"), None);
        }
        number.map(|number| Spanned::new(number, node.span))
    }

    /// Yes or no.
    pub(super) fn flag(&mut self, node: &Node, what: &str) -> Option<Spanned<bool>> {
        let flag = match &node.value {
            Value::Plain(text) => match text.as_str() {
                "true" | "on" => Some(true),
                "false" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        };
        if flag.is_none() {
            let words = match self.syntax {
                Syntax::Yaml => "`true` or `false`",
                Syntax::Dsl => "`on` or `off`",
            };
            self.wrong_type(node, &format!("{what} must be {words}"), None);
        }
        flag.map(|flag| Spanned::new(flag, node.span))
    }

    /// A name. What is allowed in it is checked later.
    pub(super) fn name(&mut self, node: &Node, what: &str) -> Option<Spanned<String>> {
        match &node.value {
            Value::Plain(text) | Value::Quoted(text) => Some(Spanned::new(text.clone(), node.span)),
            _ => {
                self.wrong_type(node, &format!("{what} must be a word"), None);
                None
            }
        }
    }

    /// The path of a file.
    pub(super) fn path(&mut self, node: &Node) -> Option<Spanned<String>> {
        let path = self.name(node, "the file to extend")?;
        if path.value.contains(char::is_control) {
            let message = "the path of a file holds no line breaks and other control characters";
            self.report(Diagnostic::error(codes::CANNOT_EXTEND, message, node.span, "holds one"));
        }
        Some(path)
    }

    /// Height and width, or one number for both.
    pub(super) fn extent(&mut self, node: &Node, what: &str) -> Spanned<Extent> {
        let extent = match &node.value {
            Value::List(items) if items.len() == 2 => {
                Extent { height: self.number(&items[0], what), width: self.number(&items[1], what) }
            }
            Value::List(_) => {
                self.wrong_type(node, &format!("{what} must be one number, or height and width"), None);
                Extent::both(Spanned::new(Number::Unreadable, node.span))
            }
            _ => Extent::both(self.number(node, what)),
        };
        Spanned::new(extent, node.span)
    }
}

impl Extent {
    pub(super) fn both(number: Spanned<Number>) -> Extent {
        Extent { height: number.clone(), width: number }
    }
}

fn factor(text: &str) -> Option<Factor> {
    match text.strip_prefix('$') {
        Some(param) => may_be_param(param).then(|| Factor::Param(param.to_owned())),
        None => text.parse().ok().map(Factor::Amount),
    }
}

/// A decimal number; neither `inf` nor `nan`.
fn real(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let decimal = unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    if decimal { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::real;

    #[test]
    fn numbers_may_have_an_exponent() {
        assert_eq!(real("5e-4"), Some(5e-4));
        assert_eq!(real("-.5"), Some(-0.5));
        assert_eq!(real("1E3"), Some(1000.0));
        for text in ["", "-", "nan", "inf", "-inf", "infinity", ".inf", ".nan", "1_0", "0x1", "e5", "1e"] {
            assert_eq!(real(text), None, "{text}");
        }
    }
}
