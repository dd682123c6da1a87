//! The values from which training starts.

use crate::network::{Network, Role, TensorMut};
use crate::random::{INITIALISE, Stream};

/// Sets every tensor of a network to its initial values:
///
/// - weights of convolutions and dense layers to normal numbers of mean 0 and variance 2 / `fan_in`, where
///   `fan_in` is the number of weights that go into one output (He, Zhang, Ren, Sun: *Delving deep into
///   rectifiers*, 2015, eq. 10);
/// - biases and shifts to 0, scales to 1, running means to 0 and running variances to 1.
///
/// The numbers of a tensor depend on the seed, its name and its shape alone: not on threads, and not on
/// what else is in the network. They come from the stream [`INITIALISE`], where the [hash](name_hash) of
/// the name takes the place of the step.
pub fn initialise<N: Network>(network: &mut N, seed: u64) {
    network.visit_mut(&mut |tensor| initialise_tensor(tensor, seed));
}

fn initialise_tensor(tensor: TensorMut<'_>, seed: u64) {
    match tensor.role {
        Role::Weight => {
            let fan_in: usize = tensor.shape.iter().skip(1).product();
            let deviation = libm::sqrt(2.0 / fan_in.max(1) as f64);
            let normals = Stream::new(seed, name_hash(tensor.name), INITIALISE).normals();
            for (value, normal) in tensor.values.iter_mut().zip(normals) {
                *value = (deviation * normal) as f32;
            }
        }
        Role::Bias | Role::Shift | Role::Mean => tensor.values.fill(0.0),
        Role::Scale | Role::Variance => tensor.values.fill(1.0),
    }
}

/// The FNV-1a hash of a name, 64 bits (Fowler, Noll, Vo; RFC 9923): from 14695981039346656037 on, each
/// byte is first combined by exclusive or, then the hash is multiplied by 1099511628211.
///
/// ```
/// assert_eq!(vgg_runtime::init::name_hash("foobar"), 0x8594_4171_f739_67e8);
/// ```
pub const fn name_hash(name: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut rest = name.as_bytes();
    while let [byte, tail @ ..] = rest {
        hash = (hash ^ *byte as u64).wrapping_mul(0x0000_0100_0000_01b3);
        rest = tail;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(name: &str, shape: &[usize], role: Role, seed: u64) -> Vec<f32> {
        let mut values = vec![9.0; shape.iter().product()];
        initialise_tensor(TensorMut { name, shape, values: &mut values, role }, seed);
        values
    }

    /// Moments of 48 * 64 * 9 numbers around a deviation of sqrt(2 / (64 * 9)).
    #[test]
    fn weights_have_the_variance_of_he() {
        let values = tensor("block1_conv1.weight", &[48, 64, 3, 3], Role::Weight, 0);
        let count = values.len() as f64;
        let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
        let variance = values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>() / count;
        let expected = 2.0 / (64.0 * 9.0);
        assert!(mean.abs() < 4.0 * (expected / count).sqrt(), "{mean}");
        assert!((variance / expected - 1.0).abs() < 4.0 * (2.0 / count).sqrt(), "{variance}");
    }

    #[test]
    fn numbers_depend_on_seed_and_name() {
        let of = |name, seed| tensor(name, &[2, 3], Role::Weight, seed);
        assert_eq!(of("dense1.weight", 1), of("dense1.weight", 1));
        assert_ne!(of("dense1.weight", 1), of("dense2.weight", 1));
        assert_ne!(of("dense1.weight", 1), of("dense1.weight", 2));
    }

    #[test]
    fn the_rest_starts_neutral() {
        assert_eq!(tensor("dense1.bias", &[2], Role::Bias, 0), [0.0; 2]);
        assert_eq!(tensor("bn1.weight", &[2], Role::Scale, 0), [1.0; 2]);
        assert_eq!(tensor("bn1.bias", &[2], Role::Shift, 0), [0.0; 2]);
        assert_eq!(tensor("bn1.running_mean", &[2], Role::Mean, 0), [0.0; 2]);
        assert_eq!(tensor("bn1.running_var", &[2], Role::Variance, 0), [1.0; 2]);
        assert!(tensor("empty.weight", &[0, 0], Role::Weight, 0).is_empty());
    }

    /// Vectors of the reference implementation, as RFC 9923 prints them.
    #[test]
    fn hash_is_fnv_1a() {
        assert_eq!(name_hash(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(name_hash("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(name_hash("foobar"), 0x8594_4171_f739_67e8);
    }
}
