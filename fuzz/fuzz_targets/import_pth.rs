//! Any bytes as a state dict of PyTorch, in both of its formats; what is neither is the pickle in an archive with two
//! storages.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vgg_fuzz::import::{archive, import};

const STORAGE: [u8; 512] = [0x3f; 512];

fuzz_target!(|bytes: &[u8]| {
    import(bytes);
    if !bytes.starts_with(b"PK") {
        import(&archive(&[("a/data.pkl", bytes), ("a/data/0", &STORAGE), ("a/data/1", &STORAGE[..48])]));
    }
});
