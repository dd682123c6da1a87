//! The format since PyTorch 1.6: a zip archive of a pickle and one file a storage.

use super::pickle::Pickle;
use super::{MOST_PICKLE, damaged, state, tensors};
use crate::archive::Archive;
use crate::error::Problem;
use crate::state::State;

/// Reads a state dict out of an archive.
pub(crate) fn read(archive: &mut Archive<'_>) -> Result<State, Problem> {
    let name = archive.names().find(|name| name.ends_with("/data.pkl") || name == "data.pkl");
    let name = name.ok_or_else(|| damaged("it has no `data.pkl`"))?;
    let folder = name.strip_suffix("data.pkl").unwrap_or_default().to_owned();
    if let Some(order) = archive.find(&format!("{folder}byteorder"))?
        && order.trim_ascii() != b"little"
    {
        return Err(Problem::unsupported("its numbers begin with the most significant byte"));
    }
    let pickle = archive.stored(&name)?;
    if pickle.len() > MOST_PICKLE {
        return Err(damaged(format_args!("its pickle has {} bytes", pickle.len())));
    }
    let pickle = Pickle::read(pickle)?;
    let places = archive.places()?;
    let tensors = tensors::collect(&pickle, archive.size(), |storage| {
        let name = format!("{folder}data/{}", storage.key);
        let bytes = places.get(name.as_str()).copied();
        bytes.ok_or_else(|| damaged(format_args!("it has no `{name}`, or that is compressed")))
    })?;
    state(tensors)
}
