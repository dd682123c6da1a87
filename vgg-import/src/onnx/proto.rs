//! The messages of ONNX, as far as they are needed.

use super::wire::{Fields, damaged};
use crate::error::Problem;

/// More nodes, initializers or attributes than any VGG has.
const MOST: usize = 4096;

/// `ModelProto`.
#[derive(Debug, Default)]
pub(super) struct Model<'f> {
    pub(super) producer: &'f str,
    pub(super) producer_version: &'f str,
    pub(super) opset: i64,
    pub(super) graph: Graph<'f>,
}

/// `GraphProto`.
#[derive(Debug, Default)]
pub(super) struct Graph<'f> {
    pub(super) name: &'f str,
    /// Not decoded yet.
    pub(super) nodes: Vec<&'f [u8]>,
    pub(super) initializers: Vec<Tensor<'f>>,
    pub(super) inputs: Vec<ValueInfo<'f>>,
    pub(super) outputs: Vec<ValueInfo<'f>>,
}

/// `NodeProto`.
#[derive(Debug, Default)]
pub(super) struct Node<'f> {
    pub(super) name: &'f str,
    pub(super) kind: &'f str,
    pub(super) domain: &'f str,
    pub(super) inputs: Vec<&'f str>,
    pub(super) outputs: Vec<&'f str>,
    pub(super) attributes: Vec<Attribute<'f>>,
}

/// `AttributeProto`.
#[derive(Debug, Default)]
pub(super) struct Attribute<'f> {
    pub(super) name: &'f str,
    pub(super) float: f32,
    pub(super) integer: i64,
    pub(super) text: &'f [u8],
    pub(super) tensor: Option<Tensor<'f>>,
    pub(super) integers: Vec<i64>,
}

/// `TensorProto`. What it holds is not decoded yet.
#[derive(Debug, Default, Clone)]
pub(super) struct Tensor<'f> {
    pub(super) name: &'f str,
    pub(super) dims: Vec<i64>,
    pub(super) kind: i64,
    pub(super) raw: Option<&'f [u8]>,
    /// Packed numbers of the kind's own field.
    pub(super) floats: Option<&'f [u8]>,
    pub(super) doubles: Option<&'f [u8]>,
    pub(super) halves: Vec<i64>,
    pub(super) integers: Vec<i64>,
    pub(super) external: Option<External<'f>>,
}

/// Where the numbers of a tensor lie in another file.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct External<'f> {
    pub(super) location: &'f str,
    pub(super) offset: &'f str,
    pub(super) length: &'f str,
}

/// `ValueInfoProto` of a tensor: sizes that are not fixed are `None`.
#[derive(Debug, Default)]
pub(super) struct ValueInfo<'f> {
    pub(super) name: &'f str,
    pub(super) dims: Vec<Option<i64>>,
}

/// Adds to a list that hostile files would make long.
fn push<T>(list: &mut Vec<T>, item: T) -> Result<(), Problem> {
    if list.len() == MOST {
        return Err(damaged(format_args!("it lists more than {MOST} parts of one kind")));
    }
    list.push(item);
    Ok(())
}

