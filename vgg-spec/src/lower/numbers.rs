//! Params, and the numbers that may stand for them.

use super::limits::Bound;
use super::{Lowering, Override, codes};
use crate::ast::{Amount, Extent, Factor, Number, Param};
use crate::diagnostic::{Code, Diagnostic};
use crate::names::{self, Named};
use crate::quantity::grouped;
use crate::span::{Span, Spanned};
use std::collections::HashMap;

/// Params that are no whole numbers: they scale the numbers of a network.
const FRACTIONS: std::ops::RangeInclusive<f64> = 1e-6..=1e6;

/// What a product with a fraction is rounded to a multiple of: the values that a vector register holds.
const MULTIPLE: f64 = 8.0;

/// The params of a spec with the values in force.
#[derive(Debug, Default)]
pub(super) struct Params<'a> {
    entries: Vec<Entry<'a>>,
    by_name: HashMap<&'a str, usize>,
}

#[derive(Debug)]
struct Entry<'a> {
    param: &'a Param,
    value: Amount,
    overridden: bool,
    used: bool,
}

impl Params<'_> {
    /// Names and values, in the order in which they were written.
    pub(super) fn values(&self) -> Vec<(String, Amount)> {
        self.entries.iter().map(|entry| (entry.param.name.value.clone(), entry.value)).collect()
    }

    /// The param that was probably meant. Looks at so many only: a spec that a program wrote may have
    /// any number of params, and as many that are wrong.
    fn closest(&self, name: &str) -> Option<usize> {
        const CANDIDATES: usize = 1000;
        let candidates = self.entries.iter().take(CANDIDATES).map(|entry| entry.param.name.value.as_str());
        let close = names::closest(name, candidates)?;
        self.by_name.get(close).copied()
    }
}

impl<'a> Lowering<'a> {
    /// Reads the params and puts the overrides in force.
    pub(super) fn params(&mut self, params: &'a [Param], overrides: &[Override], anchor: Span) {
        for param in params {
            let name = param.name.value.as_str();
            if let Some(first) = self.params.by_name.get(name) {
                let first = self.params.entries[*first].param.name.span;
                let message = format!("param `{}` is declared twice", names::shortened(name));
                self.report(
                    Diagnostic::error(codes::DUPLICATE_PARAM, message, param.name.span, "declared again")
                        .also(first, "first declared here"),
                );
                continue;
            }
            let is_fine = self.check_name(&param.name, Named::Param);
            if let Amount::Fraction(fraction) = param.default.value {
                self.in_range("a param with a fraction", fraction, FRACTIONS, param.default.span);
            }
            self.params.by_name.insert(name, self.params.entries.len());
            self.params.entries.push(Entry {
                param,
                value: param.default.value,
                overridden: false,
                // Of a param that must be called otherwise, it says nothing that it is not used.
                used: !is_fine,
            });
        }
        for given in overrides {
            match self.params.by_name.get(given.name.as_str()) {
                Some(index) => {
                    let entry = &mut self.params.entries[*index];
                    (entry.value, entry.overridden) = (given.value, true);
                    let span = entry.param.default.span;
                    if let Amount::Fraction(fraction) = given.value {
                        let what = format!("the value set for `{}`", names::shortened(&given.name));
                        self.in_range(&what, fraction, FRACTIONS, span);
                    }
                }
                None => self.unknown_override(given, anchor),
            }
        }
    }

    fn unknown_override(&mut self, given: &Override, anchor: Span) {
        let (span, label) = match (self.params.entries.first(), self.params.entries.last()) {
            (Some(first), Some(last)) => {
                (first.param.name.span.to(last.param.default.span), "the params that may be set")
            }
            _ => (anchor, "has no params"),
        };
        let message = format!("`{}` is set, but is no param of the spec", names::shortened(&given.name));
        let mut finding = Diagnostic::error(codes::UNKNOWN_OVERRIDE, message, span, label);
        if let Some(close) = self.did_you_mean(&given.name) {
            finding = finding.help(close);
        }
        self.report(finding);
    }

    /// Warns of params that no number refers to.
    pub(super) fn unused_params(&mut self) {
        let unused: Vec<&Param> =
            self.params.entries.iter().filter(|entry| !entry.used).map(|entry| entry.param).collect();
        for param in unused {
            let message = format!("param `{}` is never used", names::shortened(&param.name.value));
            self.report(
                Diagnostic::warning(codes::UNUSED_PARAM, message, param.name.span, "nothing depends on it")
                    .help("use it in place of a number, or remove it"),
            );
        }
    }

