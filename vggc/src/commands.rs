//! The commands, one file each.

pub(crate) mod bench;
pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod convert;
pub(crate) mod emit;
pub(crate) mod eval;
pub(crate) mod expand;
pub(crate) mod explain;
pub(crate) mod fmt;
pub(crate) mod import;
pub(crate) mod lsp;
pub(crate) mod man;
pub(crate) mod new;
pub(crate) mod parity;
pub(crate) mod predict;
pub(crate) mod report;
pub(crate) mod schema;
pub(crate) mod summary;
pub(crate) mod train;
