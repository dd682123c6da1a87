//! The specs that come with the program.

/// Their file names without `.yaml`, and their texts. Of models that the same weights fit, the first one is
/// taken.
pub(crate) const ZOO: [(&str, &str); 12] = [
    ("vgg11", include_str!("../../specs/vgg11.yaml")),
    ("vgg11-bn", include_str!("../../specs/vgg11-bn.yaml")),
    ("vgg13", include_str!("../../specs/vgg13.yaml")),
    ("vgg13-bn", include_str!("../../specs/vgg13-bn.yaml")),
    ("vgg16", include_str!("../../specs/vgg16.yaml")),
    ("vgg16-bn", include_str!("../../specs/vgg16-bn.yaml")),
    ("vgg16-gap", include_str!("../../specs/vgg16-gap.yaml")),
    ("vgg19", include_str!("../../specs/vgg19.yaml")),
    ("vgg19-bn", include_str!("../../specs/vgg19-bn.yaml")),
    ("alexnet", include_str!("../../specs/alexnet.yaml")),
    ("digits", include_str!("../../specs/digits.yaml")),
    ("fashion", include_str!("../../specs/fashion.yaml")),
];
