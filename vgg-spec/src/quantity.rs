//! How counts and sizes are written for people.

/// `1048576` as `1,048,576`.
///
/// ```
/// assert_eq!(vgg_spec::quantity::grouped(14_777_458), "14,777,458");
/// ```
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes in binary units: `56.4 MiB`.
///
/// ```
/// assert_eq!(vgg_spec::quantity::bytes(192), "192 B");
/// assert_eq!(vgg_spec::quantity::bytes(14_777_458 * 4), "56.4 MiB");
/// ```
pub fn bytes(count: u64) -> String {
    scaled(count, 1024.0, 1, &["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"])
}

/// A number of operations in decimal units, for a narrow column: `15.5 G`.
///
/// ```
/// assert_eq!(vgg_spec::quantity::operations(15_470_264_320), "15.5 G");
/// assert_eq!(vgg_spec::quantity::operations(0), "0");
/// ```
pub fn operations(count: u64) -> String {
    scaled(count, 1000.0, 1, &["", "k", "M", "G", "T", "P", "E"])
}

/// A number of multiply-accumulates as the literature states it: `15.470 GMACs`.
///
/// ```
/// assert_eq!(vgg_spec::quantity::macs(15_470_264_320), "15.470 GMACs");
/// ```
pub fn macs(count: u64) -> String {
    scaled(count, 1000.0, 3, &["MACs", "kMACs", "MMACs", "GMACs", "TMACs", "PMACs", "EMACs"])
}

/// A whole number below the first unit, one with so many decimals above it.
fn scaled(count: u64, base: f64, decimals: usize, units: &[&str]) -> String {
    let precision = 10_f64.powi(decimals as i32);
    let mut value = count as f64;
    let mut unit = 0;
    // A value that would round up to the base belongs to the next unit: 1023.97 KiB is 1.0 MiB.
    while unit + 1 < units.len() && (value * precision).round() / precision >= base {
        value /= base;
        unit += 1;
    }
    let decimals = if unit == 0 { 0 } else { decimals };
    format!("{value:.decimals$} {}", units[unit]).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_start_from_the_right() {
        let cases = [(0, "0"), (999, "999"), (1000, "1,000"), (123_456, "123,456"), (1_234_567, "1,234,567")];
        for (number, text) in cases {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn rounding_never_shows_a_full_unit() {
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1024 * 1024 - 1), "1.0 MiB");
        assert_eq!(operations(999_960), "1.0 M");
        assert_eq!(operations(u64::MAX), "18.4 E");
    }
}
