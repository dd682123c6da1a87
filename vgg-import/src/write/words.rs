//! Single values in YAML.

use crate::chain::Norm;
use vgg_spec::ir::{Activation, BatchNorm, Lrn};

/// Height and width, or one number for both.
pub(super) fn extent([height, width]: [usize; 2]) -> String {
    if height == width { height.to_string() } else { format!("[{height}, {width}]") }
}

/// The shortest decimal number that is meant. Most come from 32 bits, where 0.1 is 0.10000000149.
pub(super) fn number(value: f64) -> String {
    let short = format!("{}", value as f32);
    let long = format!("{value}");
    if short.len() < long.len() { short } else { long }
}

/// An activation.
pub(super) fn activation(activation: Activation) -> String {
    match activation {
        Activation::LeakyRelu { slope } if number(slope) != number(Activation::USUAL_SLOPE) => {
            format!("{{leaky_relu: {{slope: {}}}}}", number(slope))
        }
        Activation::Elu { alpha } if number(alpha) != number(Activation::USUAL_ALPHA) => {
            format!("{{elu: {{alpha: {}}}}}", number(alpha))
        }
        other => other.name().to_owned(),
    }
}

/// A batch norm.
pub(super) fn batch_norm(norm: &Norm) -> String {
    let usual = BatchNorm::USUAL;
    let settings =
        [("epsilon", norm.epsilon, usual.epsilon), ("momentum", rounded(norm.momentum), usual.momentum)];
    with_settings("batch", &settings)
}

/// A local response norm.
pub(super) fn lrn(Lrn { size, alpha, beta, k }: Lrn) -> String {
    let usual = Lrn::USUAL;
    let sizes = [size, usual.size].map(|size| size as f64);
    let settings = [
        ("n", sizes[0], sizes[1]),
        ("k", k, usual.k),
        ("alpha", alpha, usual.alpha),
        ("beta", beta, usual.beta),
    ];
    with_settings("lrn", &settings)
}

/// A word, with those of its settings that are not the usual ones: key, value and what is usual.
fn with_settings(word: &str, settings: &[(&str, f64, f64)]) -> String {
    let settings = settings.iter().map(|&(key, value, usual)| (key, number(value), number(usual)));
    let given: Vec<String> = settings
        .filter(|(_, value, usual)| value != usual)
        .map(|(key, value, _)| format!("{key}: {value}"))
        .collect();
    match given.is_empty() {
        true => word.to_owned(),
        false => format!("{{{word}: {{{}}}}}", given.join(", ")),
    }
}

/// A momentum is often computed as one minus another, in 32 bits.
fn rounded(momentum: f64) -> f64 {
    (momentum * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_short() {
        assert_eq!(number(f64::from(0.1_f32)), "0.1");
        assert_eq!(number(0.001), "0.001");
        assert_eq!(number(1.0), "1");
    }
}
