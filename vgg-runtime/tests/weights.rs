//! Files of weights: whole, damaged, hostile, and of another network.

mod linear;

use linear::Linear;
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use vgg_runtime::weights::{self, Metadata, Problem, WeightsError};

/// A network for 2x2 images and 3 classes, and the bytes of its file.
fn saved() -> (Linear, Vec<u8>, Metadata) {
    let network = Linear::init(2, 3, 5);
    let mut metadata = Metadata::default();
    metadata.set_classes(&["cat", "dog", "\"bird\"\n"].map(str::to_string));
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("weights.safetensors");
    weights::save(&network, &path, &metadata).unwrap();
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing but the file is left");
    (network, fs::read(path).unwrap(), metadata)
}

/// A safetensors file with any header.
fn file(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

/// Loads a file that cannot be right, and gives the error; the network must be as it was.
fn refused(bytes: &[u8]) -> Problem {
    let before = Linear::init(2, 3, 9);
    let mut network = before.clone();
    let problem = weights::load_bytes(&mut network, bytes).expect_err("a wrong file was loaded");
    assert_eq!(network, before);
    problem
}

#[test]
fn what_was_saved_is_loaded() {
    let (network, bytes, metadata) = saved();
    let mut loaded = Linear::new(2, 3);
    let found = weights::load_bytes(&mut loaded, &bytes).unwrap();
    assert_eq!(loaded, network);
    assert_eq!(found.model(), Some("Linear"));
    assert_eq!(found.classes().unwrap(), ["cat", "dog", "\"bird\"\n"]);
    assert_eq!(found.iter().count(), metadata.iter().count() + 1);
    assert_eq!(saved().1, bytes, "the same weights give the same bytes");
}

/// What must be known before there is a network to load the tensors into.
#[test]
fn metadata_is_read_without_a_network() {
    let (_, bytes, _) = saved();
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("weights.safetensors");
    fs::write(&path, &bytes).unwrap();
    let metadata = weights::metadata(&path).unwrap();
    assert_eq!((metadata.model(), metadata.classes().unwrap().len()), (Some("Linear"), 3));
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(weights::metadata(&path).unwrap_err().to_string().contains("weights.safetensors"));
    assert!(weights::metadata(folder.path()).is_err());
}

/// Other programs read the file: it is what the safetensors crate makes of it.
#[test]
fn the_file_is_a_safetensors_file() {
    let (network, bytes, _) = saved();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let weight = file.tensor("dense1.weight").unwrap();
    assert_eq!((weight.dtype(), weight.shape()), (safetensors::Dtype::F32, &[3, 4][..]));
    let values: Vec<u8> = network.weight.iter().flat_map(|value| value.to_le_bytes()).collect();
    assert_eq!(weight.data(), values);
}

/// A file of another program has no checksum, another order and no padding.
#[test]
fn files_of_other_programs_are_read() {
    let (network, ..) = saved();
    let floats = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let header = r#"{"dense1.weight":{"dtype":"F32","shape":[3,4],"data_offsets":[12,60]},
                     "dense1.bias":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#;
    let mut loaded = Linear::new(2, 3);
    let bytes = file(header, &[floats(&network.bias), floats(&network.weight)].concat());
    let metadata = weights::load_bytes(&mut loaded, &bytes).unwrap();
    assert_eq!(loaded, network);
    assert_eq!((metadata.model(), metadata.classes()), (None, None));
}

#[test]
fn every_truncation_is_refused() {
    let (_, bytes, _) = saved();
    for length in 0..bytes.len() {
        refused(&bytes[..length]);
    }
    refused(&[bytes.as_slice(), &[0]].concat());
}

/// A flipped bit is found; or else, in the spelling of the header, it changes nothing that counts.
#[test]
fn no_flipped_bit_changes_the_weights() {
    let (network, bytes, metadata) = saved();
    let mut harmless = 0;
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let before = Linear::init(2, 3, 9);
        let mut loaded = before.clone();
        match weights::load_bytes(&mut loaded, &bytes) {
            Err(_) => assert_eq!(loaded, before),
            Ok(found) => {
                assert_eq!((loaded, found.classes()), (network.clone(), metadata.classes()), "bit {bit}");
                harmless += 1;
            }
        }
    }
    assert!(harmless < 64, "{harmless} flipped bits were not found");
}

