//! The tensors of a state dict.

use super::damaged;
use super::pickle::{Id, Pickle, Value};
use super::storage::Storage;
use crate::error::Problem;
use crate::state::is_counter;
use crate::tensor::{Tensor, elements, strided, strides};

/// Under which keys checkpoints keep a state dict beside other things.
const STATES: [&str; 5] = ["state_dict", "model_state_dict", "model", "net", "weights"];

/// Collects the tensors of a pickle; `bytes` gives those of a storage. In all no more bytes than `budget`.
pub(super) fn collect<'f>(
    pickle: &Pickle<'_>,
    mut budget: usize,
    bytes: impl Fn(&Storage<'_>) -> Result<&'f [u8], Problem>,
) -> Result<Vec<(String, Tensor)>, Problem> {
    let mut tensors = Vec::new();
    for &(key, value) in state(pickle)? {
        let Some(name) = pickle.text(key) else { return Err(no_state()) };
        if is_counter(name) {
            continue;
        }
        let Some(place) = Place::of(pickle, value)? else { return Err(no_state()) };
        let (storage, shown) = (place.storage, || format!("tensor `{name}`"));
        let element = storage
            .element
            .ok_or_else(|| Problem::layer(shown(), "its numbers are integers, not floating-point numbers"))?;
        let count = elements(&place.shape).and_then(|count| count.checked_mul(element.size()));
        budget = count.and_then(|count| budget.checked_sub(count)).ok_or_else(|| {
            Problem::layer(shown(), "the file is too small for it, or several tensors lie in the same place")
        })?;
        let bytes = bytes(&storage)?;
        let tensor =
            place.values(bytes).ok_or_else(|| Problem::layer(shown(), "it lies outside of its storage"))?;
        tensors.push((name.to_owned(), tensor));
    }
    Ok(tensors)
}

/// The dict that holds tensors.
fn state<'p>(pickle: &'p Pickle<'_>) -> Result<&'p [(Id, Id)], Problem> {
    let dict = |id: Id| match pickle.get(id) {
        Value::Dict(entries) => Some(entries.as_slice()),
        _ => None,
    };
    let root = dict(pickle.root).ok_or_else(no_state)?;
    let inner = STATES.into_iter().find_map(|wanted| {
        let (_, value) = root.iter().find(|(key, _)| pickle.text(*key) == Some(wanted))?;
        dict(*value)
    });
    Ok(inner.unwrap_or(root))
}

fn no_state() -> Problem {
    Problem::helped(
        "the file holds no state dict: it is a whole model or something else",
        "save the weights alone, with `torch.save(model.state_dict(), \"weights.pth\")`",
    )
}

/// Where a tensor lies.
struct Place<'f> {
    storage: Storage<'f>,
    offset: usize,
    shape: Vec<usize>,
    strides: Vec<usize>,
}

impl<'f> Place<'f> {
    /// Reads the call that would make a tensor; `None` if it makes something else.
    fn of(pickle: &Pickle<'f>, id: Id) -> Result<Option<Place<'f>>, Problem> {
        let Value::Call(function, arguments) = *pickle.get(id) else { return Ok(None) };
        let arguments = pickle.items(arguments).unwrap_or_default();
        match (pickle.get(function), arguments) {
            (Value::Global("torch._utils", "_rebuild_parameter"), &[inner, ..]) if inner < id => {
                Place::of(pickle, inner)
            }
            (
                Value::Global("torch._utils", "_rebuild_tensor_v2" | "_rebuild_tensor"),
                &[storage, offset, shape, strides, ..],
            ) => {
                let Value::Persistent(storage) = *pickle.get(storage) else {
                    return Err(damaged("a tensor has no storage"));
                };
                let storage = Storage::of(pickle, storage)?;
                let sizes = |id: Id| {
                    let sizes = pickle.items(id)?.iter();
                    sizes.map(|&size| usize::try_from(pickle.int(size)?).ok()).collect::<Option<Vec<_>>>()
                };
                let offset = pickle.int(offset).and_then(|offset| usize::try_from(offset).ok());
                match (offset, sizes(shape), sizes(strides)) {
                    (Some(offset), Some(shape), Some(strides)) if shape.len() == strides.len() => {
                        Ok(Some(Place { storage, offset, shape, strides }))
                    }
                    _ => Err(damaged("a tensor's shape is not described as PyTorch does")),
                }
            }
            _ => Ok(None),
        }
    }

    fn values(&self, bytes: &[u8]) -> Option<Tensor> {
        let element = self.storage.element?;
        let count = elements(&self.shape)?;
        let values = if strides(&self.shape) == self.strides || count == 0 {
            let start = self.offset.checked_mul(element.size())?;
            let end = start.checked_add(count.checked_mul(element.size())?)?;
            element.decode(bytes.get(start..end)?)
        } else {
            strided(&element.decode(bytes), self.offset, &self.shape, &self.strides)?
        };
        Tensor::new(self.shape.clone(), values)
    }
}
