//! Single values in either spelling.

use crate::parse::may_be_param;

/// Words that YAML, in one version or another, takes for something else than a text.
const RESERVED: [&str; 11] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf"];

/// Whether a text is a word in both spellings.
pub(super) fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && !RESERVED.contains(&text.to_ascii_lowercase().as_str())
}

/// A plain value for YAML; in quotes where it would be something else without.
pub(super) fn yaml(text: &str) -> String {
    let first = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '$' | '.' | '+');
    let inner = |letter: char| first(letter) || matches!(letter, '-' | '*' | '/' | ' ');
    let negative = text
        .strip_prefix('-')
        .is_some_and(|rest| rest.starts_with(|digit: char| digit.is_ascii_digit() || digit == '.'));
    let plain = (text.starts_with(first) || negative) && text.chars().all(inner) && !text.ends_with(' ');
    // In quotes it would be no param, and what is wrong with it would be something else.
    let param = text.strip_prefix('$').is_some_and(may_be_param);
    if plain || param { text.to_owned() } else { quoted(text) }
}

/// A text in quotes, for either spelling. What JSON writes, YAML reads.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A plain value for `.vgg`: params go by their names, and a number has a digit at each end.
pub(super) fn dsl(text: &str) -> String {
    let text = text.replace('$', "");
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(&text);
    if !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return text;
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    let (number, exponent) = unsigned.find(['e', 'E']).map_or((unsigned, ""), |at| unsigned.split_at(at));
    let zero = if number.ends_with('.') { "0" } else { "" };
    format!("{sign}{number}{zero}{exponent}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_values_stay_plain() {
        for text in
            ["64", "$classes", "-0.5", "5e-4", "64 * $width", "relu", "+1.5", ".5", "a/b.yaml", "$größe"]
        {
            assert_eq!(yaml(text), text);
        }
        for text in ["", "a, b", "- x", "*x", "a: b", "a #b", "ü", " a", "a ", "\n", "$a,", "$a: b"] {
            assert!(yaml(text).starts_with('"'), "{text}");
        }
    }

    #[test]
    fn numbers_have_digits_at_their_ends() {
        let cases =
            [("1.", "1.0"), ("+5", "5"), ("-1.e3", "-1.0e3"), ("$a", "a"), ("2 * $w", "2 * w"), (".5", ".5")];
        for (text, spelled) in cases {
            assert_eq!(dsl(text), spelled);
        }
    }
}
