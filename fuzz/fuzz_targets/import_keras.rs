//! Any bytes as a `.keras` archive; what is none is a description and the weights in such an archive, with a zero
//! in between.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vgg_fuzz::import::{archive, import};

fuzz_target!(|bytes: &[u8]| {
    if bytes.starts_with(b"PK") {
        return import(bytes);
    }
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    let (config, weights) = (&bytes[..end], bytes.get(end + 1..).unwrap_or_default());
    import(&archive(&[("config.json", config), ("model.weights.h5", weights), ("metadata.json", b"{}")]));
});
