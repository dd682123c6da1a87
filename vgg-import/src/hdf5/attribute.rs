//! Attributes that are text, alone or in a list.

use super::cursor::Cursor;
use super::dataset::extents;
use super::object::{Object, kind};
use super::{File, damaged};
use crate::error::Problem;
use crate::tensor::elements;

/// The classes of types that text has.
const FIXED: u8 = 3;
const VARIABLE: u8 = 9;

impl<'f> File<'f> {
    /// The text of an attribute; `None` if there is none of this name.
    pub(crate) fn text(&self, object: &Object<'f>, name: &str) -> Result<Option<String>, Problem> {
        Ok(self.texts(object, name)?.and_then(|texts| texts.into_iter().next()))
    }

    /// The texts of an attribute; `None` if there is none of this name that holds text.
    pub(crate) fn texts(&self, object: &Object<'f>, name: &str) -> Result<Option<Vec<String>>, Problem> {
        for attribute in object.all(kind::ATTRIBUTE) {
            let Attribute { name: found, mut kind, space, mut data } = attribute_of(attribute?)?;
            if found != name.as_bytes() {
                continue;
            }
            let class = kind.u8()? & 0x0f;
            kind.skip(3)?;
            let size = kind.u32()?;
            let count = elements(&extents(space)?).ok_or_else(|| damaged("an attribute is too large"))?;
            let read = match class {
                FIXED if size > 0 => File::fixed,
                VARIABLE => File::variable,
                _ => return Ok(None),
            };
            if count.checked_mul(size).is_none_or(|bytes| bytes > data.rest().len()) {
                return Err(damaged(format_args!("its attribute `{name}` is cut short")));
            }
            let mut texts = Vec::new();
            for _ in 0..count {
                texts.push(read(self, data.part(size)?)?);
            }
            return Ok(Some(texts));
        }
        Ok(None)
    }

    /// Text that ends at a zero, or where its place ends.
    fn fixed(&self, place: Cursor<'f>) -> Result<String, Problem> {
        let bytes = place.rest().split(|&byte| byte == 0).next().unwrap_or_default();
        self.utf8(bytes)
    }

    /// Text that lies in a heap.
    fn variable(&self, mut place: Cursor<'f>) -> Result<String, Problem> {
        let length = place.u32()?;
        let Some(address) = place.address()?.filter(|_| length > 0) else { return Ok(String::new()) };
        let wanted = place.u32()?;
        let mut heap = self.at(address)?;
        heap.expect(b"GCOL\x01")?;
        heap.skip(3)?;
        let head = 8 + heap.sizes().length;
        let size = heap.length()?.checked_sub(head).ok_or_else(|| damaged("a heap in it is too small"))?;
        self.spend(size)?;
        let mut objects = heap.part(size)?;
        while objects.rest().len() >= 16 {
            let index = objects.u16()?;
            objects.skip(6)?;
            let size = objects.length()?;
            if index == wanted && index != 0 {
                let bytes = objects.take(size)?;
                return self.utf8(bytes.get(..length).unwrap_or(bytes));
            }
            if index == 0 {
                break;
            }
            objects.skip(size.checked_next_multiple_of(8).unwrap_or(usize::MAX))?;
        }
        Err(damaged("a text lies in no heap"))
    }

    fn utf8(&self, bytes: &[u8]) -> Result<String, Problem> {
        self.spend(bytes.len() + size_of::<String>())?;
        let text = str::from_utf8(bytes).map_err(|_| damaged("a text in it is no UTF-8"))?;
        Ok(text.trim_end_matches('\0').to_owned())
    }
}

/// The parts of an attribute.
struct Attribute<'f> {
    name: &'f [u8],
    kind: Cursor<'f>,
    space: Cursor<'f>,
    data: Cursor<'f>,
}

fn attribute_of(mut message: Cursor<'_>) -> Result<Attribute<'_>, Problem> {
    let (version, flags) = (message.u8()?, message.u8()?);
    if version > 1 && flags != 0 {
        return Err(Problem::unsupported("attributes whose type is shared are not read"));
    }
    let sizes = [message.u16()?, message.u16()?, message.u16()?];
    message.skip(usize::from(version == 3))?;
    let padded = |size: usize| if version == 1 { size.next_multiple_of(8) } else { size };
    let [name, kind, space] = sizes.map(padded);
    let name = message.take(name)?.split(|&byte| byte == 0).next().unwrap_or_default();
    let (kind, space) = (message.part(kind)?, message.part(space)?);
    Ok(Attribute { name, kind, space, data: message })
}
