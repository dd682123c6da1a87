//! The command line of the spec compiler, as a library: what `vggc` does, and the interpreter behind
//! `train`, `eval` and `predict`.

pub mod interp;
