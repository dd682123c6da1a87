//! Python's pickles, read without running anything.
//!
//! A pickle is a program for a small machine with a stack. Here the machine builds a tree of plain values.
//! A call of a function is one kind of value, and so is the name of a class or function: nothing is ever
//! called, and who reads the tree decides what it makes of the few calls that a state dict needs. Values
//! lie in one list and name each other by their place in it, so a pickle that names one value a million
//! times takes no more memory than its own size times a small factor.

use super::damaged;
use crate::error::Problem;
use std::collections::HashMap;

/// The place of a value.
pub(super) type Id = usize;

/// More values than any state dict has.
const MOST_VALUES: usize = 1 << 20;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'f> {
    /// `None`, a set, bytes, an instance: nothing that a state dict needs.
    Other,
    Bool(bool),
    Int(i64),
    Text(&'f str),
    Global(&'f str, &'f str),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    /// A function and its arguments.
    Call(Id, Id),
    /// Something that lies outside of the pickle.
    Persistent(Id),
}

/// A pickle that was read.
#[derive(Debug)]
pub(super) struct Pickle<'f> {
    values: Vec<Value<'f>>,
    pub(super) root: Id,
    /// What follows the pickle.
    pub(super) rest: &'f [u8],
}

impl<'f> Pickle<'f> {
    pub(super) fn read(bytes: &'f [u8]) -> Result<Pickle<'f>, Problem> {
        let mut machine =
            Machine { bytes, values: Vec::new(), stack: Vec::new(), marks: Vec::new(), memo: HashMap::new() };
        let root = machine.run()?;
        Ok(Pickle { values: machine.values, root, rest: machine.bytes })
    }

    pub(super) fn get(&self, id: Id) -> &Value<'f> {
        self.values.get(id).unwrap_or(&Value::Other)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Value<'f>> {
        self.values.iter()
    }

    pub(super) fn int(&self, id: Id) -> Option<i64> {
        match *self.get(id) {
            Value::Int(value) => Some(value),
            _ => None,
        }
    }

    pub(super) fn text(&self, id: Id) -> Option<&'f str> {
        match *self.get(id) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn items(&self, id: Id) -> Option<&[Id]> {
        match self.get(id) {
            Value::Tuple(items) | Value::List(items) => Some(items),
            _ => None,
        }
    }
}

struct Machine<'f> {
    bytes: &'f [u8],
    values: Vec<Value<'f>>,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
}

impl<'f> Machine<'f> {
    fn run(&mut self) -> Result<Id, Problem> {
        loop {
            let [code] = self.array()?;
            match code {
                b'.' => return self.pop(),
                b'(' => self.marks.push(self.stack.len()),
                b'0' => drop(self.pop()?),
                b'1' => drop(self.marked()?),
                b'2' => {
                    let top = self.top()?;
                    self.stack.push(top);
                }
                0x80 => drop(self.take(1)?),
                0x95 => drop(self.take(8)?),
                b'q' | b'r' | 0x94 => self.remember(code)?,
                b'h' | b'j' => self.recall(code)?,
                b'}' | b']' | b')' | 0x8f => self.push(empty(code))?,
                b't' | 0x85..=0x87 | b'l' | b'd' | 0x91 => self.gather(code)?,
                b'a' | b'e' | b's' | b'u' | 0x90 => self.add(code)?,
                b'c' | 0x93 | b'R' | 0x81 | 0x92 | b'b' | b'Q' => self.object(code)?,
                _ => self.literal(code)?,
            }
        }
    }

