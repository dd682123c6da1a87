//! Numbers, and what may stand for one.

use crate::span::Spanned;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The value of a param, or one factor of a product.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Amount {
    /// `64`.
    Whole(u64),
    /// `0.5`.
    Fraction(f64),
}

impl From<u64> for Amount {
    fn from(value: u64) -> Amount {
        Amount::Whole(value)
    }
}

/// As it is written: `64`, `0.5`.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Amount::Whole(value) => value.fmt(f),
            Amount::Fraction(value) => write!(f, "{value:?}"),
        }
    }
}

/// Reads `64` and `0.5`.
impl FromStr for Amount {
    type Err = NotAnAmount;

    fn from_str(text: &str) -> Result<Amount, NotAnAmount> {
        let starts = text.starts_with(|first: char| first.is_ascii_digit() || first == '.');
        let whole = || text.parse().map(Amount::Whole).ok();
        let fraction = || text.parse().ok().filter(|value: &f64| value.is_finite()).map(Amount::Fraction);
        let digits = text.bytes().all(|digit| digit.is_ascii_digit());
        let amount = if digits { whole() } else { fraction() };
        amount.filter(|_| starts).ok_or(NotAnAmount)
    }
}

/// Neither `64` nor `0.5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a number, such as 10 or 0.5")]
pub struct NotAnAmount;

/// A whole number, the param that holds it, or a product (`10`, `$classes`, `64 * $width`; in `.vgg`: `10`,
/// `classes`, `64 * width`).
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// Written out.
    Literal(u64),
    /// The value of a param.
    Param(String),
    /// The product of several. If one of them is a fraction, it is rounded to a multiple of 8, at least 8.
    Product(Vec<Factor>),
    /// Something else was written, which has been reported.
    Unreadable,
}

/// A factor of a [`Number::Product`].
#[derive(Debug, Clone, PartialEq)]
pub enum Factor {
    /// Written out.
    Amount(Amount),
    /// The value of a param.
    Param(String),
}

/// Height and width. A single number stands for both and gives both the same span.
#[derive(Debug, Clone, PartialEq)]
pub struct Extent {
    /// Along the rows of an image.
    pub height: Spanned<Number>,
    /// Along the columns.
    pub width: Spanned<Number>,
}
