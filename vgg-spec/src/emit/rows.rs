//! What every summary shows: one row a layer.

use crate::ir::{Layer, Model, Op, Shape};

/// One row of a summary. An activation directly behind a convolution or dense layer has no row of its
/// own, because Keras counts it as part of that layer, too.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row<'m> {
    pub(super) name: &'m str,
    pub(super) kind: &'static str,
    pub(super) output: Shape,
    pub(super) parameters: u64,
    pub(super) trainable: u64,
    pub(super) macs: u64,
    pub(super) receptive_field: [usize; 2],
    /// Bytes of the output for one image.
    pub(super) activation_bytes: u64,
    /// The layer, and the activation that is shown with it.
    pub(super) layers: &'m [Layer],
}

/// The rows of each block and, last, of the head.
pub(super) fn parts(model: &Model) -> Vec<Vec<Row<'_>>> {
    let blocks = model.blocks().iter().map(|block| block.layers.clone());
    blocks.chain([model.head()]).map(|range| part(&model.layers()[range])).collect()
}

fn part(layers: &[Layer]) -> Vec<Row<'_>> {
    layers.chunk_by(|before, layer| is_part_of(layer, before)).map(row).collect()
}

fn is_part_of(layer: &Layer, before: &Layer) -> bool {
    matches!((&before.op, &layer.op), (Op::Conv(_) | Op::Dense(_), Op::Activation(_)))
}

fn row(layers: &[Layer]) -> Row<'_> {
    let layer = &layers[0];
    Row {
        name: &layer.name,
        kind: layer.kind(),
        output: layer.output,
        parameters: layer.parameters(),
        trainable: layer.trainable_parameters(),
        macs: layer.macs(),
        receptive_field: layer.receptive_field,
        activation_bytes: layer.activation_bytes(),
        layers,
    }
}
