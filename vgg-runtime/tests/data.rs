//! Folders of IDX files, as they are and as they should not be.

use flate2::{Compression, write::GzEncoder};
use std::fs;
use std::io::Write;
use std::path::Path;
use tempfile::TempDir;
use vgg_runtime::data::{IdxError, Split, idx};

const TRAIN_IMAGES: &str = "train-images-idx3-ubyte";
const TRAIN_LABELS: &str = "train-labels-idx1-ubyte";
const TEST_IMAGES: &str = "t10k-images-idx3-ubyte";
const TEST_LABELS: &str = "t10k-labels-idx1-ubyte";
const FILES: [&str; 4] = [TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS];

/// Pixels of the images to train with.
const PIXELS: [u8; 12] = [0, 51, 102, 153, 204, 255, 0, 0, 0, 0, 0, 255];

/// An IDX file of bytes.
fn file(extents: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, extents.len() as u8];
    bytes.extend(extents.iter().flat_map(|extent| extent.to_be_bytes()));
    bytes.extend(values);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Three images of 2x2 to train with and two that are held out.
fn contents(name: &str) -> Vec<u8> {
    match name {
        TRAIN_IMAGES => file(&[3, 2, 2], &PIXELS),
        TRAIN_LABELS => file(&[3], &[0, 9, 4]),
        TEST_IMAGES => file(&[2, 2, 2], &[255; 8]),
        _ => file(&[2], &[3, 1]),
    }
}

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    for name in FILES {
        fs::write(folder.path().join(name), contents(name)).unwrap();
    }
    folder
}

fn gzip_all(folder: &Path) {
    for name in FILES {
        let path = folder.join(name);
        fs::write(folder.join(format!("{name}.gz")), gzip(&fs::read(&path).unwrap())).unwrap();
        fs::remove_file(path).unwrap();
    }
}

/// The message of the error, without the folder.
fn error(folder: &Path) -> String {
    let error: IdxError = idx::load(folder).unwrap_err();
    error.to_string().replace(&format!("{}/", folder.display()), "")
}

#[test]
fn plain_and_gzipped_files_give_the_same_images() {
    let folder = folder();
    let plain: Split = idx::load(folder.path()).unwrap();
    gzip_all(folder.path());
    assert_eq!(idx::load(folder.path()).unwrap(), plain);

    assert_eq!(plain.train.shape(), [1, 2, 2]);
    assert_eq!(plain.train.labels(), [0, 9, 4]);
    assert_eq!(plain.held_out.labels(), [3, 1]);
    assert_eq!(plain.train.classes().join(" "), "0 1 2 3 4 5 6 7 8 9");
    assert!(plain.train.pixels().iter().eq(&PIXELS.map(|value| f32::from(value) / 255.0)));
}

#[test]
fn a_label_above_nine_adds_classes() {
    let folder = folder();
    fs::write(folder.path().join(TEST_LABELS), file(&[2], &[46, 1])).unwrap();
    let split = idx::load(folder.path()).unwrap();
    assert_eq!(split.train.classes().len(), 47);
    assert_eq!(split.held_out.classes(), split.train.classes());
}

#[test]
fn a_folder_named_fashion_has_the_classes_of_fashion() {
    let folder = folder();
    let fashion = folder.path().join("My-Fashion");
    fs::create_dir(&fashion).unwrap();
    for name in FILES {
        fs::rename(folder.path().join(name), fashion.join(name)).unwrap();
    }
    assert_eq!(idx::load(&fashion).unwrap().train.classes()[9], "Ankle boot");
}

#[test]
fn a_missing_file_is_named() {
    for name in FILES {
        let folder = folder();
        fs::remove_file(folder.path().join(name)).unwrap();
        assert_eq!(error(folder.path()), format!("{name}: found neither this file nor the same with .gz"));
    }
}

#[test]
fn a_folder_in_place_of_a_file_is_named() {
    let folder = folder();
    fs::remove_file(folder.path().join(TRAIN_LABELS)).unwrap();
    fs::create_dir(folder.path().join(TRAIN_LABELS)).unwrap();
    assert_eq!(error(folder.path()), format!("{TRAIN_LABELS}: this is no regular file"));
}

#[cfg(unix)]
#[test]
fn a_pipe_in_place_of_a_file_does_not_hang() {
    let folder = folder();
    let path = folder.path().join(TRAIN_IMAGES);
    fs::remove_file(&path).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    assert_eq!(error(folder.path()), format!("{TRAIN_IMAGES}: this is no regular file"));
}

