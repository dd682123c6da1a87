//! A model in the forms that people and other programs read.

pub mod compare;
pub mod keras;
pub mod keras_model;
pub mod naming;
pub mod onnx;
mod python;
pub mod pytorch;
mod rows;
pub mod summary;
pub mod svg;
mod table;
