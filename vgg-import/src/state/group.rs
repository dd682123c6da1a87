//! The tensors of one layer.

use crate::error::Problem;
use crate::params::Params;
use crate::tensor::Tensor;
use std::collections::HashMap;

/// The weights of a layer, and what the file calls it.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) prefix: String,
    pub(super) params: Params,
    /// Whether it lies as Keras has it, which counts features pixel by pixel.
    pub(super) is_keras: bool,
}

/// What a tensor is for, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// `weight`: of a convolution or dense layer as PyTorch has it, or the factor of a norm.
    Weight,
    /// `kernel`, as Keras has it.
    Kernel,
    Bias,
    Scale,
    Mean,
    Variance,
}

impl Role {
    fn of(name: &str) -> Option<Role> {
        Some(match name {
            "weight" => Role::Weight,
            "kernel" => Role::Kernel,
            "bias" | "beta" => Role::Bias,
            "gamma" => Role::Scale,
            "running_mean" | "moving_mean" => Role::Mean,
            "running_var" | "moving_variance" => Role::Variance,
            _ => return None,
        })
    }
}

/// Whether a tensor is no weight but a counter that norms keep.
pub(crate) fn is_counter(name: &str) -> bool {
    name == "num_batches_tracked" || name.ends_with(".num_batches_tracked")
}

/// The name of a layer and that of its tensor: `features.0` and `weight`, `fc1` and `kernel`.
fn split(name: &str) -> Option<(&str, Role)> {
    let name = name.strip_suffix(":0").unwrap_or(name);
    let (prefix, last) = name.rsplit_once(['.', '/'])?;
    Some((prefix, Role::of(last)?))
}

/// Groups tensors, in the order of the file.
pub(super) fn groups(tensors: Vec<(String, Tensor)>) -> Result<Vec<Group>, Problem> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut parts: Vec<(String, Vec<(Role, Tensor)>)> = Vec::new();
    for (name, tensor) in tensors {
        let Some((prefix, role)) = split(&name) else {
            return Err(Problem::layer(
                format_args!("tensor `{name}`"),
                "it is no weight, bias or statistic of a layer that a VGG has",
            ));
        };
        // A model that was trained on several GPUs.
        let prefix = prefix.strip_prefix("module.").unwrap_or(prefix);
        let place = *places.entry(prefix.to_owned()).or_insert_with(|| {
            parts.push((prefix.to_owned(), Vec::new()));
            parts.len() - 1
        });
        let group = &mut parts[place].1;
        if group.iter().any(|(other, _)| *other == role) {
            return Err(Problem::layer(format_args!("tensor `{name}`"), "it is there twice"));
        }
        group.push((role, tensor));
    }
    parts.into_iter().map(|(prefix, tensors)| group(prefix, tensors)).collect()
}

fn group(prefix: String, mut tensors: Vec<(Role, Tensor)>) -> Result<Group, Problem> {
    let mut take = |wanted: Role| {
        let place = tensors.iter().position(|(role, _)| *role == wanted)?;
        Some(tensors.swap_remove(place).1)
    };
    let (weight, kernel, bias) = (take(Role::Weight), take(Role::Kernel), take(Role::Bias));
    let (scale, mean, variance) = (take(Role::Scale), take(Role::Mean), take(Role::Variance));
    let refuse = |reason: &str| Problem::layer(format_args!("layer `{prefix}` of the file"), reason);
    let is_keras = kernel.is_some() || scale.is_some();
    let params = match (weight, kernel, scale, mean, variance) {
        (weight, None, scale, Some(mean), Some(variance)) if weight.is_none() || scale.is_none() => {
            let filled = |value: f32| Tensor::vector(vec![value; mean.values().len()]);
            let scale = weight.or(scale).unwrap_or_else(|| filled(1.0));
            let shift = bias.unwrap_or_else(|| filled(0.0));
            Params::Norm { scale, shift, mean, variance }
        }
        (Some(weight), None, None, None, None) => match weight.shape().len() {
            4 => Params::Conv { weight, bias },
            2 => Params::Dense { weight, bias },
            _ => return Err(refuse("its weight has neither 4 axes nor 2")),
        },
        (None, Some(kernel), None, None, None) => {
            let (axes, is_conv): (&[usize], bool) = match kernel.shape().len() {
                4 => (&[3, 2, 0, 1], true),
                2 => (&[1, 0], false),
                _ => return Err(refuse("its kernel has neither 4 axes nor 2")),
            };
            let weight = kernel.permuted(axes).ok_or_else(|| refuse("its kernel is damaged"))?;
            if is_conv { Params::Conv { weight, bias } } else { Params::Dense { weight, bias } }
        }
        _ => return Err(refuse("it is no convolution, batch norm or dense layer")),
    };
    Ok(Group { prefix, params, is_keras })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_is_taken_whole_or_refused() {
        let of = |names: &[&str]| {
            let tensors = names.iter().map(|name| {
                let shape = if matches!(*name, "weight" | "kernel") { vec![2, 2] } else { vec![2] };
                let count = shape.iter().product();
                (format!("layer.{name}"), Tensor::new(shape, vec![1.0; count]).unwrap())
            });
            groups(tensors.collect()).map(|groups| groups.len())
        };
        for names in [
            &["weight", "bias"][..],
            &["kernel", "bias"],
            &["gamma", "beta", "moving_mean", "moving_variance"],
            &["running_mean", "running_var"],
        ] {
            assert_eq!(of(names).unwrap(), 1, "{names:?}");
        }
        for names in [
            &["weight", "gamma"][..],
            &["weight", "kernel"],
            &["kernel", "gamma"],
            &["weight", "running_mean"],
            &["weight", "gamma", "running_mean", "running_var"],
            &["weight", "weight"],
            &["bias"],
        ] {
            assert!(of(names).is_err(), "{names:?}");
        }
    }
}
