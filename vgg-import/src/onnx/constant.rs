//! What is known before any data passes: weights, and the arithmetic of shapes that exporters leave in a
//! graph.

use super::proto;
use super::wire::damaged;
use crate::error::Problem;
use crate::file;
use crate::tensor::{Element, Tensor, elements};
use std::collections::HashMap;
use std::path::Path;

/// More numbers than any shape has.
const MOST_INTEGERS: usize = 1024;

/// How often each byte may be decoded, on average.
const SHARED: usize = 2;

/// A value that does not depend on data.
#[derive(Debug, Clone)]
pub(super) enum Constant<'f> {
    /// Weights that lie in the file.
    Stored(proto::Tensor<'f>),
    /// Weights that were computed.
    Weights(Tensor),
    /// A list of integers; whether it is a list or a single one is not kept.
    Integers(Vec<i64>),
}

/// The files beside a model that hold its weights.
#[derive(Debug, Default)]
pub(super) struct Beside<'p> {
    /// Where they may lie; `None` if no file is opened.
    folder: Option<&'p Path>,
    /// What lies in one archive with the model.
    archive: HashMap<String, &'p [u8]>,
    read: HashMap<String, Vec<u8>>,
    /// Bytes of weights that may still be decoded: twice those of all files, because equal ones are shared.
    budget: usize,
}

