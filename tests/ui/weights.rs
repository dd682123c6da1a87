use vgg::vgg;

vgg!("specs/digits.yaml", weights = "tests/fixtures/parity/weights.safetensors");
vgg!("tests/specs/batch_norm.yaml" as Damaged, weights = "damaged.safetensors");
vgg!("tests/specs/batch_norm.yaml" as Cut, weights = "cut.safetensors");
vgg!("tests/specs/batch_norm.yaml" as Missing, weights = "missing.safetensors");
vgg!("tests/specs/batch_norm.yaml" as Outside, weights = "../weights.safetensors");
vgg!("tests/specs/batch_norm.yaml" as Twice, weights = "a.safetensors", weights = "b.safetensors");

fn main() {
    let _ = (Digits::pretrained(), Damaged::pretrained(), Cut::pretrained());
}
