//! Any bytes as an HDF5 file of Keras: a model or its weights.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vgg_fuzz::import::import;

fuzz_target!(|bytes: &[u8]| import(bytes));
