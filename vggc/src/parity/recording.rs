//! What a network computes here, as a file of the form of a reference: for another machine, or to be looked at.

use super::reference::layer_shape;
use crate::failure::Failure;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use vgg_runtime::atomic;
use vgg_spec::ir::Model;

/// Tensors by name, each with its shape and its bytes.
#[derive(Debug, Default)]
pub(crate) struct Recording(BTreeMap<String, (Vec<usize>, Vec<u8>)>);

impl Recording {
    /// Keeps values under a name.
    pub(super) fn keep<'v>(
        &mut self,
        name: String,
        shape: &[usize],
        values: impl IntoIterator<Item = &'v f32>,
    ) {
        let bytes = values.into_iter().flat_map(|value| value.to_le_bytes()).collect();
        self.0.insert(name, (shape.to_vec(), bytes));
    }

    /// Keeps what a layer computed of a batch.
    pub(super) fn keep_layer(
        &mut self,
        part: &str,
        model: &Model,
        index: usize,
        batch: usize,
        values: &[f32],
    ) {
        let layer = &model.layers()[index];
        self.keep(format!("{part}.{}", layer.name), &layer_shape(layer, batch), values);
    }

    /// Writes all, in place of a file that may be there.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        let views = self.0.iter().map(|(name, (shape, bytes))| {
            TensorView::new(Dtype::F32, shape.clone(), bytes).map(|view| (name.as_str(), view))
        });
        let views = views.collect::<Result<Vec<_>, _>>().map_err(Failure::unusable)?;
        let bytes = safetensors::serialize(views, None).map_err(Failure::unusable)?;
        atomic::replace(path, |out: &mut dyn Write| out.write_all(&bytes))
            .map_err(|error| Failure::io(path, &error))
    }
}
