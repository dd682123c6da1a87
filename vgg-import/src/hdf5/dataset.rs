//! Datasets: floating-point numbers in one piece, or in chunks.

use super::cursor::Cursor;
use super::object::{Object, kind};
use super::{File, damaged};
use crate::error::Problem;
use crate::tensor::{Element, Tensor, elements};
use flate2::read::ZlibDecoder;
use std::io::Read;

/// No dataset has more axes than this.
const MOST_AXES: usize = 8;

/// What is done to chunks, by the numbers of the format.
const DEFLATE: usize = 1;
const SHUFFLE: usize = 2;

impl<'f> File<'f> {
    /// The numbers of a dataset; `None` if it holds something else than floating-point numbers.
    pub(crate) fn tensor(&self, object: &Object<'f>) -> Result<Option<Tensor>, Problem> {
        let missing = |what: &str| damaged(format_args!("a dataset in it has no {what}"));
        let shape = extents(object.first(kind::DATASPACE)?.ok_or_else(|| missing("extents"))?)?;
        let Some(element) = self.element(object)? else { return Ok(None) };
        let layout = object.first(kind::LAYOUT)?.ok_or_else(|| missing("place"))?;
        let bytes = elements(&shape).and_then(|count| count.checked_mul(element.size()));
        let bytes = bytes.ok_or_else(|| damaged("a dataset in it is too large"))?;
        self.spend(bytes)?;
        self.spend(bytes / element.size() * size_of::<f32>())?;
        let values = match self.stored(layout, bytes)? {
            Stored::Whole(data) => element.decode(data),
            Stored::Chunks(chunks) => {
                let filters = filters(object.first(kind::FILTERS)?)?;
                element.decode(&self.gathered(&chunks, &filters, &shape, element.size())?)
            }
        };
        Ok(Some(Tensor::new(shape, values).ok_or_else(|| damaged("a dataset does not fit its extents"))?))
    }

    /// The extents of a dataset.
    pub(crate) fn shape(&self, object: &Object<'f>) -> Result<Vec<usize>, Problem> {
        object.first(kind::DATASPACE)?.map_or(Ok(Vec::new()), extents)
    }

    /// The type of numbers; `None` if they are no floating-point numbers that are read.
    fn element(&self, object: &Object<'f>) -> Result<Option<Element>, Problem> {
        let Some(mut kind) = object.first(kind::DATATYPE)? else { return Ok(None) };
        let (class, order) = (kind.u8()? & 0x0f, kind.u8()?);
        kind.skip(2)?;
        let size = kind.u32()?;
        match (class, size) {
            (1, _) if order & 0x41 != 0 => {
                Err(Problem::unsupported("numbers with their largest byte first are not read"))
            }
            (1, 2) => {
                kind.skip(5)?;
                Ok(Some(if kind.u8()? == 8 { Element::Bf16 } else { Element::F16 }))
            }
            (1, 4) => Ok(Some(Element::F32)),
            (1, 8) => Ok(Some(Element::F64)),
            // As Keras stores what NumPy has no type for.
            (5, 2) if self.text(object, "dtype")?.as_deref() == Some("bfloat16") => Ok(Some(Element::Bf16)),
            _ => Ok(None),
        }
    }

