//! The text of one spec, and how it may be read.
