//! The header of a safetensors file: a length, then JSON that says where each tensor lies.

use super::tensors::{STATE, Tensors};
use super::{Metadata, Problem};
use crate::network::Tensor;
use flate2::Crc;
use safetensors::tensor::{self, Dtype, TensorInfo};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

/// Bytes of the number at the head of the file.
const PREFIX: usize = 8;

/// No header larger than this is read.
const MOST_HEADER: u64 = 16 << 20;

const FLOAT: usize = size_of::<f32>();

/// What a file may hold beside the tensors that are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extra {
    /// Nothing.
    IsRefused,
    /// The state of training: a checkpoint is a file of weights, too.
    StateIsIgnored,
}

/// The header of a file.
pub(super) struct Header {
    metadata: Metadata,
    tensors: BTreeMap<String, TensorInfo>,
}

impl Header {
    /// The header for tensors, in their order.
    pub(super) fn describe(holder: &dyn Tensors, mut metadata: Metadata) -> Result<Header, Problem> {
        let mut tensors = BTreeMap::new();
        let (mut end, mut crc, mut problem) = (0, Crc::new(), None);
        holder.each(&mut |tensor| {
            let begin = end;
            end += tensor.values.len() * FLOAT;
            crc.update(&little_endian(tensor.values));
            let info =
                TensorInfo { dtype: Dtype::F32, shape: tensor.shape.to_vec(), data_offsets: (begin, end) };
            let twice = tensors.insert(tensor.name.to_string(), info).is_some();
            problem = problem
                .take()
                .or_else(|| not_finite(tensor.name, tensor.values.iter().copied()))
                .or_else(|| twice.then(|| Problem::Twice { tensor: tensor.name.into() }));
        });
        metadata.seal(crc);
        problem.map_or(Ok(Header { metadata, tensors }), Err)
    }

    /// Reads a header from the head of a file of `length` bytes.
    pub(super) fn read(file: &mut impl Read, length: u64) -> Result<Header, Problem> {
        let mut prefix = [0; PREFIX];
        file.read_exact(&mut prefix).map_err(in_header)?;
        let size = u64::from_le_bytes(prefix);
        if size > MOST_HEADER.min(length.saturating_sub(PREFIX as u64)) {
            return Err(wrong(format!("the header would have {size} bytes")));
        }
        let mut json = vec![0; size as usize];
        file.read_exact(&mut json).map_err(in_header)?;
        let parsed: tensor::Metadata =
            serde_json::from_slice(&json).map_err(|error| wrong(error.to_string()))?;
        let expected = (PREFIX as u64 + size).saturating_add(parsed.data_len() as u64);
        if expected != length {
            return Err(Problem::Length { expected, found: length });
        }
        let tensors = parsed.tensors().into_iter().map(|(name, info)| (name, info.clone())).collect();
        let metadata = parsed.metadata().clone().unwrap_or_default().into_iter().collect();
        Ok(Header { metadata, tensors })
    }

