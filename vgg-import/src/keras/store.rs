//! The weights of layers in an HDF5 file: as Keras 3 numbers them, or as files of earlier versions name them.

use super::config::Described;
use crate::error::Problem;
use crate::hdf5::{Entry, File};
use crate::state::by_number;
use crate::tensor::Tensor;
use serde_json::Value;
use std::collections::HashMap;

/// The parts of a file that hold no weights of layers.
const ELSEWHERE: [&str; 2] = ["optimizer", "optimizer_weights"];
const SEEDS: &str = "seed_generator";

/// All weights of a file, not yet decoded.
pub(super) struct Store<'f, 's> {
    file: &'s File<'f>,
    entries: Vec<Entry<'f>>,
    layers: Vec<Stored>,
    /// Whether a layer puts features in the order of planes before they are flattened.
    is_turned: bool,
}

/// The weights of a layer.
#[derive(Debug)]
struct Stored {
    /// The group: `layers/conv2d_1`.
    place: String,
    /// The layer's name, as far as the file knows it.
    name: String,
    /// What the file calls each tensor, and which entry it is.
    tensors: Vec<(String, usize)>,
    is_taken: bool,
}

/// The weights of a layer by what they are for, as Keras has them.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) kernel: Option<Tensor>,
    pub(super) bias: Option<Tensor>,
    pub(super) scale: Option<Tensor>,
    pub(super) shift: Option<Tensor>,
    pub(super) mean: Option<Tensor>,
    pub(super) variance: Option<Tensor>,
}

impl<'f, 's> Store<'f, 's> {
    pub(super) fn read(file: &'s File<'f>) -> Result<Store<'f, 's>, Problem> {
        let entries = file.entries()?;
        let mut layers: Vec<Stored> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        let groups: HashMap<&str, usize> =
            entries.iter().enumerate().map(|(index, entry)| (entry.path.as_str(), index)).collect();
        let weights = entries.iter().enumerate().filter(|(_, entry)| entry.object.is_dataset());
        for (index, entry) in weights {
            let first = entry.path.split('/').next().unwrap_or_default();
            if ELSEWHERE.contains(&first) || entry.path.split('/').any(|part| part == SEEDS) {
                continue;
            }
            let Some((group, key)) = entry.path.rsplit_once('/') else {
                return Err(Problem::layer(
                    format_args!("dataset `{}`", entry.path),
                    "it belongs to no layer: this is no file of Keras",
                ));
            };
            let numbered = group.strip_suffix("/vars");
            let place = numbered.unwrap_or(group);
            let layer = match places.get(place) {
                Some(&layer) => layer,
                None => {
                    let name = match (numbered, groups.get(group)) {
                        (Some(_), Some(&group)) => file.text(&entries[group].object, "name")?,
                        _ => group.rsplit('/').next().map(str::to_owned),
                    };
                    let name = name.unwrap_or_default();
                    layers.push(Stored { place: place.into(), name, tensors: Vec::new(), is_taken: false });
                    places.insert(place, layers.len() - 1);
                    layers.len() - 1
                }
            };
            layers[layer].tensors.push((key.to_owned(), index));
        }
        for layer in &mut layers {
            layer.tensors.sort_by_key(|(key, _)| (key.len(), key.clone()));
        }
        let is_turned = entries.iter().any(|entry| is_permute(&entry.path));
        Ok(Store { file, entries, layers, is_turned })
    }

    /// The description of the model, if there is one.
    pub(super) fn config(&self) -> Result<Option<String>, Problem> {
        self.attribute("model_config")
    }

    /// The version of Keras that wrote the file.
    pub(super) fn version(&self) -> Result<Option<String>, Problem> {
        self.attribute("keras_version")
    }

    /// An attribute of the file as a whole.
    fn attribute(&self, name: &str) -> Result<Option<String>, Problem> {
        let root = self.entries.iter().find(|entry| entry.path.is_empty());
        root.map_or(Ok(None), |root| self.file.text(&root.object, name))
    }

