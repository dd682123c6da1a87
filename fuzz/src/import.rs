//! What must hold of every file of another engine: no more memory than a small multiple of its size is taken, and
//! what is read is a whole network or a whole set of weights.

use cap::Cap;
use std::alloc::System;
use vgg_import::params::{self, Weights};
use vgg_import::{Imported, read_bytes, write};
use vgg_spec::ir::Model;
use vgg_spec::source::{Source, Syntax};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// What may be held at one time for each byte of a file, and for any file.
const FACTOR: usize = 32;
const LEAST: usize = 1 << 20;

/// The specs that weights are fitted to.
const SPECS: [&str; 2] = [
    include_str!("../../tests/fixtures/import/torch.yaml"),
    include_str!("../../tests/fixtures/import/keras.yaml"),
];

/// Reads a file, and goes on as `vggc import` does. Asking for more memory than a file may take ends the program.
pub fn import(bytes: &[u8]) {
    let most = FACTOR * bytes.len() + LEAST;
    let before = ALLOCATOR.allocated();
    ALLOCATOR.set_limit(before + most).expect("less is taken than may be");
    let read = read_bytes(bytes, None);
    ALLOCATOR.set_limit(usize::MAX).expect("there is no limit any more");
    match read {
        Ok(Imported::Network(chain)) => {
            let Ok(text) = write::spec(&chain, "fuzzed") else { return };
            let source = Source::new("spec.yaml", text, Syntax::Yaml);
            let Some(model) = vgg_spec::check(&source, &[]).model else { return };
            let text = source.text();
            let weights = params::weights(chain, &model);
            whole(&weights.unwrap_or_else(|problem| panic!("{problem}\n{text}")), &model);
        }
        Ok(Imported::Weights(state)) => {
            assert!(!state.summary().is_empty());
            for text in SPECS {
                let model = vgg_spec::check(&Source::new("spec.yaml", text, Syntax::Yaml), &[]).model;
                let model = model.expect("a network");
                let checked = state.check(&model);
                match state.clone().fit(&model) {
                    Ok(weights) => {
                        checked.expect("what is taken over was found good");
                        whole(&weights, &model);
                    }
                    Err(problem) => assert!(!problem.to_string().is_empty()),
                }
            }
        }
        Err(problem) => assert!(!problem.to_string().is_empty()),
    }
}

/// No weight is missing, and none is there twice.
fn whole(weights: &Weights, model: &Model) {
    let count: usize = weights.iter().map(|(_, tensor)| tensor.values().len()).sum();
    assert_eq!(count as u64, model.parameters());
    let mut names: Vec<&str> = weights.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), weights.len());
}

/// An archive of files that are stored as they are. Readers find them by what the archive says of them, so that
/// has no checksum.
pub fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut bytes, mut index) = (Vec::new(), Vec::new());
    for (name, contents) in files {
        let place = bytes.len() as u32;
        let (size, length) = (contents.len() as u32, name.len() as u16);
        let mut common = Vec::new();
        common.extend([20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        common.extend([size, size].iter().flat_map(|size| size.to_le_bytes()));
        common.extend(length.to_le_bytes());
        common.extend([0, 0]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&common);
        bytes.extend(name.bytes().chain(contents.iter().copied()));
        index.extend(b"PK\x01\x02\x14\x00");
        index.extend(&common);
        index.extend([0; 10]);
        index.extend(place.to_le_bytes());
        index.extend(name.bytes());
    }
    let (count, place, size) = (files.len() as u16, bytes.len() as u32, index.len() as u32);
    bytes.extend(index);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([count, count].iter().flat_map(|count| count.to_le_bytes()));
    bytes.extend([size, place].iter().flat_map(|number| number.to_le_bytes()));
    bytes.extend([0, 0]);
    bytes
}
