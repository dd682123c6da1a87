//! Safetensors files.

use crate::error::Problem;
use crate::state::{State, is_counter};
use crate::tensor::{Element, Tensor};
use safetensors::{Dtype, SafeTensors};

/// Whether a file looks like one: a length, and a header in JSON.
pub(crate) fn is_likely(bytes: &[u8]) -> bool {
    let Some((length, header)) = bytes.split_first_chunk::<8>() else { return false };
    header.first() == Some(&b'{') && u64::from_le_bytes(*length) <= header.len() as u64
}

/// Reads the tensors of a file.
pub(crate) fn read(bytes: &[u8]) -> Result<State, Problem> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| Problem::damaged("safetensors", error))?;
    let mut views: Vec<_> = file.tensors().into_iter().filter(|(name, _)| !is_counter(name)).collect();
    // Neither by name nor at random, but as they lie in the file.
    views.sort_by_key(|(_, view)| view.data().as_ptr().addr());
    let tensors = views.into_iter().map(|(name, view)| {
        let element = match view.dtype() {
            Dtype::F16 => Element::F16,
            Dtype::BF16 => Element::Bf16,
            Dtype::F32 => Element::F32,
            Dtype::F64 => Element::F64,
            other => {
                let shown = format!("tensor `{name}`");
                return Err(Problem::layer(
                    shown,
                    format_args!("its numbers are {other}, not floating-point"),
                ));
            }
        };
        let tensor = Tensor::new(view.shape().to_vec(), element.decode(view.data()));
        let tensor =
            tensor.ok_or_else(|| Problem::damaged("safetensors", "a tensor does not fit its shape"))?;
        Ok((name, tensor))
    });
    State::new("From a safetensors file".to_owned(), tensors.collect::<Result<_, Problem>>()?)
}
