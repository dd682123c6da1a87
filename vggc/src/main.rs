//! `vggc`: the command line.
fn main() {}