    /// A number, a text, bytes.
    fn literal(&mut self, code: u8) -> Result<(), Problem> {
        let value = match code {
            b'N' => Value::Other,
            0x88 | 0x89 => Value::Bool(code == 0x88),
            b'J' => Value::Int(i32::from_le_bytes(self.array()?).into()),
            b'K' => Value::Int(u8::from_le_bytes(self.array()?).into()),
            b'M' => Value::Int(u16::from_le_bytes(self.array()?).into()),
            0x8a => {
                let length = u8::from_le_bytes(self.array()?);
                self.long(length.into())?
            }
            0x8b => {
                let length = u32::from_le_bytes(self.array()?);
                self.long(length as usize)?
            }
            b'G' => {
                self.take(8)?;
                Value::Other
            }
            b'X' | b'T' | b'B' => {
                let length = u32::from_le_bytes(self.array()?);
                self.text(code, length.into())?
            }
            0x8c | b'U' | b'C' => {
                let length = u8::from_le_bytes(self.array()?);
                self.text(code, length.into())?
            }
            0x8d | 0x8e => {
                let length = u64::from_le_bytes(self.array()?);
                self.text(code, length)?
            }
            other => {
                return Err(damaged(format_args!("its pickle has the unknown instruction {other:#04x}")));
            }
        };
        self.push(value)
    }

    fn long(&mut self, length: usize) -> Result<Value<'f>, Problem> {
        let bytes = self.take(length)?;
        if length > 8 {
            return Ok(Value::Other);
        }
        let sign = bytes.last().map_or(0, |last| if last & 0x80 == 0 { 0 } else { 0xff });
        let mut whole = [sign; 8];
        whole[..length].copy_from_slice(bytes);
        Ok(Value::Int(i64::from_le_bytes(whole)))
    }

    fn text(&mut self, code: u8, length: u64) -> Result<Value<'f>, Problem> {
        let bytes = self.take(usize::try_from(length).unwrap_or(usize::MAX))?;
        match code {
            b'B' | b'C' | 0x8e => Ok(Value::Other),
            _ => {
                let text = std::str::from_utf8(bytes).map_err(|_| damaged("a text in it is not UTF-8"))?;
                Ok(Value::Text(text))
            }
        }
    }

    fn remember(&mut self, code: u8) -> Result<(), Problem> {
        let key = match code {
            b'q' => u8::from_le_bytes(self.array()?).into(),
            b'r' => u32::from_le_bytes(self.array()?),
            _ => u32::try_from(self.memo.len()).unwrap_or(u32::MAX),
        };
        let top = self.top()?;
        self.memo.insert(key, top);
        Ok(())
    }

    fn recall(&mut self, code: u8) -> Result<(), Problem> {
        let key = match code {
            b'h' => u8::from_le_bytes(self.array()?).into(),
            _ => u32::from_le_bytes(self.array()?),
        };
        let id = *self.memo.get(&key).ok_or_else(|| damaged("its pickle recalls what it never had"))?;
        self.stack.push(id);
        Ok(())
    }

    /// A tuple, list or dict of what lies on the stack.
    fn gather(&mut self, code: u8) -> Result<(), Problem> {
        let items = match code {
            0x85..=0x87 => {
                let count = usize::from(code - 0x84);
                let start = self.stack.len().checked_sub(count).ok_or_else(underflow)?;
                self.stack.split_off(start)
            }
            _ => self.marked()?,
        };
        let value = match code {
            b'l' => Value::List(items),
            b'd' => Value::Dict(pairs(&items)),
            0x91 => Value::Other,
            _ => Value::Tuple(items),
        };
        self.push(value)
    }

    /// Adds to the list or dict below.
    fn add(&mut self, code: u8) -> Result<(), Problem> {
        let items = match code {
            b'a' => vec![self.pop()?],
            b's' => {
                let value = self.pop()?;
                vec![self.pop()?, value]
            }
            _ => self.marked()?,
        };
        let target = self.top()?;
        match self.values.get_mut(target) {
            Some(Value::List(list)) => list.extend(items),
            Some(Value::Dict(dict)) => dict.extend(pairs(&items)),
            // Of an instance nothing is kept.
            _ => {}
        }
        Ok(())
    }

    /// Names, calls and instances.
    fn object(&mut self, code: u8) -> Result<(), Problem> {
        let value = match code {
            b'c' => Value::Global(self.line()?, self.line()?),
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                match (&self.values[module], &self.values[name]) {
                    (Value::Text(module), Value::Text(name)) => Value::Global(module, name),
                    _ => return Err(damaged("its pickle names a class by something else than text")),
                }
            }
            b'R' | 0x81 => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                match self.values[function] {
                    Value::Global("collections", "OrderedDict") => Value::Dict(Vec::new()),
                    _ => Value::Call(function, arguments),
                }
            }
            0x92 => {
                for _ in 0..3 {
                    self.pop()?;
                }
                Value::Other
            }
            // What is built keeps its value: a dict is no other for the attributes it has.
            b'b' => return self.pop().map(drop),
            _ => Value::Persistent(self.pop()?),
        };
        self.push(value)
    }

    fn push(&mut self, value: Value<'f>) -> Result<(), Problem> {
        if self.values.len() == MOST_VALUES {
            return Err(damaged(format_args!("its pickle has more than {MOST_VALUES} values")));
        }
        self.stack.push(self.values.len());
        self.values.push(value);
        Ok(())
    }

    fn pop(&mut self) -> Result<Id, Problem> {
        self.stack.pop().ok_or_else(underflow)
    }

    fn top(&self) -> Result<Id, Problem> {
        self.stack.last().copied().ok_or_else(underflow)
    }

    /// Takes all above the last mark.
    fn marked(&mut self) -> Result<Vec<Id>, Problem> {
        let mark = self.marks.pop().filter(|&mark| mark <= self.stack.len()).ok_or_else(underflow)?;
        Ok(self.stack.split_off(mark))
    }

    fn take(&mut self, length: usize) -> Result<&'f [u8], Problem> {
        let (taken, rest) =
            self.bytes.split_at_checked(length).ok_or_else(|| damaged("it ends within its pickle"))?;
        self.bytes = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Problem> {
        self.take(N)?.try_into().map_err(|_| damaged("it ends within its pickle"))
    }

    fn line(&mut self) -> Result<&'f str, Problem> {
        let length = self.bytes.iter().position(|&byte| byte == b'\n');
        let length = length.ok_or_else(|| damaged("it ends within its pickle"))?;
        let line = self.take(length)?;
        self.take(1)?;
        std::str::from_utf8(line).map_err(|_| damaged("a name in it is not UTF-8"))
    }
}

