//! What Keras's layers mean.

use super::applied::{Applied, activation, called, unknown};
use super::config::{self, Described};
use super::store::{Store, Taken};
use crate::build::{Builder, Flow, Order, Source, same_padding};
use crate::chain::{Chain, Norm};
use crate::error::Problem;
use crate::tensor::Tensor;
use serde_json::Value;
use std::collections::HashMap;
use vgg_spec::ir::{Padding, PoolMode, Window};

/// Makes a chain of a description and weights.
pub(super) fn chain(description: &Value, store: Store<'_, '_>, origin: String) -> Result<Chain, Problem> {
    let model = config::model(description)?;
    let [height, width, channels] = config::images(&model)?;
    let name = if is_made_up(&model) { "" } else { model.name };
    let builder = Builder::new(name, origin, [channels, height, width]);
    let mut walk = Walk { builder, store, order: Order::Pixels };
    walk.model(&model, "")?;
    walk.builder.finish()
}

/// What is known on the way.
struct Walk<'f, 's> {
    builder: Builder,
    store: Store<'f, 's>,
    /// In which order the next flatten lists values.
    order: Order,
}

impl Walk<'_, '_> {
    /// The layers of a model, which may be a layer of another; `path` is where its weights are.
    fn model(&mut self, model: &Described<'_>, path: &str) -> Result<(), Problem> {
        let places = places(&config::listed(model)?, path);
        for layer in config::path(model)? {
            let place = places.get(layer.name).map_or("", String::as_str);
            match layer.is_model() {
                true => self.model(&layer, &format!("{place}/"))?,
                false => self.layer(&layer, place)?,
            }
        }
        Ok(())
    }

    fn layer(&mut self, layer: &Described<'_>, place: &str) -> Result<(), Problem> {
        if layer.config.get("data_format").and_then(Value::as_str) == Some("channels_first") {
            return Err(layer.refuse("it wants channels first, which is not taken over from Keras"));
        }
        if self.order == Order::Planes && layer.class != "Flatten" {
            return Err(layer.refuse("it stands behind a Permute, where only a Flatten is taken over"));
        }
        let shown = layer.shown();
        let source = Source { shown: &shown, name: Some(layer.name).filter(|_| !is_made_up(layer)) };
        match layer.class {
            "InputLayer" => Ok(()),
            "Conv2D" | "Convolution2D" | "DepthwiseConv2D" => self.conv(layer, source, place),
            "Dense" => self.dense(layer, source, place),
            "BatchNormalization" => self.norm(layer, source, place),
            "MaxPooling2D" => self.pool(layer, source, PoolMode::Max),
            "AveragePooling2D" => self.pool(layer, source, PoolMode::Average),
            "GlobalAveragePooling2D" | "GlobalMaxPooling2D" => {
                if layer.config.get("keepdims").and_then(Value::as_bool) == Some(true) {
                    return Err(layer.refuse("it keeps maps of one value; a vector is needed"));
                }
                let is_max = layer.class == "GlobalMaxPooling2D";
                self.builder.global(source, if is_max { PoolMode::Max } else { PoolMode::Average })
            }
            "AdaptiveAveragePooling2D" => {
                let size = pair(layer, "output_size")?.ok_or_else(|| layer.refuse("it has no size"))?;
                self.builder.adaptive(source, size)
            }
            "ZeroPadding2D" => {
                let padding = sides(layer)?;
                self.builder.pad(source, padding)
            }
            "Dropout" => {
                let rate = [layer.config.get("rate"), layer.config.get("p")].into_iter().flatten().next();
                let rate = rate.and_then(Value::as_f64).filter(|rate| (0.0..1.0).contains(rate));
                let rate = rate.ok_or_else(|| layer.refuse("its rate is no share"))?;
                self.builder.dropout(source, rate)
            }
            "Permute" => match (whole_numbers(layer.config.get("dims")).as_deref(), self.builder.flow()) {
                (Some([3, 1, 2]), Flow::Maps(_)) => {
                    self.order = Order::Planes;
                    Ok(())
                }
                _ => Err(layer.refuse("it turns axes otherwise than from pixels to planes")),
            },
            "Flatten" => {
                let order = std::mem::replace(&mut self.order, Order::Pixels);
                self.builder.flatten(source, order)
            }
            "Rescaling" | "Normalization" => Err(layer.refuse(
                "what is done to images before the network sees them is no layer here: save the model without \
                 it, and say it in the `preprocess` section of the spec",
            )),
            _ => match activation(layer)? {
                Some(applied) => self.apply(source, applied),
                None => Err(layer.refuse("there is no such layer in a VGG, or none that is supported")),
            },
        }
    }

