//! The codes of parsing.

use crate::diagnostic::Code;

pub(crate) const SYNTAX: Code = Code("E0101");
pub(crate) const TOO_DEEP: Code = Code("E0102");
pub(crate) const ALIAS: Code = Code("E0103");
pub(crate) const TAG: Code = Code("E0104");
pub(crate) const SECOND_SPEC: Code = Code("E0105");
pub(crate) const UNKNOWN_KEY: Code = Code("E0106");
pub(crate) const REPEATED_KEY: Code = Code("E0107");
pub(crate) const MISSING_KEY: Code = Code("E0108");
pub(crate) const WRONG_TYPE: Code = Code("E0109");
pub(crate) const UNKNOWN_CHOICE: Code = Code("E0110");
pub(crate) const TOO_LONG: Code = Code("E0111");
pub(crate) const EMPTY: Code = Code("E0112");
pub(crate) const CANNOT_EXTEND: Code = Code("E0113");
pub(crate) const EXTENDS_ITSELF: Code = Code("E0114");
