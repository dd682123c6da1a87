use vgg::vgg;

vgg!();
vgg!(7);
vgg!("specs/vgg16-gap.yaml" as birds);
vgg!("specs/vgg16-gap.yaml" Birds);
vgg!("specs/vgg16-gap.yaml" as Birds classes = 200);

fn main() {}