    fn conv(&mut self, layer: &Described<'_>, source: Source<'_>, place: &str) -> Result<(), Problem> {
        if whole_numbers(layer.config.get("dilation_rate"))
            .is_some_and(|rates| rates.iter().any(|&rate| rate != 1))
        {
            return Err(layer.refuse("its kernel is dilated"));
        }
        let Taken { kernel, bias, .. } = self.store.take(layer, place)?;
        let (groups, kernel) = match (layer.class, self.builder.flow()) {
            ("DepthwiseConv2D", Flow::Maps([channels, ..])) => (Some(channels), kernel.and_then(depthwise)),
            _ => (groups(layer), kernel.and_then(|kernel| kernel.permuted(&[3, 2, 0, 1]))),
        };
        let groups = groups.ok_or_else(|| layer.refuse("its number of groups is none"))?;
        let kernel = kernel.ok_or_else(|| layer.refuse("its kernel has not 4 axes"))?;
        let size = pair(layer, "kernel_size")?.ok_or_else(|| layer.refuse("it has no size"))?;
        let window = self.window(layer, size, pair(layer, "strides")?.unwrap_or([1, 1]))?;
        self.builder.conv(source, kernel, bias, groups, window)?;
        self.applied(layer, source)
    }

    fn dense(&mut self, layer: &Described<'_>, source: Source<'_>, place: &str) -> Result<(), Problem> {
        let Taken { kernel, bias, .. } = self.store.take(layer, place)?;
        let kernel = kernel.and_then(|kernel| kernel.permuted(&[1, 0]));
        let kernel = kernel.ok_or_else(|| layer.refuse("its kernel has not 2 axes"))?;
        self.builder.dense(source, kernel, bias)?;
        self.applied(layer, source)
    }

    fn norm(&mut self, layer: &Described<'_>, source: Source<'_>, place: &str) -> Result<(), Problem> {
        let last = match self.builder.flow() {
            Flow::Maps(_) => 3,
            Flow::Vector(_) => 1,
        };
        let axis = layer.config.get("axis");
        let axis = axis.and_then(|axis| axis.as_array().map_or(Some(axis), |axes| axes.first()));
        if axis.and_then(Value::as_i64).is_some_and(|axis| axis != -1 && axis != last) {
            return Err(layer.refuse("it normalises another axis than that of the channels"));
        }
        let number = |key: &str, usual: f64| layer.config.get(key).map_or(Some(usual), Value::as_f64);
        let (Some(epsilon), Some(momentum)) = (number("epsilon", 1e-3), number("momentum", 0.99)) else {
            return Err(layer.refuse("its settings are no numbers"));
        };
        let Taken { scale, shift, mean, variance, .. } = self.store.take(layer, place)?;
        let (Some(mean), Some(variance)) = (mean, variance) else {
            return Err(layer.refuse("it has no statistics"));
        };
        let filled = |value: f32| Tensor::vector(vec![value; mean.values().len()]);
        let (scale, shift) = (scale.unwrap_or_else(|| filled(1.0)), shift.unwrap_or_else(|| filled(0.0)));
        // Keras counts what stays, and 1 - 0.99 is not 0.01 to the last digit.
        let momentum = ((1.0 - momentum) * 1e12).round() / 1e12;
        self.builder.norm(source, Norm { scale, shift, mean, variance, epsilon, momentum })
    }

    fn pool(&mut self, layer: &Described<'_>, source: Source<'_>, mode: PoolMode) -> Result<(), Problem> {
        let size = pair(layer, "pool_size")?.ok_or_else(|| layer.refuse("it has no size"))?;
        let window = self.window(layer, size, pair(layer, "strides")?.unwrap_or(size))?;
        self.builder.pool(source, mode, window, false)
    }

    /// Where a kernel is laid.
    fn window(
        &self,
        layer: &Described<'_>,
        kernel: [usize; 2],
        stride: [usize; 2],
    ) -> Result<Window, Problem> {
        let padding = match (layer.config.get("padding").and_then(Value::as_str), self.builder.flow()) {
            (Some("same"), Flow::Maps([_, height, width])) => {
                let padding = same_padding([height, width], kernel, stride);
                padding.ok_or_else(|| layer.refuse("its window is too large"))?
            }
            (Some("valid") | None, _) => Padding::default(),
            (Some("same"), Flow::Vector(_)) => return Err(layer.refuse("it needs feature maps")),
            (Some(other), _) => return Err(layer.refuse(format_args!("its padding is `{other}`"))),
        };
        Ok(Window { kernel, stride, padding })
    }

    /// The activation that is part of a layer.
    fn applied(&mut self, layer: &Described<'_>, source: Source<'_>) -> Result<(), Problem> {
        let source = Source { name: None, ..source };
        match layer.config.get("activation") {
            None | Some(Value::Null) => Ok(()),
            Some(function) => {
                let applied = called(function).ok_or_else(|| unknown(layer, function))?;
                self.apply(source, applied)
            }
        }
    }

    fn apply(&mut self, source: Source<'_>, applied: Applied) -> Result<(), Problem> {
        match applied {
            Applied::Activation(function) => self.builder.activation(source, function),
            Applied::Softmax => self.builder.softmax(source),
        }
    }
}

