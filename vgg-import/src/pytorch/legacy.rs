//! The format before PyTorch 1.6, in which many published weights still come: five pickles, then the
//! storages.

use super::pickle::{Pickle, Value};
use super::storage::Storage;
use super::{MOST_PICKLE, damaged, state, tensors};
use crate::error::Problem;
use crate::state::State;
use std::collections::HashMap;

/// A pickle of the number 0x1950a86a20f9469cfc6c.
const MAGIC: [u8; 15] =
    [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, b'.'];

/// Whether a file is of this format.
pub(crate) fn is_likely(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Reads a state dict.
pub(crate) fn read(bytes: &[u8]) -> Result<State, Problem> {
    let rest = bytes.strip_prefix(&MAGIC).ok_or_else(|| damaged("it does not begin as it should"))?;
    let version = pickle(rest)?;
    let system = pickle(version.rest)?;
    check_system(&system)?;
    let described = pickle(system.rest)?;
    let keys = pickle(described.rest)?;
    let storages = storages(&described, &keys)?;
    let tensors = tensors::collect(&described, bytes.len(), |storage| {
        let found = storages.get(storage.key).copied();
        found.ok_or_else(|| damaged(format_args!("it has no storage `{}`", storage.key)))
    })?;
    state(tensors)
}

/// Reads a pickle that cannot be larger than one of names and shapes.
fn pickle(bytes: &[u8]) -> Result<Pickle<'_>, Problem> {
    let (head, _) = bytes.split_at(bytes.len().min(MOST_PICKLE));
    let mut pickle = Pickle::read(head)?;
    let used = head.len() - pickle.rest.len();
    pickle.rest = bytes.get(used..).unwrap_or_default();
    Ok(pickle)
}

fn check_system(system: &Pickle<'_>) -> Result<(), Problem> {
    let Value::Dict(entries) = system.get(system.root) else {
        return Err(damaged("it does not say how its numbers lie"));
    };
    let order = entries.iter().find(|(key, _)| system.text(*key) == Some("little_endian"));
    match order.map(|(_, value)| system.get(*value)) {
        Some(Value::Bool(true)) => Ok(()),
        _ => Err(Problem::unsupported("its numbers begin with the most significant byte")),
    }
}

/// The bytes of each storage: they lie in the order of `keys`, a count before each.
fn storages<'f>(described: &Pickle<'f>, keys: &Pickle<'f>) -> Result<HashMap<&'f str, &'f [u8]>, Problem> {
    let sizes: HashMap<&str, usize> =
        Storage::all(described)?.into_iter().map(|storage| (storage.key, storage.size)).collect();
    let mut rest = keys.rest;
    let mut storages = HashMap::new();
    for &key in keys.items(keys.root).ok_or_else(|| damaged("it does not list its storages"))? {
        let key = keys.text(key).ok_or_else(|| damaged("a storage has no name"))?;
        let size =
            *sizes.get(key).ok_or_else(|| damaged(format_args!("nothing uses the storage `{key}`")))?;
        let cut = || damaged(format_args!("it ends within the storage `{key}`"));
        let (count, behind) = rest.split_first_chunk::<8>().ok_or_else(cut)?;
        let length =
            usize::try_from(u64::from_le_bytes(*count)).ok().and_then(|count| count.checked_mul(size));
        let (bytes, behind) = length.and_then(|length| behind.split_at_checked(length)).ok_or_else(cut)?;
        storages.insert(key, bytes);
        rest = behind;
    }
    Ok(storages)
}
