//! Any bytes as a safetensors file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vgg_fuzz::import::import;

fuzz_target!(|bytes: &[u8]| import(bytes));
