//! Photographs as torchvision and Keras prepare them, by the fixtures of `tests/reference/preprocess.py`.

use safetensors::SafeTensors;
use std::fs;
use std::path::PathBuf;
use vgg_runtime::MapShape;
use vgg_runtime::data::{Framing, Normalisation, Picture};

/// Every so many rows and columns are recorded.
const STEP: usize = 7;

/// A step between two bytes, in the numbers of a network; the least deviation of a channel is 0.224.
const BYTE: f32 = 1.0 / 255.0 / 0.224;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/preprocess").join(name)
}

/// What was recorded under a name.
fn recorded(name: &str) -> Vec<f32> {
    let file = fs::read(fixture("photo.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&file).unwrap();
    let data = tensors.tensor(name).unwrap().data().to_vec();
    data.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
}

/// The photograph, prepared for a square of `side` pixels.
fn prepared(side: usize, framing: Framing, normalisation: &Normalisation) -> Vec<f32> {
    let picture = Picture::read(&fixture("photo.png")).unwrap();
    let mut pixels = picture.framed(MapShape::new(3, side, side), framing).unwrap().pixels;
    normalisation.apply(3, pixels.as_slice_mut().unwrap());
    pixels.slice(ndarray::s![.., ..;STEP, ..;STEP]).iter().copied().collect()
}

fn largest_difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).map(|(found, expected)| (found - expected).abs()).fold(0.0, f32::max)
}

#[test]
fn torchvision() {
    for (suffix, shorter, side) in [("", 256, 224), ("_small", 64, 56)] {
        let framing = Framing::Middle { shorter: Some(shorter) };
        let found = prepared(side, framing, &Normalisation::torchvision());
        let by_torch = largest_difference(&found, &recorded(&format!("torch{suffix}")));
        // PyTorch has its weights in `f32`.
        assert!(by_torch < 3e-5, "{by_torch}");
        // PIL rounds to bytes behind each of its two passes.
        let by_pil = largest_difference(&found, &recorded(&format!("pil{suffix}")));
        assert!(by_pil < 1.01 * BYTE, "{by_pil}");
    }
}

#[test]
fn keras() {
    let found = prepared(224, Framing::Stretch, &Normalisation::keras());
    let difference = largest_difference(&found, &recorded("keras"));
    assert!(difference < 1.01, "{difference}");
}