    /// Where the numbers are: so many bytes.
    fn stored(&self, mut layout: Cursor<'f>, bytes: usize) -> Result<Stored<'f>, Problem> {
        let (version, class) = (layout.u8()?, layout.u8()?);
        let whole = |data: Cursor<'f>| {
            let mut data = data;
            data.take(bytes).map(Stored::Whole)
        };
        let never_written = || Problem::unsupported("a dataset in it was never written");
        match (class, version) {
            (0, 3 | 4) => {
                let size = layout.u16()?;
                whole(layout.part(size)?)
            }
            (1, 3 | 4) if bytes == 0 => Ok(Stored::Whole(&[])),
            (1, 3 | 4) => whole(self.at(layout.address()?.ok_or_else(never_written)?)?),
            (2, 3) => {
                // The last axis is the bytes of a number.
                let axes = usize::from(layout.u8()?);
                let tree = layout.address()?.ok_or_else(never_written)?;
                if !(1..=MOST_AXES + 1).contains(&axes) {
                    return Err(damaged(format_args!("its chunks have {axes} axes")));
                }
                let mut extents = Vec::new();
                for _ in 1..axes {
                    extents.push(layout.u32()?);
                }
                Ok(Stored::Chunks(Chunks { tree, extents }))
            }
            _ => Err(Problem::helped(
                format_args!("datasets that lie as {class} in version {version} are not read"),
                "write the file with h5py's usual settings, or save the model in Keras again",
            )),
        }
    }

    /// The bytes of all chunks, put together.
    fn gathered(
        &self,
        chunks: &Chunks,
        filters: &[usize],
        shape: &[usize],
        size: usize,
    ) -> Result<Vec<u8>, Problem> {
        let extents = chunks.extents.as_slice();
        let fits = extents.len() == shape.len() && !extents.contains(&0) && !shape.contains(&0);
        let chunk = elements(extents).and_then(|count| count.checked_mul(size)).filter(|_| fits);
        let chunk = chunk.ok_or_else(|| damaged("the chunks of a dataset do not fit it"))?;
        let grid: Vec<usize> = shape.iter().zip(extents).map(|(&all, &each)| all.div_ceil(each)).collect();
        // Each chunk takes more than a byte in the tree.
        let count = elements(&grid).filter(|&count| count <= self.bytes.len());
        let mut missing = vec![true; count.ok_or_else(|| damaged("a dataset in it has too many chunks"))?];
        let mut bytes = vec![0; elements(shape).unwrap_or(0) * size];
        self.each_chunk(chunks, shape.len(), &mut |at, masked, stored| {
            let place = position(at, extents, &grid).and_then(|place| missing.get_mut(place));
            let is_missing = place.ok_or_else(|| damaged("a chunk lies outside of its dataset"))?;
            if !std::mem::take(is_missing) {
                return Err(damaged("a chunk is there twice"));
            }
            self.spend(chunk.saturating_mul(1 + filters.len()))?;
            let plain = unfiltered(stored, filters, masked, chunk, size)?;
            place_chunk(&plain, at, extents, shape, size, &mut bytes);
            Ok(())
        })?;
        match missing.contains(&true) {
            true => Err(damaged("some chunks of a dataset are missing")),
            false => Ok(bytes),
        }
    }

    /// Shows every chunk of a tree: where it begins, which filters were left out, and its bytes.
    fn each_chunk(&self, chunks: &Chunks, axes: usize, show: ShowChunk<'_, 'f>) -> Result<(), Problem> {
        let mut open = vec![(chunks.tree, None)];
        while let Some((address, above)) = open.pop() {
            let mut node = self.at(address)?;
            let head = self.node(&mut node, 1, above)?;
            for _ in 0..head.children {
                let (stored, masked) = (node.u32()?, node.u32()?);
                let mut at = Vec::new();
                for _ in 0..axes {
                    at.push(node.size(8)?);
                }
                node.skip(8)?;
                let child = node.place()?;
                match head.level {
                    0 => show(&at, masked as u32, self.at(child)?.take(stored)?)?,
                    level => open.push((child, Some(level))),
                }
            }
        }
        Ok(())
    }
}

/// Takes where a chunk begins, which filters were left out, and its bytes.
type ShowChunk<'s, 'f> = &'s mut dyn FnMut(&[usize], u32, &'f [u8]) -> Result<(), Problem>;

/// Where a dataset lies.
enum Stored<'f> {
    Whole(&'f [u8]),
    Chunks(Chunks),
}

/// A tree of chunks of the same extents.
struct Chunks {
    tree: u64,
    extents: Vec<usize>,
}

