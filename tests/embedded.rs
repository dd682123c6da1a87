//! Weights that a program embeds.

use vgg::prelude::*;
use vgg::weights;

vgg!("tests/specs/batch_norm.yaml" as Embedded, weights = "tests/fixtures/parity/weights.safetensors");

fn tensors(network: &Embedded) -> Vec<(String, Vec<f32>)> {
    let mut tensors = Vec::new();
    network.visit(&mut |tensor| tensors.push((tensor.name.to_owned(), tensor.values.to_vec())));
    tensors
}

#[test]
fn a_program_has_the_weights_of_the_file() {
    let loaded = Embedded::load("tests/fixtures/parity/weights.safetensors").expect("weights");
    assert_eq!(tensors(&Embedded::pretrained()), tensors(&loaded));
    assert_ne!(tensors(&Embedded::pretrained()), tensors(&Embedded::init(0)));
}

#[test]
fn the_file_itself_is_there_too() {
    let mut network = Embedded::init(0);
    let metadata = weights::load_bytes(&mut network, Embedded::WEIGHTS).expect("weights");
    assert_eq!(metadata.model(), Some("SmallNorm"));
}