    /// The weights of a layer, by its name or its place. Each can be taken once.
    pub(super) fn take(&mut self, layer: &Described<'_>, place: &str) -> Result<Taken, Problem> {
        let at_place = self.layers.iter().position(|stored| stored.place == place && !stored.is_taken);
        let mut named = (0..self.layers.len())
            .filter(|&index| self.layers[index].name == layer.name && !self.layers[index].is_taken);
        let found = match (named.next(), named.next()) {
            (Some(index), None) => Some(index),
            _ => at_place,
        };
        let index = found.ok_or_else(|| layer.refuse("the file has no weights for it"))?;
        self.layers[index].is_taken = true;
        let is_on = |key: &str| layer.config.get(key).and_then(Value::as_bool).unwrap_or(true);
        let norm = (layer.class == "BatchNormalization").then(|| [is_on("scale"), is_on("center")]);
        self.decoded(&self.layers[index], norm)
    }

    /// All weights by name, for a file without a description: in the order of layers, as far as that can be
    /// told.
    pub(super) fn into_tensors(self) -> Result<Vec<(String, Tensor)>, Problem> {
        let mut layers: Vec<&Stored> = self.layers.iter().collect();
        by_number(&mut layers, |layer| &layer.place);
        let order = self.layer_names()?;
        let position = |layer: &&Stored| {
            let parts = layer.place.split('/');
            parts.filter_map(|part| order.get(part)).next().copied().unwrap_or(usize::MAX)
        };
        layers.sort_by_key(position);
        let mut tensors = Vec::new();
        for layer in layers {
            let name = if layer.name.is_empty() { &layer.place } else { &layer.name };
            let taken = self.decoded(layer, None)?;
            let kernel = match self.is_turned {
                true => taken.kernel.map(|kernel| ("weight", turned(kernel))),
                false => taken.kernel.map(|kernel| ("kernel", kernel)),
            };
            let scale = taken.scale.map(|scale| (if self.is_turned { "weight" } else { "gamma" }, scale));
            let others = [
                kernel,
                taken.bias.map(|bias| ("bias", bias)),
                scale,
                taken.shift.map(|shift| ("beta", shift)),
                taken.mean.map(|mean| ("moving_mean", mean)),
                taken.variance.map(|variance| ("moving_variance", variance)),
            ];
            tensors.extend(
                others.into_iter().flatten().map(|(role, tensor)| (format!("{name}/{role}"), tensor)),
            );
        }
        Ok(tensors)
    }

    /// The layers in their order, as legacy files list them.
    fn layer_names(&self) -> Result<HashMap<String, usize>, Problem> {
        let mut names = HashMap::new();
        for entry in self.entries.iter().filter(|entry| matches!(entry.path.as_str(), "" | "model_weights")) {
            let listed = self.file.texts(&entry.object, "layer_names")?.unwrap_or_default();
            names.extend(listed.into_iter().enumerate().map(|(index, name)| (name, index)));
        }
        Ok(names)
    }

    /// Decodes the weights of a layer. Of a norm it may be known whether it has a scale and a shift.
    fn decoded(&self, layer: &Stored, norm: Option<[bool; 2]>) -> Result<Taken, Problem> {
        let refuse = |reason: &str| Problem::layer(format_args!("`{}`", layer.place), reason);
        let roles = match layer.tensors.first() {
            Some((key, _)) if key.bytes().all(|byte| byte.is_ascii_digit()) => {
                let first = self.file.shape(&self.entries[layer.tensors[0].1].object)?;
                numbered(layer.tensors.len(), first.len() > 1, norm)
            }
            _ => layer.tensors.iter().map(|(key, _)| Role::of(key)).collect(),
        };
        let roles = roles.ok_or_else(|| refuse("it is no convolution, batch norm or dense layer"))?;
        let mut taken = Taken::default();
        for ((_, entry), role) in layer.tensors.iter().zip(roles) {
            let tensor = self.file.tensor(&self.entries[*entry].object)?;
            let place = match role {
                Role::Kernel => &mut taken.kernel,
                Role::Bias => &mut taken.bias,
                Role::Scale => &mut taken.scale,
                Role::Shift => &mut taken.shift,
                Role::Mean => &mut taken.mean,
                Role::Variance => &mut taken.variance,
            };
            *place = Some(tensor.ok_or_else(|| refuse("its weights are no floating-point numbers"))?);
        }
        Ok(taken)
    }
}