impl<'p> Beside<'p> {
    /// Beside a model of so many bytes that lies in a folder, if it does.
    pub(super) fn folder(folder: Option<&'p Path>, size: usize) -> Beside<'p> {
        Beside { folder, budget: size.saturating_mul(SHARED), ..Beside::default() }
    }

    /// In one archive of so many bytes with the model.
    pub(super) fn archive(archive: HashMap<String, &'p [u8]>, size: usize) -> Beside<'p> {
        Beside { archive, budget: size.saturating_mul(SHARED), ..Beside::default() }
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Problem> {
        let left = self.budget.checked_sub(bytes);
        self.budget = left.ok_or_else(|| Problem::unsupported("too many layers share the same weights"))?;
        Ok(())
    }

    fn bytes(&mut self, external: proto::External<'_>) -> Result<&[u8], Problem> {
        let location = external.location;
        if !self.archive.contains_key(location) && !self.read.contains_key(location) {
            self.open(location)?;
        }
        let archived = self.archive.get(location).copied();
        let bytes = archived.or(self.read.get(location).map(Vec::as_slice)).unwrap_or_default();
        let number = |text: &str, otherwise: usize| match text {
            "" => Ok(otherwise),
            text => text.parse::<usize>().map_err(|_| damaged("a place in another file is no number")),
        };
        let offset = number(external.offset, 0)?;
        let length = number(external.length, bytes.len().saturating_sub(offset))?;
        offset
            .checked_add(length)
            .and_then(|end| bytes.get(offset..end))
            .ok_or_else(|| damaged(format_args!("`{location}` is shorter than the model says")))
    }

    /// Reads a file in the folder of the model.
    fn open(&mut self, location: &str) -> Result<(), Problem> {
        let folder = self.folder.filter(|_| file::is_plain_name(location)).ok_or_else(|| {
            Problem::unsupported(format_args!(
                "its weights lie in `{location}`, but only files in the folder of the model are read"
            ))
        })?;
        let path = folder.join(location);
        let bytes = file::read(&path).map_err(|problem| match problem {
            Problem::Io(error) => Problem::helped(
                format_args!("its weights lie in {}: {error}", path.display()),
                "put both files into one folder",
            ),
            other => other,
        })?;
        self.budget = self.budget.saturating_add(bytes.len().saturating_mul(SHARED));
        self.read.insert(location.to_owned(), bytes);
        Ok(())
    }
}

impl Constant<'_> {
    /// The numbers of a tensor that was computed, as weights.
    pub(super) fn into_weights(self) -> Result<Tensor, Problem> {
        match self {
            Constant::Weights(tensor) => Ok(tensor),
            Constant::Stored(_) | Constant::Integers(_) => {
                Err(Problem::unsupported("integers stand where weights are needed"))
            }
        }
    }

    /// The same under another name, where that costs next to nothing: weights that lie in the file.
    pub(super) fn alias(&self) -> Option<Self> {
        match self {
            Constant::Stored(stored)
                if stored.dims.len() <= 8 && stored.integers.is_empty() && stored.halves.is_empty() =>
            {
                Some(self.clone())
            }
            Constant::Stored(_) | Constant::Weights(_) | Constant::Integers(_) => None,
        }
    }

    /// The numbers of a tensor as integers.
    pub(super) fn integers(&self, beside: &mut Beside<'_>) -> Result<Vec<i64>, Problem> {
        match self {
            Constant::Integers(integers) => Ok(integers.clone()),
            Constant::Stored(stored) => integers(stored, beside),
            Constant::Weights(_) => Err(Problem::unsupported("weights stand where integers are needed")),
        }
    }

    /// Whether it holds integers.
    pub(super) fn is_integer(&self) -> bool {
        match self {
            Constant::Integers(_) => true,
            Constant::Stored(stored) => matches!(stored.kind, 2..=7 | 12 | 13),
            Constant::Weights(_) => false,
        }
    }
}

fn shape(tensor: &proto::Tensor<'_>) -> Result<Vec<usize>, Problem> {
    let dims = tensor.dims.iter().map(|&dim| usize::try_from(dim).ok());
    dims.collect::<Option<Vec<usize>>>()
        .ok_or_else(|| damaged(format_args!("`{}` has a negative size", tensor.name)))
}

/// The numbers of a tensor in the file, as weights.
pub(super) fn weights(tensor: &proto::Tensor<'_>, beside: &mut Beside<'_>) -> Result<Tensor, Problem> {
    let element = match tensor.kind {
        1 => Element::F32,
        10 => Element::F16,
        11 => Element::F64,
        16 => Element::Bf16,
        other => {
            let (name, kind) = (tensor.name, kind_name(other));
            return Err(Problem::unsupported(format_args!(
                "`{name}` holds {kind}, not floating-point numbers"
            )));
        }
    };
    let halves: Vec<u8>;
    let bytes = match (tensor.external, tensor.raw, element) {
        (Some(external), ..) => beside.bytes(external)?,
        (None, Some(raw), _) => raw,
        (None, None, Element::F32) => tensor.floats.unwrap_or_default(),
        (None, None, Element::F64) => tensor.doubles.unwrap_or_default(),
        (None, None, Element::F16 | Element::Bf16) => {
            halves = tensor.halves.iter().flat_map(|&half| (half as u16).to_le_bytes()).collect();
            &halves
        }
    };
    let shape = shape(tensor)?;
    let needed = elements(&shape).and_then(|count| count.checked_mul(element.size()));
    let found = bytes.len();
    if needed != Some(found) {
        let name = tensor.name;
        return Err(damaged(format_args!("`{name}` of the shape {shape:?} has {found} bytes")));
    }
    let values = element.decode(bytes);
    beside.spend(found)?;
    Tensor::new(shape, values).ok_or_else(|| damaged("a tensor does not fit its shape"))
}

fn integers(tensor: &proto::Tensor<'_>, beside: &mut Beside<'_>) -> Result<Vec<i64>, Problem> {
    let shape = shape(tensor)?;
    let count = elements(&shape).filter(|&count| count <= MOST_INTEGERS);
    let count = count.ok_or_else(|| damaged(format_args!("`{}` is too large for a shape", tensor.name)))?;
    let raw = match tensor.external {
        Some(external) => Some(beside.bytes(external)?),
        None => tensor.raw,
    };
    let found = match (tensor.kind, raw) {
        (7, None) => tensor.integers.clone(),
        (7, Some(raw)) => raw.as_chunks().0.iter().map(|&bytes| i64::from_le_bytes(bytes)).collect(),
        (6, None) => tensor.halves.clone(),
        (6, Some(raw)) => {
            raw.as_chunks().0.iter().map(|&bytes| i64::from(i32::from_le_bytes(bytes))).collect()
        }
        (other, _) => {
            let (name, kind) = (tensor.name, kind_name(other));
            return Err(Problem::unsupported(format_args!("`{name}` holds {kind}, not integers")));
        }
    };
    match found.len() == count {
        true => Ok(found),
        false => Err(damaged(format_args!("`{}` does not fit its shape", tensor.name))),
    }
}

/// A type of numbers as ONNX names it.
fn kind_name(kind: i64) -> &'static str {
    match kind {
        1 => "FLOAT",
        2 => "UINT8",
        3 => "INT8",
        6 => "INT32",
        7 => "INT64",
        9 => "BOOL",
        10 => "FLOAT16",
        11 => "DOUBLE",
        16 => "BFLOAT16",
        _ => "numbers of a type that is not known",
    }
}