/// The extents that a message about them states; none for a single number.
pub(super) fn extents(mut space: Cursor<'_>) -> Result<Vec<usize>, Problem> {
    let (version, axes) = (space.u8()?, usize::from(space.u8()?));
    space.skip(match version {
        1 => 6,
        2 => 2,
        _ => return Err(damaged(format_args!("the extents of a dataset have version {version}"))),
    })?;
    if axes > MOST_AXES {
        return Err(damaged(format_args!("a dataset has {axes} axes")));
    }
    (0..axes).map(|_| space.length()).collect()
}

/// The filters that chunks went through, in their order.
fn filters(message: Option<Cursor<'_>>) -> Result<Vec<usize>, Problem> {
    let Some(mut message) = message else { return Ok(Vec::new()) };
    let (version, count) = (message.u8()?, message.u8()?);
    message.skip(if version == 1 { 6 } else { 0 })?;
    let mut filters = Vec::new();
    for _ in 0..count {
        let filter = message.u16()?;
        let name = if version == 1 || filter >= 256 { message.u16()? } else { 0 };
        message.skip(2)?;
        let settings = message.u16()?;
        message.skip(if version == 1 { name.next_multiple_of(8) } else { name })?;
        message.skip(4 * settings)?;
        message.skip(if version == 1 { 4 * (settings % 2) } else { 0 })?;
        if !matches!(filter, DEFLATE | SHUFFLE) {
            return Err(Problem::unsupported(format_args!(
                "chunks that went through filter {filter} are not read"
            )));
        }
        filters.push(filter);
    }
    Ok(filters)
}

/// The number of a chunk, counted row by row.
fn position(at: &[usize], extents: &[usize], grid: &[usize]) -> Option<usize> {
    let mut position = 0;
    for ((&at, &extent), &count) in at.iter().zip(extents).zip(grid) {
        let index = Some(at / extent).filter(|&index| at % extent == 0 && index < count)?;
        position = position * count + index;
    }
    Some(position)
}

/// The bytes of a chunk before filters were applied.
fn unfiltered(
    stored: &[u8],
    filters: &[usize],
    masked: u32,
    length: usize,
    size: usize,
) -> Result<Vec<u8>, Problem> {
    let mut bytes = stored.to_vec();
    for (index, &filter) in filters.iter().enumerate().rev() {
        if masked >> index.min(31) & 1 == 1 {
            continue;
        }
        bytes = match filter {
            DEFLATE => {
                let mut plain = Vec::new();
                let most = length as u64 + 1;
                let read = ZlibDecoder::new(bytes.as_slice()).take(most).read_to_end(&mut plain);
                read.map_err(|error| damaged(format_args!("a chunk cannot be inflated: {error}")))?;
                plain
            }
            _ => {
                let count = bytes.len() / size;
                let byte = |place: usize| bytes[place % size * count + place / size];
                (0..count * size).map(byte).collect()
            }
        };
    }
    match bytes.len() == length {
        true => Ok(bytes),
        false => Err(damaged(format_args!("a chunk has {} bytes, not {length}", bytes.len()))),
    }
}

/// Puts a chunk into its place; what reaches over the end of the dataset is left out.
fn place_chunk(chunk: &[u8], at: &[usize], extents: &[usize], shape: &[usize], size: usize, all: &mut [u8]) {
    let Some((&width, above)) = extents.split_last() else {
        return all.copy_from_slice(chunk);
    };
    let last = above.len();
    let kept = width.min(shape[last] - at[last]) * size;
    for (row, bytes) in chunk.chunks_exact(width * size).enumerate() {
        let (mut rest, mut stride, mut place) = (row, shape[last], at[last]);
        let mut is_inside = true;
        for axis in (0..last).rev() {
            let index = at[axis] + rest % above[axis];
            rest /= above[axis];
            is_inside &= index < shape[axis];
            place += index * stride;
            stride *= shape[axis];
        }
        if is_inside {
            all[place * size..][..kept].copy_from_slice(&bytes[..kept]);
        }
    }
}
