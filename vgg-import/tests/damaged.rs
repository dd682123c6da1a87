//! Damaged files: an error, or the same network; never a panic.

use proptest::prelude::*;
use std::io::Cursor;
use std::path::Path;
use vgg_import::{Imported, read_bytes, write};

const FILES: [&str; 14] = [
    "torch_shared.onnx",
    "keras.keras",
    "keras.h5",
    "keras.weights.h5",
    "keras_chunked.h5",
    "keras_latest.h5",
    "torch_script.onnx",
    "torch_dynamo.onnx",
    "keras_tf2onnx.onnx",
    "keras_export_torch.onnx",
    "keras_large.zip",
    "torch.pth",
    "torch_legacy.pth",
    "torch.safetensors",
];

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/import");
    std::fs::read(folder.join(name)).expect("a fixture")
}

/// An archive as PyTorch writes it after `torch.serialization.set_crc32_options(False)`: what is damaged in it gets as
/// far as in a file of another kind.
fn without_checksums(mut bytes: Vec<u8>) -> Vec<u8> {
    let mut place = 0;
    while let Some(next) = bytes[place..].windows(4).position(|window| window == b"PK\x01\x02") {
        place += next + 4;
        bytes[place + 12..place + 16].fill(0);
    }
    bytes
}

/// Reads a file, and goes on as an import does.
fn import(bytes: &[u8]) -> bool {
    match read_bytes(bytes, None) {
        Ok(Imported::Network(chain)) => write::spec(&chain, "damaged").is_ok(),
        Ok(Imported::Weights(state)) => !state.summary().is_empty(),
        Err(problem) => {
            assert!(!problem.to_string().is_empty());
            false
        }
    }
}

#[test]
fn whole_files_are_read() {
    for name in FILES {
        assert!(import(&fixture(name)), "{name}");
    }
}

#[test]
fn a_file_cut_anywhere_is_no_network() {
    for name in FILES {
        let whole = fixture(name);
        let head = if name.starts_with("keras.") || name.ends_with(".h5") { 4096 } else { usize::MAX };
        for length in (0..whole.len()).filter(|length| *length < head || length % 61 == 0) {
            // A cut ONNX file may lack nothing but what is said behind the graph.
            let fine = import(&whole[..length]);
            assert!(!fine || name.ends_with(".onnx") && length + 64 > whole.len(), "{name} cut to {length}");
        }
    }
}

#[test]
fn every_bit_of_a_head_may_flip() {
    for name in FILES {
        let mut bytes = without_checksums(fixture(name));
        for place in 0..bytes.len().min(400) {
            for bit in 0..8 {
                bytes[place] ^= 1 << bit;
                import(&bytes);
                bytes[place] ^= 1 << bit;
            }
        }
    }
}

/// Name, place and length of each file in an archive.
fn members(archive: &[u8]) -> Vec<(String, usize, usize)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).expect("an archive");
    let members = (0..archive.len()).map(|index| {
        let file = archive.by_index_raw(index).expect("a file");
        let name = file.name().expect("a name").into_owned();
        (name, file.data_start().expect("its place") as usize, file.size() as usize)
    });
    members.collect()
}

#[test]
fn a_file_in_an_archive_that_lost_a_bit_is_named() {
    for name in ["torch.pth", "keras.keras", "keras_large.zip"] {
        let whole = fixture(name);
        for (member, start, length) in members(&whole) {
            let mut bytes = whole.clone();
            bytes[start + length / 2] ^= 1;
            let problem = read_bytes(&bytes, None).expect_err(&member).to_string();
            assert!(problem.contains(&format!("the checksum of `{member}`")), "{problem}");
        }
    }
}

#[test]
fn an_archive_without_checksums_is_read() {
    let mut bytes = without_checksums(fixture("torch.pth"));
    assert!(import(&bytes));
    let (_, start, length) =
        members(&bytes).into_iter().find(|(name, ..)| name.ends_with("data/0")).expect("weights");
    bytes[start + length / 2] ^= 1;
    assert!(import(&bytes), "nothing says what the bytes were");
}

#[test]
fn claimed_sizes_are_not_believed() {
    let mut safetensors = u64::MAX.to_le_bytes().to_vec();
    safetensors.extend(b"{}");
    assert!(!import(&safetensors));
    let header = br#"{"a.weight":{"dtype":"F32","shape":[4294967295,4294967295,9],"data_offsets":[0,4]}}"#;
    let mut safetensors = (header.len() as u64).to_le_bytes().to_vec();
    safetensors.extend(header);
    safetensors.extend([0; 4]);
    assert!(!import(&safetensors));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn flipped_bits_do_not_panic(
        file in 0..FILES.len(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u32), 1..6),
    ) {
        let mut bytes = without_checksums(fixture(FILES[file]));
        let length = bytes.len();
        for (place, bit) in flips {
            bytes[place.index(length)] ^= 1 << bit;
        }
        import(&bytes);
    }

    #[test]
    fn any_bytes_do_not_panic(
        head in prop::sample::select(vec![&b""[..], b"PK\x03\x04", b"\x08\x08", b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."]),
        tail in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        import(&[head, &tail].concat());
    }
}
