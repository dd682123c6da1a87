//! Folders of CIFAR files, as they are and as they should not be.

use std::fs;
use std::path::Path;
use tempfile::TempDir;
use vgg_runtime::data::cifar::{self, CifarError};

/// A record of labels, and pixels that count up from the last label.
fn record(labels: &[u8]) -> Vec<u8> {
    let first = labels[labels.len() - 1] as usize;
    labels.iter().copied().chain((0..3072).map(|pixel| (first + pixel) as u8)).collect()
}

fn ten(folder: &Path) {
    for batch in 1..=5 {
        let records = [record(&[batch]), record(&[batch + 1])].concat();
        fs::write(folder.join(format!("data_batch_{batch}.bin")), records).unwrap();
    }
    fs::write(folder.join("test_batch.bin"), record(&[9])).unwrap();
}

#[test]
fn ten_classes() {
    let folder = TempDir::new().unwrap();
    assert!(!cifar::is_here(folder.path()));
    ten(folder.path());
    assert!(cifar::is_here(folder.path()));
    let split = cifar::load(folder.path()).unwrap();
    assert_eq!((split.train.count(), split.train.shape()), (10, [3, 32, 32]));
    assert_eq!(split.train.labels(), [1, 2, 2, 3, 3, 4, 4, 5, 5, 6]);
    assert_eq!(split.held_out.labels(), [9]);
    assert_eq!(split.train.classes()[3], "3");
    let pixels = split.train.pixels();
    for (index, [channel, row, column]) in [(0, [0, 0, 0]), (1056, [1, 1, 0]), (3071, [2, 31, 31])] {
        assert_eq!(pixels[[3, channel, row, column]], f32::from((3 + index) as u8) / 255.0);
    }
    let names = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n";
    fs::write(folder.path().join("batches.meta.txt"), names).unwrap();
    assert_eq!(cifar::load(folder.path()).unwrap().train.classes()[3], "cat");
}

#[test]
fn hundred_classes_are_the_fine_ones() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("train.bin"), [record(&[1, 99]), record(&[2, 0])].concat()).unwrap();
    fs::write(folder.path().join("test.bin"), record(&[19, 50])).unwrap();
    let split = cifar::load(folder.path()).unwrap();
    assert_eq!(split.train.labels(), [99, 0]);
    assert_eq!((split.held_out.labels(), split.held_out.classes().len()), (&[50][..], 100));
    assert_eq!(split.train.pixels()[[0, 0, 0, 1]], 100.0 / 255.0);
}

#[test]
fn what_is_wrong_is_named() {
    let folder = TempDir::new().unwrap();
    let load = || cifar::load(folder.path()).unwrap_err();
    ten(folder.path());
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();

    write("data_batch_4.bin", &record(&[1])[..3000]);
    assert!(matches!(load(), CifarError::Length { bytes: 3000, record: 3073, .. }));
    write("data_batch_4.bin", &[]);
    assert!(load().to_string().contains("data_batch_4.bin"));
    write("data_batch_4.bin", &record(&[10]));
    assert!(load().to_string().contains("label 10"), "{}", load());
    write("data_batch_4.bin", &record(&[1]));
    write("batches.meta.txt", b"airplane\n");
    assert!(matches!(load(), CifarError::Names { found: 1, expected: 10, .. }));
    fs::remove_file(folder.path().join("batches.meta.txt")).unwrap();
    fs::remove_file(folder.path().join("test_batch.bin")).unwrap();
    assert!(matches!(load(), CifarError::Io { .. }));
}
