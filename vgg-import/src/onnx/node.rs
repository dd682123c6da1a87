//! What all operators ask of their node.

use super::proto::Node;
use crate::build::{Source, same_padding};
use crate::error::Problem;
use vgg_spec::ir::{Padding, Window};

impl<'f> Node<'f> {
    /// How the node is named in messages: `node /features/0/Conv (Conv)`.
    pub(super) fn shown(&self) -> String {
        match (self.name, self.outputs.first()) {
            ("", Some(output)) => format!("node that gives `{output}` ({})", self.kind),
            (name, _) => format!("node `{name}` ({})", self.kind),
        }
    }

    pub(super) fn refuse(&self, reason: impl std::fmt::Display) -> Problem {
        Problem::layer(self.shown(), reason)
    }

    /// Calls `then` with the node as the source of a layer.
    pub(super) fn as_source<R>(&self, then: impl FnOnce(Source<'_>) -> R) -> R {
        then(Source { shown: &self.shown(), name: None })
    }

    fn attribute(&self, name: &str) -> Option<&super::proto::Attribute<'f>> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    pub(super) fn integer(&self, name: &str, otherwise: i64) -> i64 {
        self.attribute(name).map_or(otherwise, |attribute| attribute.integer)
    }

    pub(super) fn float(&self, name: &str, otherwise: f32) -> f64 {
        f64::from(self.attribute(name).map_or(otherwise, |attribute| attribute.float))
    }

    pub(super) fn text(&self, name: &str) -> &'f [u8] {
        self.attribute(name).map_or(&[], |attribute| attribute.text)
    }

    pub(super) fn integers(&self, name: &str) -> Option<&[i64]> {
        self.attribute(name).map(|attribute| attribute.integers.as_slice())
    }

    pub(super) fn tensor(&self, name: &str) -> Option<&super::proto::Tensor<'f>> {
        self.attribute(name)?.tensor.as_ref()
    }

    /// Refuses an attribute that must have one value.
    pub(super) fn only(&self, name: &str, allowed: i64, why: &str) -> Result<(), Problem> {
        match self.integer(name, allowed) {
            value if value == allowed => Ok(()),
            value => Err(self.refuse(format_args!("`{name}` is {value}: {why}"))),
        }
    }

    /// An input that is there.
    pub(super) fn input(&self, index: usize) -> Option<&'f str> {
        self.inputs.get(index).copied().filter(|name| !name.is_empty())
    }

    /// Height and width out of a list of two.
    fn pair(&self, name: &str, otherwise: [usize; 2]) -> Result<[usize; 2], Problem> {
        let Some(values) = self.integers(name).filter(|values| !values.is_empty()) else {
            return Ok(otherwise);
        };
        let sizes: Option<Vec<usize>> = values.iter().map(|&value| usize::try_from(value).ok()).collect();
        match sizes.as_deref() {
            Some(&[height, width]) => Ok([height, width]),
            _ => Err(self.refuse(format_args!("`{name}` is {values:?}, not height and width"))),
        }
    }

    /// The window that slides over maps of the height and width `size`; `kernel` is what the weights say.
    pub(super) fn window(&self, size: [usize; 2], kernel: Option<[usize; 2]>) -> Result<Window, Problem> {
        let kernel = self.pair("kernel_shape", kernel.unwrap_or([0, 0]))?;
        let stride = self.pair("strides", [1, 1])?;
        if self.pair("dilations", [1, 1])? != [1, 1] {
            return Err(self.refuse("its window is dilated"));
        }
        if kernel.contains(&0) || stride.contains(&0) {
            return Err(self.refuse("its window or stride is zero"));
        }
        Ok(Window { kernel, stride, padding: self.padding(size, kernel, stride)? })
    }

    fn padding(&self, size: [usize; 2], kernel: [usize; 2], stride: [usize; 2]) -> Result<Padding, Problem> {
        let same =
            || same_padding(size, kernel, stride).ok_or_else(|| self.refuse("its padding is too large"));
        match self.text("auto_pad") {
            b"SAME_UPPER" => same(),
            b"SAME_LOWER" => {
                let Padding { top, bottom, left, right } = same()?;
                Ok(Padding { top: bottom, bottom: top, left: right, right: left })
            }
            b"VALID" => Ok(Padding::default()),
            b"" | b"NOTSET" => self.pads(self.integers("pads").unwrap_or_default()),
            _ => Err(self.refuse("its `auto_pad` is not known")),
        }
    }

    /// Padding as ONNX lists it: above, left, below, right.
    pub(super) fn pads(&self, pads: &[i64]) -> Result<Padding, Problem> {
        let sizes: Option<Vec<usize>> = pads.iter().map(|&pad| usize::try_from(pad).ok()).collect();
        match sizes.as_deref() {
            Some([]) => Ok(Padding::default()),
            Some(&[top, left, bottom, right]) => Ok(Padding { top, bottom, left, right }),
            _ => Err(self.refuse(format_args!("its padding is {pads:?}"))),
        }
    }
}
