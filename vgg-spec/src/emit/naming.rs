//! The weights of a model under the names, and with the axes, of other engines.

use crate::ir::{Layer, MapShape, Model, Op, Shape};
use crate::tensors::{Tensor, Tensors, WeightsMismatch, check};

/// Whose names tensors have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// Those of the layers, as weight files have them: `block1_conv1.weight`.
    Ours,
    /// Those of torchvision's VGG and AlexNet: `features.0.weight`, `classifier.6.bias`. Every layer of the
    /// blocks counts, and of the head every layer but flattens, pools and softmax.
    Torchvision,
    /// Those of Keras: `block1_conv1/kernel`, with the channels last, and behind a flatten the features
    /// pixel by pixel.
    Keras,
}

/// The tensors of a model, in the order of the layers.
///
/// # Errors
/// If they are not those of the model.
pub fn named(
    model: &Model,
    tensors: &Tensors,
    naming: Naming,
) -> Result<Vec<(String, Tensor)>, WeightsMismatch> {
    let shape = |name: &str| tensors.get(name).map(|tensor| tensor.shape.as_slice());
    check(model, shape, tensors.keys().map(String::as_str))?;
    let mut named = Vec::new();
    let mut flattened = None;
    for (layer, prefix) in model.layers().iter().zip(prefixes(model, naming)) {
        if let (Op::Flatten, Shape::Maps(maps)) = (layer.op, layer.input) {
            flattened = Some(maps);
        }
        for (own, _) in layer.tensors() {
            let Some(tensor) = tensors.get(&format!("{}.{own}", layer.name)) else { continue };
            named.push(match naming {
                Naming::Ours | Naming::Torchvision => (format!("{prefix}.{own}"), tensor.clone()),
                Naming::Keras => {
                    let name = keras_name(&layer.op, own);
                    (format!("{prefix}/{name}"), keras_tensor(tensor, own, layer, flattened))
                }
            });
        }
        if matches!(layer.op, Op::Dense(_)) {
            flattened = None;
        }
    }
    Ok(named)
}

/// What the names of each layer's tensors begin with.
fn prefixes(model: &Model, naming: Naming) -> Vec<String> {
    let head = model.head();
    let mut counts = [0_usize; 2];
    let layers = model.layers().iter().enumerate();
    let prefixes = layers.map(|(index, layer)| {
        let is_head = head.contains(&index);
        let is_counted = !is_head
            || !matches!(
                layer.op,
                Op::Flatten | Op::Pool(_) | Op::AdaptiveAveragePool | Op::GlobalAveragePool | Op::Softmax
            );
        let place = counts[usize::from(is_head)];
        counts[usize::from(is_head)] += usize::from(is_counted);
        match (naming, is_head) {
            (Naming::Ours | Naming::Keras, _) => layer.name.clone(),
            (Naming::Torchvision, false) => format!("features.{place}"),
            (Naming::Torchvision, true) => format!("classifier.{place}"),
        }
    });
    prefixes.collect()
}