/// What a tensor is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Kernel,
    Bias,
    Scale,
    Shift,
    Mean,
    Variance,
}

impl Role {
    /// By its name in a legacy file: `kernel:0`, `block1_conv1_W_1:0`.
    fn of(key: &str) -> Option<Role> {
        let name = key.split(':').next().unwrap_or(key);
        let name = name.strip_suffix("_1").unwrap_or(name);
        let ends = |suffix: &str| {
            name == suffix || name.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('_'))
        };
        let roles = [
            (Role::Kernel, ["kernel", "W"]),
            (Role::Bias, ["bias", "b"]),
            (Role::Scale, ["gamma", "gamma"]),
            (Role::Shift, ["beta", "beta"]),
            (Role::Mean, ["moving_mean", "running_mean"]),
            (Role::Variance, ["moving_variance", "running_std"]),
        ];
        roles.into_iter().find(|(_, names)| names.iter().any(|name| ends(name))).map(|(role, _)| role)
    }
}

/// What numbered tensors are for. `None` if there are other numbers of them than such layers have.
fn numbered(count: usize, has_matrix: bool, norm: Option<[bool; 2]>) -> Option<Vec<Role>> {
    if has_matrix {
        return [Role::Kernel, Role::Bias].get(..count).map(<[Role]>::to_vec);
    }
    let [scale, shift] = norm.or(match count {
        4 => Some([true, true]),
        2 => Some([false, false]),
        _ => None,
    })?;
    let affine = [scale.then_some(Role::Scale), shift.then_some(Role::Shift)];
    let roles: Vec<Role> = affine.into_iter().flatten().chain([Role::Mean, Role::Variance]).collect();
    (roles.len() == count).then_some(roles)
}

/// Whether a group is that of a layer that turns axes.
fn is_permute(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let number = name.strip_prefix("permute");
    number.is_some_and(|number| number.bytes().all(|byte| byte == b'_' || byte.is_ascii_digit()))
}

/// A kernel with its axes as PyTorch has them.
fn turned(kernel: Tensor) -> Tensor {
    let axes: &[usize] = if kernel.shape().len() == 4 { &[3, 2, 0, 1] } else { &[1, 0] };
    kernel.permuted(axes).unwrap_or(kernel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legacy_names_are_known() {
        for (key, role) in [
            ("kernel", Role::Kernel),
            ("kernel:0", Role::Kernel),
            ("block1_conv1_W_1:0", Role::Kernel),
            ("block1_conv1_b_1:0", Role::Bias),
            ("batch_normalization_gamma:0", Role::Scale),
            ("moving_variance:0", Role::Variance),
        ] {
            assert_eq!(Role::of(key), Some(role), "{key}");
        }
        assert_eq!(Role::of("embeddings"), None);
    }

    #[test]
    fn numbers_mean_what_layers_have() {
        assert_eq!(numbered(2, true, None), Some(vec![Role::Kernel, Role::Bias]));
        assert_eq!(numbered(3, true, None), None);
        assert_eq!(numbered(2, false, None), Some(vec![Role::Mean, Role::Variance]));
        assert_eq!(numbered(3, false, None), None, "a scale or a shift");
        let scaled = numbered(3, false, Some([true, false]));
        assert_eq!(scaled, Some(vec![Role::Scale, Role::Mean, Role::Variance]));
    }
}
