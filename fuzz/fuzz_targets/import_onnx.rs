//! Any bytes as an ONNX model.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vgg_fuzz::import::import;

fuzz_target!(|bytes: &[u8]| import(bytes));
