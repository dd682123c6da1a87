//! Single values in YAML.

use crate::chain::Norm;
use vgg_spec::ir::{Activation, Lrn};

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
        Activation::LeakyRelu { slope } if number(slope) != "0.01" => {
            format!("{{leaky_relu: {{slope: {}}}}}", number(slope))
        }
        Activation::Elu { alpha } if number(alpha) != "1" => {
            format!("{{elu: {{alpha: {}}}}}", number(alpha))
        }
        other => other.name().to_owned(),
    }
}

/// A batch norm.
pub(super) fn batch_norm(norm: &Norm) -> String {
    let mut settings = Vec::new();
    let (epsilon, momentum) = (number(norm.epsilon), number(rounded(norm.momentum)));
    settings.extend((epsilon != number(1e-5)).then(|| format!("epsilon: {epsilon}")));
    settings.extend((momentum != "0.1").then(|| format!("momentum: {momentum}")));
    match settings.is_empty() {
        true => "batch".to_owned(),
        false => format!("{{batch: {{{}}}}}", settings.join(", ")),
    }
}

/// A local response norm.
pub(super) fn lrn(Lrn { size, alpha, beta, k }: Lrn) -> String {
    let numbers = [("k", k, "1"), ("alpha", alpha, "0.0001"), ("beta", beta, "0.75")];
    let numbers = numbers.into_iter().map(|(key, value, usual)| (key, number(value), usual));
    let settings = [("n", size.to_string(), "5")].into_iter().chain(numbers);
    let settings: Vec<String> = settings
        .filter(|(_, value, usual)| value != usual)
        .map(|(key, value, _)| format!("{key}: {value}"))
        .collect();
    match settings.is_empty() {
        true => "lrn".to_owned(),
        false => format!("{{lrn: {{{}}}}}", settings.join(", ")),
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
