//! What generated networks compute: against PyTorch, and against the interpreter bit for bit.

mod fixture;
mod interpreter;
mod pytorch;

/// The small networks that PyTorch was asked about, the one of the digits, which has dropout, and one of
/// which a part is frozen.
mod networks {
    use vgg::vgg;

    vgg!("tests/specs/adaptive.yaml");
    vgg!("tests/specs/plain.yaml");
    vgg!("tests/specs/batch_norm.yaml");
    vgg!("tests/specs/average_flatten.yaml");
    vgg!("tests/specs/gap.yaml");
    vgg!("tests/specs/frozen.yaml");
    vgg!("tests/specs/lrn.yaml");
    vgg!("tests/specs/grouped.yaml");
    vgg!("specs/digits.yaml");
}