fn empty(code: u8) -> Value<'static> {
    match code {
        b'}' => Value::Dict(Vec::new()),
        b']' => Value::List(Vec::new()),
        b')' => Value::Tuple(Vec::new()),
        _ => Value::Other,
    }
}

fn pairs(items: &[Id]) -> Vec<(Id, Id)> {
    items.as_chunks::<2>().0.iter().map(|&[key, value]| (key, value)).collect()
}

fn underflow() -> Problem {
    damaged("its pickle takes more than it has")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_called() {
        // os.system("true"), as every attack on pickles begins.
        let pickle = Pickle::read(b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R.").unwrap();
        let Value::Call(function, arguments) = *pickle.get(pickle.root) else { panic!() };
        assert_eq!(*pickle.get(function), Value::Global("os", "system"));
        assert_eq!(pickle.text(pickle.items(arguments).unwrap()[0]), Some("true"));
    }

    #[test]
    fn numbers_have_signs() {
        for (bytes, value) in [
            (&b"\x8a\x01\xff."[..], -1),
            (b"\x8a\x02\xff\x00.", 255),
            (b"\x8a\x00.", 0),
            (b"J\xfe\xff\xff\xff.", -2),
        ] {
            let pickle = Pickle::read(bytes).unwrap();
            assert_eq!(pickle.int(pickle.root), Some(value));
        }
    }

    #[test]
    fn a_cut_pickle_is_an_error() {
        let whole = b"\x80\x02}q\x00(X\x01\x00\x00\x00aK\x01K\x02\x86u.";
        assert!(Pickle::read(whole).is_ok());
        for length in 0..whole.len() {
            assert!(Pickle::read(&whole[..length]).is_err(), "{length}");
        }
    }
}