    /// The value of a number, or `None` after reporting why there is none.
    pub(super) fn number(&mut self, number: &Spanned<Number>, bound: Bound) -> Option<usize> {
        let (value, param) = match &number.value {
            Number::Literal(value) => (*value, None),
            Number::Unreadable => {
                self.unreadable = true;
                return None;
            }
            Number::Param(name) => {
                let index = self.param(name, number.span)?;
                match self.params.entries[index].value {
                    Amount::Whole(value) => (value, Some(index)),
                    Amount::Fraction(value) => {
                        self.not_whole(name, value, number.span, index);
                        return None;
                    }
                }
            }
            Number::Product(factors) => self.product(factors, number.span)?,
        };
        let Bound { what, least, most } = bound;
        if value < least {
            let message = format!("{what} must be at least {least}");
            self.bad_number(codes::NUMBER_TOO_SMALL, message, value, number.span, param);
            None
        } else if value > most {
            let message = format!("{what} may be at most {}", grouped(most));
            self.bad_number(codes::NUMBER_TOO_LARGE, message, value, number.span, param);
            None
        } else {
            usize::try_from(value).ok()
        }
    }

    /// A param that is used. `None` after reporting that there is none.
    fn param(&mut self, name: &str, span: Span) -> Option<usize> {
        let Some(index) = self.params.by_name.get(name).copied() else {
            self.unknown_param(name, span);
            return None;
        };
        self.params.entries[index].used = true;
        Some(index)
    }

    /// The value of a product, and the last param in it.
    fn product(&mut self, factors: &[Factor], span: Span) -> Option<(u64, Option<usize>)> {
        let (mut whole, mut scale, mut known, mut last) = (1_u64, None, true, None);
        for factor in factors {
            let amount = match factor {
                Factor::Amount(amount) => *amount,
                Factor::Param(name) => match self.param(name, span) {
                    Some(index) => {
                        last = Some(index);
                        self.params.entries[index].value
                    }
                    None => {
                        known = false;
                        continue;
                    }
                },
            };
            match amount {
                Amount::Whole(value) => whole = whole.saturating_mul(value),
                Amount::Fraction(value) => scale = Some(scale.unwrap_or(1.0) * value),
            }
        }
        let value = match scale {
            None => whole,
            // Saturates: far above what any number may be.
            Some(scale) => ((whole as f64 * scale / MULTIPLE).round() * MULTIPLE).max(MULTIPLE) as u64,
        };
        known.then_some((value, last))
    }

    fn not_whole(&mut self, name: &str, value: f64, span: Span, index: usize) {
        let set = self.params.entries[index].param.default.span;
        let message = format!("a whole number is needed here, but `{}` is {value:?}", names::shortened(name));
        let help = match value {
            whole if whole.fract() == 0.0 && whole < 1e15 => format!("write it as `{whole}`"),
            _ => "multiply it, as in `64 * width`: the product is rounded to a multiple of 8".to_owned(),
        };
        self.report(
            Diagnostic::error(codes::NOT_WHOLE, message, span, "not a whole number")
                .also(set, "its default is set here")
                .help(help),
        );
    }

    /// Height and width. What is written once is also reported once.
    pub(super) fn extent(&mut self, extent: &Extent, bound: Bound) -> [Option<usize>; 2] {
        let height = self.number(&extent.height, bound);
        let width = if extent.width.span == extent.height.span && extent.width == extent.height {
            height
        } else {
            self.number(&extent.width, bound)
        };
        [height, width]
    }

    fn unknown_param(&mut self, name: &str, span: Span) {
        let mut finding = Diagnostic::error(
            codes::UNKNOWN_PARAM,
            format!("there is no param `{}`", names::shortened(name)),
            span,
            "not declared in `params`",
        );
        if let Some(close) = self.did_you_mean(name) {
            finding = finding.help(close);
        }
        self.report(finding);
    }

    /// Suggests a param. It then counts as used, lest the misspelling gives a warning on top.
    fn did_you_mean(&mut self, name: &str) -> Option<String> {
        /// No reader gets further than this, and looking for suggestions takes time.
        const SUGGESTED: usize = 100;
        if self.findings.len() > SUGGESTED {
            return None;
        }
        let close = self.params.closest(name)?;
        let entry = &mut self.params.entries[close];
        entry.used = true;
        Some(format!("did you mean `{}`?", entry.param.name.value))
    }

    fn bad_number(&mut self, code: Code, message: String, value: u64, span: Span, param: Option<usize>) {
        let label = format!("is {}", grouped(value));
        let mut finding = Diagnostic::error(code, message, span, label);
        if let Some(index) = param {
            let Entry { param, overridden, .. } = &self.params.entries[index];
            let text = if *overridden { "this default is overridden" } else { "its value is set here" };
            finding = finding.also(param.default.span, text);
        }
        self.report(finding);
    }
}