fn keras_name(op: &Op, own: &'static str) -> &'static str {
    match (op, own) {
        (Op::BatchNorm(_), "weight") => "gamma",
        (Op::BatchNorm(_), "bias") => "beta",
        (_, "running_mean") => "moving_mean",
        (_, "running_var") => "moving_variance",
        (_, "weight") => "kernel",
        (_, own) => own,
    }
}

/// A tensor with its axes in the order of Keras; `flattened` are the maps whose values are the features that
/// come in, if they are.
fn keras_tensor(tensor: &Tensor, own: &str, layer: &Layer, flattened: Option<MapShape>) -> Tensor {
    let planes = flattened.map(|maps| [maps.channels, maps.height, maps.width]);
    match (layer.op, own, planes) {
        (Op::Conv(_), "weight", _) => permuted(tensor, &tensor.shape, &[2, 3, 1, 0]),
        (Op::Dense(_), "weight", None) => permuted(tensor, &tensor.shape, &[1, 0]),
        (Op::Dense(_), "weight", Some([channels, height, width])) => {
            let shape = [tensor.shape[0], channels, height, width];
            let turned = permuted(tensor, &shape, &[2, 3, 1, 0]);
            Tensor { shape: vec![channels * height * width, shape[0]], values: turned.values }
        }
        (Op::BatchNorm(_), _, Some(shape)) => {
            Tensor { shape: tensor.shape.clone(), values: permuted(tensor, &shape, &[1, 2, 0]).values }
        }
        _ => tensor.clone(),
    }
}

/// Values of this shape, axis `i` of the result being their axis `axes[i]`.
fn permuted(tensor: &Tensor, shape: &[usize], axes: &[usize]) -> Tensor {
    let stride = |axis: usize| shape[axis + 1..].iter().product::<usize>();
    let extents: Vec<usize> = axes.iter().map(|&axis| shape[axis]).collect();
    let strides: Vec<usize> = axes.iter().map(|&axis| stride(axis)).collect();
    let place = |mut index: usize| {
        let mut place = 0;
        for (extent, stride) in extents.iter().zip(&strides).rev() {
            place += index % extent * stride;
            index /= extent;
        }
        place
    };
    let values = (0..tensor.values.len()).map(|index| tensor.values[place(index)]).collect();
    Tensor { shape: extents, values }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Source, Syntax};

    fn model(text: &str) -> Model {
        let checked = crate::check(&Source::new("net.vgg", text, Syntax::Dsl), &[]);
        checked.model.unwrap_or_else(|| panic!("{:?}", checked.findings))
    }

    /// Every value is its own place.
    fn numbered(model: &Model) -> Tensors {
        let tensor = |shape: Vec<usize>| {
            let values = (0..shape.iter().product()).map(|value: usize| value as f32).collect();
            Tensor { shape, values }
        };
        model.tensors().map(|(name, shape)| (name, tensor(shape))).collect()
    }

    const NET: &str = "model Net { input 3 x 4 x 4; block { conv 2 norm batch; } \
                       head { flatten; dropout 0.5; dense 3 relu; dense 2 softmax; } }";

    #[test]
    fn torchvision_counts_layers() {
        let model = model(NET);
        let named = named(&model, &numbered(&model), Naming::Torchvision).unwrap();
        let names: Vec<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names[0], "features.0.weight");
        assert!(names.contains(&"features.1.running_mean"));
        assert!(names.contains(&"classifier.1.weight") && names.contains(&"classifier.3.bias"), "{names:?}");
    }

    #[test]
    fn keras_has_channels_last_and_features_by_pixels() {
        let model = model(NET);
        let tensors = numbered(&model);
        let named = named(&model, &tensors, Naming::Keras).unwrap();
        let of = |name: &str| &named.iter().find(|(found, _)| found == name).expect("a tensor").1;
        let kernel = of("block1_conv1/kernel");
        assert_eq!(kernel.shape, [3, 3, 3, 2]);
        // Row 0, column 1, channel 2, filter 1 of [filter, channel, row, column].
        assert_eq!(kernel.values[(3 + 2) * 2 + 1], (27 + 2 * 9 + 1) as f32);
        let dense = of("dense1/kernel");
        assert_eq!(dense.shape, [8, 3]);
        // Feature (row 1, column 0, channel 1) of unit 2: features are [channel, row, column] of 2x2x2 here.
        assert_eq!(dense.values[(2 * 2 + 1) * 3 + 2], (2 * 8 + 4 + 2) as f32);
        assert_eq!(of("dense2/kernel").values, [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        assert_eq!(of("block1_bn1/gamma").shape, [2]);
    }

    #[test]
    fn tensors_of_other_models_are_refused() {
        let model = model(NET);
        let mut tensors = numbered(&model);
        tensors.remove("dense1.bias");
        assert!(named(&model, &tensors, Naming::Keras).unwrap_err().to_string().contains("dense1.bias"));
    }
}