    /// The header as it stands in a file, padded to a multiple of 8 bytes.
    pub(super) fn to_bytes(&self) -> io::Result<Vec<u8>> {
        #[derive(Serialize)]
        #[serde(untagged)]
        enum Entry<'a> {
            Metadata(&'a BTreeMap<String, String>),
            Tensor(&'a TensorInfo),
        }
        let mut entries: BTreeMap<&str, Entry<'_>> =
            self.tensors.iter().map(|(name, info)| (name.as_str(), Entry::Tensor(info))).collect();
        entries.insert("__metadata__", Entry::Metadata(self.metadata.entries()));

        let mut json = serde_json::to_vec(&entries)?;
        json.resize(json.len().next_multiple_of(PREFIX), b' ');
        Ok([&(json.len() as u64).to_le_bytes(), json.as_slice()].concat())
    }

    /// Checks that the tensors are those of the holder.
    pub(super) fn check_tensors(&self, holder: &dyn Tensors, extra: Extra) -> Result<(), Problem> {
        let mut unknown: BTreeSet<&str> = self.tensors.keys().map(String::as_str).collect();
        let (mut missing, mut problem) = (Vec::new(), None);
        holder.each(&mut |tensor| {
            unknown.remove(tensor.name);
            match self.tensors.get(tensor.name) {
                None => missing.push(tensor.name.to_string()),
                Some(info) => problem = problem.take().or_else(|| mismatch(&tensor, info)),
            }
        });
        if extra == Extra::StateIsIgnored {
            unknown.retain(|name| !name.starts_with(STATE));
        }
        if !missing.is_empty() || !unknown.is_empty() {
            let unknown = unknown.into_iter().map(str::to_string).collect();
            return Err(Problem::Names { missing, unknown });
        }
        problem.map_or(Ok(()), Err)
    }

    /// Bytes of all tensors.
    pub(super) fn data_length(&self) -> usize {
        self.tensors.values().map(|info| info.data_offsets.1).max().unwrap_or(0)
    }

    /// The names of all tensors.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The shape of a tensor of `f32`.
    pub(super) fn shape(&self, name: &str) -> Option<&[usize]> {
        let info = self.tensors.get(name).filter(|info| info.dtype == Dtype::F32)?;
        Some(&info.shape)
    }

    /// Checks the checksum, if there is one, and that every value is finite.
    pub(super) fn check_data(&self, holder: &dyn Tensors, data: &[u8]) -> Result<(), Problem> {
        self.check_data_of(holder, data, &|_| true)
    }

    /// Checks the checksum, if there is one, and that every value of the tensors that are wanted is finite.
    pub(super) fn check_data_of(
        &self,
        holder: &dyn Tensors,
        data: &[u8],
        is_wanted: &dyn Fn(&str) -> bool,
    ) -> Result<(), Problem> {
        let mut crc = Crc::new();
        crc.update(data);
        self.metadata.check_seal(crc)?;
        let mut problem = None;
        holder.each(&mut |tensor| {
            if is_wanted(tensor.name) {
                problem = problem.take().or_else(|| not_finite(tensor.name, self.floats(tensor.name, data)));
            }
        });
        problem.map_or(Ok(()), Err)
    }

    /// The values of a tensor; none if there is no such tensor.
    pub(super) fn floats<'a>(&self, name: &str, data: &'a [u8]) -> impl Iterator<Item = f32> + use<'a> {
        let (begin, end) = self.tensors.get(name).map_or((0, 0), |info| info.data_offsets);
        let bytes = data.get(begin..end).unwrap_or_default();
        bytes.as_chunks::<FLOAT>().0.iter().map(|&bytes| f32::from_le_bytes(bytes))
    }

    /// What the file says about its weights.
    pub(super) fn into_metadata(self) -> Metadata {
        self.metadata.without_seal()
    }
}

/// Values as they stand in a file.
pub(super) fn little_endian(values: &[f32]) -> Cow<'_, [u8]> {
    match cfg!(target_endian = "little") {
        true => Cow::Borrowed(bytemuck::cast_slice(values)),
        false => Cow::Owned(values.iter().flat_map(|value| value.to_le_bytes()).collect()),
    }
}

/// How a tensor in a file differs from that of the network.
fn mismatch(tensor: &Tensor<'_>, info: &TensorInfo) -> Option<Problem> {
    let name = || tensor.name.to_string();
    if info.dtype != Dtype::F32 {
        return Some(Problem::Type { tensor: name(), found: info.dtype.to_string() });
    }
    let (expected, found) = (tensor.shape.to_vec(), info.shape.clone());
    (expected != found).then(|| Problem::Shape { tensor: name(), expected, found })
}

/// The first value that is infinite or not a number.
fn not_finite(name: &str, mut values: impl Iterator<Item = f32>) -> Option<Problem> {
    let mut value = 0.0;
    let index = values.position(|found| {
        value = found;
        !found.is_finite()
    })?;
    Some(Problem::NotFinite { tensor: name.into(), index, value })
}

fn in_header(error: io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => wrong("it ends within its header".into()),
        _ => error.into(),
    }
}

fn wrong(reason: String) -> Problem {
    Problem::Header { reason }
}