#[test]
fn hostile_headers_are_refused_before_anything_is_allocated() {
    for size in [u64::MAX, u64::MAX - 7, 1 << 62, 1 << 40, 1 << 24, 100] {
        let bytes = [&size.to_le_bytes()[..], b"{}"].concat();
        assert!(matches!(refused(&bytes), Problem::Header { .. }), "{size}");
    }
    // Sixteen tensors of 2^60 bytes end where 64 bits do.
    for count in [1, 7, 15, 16] {
        let tensor = |i: u64| {
            let (begin, values) = (i << 60, (1_u64 << 58) - i / 15);
            let end = begin + 4 * values;
            format!(r#""{i}":{{"dtype":"F32","shape":[{values}],"data_offsets":[{begin},{end}]}}"#)
        };
        let header = format!("{{{}}}", (0..count).map(tensor).collect::<Vec<_>>().join(","));
        assert!(matches!(refused(&file(&header, &[])), Problem::Length { .. }), "{count}");
    }
    let wraps = r#"{"dense1.bias":{"dtype":"F32","shape":[4294967296,4294967296,2],"data_offsets":[0,0]}}"#;
    let backwards = r#"{"dense1.bias":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#;
    let nested = "[".repeat(100_000);
    for header in [wraps, backwards, &nested, "", "null", "{", "\u{0}", r#"{"a":1}"#] {
        assert!(matches!(refused(&file(header, &[])), Problem::Header { .. }), "{header}");
    }
    assert!(matches!(refused(&file("{\u{7f}\u{80}", &[])), Problem::Header { .. }));
}

#[test]
fn tensors_of_another_network_are_named() {
    let message = |header: &str, length| refused(&file(header, &vec![0; length])).to_string();
    assert_eq!(
        message(
            r#"{"dense1.weight":{"dtype":"F32","shape":[3,4],"data_offsets":[0,48]},"fc.bias":{"dtype":"F32","shape":[3],"data_offsets":[48,60]}}"#,
            60
        ),
        "the tensors are not those of the network: missing `dense1.bias`. unknown `fc.bias`."
    );
    assert_eq!(
        message(
            r#"{"dense1.weight":{"dtype":"F32","shape":[4,3],"data_offsets":[0,48]},"dense1.bias":{"dtype":"F32","shape":[3],"data_offsets":[48,60]}}"#,
            60
        ),
        "tensor `dense1.weight` has the shape [4, 3], but the network needs [3, 4]"
    );
    assert_eq!(
        message(
            r#"{"dense1.weight":{"dtype":"F32","shape":[3,4],"data_offsets":[0,48]},"dense1.bias":{"dtype":"F16","shape":[3],"data_offsets":[48,54]}}"#,
            54
        ),
        "tensor `dense1.bias` has values of type F16, not F32"
    );
    let many: Vec<String> = (10..30)
        .map(|name| format!(r#""x{name}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#))
        .collect();
    assert_eq!(
        message(&format!("{{{}}}", many.join(",")), 0),
        "the tensors are not those of the network: missing `dense1.weight`, `dense1.bias`. \
         unknown `x10`, `x11`, `x12`, `x13`, `x14`, `x15`, `x16`, `x17` and 12 more."
    );
}

#[test]
fn what_is_not_finite_is_neither_saved_nor_loaded() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("weights.safetensors");
    let mut network = Linear::init(2, 3, 5);
    weights::save(&network, &path, &Metadata::default()).unwrap();
    let good = fs::read(&path).unwrap();
    network.bias[1] = f32::NAN;
    let error = weights::save(&network, &path, &Metadata::default()).unwrap_err();
    assert_eq!(error.to_string(), format!("{}: value 1 of tensor `dense1.bias` is NaN", path.display()));
    assert_eq!(fs::read(&path).unwrap(), good);

    let header = r#"{"dense1.weight":{"dtype":"F32","shape":[3,4],"data_offsets":[0,48]},"dense1.bias":{"dtype":"F32","shape":[3],"data_offsets":[48,60]}}"#;
    let mut data = vec![0; 60];
    data[8..12].copy_from_slice(&f32::NEG_INFINITY.to_le_bytes());
    assert_eq!(refused(&file(header, &data)).to_string(), "value 2 of tensor `dense1.weight` is -inf");
}

#[test]
fn a_failed_save_leaves_the_old_file_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let network = Linear::init(2, 3, 5);
    for path in [folder.path().join("no/such/folder/w"), folder.path().to_path_buf(), "/".into(), "..".into()]
    {
        let error: WeightsError = weights::save(&network, &path, &Metadata::default()).unwrap_err();
        assert_eq!(error.path, path);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn only_regular_files_are_read() {
    let folder = TempDir::new().unwrap();
    let mut network = Linear::new(2, 3);
    let mut message = |path: &Path| weights::load(&mut network, path).unwrap_err().to_string();
    assert!(message(folder.path()).ends_with(": this is no regular file"));
    assert!(message(&folder.path().join("none")).contains("none: No such file"));
    #[cfg(unix)]
    {
        assert_eq!(message(Path::new("/dev/zero")), "/dev/zero: this is no regular file");
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(message(&pipe).ends_with("pipe: this is no regular file"));
    }
}

/// A file in the working folder has no folder in its path; others may read the file.
#[cfg(unix)]
#[test]
fn the_file_has_the_usual_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let (path, plain) = (folder.path().join("w"), folder.path().join("plain"));
    weights::save(&Linear::new(2, 3), &path, &Metadata::default()).unwrap();
    fs::write(&plain, "").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&path), mode(&plain));
}

