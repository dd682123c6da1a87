//! A model in the forms that people and other programs read.

pub mod keras;
mod rows;
pub mod summary;
mod table;
