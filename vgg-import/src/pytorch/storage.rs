//! Where the numbers of tensors lie.

use super::damaged;
use super::pickle::{Id, Pickle, Value};
use crate::error::Problem;
use crate::tensor::Element;

/// What a pickle says of a storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Storage<'f> {
    /// Its name.
    pub(super) key: &'f str,
    /// `None` if it holds no floating-point numbers.
    pub(super) element: Option<Element>,
    /// Bytes of one number.
    pub(super) size: usize,
    /// How many numbers it holds.
    pub(super) count: usize,
}

impl<'f> Storage<'f> {
    /// Reads `("storage", torch.FloatStorage, "0", "cpu", 24)`.
    pub(super) fn of(pickle: &Pickle<'f>, persistent: Id) -> Result<Storage<'f>, Problem> {
        let read = || {
            let items = pickle.items(persistent)?;
            let &[kind, class, key, _, count, ..] = items else { return None };
            (pickle.text(kind)? == "storage").then_some(())?;
            let Value::Global("torch" | "torch.storage", class) = *pickle.get(class) else { return None };
            let (size, element) = class_of(class)?;
            let count = usize::try_from(pickle.int(count)?).ok()?;
            Some(Storage { key: pickle.text(key)?, element, size, count })
        };
        read().ok_or_else(|| damaged("a tensor's storage is not described as PyTorch does"))
    }

    /// The storages that a pickle names.
    pub(super) fn all(pickle: &Pickle<'f>) -> Result<Vec<Storage<'f>>, Problem> {
        let persistent = pickle.values().filter_map(|value| match *value {
            Value::Persistent(id) => Some(Storage::of(pickle, id)),
            _ => None,
        });
        persistent.collect()
    }
}

fn class_of(class: &str) -> Option<(usize, Option<Element>)> {
    Some(match class {
        "HalfStorage" => (2, Some(Element::F16)),
        "BFloat16Storage" => (2, Some(Element::Bf16)),
        "FloatStorage" => (4, Some(Element::F32)),
        "DoubleStorage" => (8, Some(Element::F64)),
        "LongStorage" => (8, None),
        "IntStorage" => (4, None),
        "ShortStorage" => (2, None),
        "CharStorage" | "ByteStorage" | "BoolStorage" => (1, None),
        _ => return None,
    })
}