/// A network of other classes takes what fits, and says what does not.
#[test]
fn weights_of_another_network_are_taken_where_they_fit() {
    let (network, bytes, _) = saved();
    let mut same = Linear::new(2, 3);
    let all = weights::transfer_bytes(&mut same, &bytes).unwrap();
    assert_eq!(same, network);
    assert_eq!(
        (all.kept.as_slice(), all.unused.len(), all.metadata.model()),
        ([].as_slice(), 0, Some("Linear"))
    );

    // A file with one tensor that fits, one of another shape, and one that is not known.
    let mut mixed = Linear::init(2, 3, 9);
    let before = mixed.clone();
    let bias = all.taken.iter().find(|name| name.ends_with("bias")).unwrap();
    let weight = all.taken.iter().find(|name| name.ends_with("weight")).unwrap();
    let header = format!(
        r#"{{"{bias}":{{"dtype":"F32","shape":[3],"data_offsets":[0,12]}},"{weight}":{{"dtype":"F32","shape":[1],"data_offsets":[12,16]}},"other":{{"dtype":"F32","shape":[1],"data_offsets":[16,20]}}}}"#
    );
    let values = |values: [f32; 5]| values.map(f32::to_le_bytes).concat();
    let some =
        weights::transfer_bytes(&mut mixed, &file(&header, &values([1.0, 2.0, 3.0, 4.0, f32::NAN]))).unwrap();
    assert_eq!((&some.taken[..], &some.unused[..]), (&[bias.clone()][..], &["other".to_owned()][..]));
    assert_eq!(
        (some.kept[0].tensor.as_str(), some.kept[0].found.as_deref()),
        (weight.as_str(), Some(&[1][..]))
    );
    assert_ne!(mixed, before);

    // What is taken must be finite, and something must be.
    let mut untouched = before.clone();
    let damaged = file(&header, &values([1.0, f32::NAN, 3.0, 4.0, 5.0]));
    assert!(matches!(
        weights::transfer_bytes(&mut untouched, &damaged),
        Err(Problem::NotFinite { index: 1, .. })
    ));
    let header = r#"{"other":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    let nothing = weights::transfer_bytes(&mut untouched, &file(header, &1_f32.to_le_bytes()));
    assert!(matches!(nothing, Err(Problem::Names { .. })));
    assert_eq!(untouched, before);
}
