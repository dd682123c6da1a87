//! Protocol buffers, read in place.
//!
//! A message of two bytes can stand for a struct of two hundred, so nothing is decoded before it is asked
//! for, and what is decoded points into the file.

use crate::error::Problem;

/// One field of a message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Field<'f> {
    pub(super) number: u64,
    pub(super) value: Value<'f>,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'f> {
    Varint(u64),
    Fixed64,
    Fixed32([u8; 4]),
    Bytes(&'f [u8]),
}

impl<'f> Value<'f> {
    /// A string or a message.
    pub(super) fn bytes(self) -> Result<&'f [u8], Problem> {
        match self {
            Value::Bytes(bytes) => Ok(bytes),
            Value::Varint(_) | Value::Fixed64 | Value::Fixed32(_) => Err(damaged("a field has a wrong type")),
        }
    }

    pub(super) fn text(self) -> Result<&'f str, Problem> {
        std::str::from_utf8(self.bytes()?).map_err(|_| damaged("a name is not UTF-8"))
    }

    pub(super) fn integer(self) -> Result<i64, Problem> {
        match self {
            // Negative numbers are written as their complement.
            Value::Varint(value) => Ok(value as i64),
            Value::Bytes(_) | Value::Fixed64 | Value::Fixed32(_) => Err(damaged("a field is no integer")),
        }
    }

    pub(super) fn float(self) -> Result<f32, Problem> {
        match self {
            Value::Fixed32(bytes) => Ok(f32::from_le_bytes(bytes)),
            Value::Bytes(_) | Value::Fixed64 | Value::Varint(_) => Err(damaged("a field is no number")),
        }
    }

    /// Adds a repeated integer, or a packed run of them, to `list`.
    pub(super) fn integers(self, list: &mut Vec<i64>) -> Result<(), Problem> {
        match self {
            Value::Bytes(mut packed) => {
                while !packed.is_empty() {
                    list.push(varint(&mut packed)? as i64);
                }
                Ok(())
            }
            single => single.integer().map(|value| list.push(value)),
        }
    }
}

/// The fields of a message, in their order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'f>(pub(super) &'f [u8]);

impl<'f> Iterator for Fields<'f> {
    type Item = Result<Field<'f>, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = field(&mut self.0);
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

fn field<'f>(bytes: &mut &'f [u8]) -> Result<Field<'f>, Problem> {
    let key = varint(bytes)?;
    let value = match key & 7 {
        0 => Value::Varint(varint(bytes)?),
        1 => take(bytes, 8).map(|_| Value::Fixed64)?,
        2 => {
            let length = varint(bytes)?;
            Value::Bytes(take(bytes, usize::try_from(length).unwrap_or(usize::MAX))?)
        }
        5 => Value::Fixed32(take(bytes, 4)?.try_into().unwrap_or_default()),
        other => return Err(damaged(format_args!("a field has the unknown type {other}"))),
    };
    Ok(Field { number: key >> 3, value })
}

fn take<'f>(bytes: &mut &'f [u8], length: usize) -> Result<&'f [u8], Problem> {
    let (taken, rest) = bytes.split_at_checked(length).ok_or_else(|| damaged("it ends within a field"))?;
    *bytes = rest;
    Ok(taken)
}

fn varint(bytes: &mut &[u8]) -> Result<u64, Problem> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(damaged("a number has more than 64 bits"))
}

pub(super) fn damaged(reason: impl std::fmt::Display) -> Problem {
    Problem::damaged("ONNX", reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read() {
        let bytes = [0x08, 0x96, 0x01, 0x12, 2, b'h', b'i', 0x1d, 0, 0, 0x80, 0x3f];
        let fields: Vec<Field<'_>> = Fields(&bytes).collect::<Result<_, _>>().unwrap();
        assert_eq!(fields[0], Field { number: 1, value: Value::Varint(150) });
        assert_eq!(fields[1].value.text().unwrap(), "hi");
        assert_eq!(fields[2].value.float().unwrap(), 1.0);
    }

    #[test]
    fn a_cut_field_is_an_error() {
        for bytes in
            [&[0x08][..], &[0x12, 5, 1], &[0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], &[0x0b]]
        {
            assert!(Fields(bytes).any(|field| field.is_err()), "{bytes:?}");
        }
        assert!(
            Fields(&[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0])
                .any(|f| f.is_err())
        );
    }
}