/// In how many groups a convolution takes its channels.
fn groups(layer: &Described<'_>) -> Option<usize> {
    let groups = layer.config.get("groups").map_or(Some(1), Value::as_u64)?;
    usize::try_from(groups).ok().filter(|&groups| groups > 0)
}

/// A kernel `[row, column, channel, multiplier]`, of which each channel has its own filters, one after the
/// other, as `[filter, 1, row, column]`.
fn depthwise(kernel: Tensor) -> Option<Tensor> {
    let &[rows, columns, channels, multiplier] = kernel.shape() else { return None };
    kernel.permuted(&[2, 3, 0, 1])?.reshaped(vec![channels.checked_mul(multiplier)?, 1, rows, columns])
}

/// Where the layers of a model have their weights: by their classes, numbered.
fn places(layers: &[Described<'_>], path: &str) -> HashMap<String, String> {
    let mut used: HashMap<&str, usize> = HashMap::new();
    let places = layers.iter().map(|layer| {
        let class = stem(layer.class);
        let count = used.entry(class).or_default();
        let number = if *count == 0 { String::new() } else { format!("_{count}") };
        *count += 1;
        (layer.name.to_owned(), format!("{path}layers/{class}{number}"))
    });
    places.collect()
}

/// A class as names begin that Keras makes up; of classes without weights, the class itself.
fn stem(class: &str) -> &str {
    match class {
        "Conv2D" => "conv2d",
        "DepthwiseConv2D" => "depthwise_conv2d",
        "Dense" => "dense",
        "BatchNormalization" => "batch_normalization",
        "Functional" | "Model" => "functional",
        "Sequential" => "sequential",
        other => other,
    }
}

/// Whether Keras made a name up: the class, or the class and a number.
fn is_made_up(layer: &Described<'_>) -> bool {
    let base = match layer.name.rsplit_once('_') {
        Some((base, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => base,
        _ => layer.name,
    };
    let is_model = layer.is_model() && matches!(base, "model" | "functional" | "sequential");
    is_model || base.replace('_', "").eq_ignore_ascii_case(layer.class)
}

fn whole_numbers(value: Option<&Value>) -> Option<Vec<u64>> {
    match value? {
        Value::Array(items) => items.iter().map(Value::as_u64).collect(),
        value => Some(vec![value.as_u64()?]),
    }
}

/// Rows and columns of a setting; `None` if it is not there.
fn pair(layer: &Described<'_>, key: &str) -> Result<Option<[usize; 2]>, Problem> {
    let Some(value) = layer.config.get(key).filter(|value| !value.is_null()) else { return Ok(None) };
    let numbers = whole_numbers(Some(value)).unwrap_or_default();
    let size = |number: u64| usize::try_from(number).ok().filter(|size| (1..=1 << 16).contains(size));
    let found = match *numbers.as_slice() {
        [both] => size(both).map(|both| [both, both]),
        [rows, columns] => size(rows).zip(size(columns)).map(|(rows, columns)| [rows, columns]),
        _ => None,
    };
    found.map(Some).ok_or_else(|| layer.refuse(format_args!("its `{key}` is {value}")))
}

/// Rows and columns that a layer puts around maps.
fn sides(layer: &Described<'_>) -> Result<Padding, Problem> {
    let wrong = || layer.refuse("its padding is no rows above and below, columns left and right");
    let given = layer.config.get("padding").and_then(Value::as_array).ok_or_else(wrong)?;
    let numbers: Vec<u64> = given
        .iter()
        .map(|side| whole_numbers(Some(side)))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(wrong)?
        .concat();
    let size = |number: u64| usize::try_from(number).ok().filter(|&size| size <= 1 << 16).ok_or_else(wrong);
    let [top, bottom, left, right] = match *numbers.as_slice() {
        [rows, columns] => [rows, rows, columns, columns],
        [top, bottom, left, right] => [top, bottom, left, right],
        _ => return Err(wrong()),
    };
    Ok(Padding { top: size(top)?, bottom: size(bottom)?, left: size(left)?, right: size(right)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer<'c>(class: &'c str, name: &'c str) -> Described<'c> {
        Described::alone(class, name, &Value::Null)
    }

    #[test]
    fn names_that_keras_made_up_are_none() {
        for (class, name) in [
            ("Conv2D", "conv2d"),
            ("Conv2D", "conv2d_12"),
            ("BatchNormalization", "batch_normalization_3"),
            ("MaxPooling2D", "max_pooling2d_1"),
            ("ReLU", "re_lu_4"),
            ("Functional", "functional_1"),
            ("Functional", "model_2"),
        ] {
            assert!(is_made_up(&layer(class, name)), "{name}");
        }
        for (class, name) in [("Conv2D", "block1_conv1"), ("Dense", "fc1"), ("Functional", "vgg16")] {
            assert!(!is_made_up(&layer(class, name)), "{name}");
        }
    }
}
