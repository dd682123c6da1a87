//! What a user reads when a network, or what is done with one, is wrong.

use std::fs;
use std::path::Path;

const WEIGHTS: &str = "tests/fixtures/parity/weights.safetensors";

/// What the programs in `tests/ui` read.
const SPECS: &[&str] = &[
    "specs/digits.yaml",
    "specs/vgg16-gap.yaml",
    "tests/specs/batch_norm.yaml",
    WEIGHTS,
    "tests/diagnostics/several-errors.yaml",
    "tests/diagnostics/E0302.yaml",
    "tests/diagnostics/W0201.yaml",
];

#[test]
fn errors_show_where_they_come_from() {
    // The programs are compiled as parts of a crate that is made for them: specs are looked for there.
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder");
    let folder = target.join("tests/trybuild/vgg");
    for spec in SPECS {
        let copy = folder.join(spec);
        fs::create_dir_all(copy.parent().expect("a folder")).expect("a folder");
        fs::copy(root.join(spec), copy).expect("a copy");
    }
    fs::create_dir_all(folder.join("specs/folder.yaml")).expect("a folder");
    fs::write(folder.join("specs/long.yaml"), vec![b'#'; 2 << 20]).expect("a file");
    let mut damaged = fs::read(root.join(WEIGHTS)).expect("weights");
    *damaged.last_mut().expect("a byte") ^= 1;
    fs::write(folder.join("damaged.safetensors"), &damaged).expect("a file");
    fs::write(folder.join("cut.safetensors"), &damaged[..damaged.len() / 2]).expect("a file");
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
