//! The wire format of protocol buffers, as far as an ONNX file needs it: numbers, floats, and what has a
//! length in front.

const VARINT: u64 = 0;
const LENGTH: u64 = 2;
const FIXED32: u64 = 5;

/// A message in the making: fields in the order in which they are put.
#[derive(Debug, Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    /// A whole number.
    pub(super) fn number(mut self, field: u64, value: u64) -> Message {
        self.key(field, VARINT);
        self.varint(value);
        self
    }

    /// A float.
    pub(super) fn float(mut self, field: u64, value: f32) -> Message {
        self.key(field, FIXED32);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// A text.
    pub(super) fn text(self, field: u64, value: &str) -> Message {
        self.bytes(field, value.as_bytes())
    }

    /// A message inside this one.
    pub(super) fn message(self, field: u64, value: Message) -> Message {
        self.bytes(field, &value.0)
    }

    /// A message for each item.
    pub(super) fn messages(self, field: u64, values: impl IntoIterator<Item = Message>) -> Message {
        values.into_iter().fold(self, |message, value| message.message(field, value))
    }

    /// Whole numbers, packed.
    pub(super) fn numbers(self, field: u64, values: impl IntoIterator<Item = u64>) -> Message {
        let mut packed = Message::default();
        values.into_iter().for_each(|value| packed.varint(value));
        self.message(field, packed)
    }

    /// Floats as the bytes of a tensor.
    pub(super) fn raw_floats(mut self, field: u64, values: &[f32]) -> Message {
        self.key(field, LENGTH);
        self.varint(4 * values.len() as u64);
        self.0.reserve(4 * values.len());
        self.0.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        self
    }

    /// The bytes of the whole message.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn bytes(mut self, field: u64, bytes: &[u8]) -> Message {
        self.key(field, LENGTH);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    fn key(&mut self, field: u64, kind: u64) {
        self.varint(field << 3 | kind);
    }

    /// Seven bits a byte, the lowest first; the highest bit says that more follow.
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the format's documentation.
    #[test]
    fn messages_are_written_as_documented() {
        assert_eq!(Message::default().number(1, 150).into_bytes(), [0x08, 0x96, 0x01]);
        let text = Message::default().text(2, "testing").into_bytes();
        assert_eq!(text, [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]);
        let inner = Message::default().message(3, Message::default().number(1, 150)).into_bytes();
        assert_eq!(inner, [0x1a, 0x03, 0x08, 0x96, 0x01]);
        let packed = Message::default().numbers(6, [3, 270, 86_942]).into_bytes();
        assert_eq!(packed, [0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05]);
    }
}