#[test]
fn every_truncation_is_an_error() {
    for gzipped in [false, true] {
        let folder = folder();
        if gzipped {
            gzip_all(folder.path());
        }
        for name in FILES {
            let name = if gzipped { format!("{name}.gz") } else { name.to_string() };
            let path = folder.path().join(&name);
            let whole = fs::read(&path).unwrap();
            for length in 0..whole.len() {
                fs::write(&path, &whole[..length]).unwrap();
                let message = error(folder.path());
                assert!(message.starts_with(&name), "{length} bytes: {message}");
            }
            fs::write(&path, whole).unwrap();
        }
        idx::load(folder.path()).unwrap();
    }
}

#[test]
fn hostile_headers_are_refused_before_anything_is_allocated() {
    for (extents, message) in [
        (
            [u32::MAX; 3],
            "an array of [4294967295, 4294967295, 4294967295] values, more than the 1073741824 that are read",
        ),
        ([65536; 3], "an array of [65536, 65536, 65536] values, more than the 1073741824 that are read"),
        ([1000; 3], "1000000000 values, but the file is too small to hold them"),
    ] {
        for gzipped in [false, true] {
            let folder = folder();
            if gzipped {
                gzip_all(folder.path());
            }
            let bytes = file(&extents, &[0; 4]);
            let (name, bytes) = match gzipped {
                true => (format!("{TRAIN_IMAGES}.gz"), gzip(&bytes)),
                false => (TRAIN_IMAGES.to_string(), bytes),
            };
            fs::write(folder.path().join(&name), bytes).unwrap();
            assert_eq!(error(folder.path()), format!("{name}: the header announces {message}"));
        }
    }
}

#[test]
fn wrong_contents_are_named() {
    let broken = |name: &str, bytes: &[u8]| {
        let folder = folder();
        fs::write(folder.path().join(name), bytes).unwrap();
        error(folder.path())
    };
    assert_eq!(
        broken(TRAIN_IMAGES, &contents(TRAIN_LABELS)),
        "train-images-idx3-ubyte: an IDX file of bytes in 3 dimensions starts with [0, 0, 8, 3], not [0, 0, 8, 1]"
    );
    assert_eq!(
        broken(TEST_LABELS, b"<!DOCTYPE html>"),
        "t10k-labels-idx1-ubyte: an IDX file of bytes in 1 dimensions starts with [0, 0, 8, 1], not [60, 33, 68, 79]"
    );
    assert_eq!(
        broken(TRAIN_LABELS, &file(&[3], &[0, 1, 2, 3])),
        "train-labels-idx1-ubyte: the header announces 3 values, but the file goes on behind them"
    );
    assert_eq!(broken(TRAIN_LABELS, &file(&[2], &[0, 1])), "train-*: 3 images, but 2 labels");
    assert_eq!(broken(TEST_IMAGES, &file(&[0, 2, 2], &[])), "t10k-*: there are no pixels: 0 images of 1x2x2");
    assert!(
        broken(TEST_IMAGES, &file(&[2, 1, 3], &[0; 6]))
            .ends_with("images to train with are 2x2, held-out images are 1x3")
    );
}

#[test]
fn a_damaged_gzip_file_is_an_error() {
    let folder = folder();
    gzip_all(folder.path());
    let path = folder.path().join(format!("{TRAIN_IMAGES}.gz"));
    let mut bytes = fs::read(&path).unwrap();
    let checksum = bytes.len() - 8;
    bytes[checksum] ^= 1;
    fs::write(&path, bytes).unwrap();
    let message = error(folder.path());
    assert!(message.starts_with("train-images-idx3-ubyte.gz: the file is damaged"), "{message}");
}

/// Debian's package `dataset-fashion-mnist`; skipped where it is not installed.
#[test]
fn fashion_mnist_is_known_by_its_contents() {
    let installed = Path::new("/usr/share/datasets/fashion-mnist");
    if !installed.exists() {
        return;
    }
    let folder = TempDir::new().unwrap();
    for name in FILES {
        let name = format!("{name}.gz");
        fs::copy(installed.join(&name), folder.path().join(&name)).unwrap();
    }
    let split = idx::load(folder.path()).unwrap();
    assert_eq!((split.train.count(), split.held_out.count()), (60_000, 10_000));
    assert_eq!(split.train.shape(), [1, 28, 28]);
    assert_eq!(split.train.classes()[0], "T-shirt/top");
    for class in 0..10 {
        assert_eq!(split.held_out.labels().iter().filter(|&&label| label == class).count(), 1000);
    }
}
