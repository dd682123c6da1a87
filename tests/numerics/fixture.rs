//! What PyTorch recorded, and how it is compared.

use ndarray::{Array4, ArrayView4};
use safetensors::SafeTensors;
use std::collections::BTreeMap;
use vgg::Network;

/// One file of `tests/fixtures/pytorch`; `tests/reference/pytorch_small.py` says what is in it.
pub(crate) struct Fixture {
    name: String,
    tensors: BTreeMap<String, Vec<f32>>,
    images: Array4<f32>,
    pub(crate) labels: Vec<u32>,
}

impl Fixture {
    pub(crate) fn read(name: &str) -> Fixture {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/pytorch");
        let bytes = std::fs::read(format!("{folder}/{name}.safetensors")).expect("a fixture");
        let file = SafeTensors::deserialize(&bytes).expect("safetensors");
        let tensors: BTreeMap<String, Vec<f32>> = file
            .iter()
            .filter(|(_, tensor)| tensor.dtype() == safetensors::Dtype::F32)
            .map(|(name, tensor)| (name.to_owned(), floats(tensor.data())))
            .collect();
        let labels = file.tensor("labels").expect("labels");
        let labels: Vec<u32> =
            labels.data().as_chunks().0.iter().map(|&bytes| i64::from_le_bytes(bytes) as u32).collect();
        let shape: [usize; 4] = file.tensor("input").expect("images").shape().try_into().expect("a batch");
        let images = Array4::from_shape_vec(shape, tensors["input"].clone()).expect("a batch");
        Fixture { name: name.to_owned(), tensors, images, labels }
    }

    pub(crate) fn images(&self) -> ArrayView4<'_, f32> {
        self.images.view()
    }

    pub(crate) fn get(&self, name: &str) -> &[f32] {
        self.tensors.get(name).unwrap_or_else(|| panic!("{}: nothing is recorded of {name}", self.name))
    }

    /// Gives a network the recorded weights.
    pub(crate) fn load<N: Network>(&self, mut network: N) -> N {
        network.visit_mut(&mut |tensor| {
            tensor.values.copy_from_slice(self.get(&format!("weights.{}", tensor.name)));
        });
        network
    }

    /// Asserts that values are as they were recorded, within a share of the largest one.
    pub(crate) fn assert_near(&self, name: &str, found: &[f32], share: f32) {
        let expected = self.get(name);
        assert_eq!(found.len(), expected.len(), "{}: {name}", self.name);
        let largest = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        let error = found.iter().zip(expected).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
        // `not <=` so that what is not a number is an error, too.
        let is_near = error <= share * largest;
        assert!(is_near, "{}: {name} is off by {:e} of {largest}", self.name, error / largest);
    }

    /// The same for every tensor of a network, or for the trainable ones.
    pub(crate) fn assert_all_near<N: Network>(&self, prefix: &str, network: &N, all: bool, share: f32) {
        let mut tensors = 0;
        network.visit(&mut |tensor| {
            if all || tensor.role.is_trainable() {
                self.assert_near(&format!("{prefix}.{}", tensor.name), tensor.values, share);
                tensors += 1;
            }
        });
        assert!(tensors > 0, "{prefix}: nothing was compared");
    }
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
}
