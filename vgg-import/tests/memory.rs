//! Damaged files take no more memory than a small multiple of their size.

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::path::Path;
use vgg_import::read_bytes;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const FILES: [&str; 8] = [
    "torch_script.onnx",
    "keras_tf2onnx.onnx",
    "torch.pth",
    "torch_legacy.pth",
    "torch.safetensors",
    "keras.keras",
    "keras.h5",
    "keras_chunked.h5",
];

/// What may be taken for each byte of a file, all that is given back at once included, and for any file.
const FACTOR: usize = 64;
const LEAST: usize = 4 << 20;

#[test]
fn memory_is_bounded_by_the_size_of_a_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/import");
    for name in FILES {
        let whole = std::fs::read(folder.join(name)).expect("a fixture");
        let places = (0..whole.len()).step_by(1 + whole.len() / 1500);
        // Sizes and counts are whole bytes of ones or zeros, or their highest bit.
        for (place, value) in places.flat_map(|place| [0xff, 0x7f, 0x80, 0x00].map(|value| (place, value))) {
            let mut bytes = whole.clone();
            bytes[place..].iter_mut().take(4).for_each(|byte| *byte = value);
            let region = Region::new(ALLOCATOR);
            drop(read_bytes(&bytes, None));
            let taken = region.change().bytes_allocated;
            let most = FACTOR * bytes.len() + LEAST;
            assert!(taken <= most, "{name} with {value:#x} at {place}: {taken} bytes, not {most}");
        }
    }
}
