use vgg::prelude::*;

vgg!("specs/digits.yaml");

fn main() {
    let net = Digits::init(7);
    let photographs = FeatureMaps::<3, 224, 224>::zeros(1);
    net.forward(&photographs);
    let _: Logits<100> = net.forward(&FeatureMaps::<1, 8, 8>::zeros(1));
}
