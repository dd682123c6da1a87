//! Warnings that teach: networks that work, and would work better otherwise.
//!
//! Each check looks at a finished [`Model`], so a spec with errors gets none of them. A warning that is meant as
//! it is can be silenced in the spec: `allow: [W0303]`.

pub(crate) mod codes;
mod convolutions;
mod head;
mod order;
mod training;
mod windows;

use crate::diagnostic::Diagnostic;
use crate::ir::Model;

/// Every warning there is, by its code.
pub(crate) const CODES: &[&str] = &[
    "W0201", "W0301", "W0302", "W0303", "W0304", "W0305", "W0306", "W0307", "W0308", "W0309", "W0310",
    "W0311", "W0312", "W0313", "W0314", "W0315", "W0316", "W0317", "W0318", "W0319", "W0320", "W0401",
    "W0402", "W0403", "W0404",
];

/// Everything there is to remark.
pub(crate) fn lint(model: &Model) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    convolutions::check(model, &mut findings);
    windows::check(model, &mut findings);
    order::check(model, &mut findings);
    head::check(model, &mut findings);
    training::check(model, &mut findings);
    findings
}