impl<'f> Model<'f> {
    pub(super) fn read(bytes: &'f [u8]) -> Result<Model<'f>, Problem> {
        let mut model = Model::default();
        let mut graphs = 0;
        for field in Fields(bytes) {
            let field = field?;
            match field.number {
                2 => model.producer = field.value.text()?,
                3 => model.producer_version = field.value.text()?,
                7 => {
                    graphs += 1;
                    model.graph = Graph::read(field.value.bytes()?)?;
                }
                8 => model.opset = model.opset.max(opset(field.value.bytes()?)?),
                _ => {}
            }
        }
        match graphs {
            1 => Ok(model),
            _ => Err(damaged(format_args!("it holds {graphs} graphs, not one"))),
        }
    }
}

/// The version of the standard operators; 0 for other domains.
fn opset(bytes: &[u8]) -> Result<i64, Problem> {
    let (mut domain, mut version) = ("", 0);
    for field in Fields(bytes) {
        let field = field?;
        match field.number {
            1 => domain = field.value.text()?,
            2 => version = field.value.integer()?,
            _ => {}
        }
    }
    Ok(if is_standard(domain) { version } else { 0 })
}

/// Whether a domain is that of the standard operators.
pub(super) fn is_standard(domain: &str) -> bool {
    matches!(domain, "" | "ai.onnx")
}

impl<'f> Graph<'f> {
    fn read(bytes: &'f [u8]) -> Result<Graph<'f>, Problem> {
        let mut graph = Graph::default();
        for field in Fields(bytes) {
            let field = field?;
            match field.number {
                1 => push(&mut graph.nodes, field.value.bytes()?)?,
                2 => graph.name = field.value.text()?,
                5 => push(&mut graph.initializers, Tensor::read(field.value.bytes()?)?)?,
                11 => push(&mut graph.inputs, ValueInfo::read(field.value.bytes()?)?)?,
                12 => push(&mut graph.outputs, ValueInfo::read(field.value.bytes()?)?)?,
                15 => return Err(Problem::unsupported("its weights are sparse")),
                _ => {}
            }
        }
        Ok(graph)
    }
}

impl<'f> Node<'f> {
    pub(super) fn read(bytes: &'f [u8]) -> Result<Node<'f>, Problem> {
        let mut node = Node::default();
        for field in Fields(bytes) {
            let field = field?;
            match field.number {
                1 => push(&mut node.inputs, field.value.text()?)?,
                2 => push(&mut node.outputs, field.value.text()?)?,
                3 => node.name = field.value.text()?,
                4 => node.kind = field.value.text()?,
                5 => push(&mut node.attributes, Attribute::read(field.value.bytes()?)?)?,
                7 => node.domain = field.value.text()?,
                _ => {}
            }
        }
        Ok(node)
    }
}

impl<'f> Attribute<'f> {
    fn read(bytes: &'f [u8]) -> Result<Attribute<'f>, Problem> {
        let mut attribute = Attribute::default();
        for field in Fields(bytes) {
            let field = field?;
            match field.number {
                1 => attribute.name = field.value.text()?,
                2 => attribute.float = field.value.float()?,
                3 => attribute.integer = field.value.integer()?,
                4 => attribute.text = field.value.bytes()?,
                5 => attribute.tensor = Some(Tensor::read(field.value.bytes()?)?),
                8 => field.value.integers(&mut attribute.integers)?,
                _ => {}
            }
        }
        Ok(attribute)
    }
}

impl<'f> Tensor<'f> {
    fn read(bytes: &'f [u8]) -> Result<Tensor<'f>, Problem> {
        let mut tensor = Tensor::default();
        for field in Fields(bytes) {
            let field = field?;
            match field.number {
                1 => field.value.integers(&mut tensor.dims)?,
                2 => tensor.kind = field.value.integer()?,
                4 => tensor.floats = Some(field.value.bytes()?),
                5 => field.value.integers(&mut tensor.halves)?,
                7 => field.value.integers(&mut tensor.integers)?,
                8 => tensor.name = field.value.text()?,
                9 => tensor.raw = Some(field.value.bytes()?),
                10 => tensor.doubles = Some(field.value.bytes()?),
                13 => External::read(tensor.external.get_or_insert_default(), field.value.bytes()?)?,
                _ => {}
            }
        }
        Ok(tensor)
    }
}

impl<'f> External<'f> {
    /// Reads one entry of the map.
    fn read(&mut self, bytes: &'f [u8]) -> Result<(), Problem> {
        let (mut key, mut value) = ("", "");
        for field in Fields(bytes) {
            let field = field?;
            match field.number {
                1 => key = field.value.text()?,
                2 => value = field.value.text()?,
                _ => {}
            }
        }
        match key {
            "location" => self.location = value,
            "offset" => self.offset = value,
            "length" => self.length = value,
            _ => {}
        }
        Ok(())
    }
}

impl<'f> ValueInfo<'f> {
    fn read(bytes: &'f [u8]) -> Result<ValueInfo<'f>, Problem> {
        let mut value = ValueInfo::default();
        for field in Fields(bytes) {
            let field = field?;
            match field.number {
                1 => value.name = field.value.text()?,
                2 => value.dims = dims(field.value.bytes()?)?,
                _ => {}
            }
        }
        Ok(value)
    }
}

/// The sizes in a `TypeProto`.
fn dims(bytes: &[u8]) -> Result<Vec<Option<i64>>, Problem> {
    let mut dims = Vec::new();
    for tensor in inner(bytes, 1) {
        for shape in inner(tensor?, 2) {
            for dim in inner(shape?, 1) {
                let mut size = None;
                for field in Fields(dim?) {
                    let field = field?;
                    if field.number == 1 {
                        size = Some(field.value.integer()?);
                    }
                }
                push(&mut dims, size)?;
            }
        }
    }
    Ok(dims)
}

/// The messages in the fields of one number.
fn inner(bytes: &[u8], number: u64) -> impl Iterator<Item = Result<&[u8], Problem>> {
    Fields(bytes).filter_map(move |field| match field {
        Ok(field) if field.number == number => Some(field.value.bytes()),
        Ok(_) => None,
        Err(problem) => Some(Err(problem)),
    })
}
