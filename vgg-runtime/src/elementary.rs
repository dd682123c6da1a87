//! Exponentials and what is made of them, for loops that the compiler turns into vector instructions.
//!
//! No function has a branch or calls another that is not part of it, and none fuses a product with a sum: so
//! all sets of instructions give the same bits. The bounds hold against `f64`, over all floats; tests hold
//! them over a dense grid.

/// Adding this rounds to a whole number, which then lies in the lower bits.
const ROUND: f32 = 1.5 * (1 << 23) as f32;

/// The logarithm of two, cut in two: products of the first part with whole numbers are exact.
const LN2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];

/// Two to the power of a whole number from -126 to 127.
#[inline(always)]
fn power_of_two(exponent: i32) -> f32 {
    f32::from_bits((exponent.wrapping_add(127) << 23) as u32)
}

/// `x = n ln 2 + r` with a whole number `n` and a small `r`; gives `n` and `exp(r) - 1`.
#[inline(always)]
fn reduced(x: f32) -> (i32, f32) {
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN2[0]) - n * LN2[1];
    // The polynomial of Cephes' `expf`.
    let mut p = 1.987_569_1e-4;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = p * r + coefficient;
    }
    ((shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32), p * r * r + r)
}

/// Keeps a value within bounds; what is not a number stays so.
#[inline(always)]
fn clamp(x: f32, low: f32, high: f32) -> f32 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

/// The exponential, within 2 units in the last place; 0 below -104, infinity above 88.73.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    let (n, fraction) = reduced(clamp(x, -104.0, 89.0));
    // In two steps, since the power of two may be too large or too small for a float.
    let half = n >> 1;
    (1.0 + fraction) * power_of_two(half) * power_of_two(n.wrapping_sub(half))
}

/// `exp(x) - 1` for `x` of at most 80, within 4 units in the last place.
#[inline(always)]
pub(crate) fn exp_m1(x: f32) -> f32 {
    let (n, fraction) = reduced(clamp(x, -30.0, 80.0));
    let scale = power_of_two(n);
    scale * fraction + (scale - 1.0)
}

/// The natural logarithm of a number of ordinary size above 0, within 2 units in the last place or 2e-7 of 1; of
/// what is infinite or not a number, not a number.
#[allow(clippy::eq_op, reason = "a difference that is zero but for what is not finite")]
#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    // The bits of √½, so that the fraction is between it and √2.
    const SQRT_HALF: i32 = 0x3f35_04f3;
    let bits = x.to_bits() as i32;
    let exponent = bits.wrapping_sub(SQRT_HALF) >> 23;
    let fraction = f32::from_bits(bits.wrapping_sub(exponent << 23) as u32) - 1.0;
    // The polynomial of Cephes' `logf`.
    let mut p = 7.037_683_6e-2;
    for coefficient in [
        -1.151_461e-1,
        1.167_699_9e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_5e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ] {
        p = p * fraction + coefficient;
    }
    let square = fraction * fraction;
    let exponent = exponent as f32;
    let rest = p * fraction * square + LN2[1] * exponent - 0.5 * square;
    // What is no finite number must not look like one.
    fraction + rest + LN2[0] * exponent + (x - x)
}

/// The hyperbolic tangent, within 2e-7 of itself.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    let power = exp_m1(2.0 * clamp(x.abs(), 0.0, 10.0));
    (power / (power + 2.0)).copysign(x)
}

/// `1 / (1 + exp(-x))`, within 4e-7 of itself.
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// The share of the standard normal distribution below `x`, within 3e-7.
#[inline(always)]
pub(crate) fn normal_distribution(x: f32) -> f32 {
    // The complementary error function of |x| / √2, by the fit of Press et al., *Numerical Recipes*, `erfcc`.
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.5 * z);
    let mut p = 0.170_872_77;
    for coefficient in [
        -0.822_152_23,
        1.488_515_9,
        -1.135_204,
        0.278_868_07,
        -0.186_288_06,
        0.096_784_18,
        0.374_091_96,
        1.000_023_7,
        -1.265_512_2,
    ] {
        p = p * t + coefficient;
    }
    let tail = 0.5 * t * exp(p - z * z);
    if x > 0.0 { 1.0 - tail } else { tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest error over a dense grid, divided by `scale` of the exact value.
    fn error(
        function: fn(f32) -> f32,
        exact: fn(f64) -> f64,
        bounds: [f32; 2],
        scale: fn(f64) -> f64,
    ) -> f64 {
        let steps = 400_000;
        let step = (bounds[1] - bounds[0]) / steps as f32;
        let grid = (0..=steps).map(|index| bounds[0] + index as f32 * step);
        grid.map(|x| {
            let exact = exact(f64::from(x));
            (f64::from(function(x)) - exact).abs() / scale(exact)
        })
        .fold(0.0, f64::max)
    }

    /// Half a unit in the last place is at most this share of a value.
    const UNIT: f64 = f32::EPSILON as f64;

    #[test]
    fn errors_are_as_stated() {
        let relative: fn(f64) -> f64 = f64::abs;
        let found = [
            ("exp", error(exp, libm::exp, [-87.0, 88.7], relative), 2.0 * UNIT),
            ("exp of small", error(exp, libm::exp, [-104.0, -87.0], |_| 1e-37), UNIT),
            ("exp_m1", error(exp_m1, libm::expm1, [-20.0, 20.0], |y| y.abs().max(1e-6)), 4.0 * UNIT),
            ("ln", error(ln, libm::log, [1e-3, 40.0], |y| y.abs().max(1.0)), 2e-7),
            ("ln of large", error(ln, libm::log, [40.0, 1e30], relative), UNIT),
            ("tanh", error(tanh, libm::tanh, [-12.0, 12.0], |y| y.abs().max(1e-6)), 2e-7),
            ("sigmoid", error(sigmoid, |x| 1.0 / (1.0 + libm::exp(-x)), [-80.0, 30.0], relative), 4e-7),
            (
                "normal distribution",
                error(normal_distribution, |x| 0.5 * libm::erfc(-x / 2_f64.sqrt()), [-14.0, 14.0], |_| 1.0),
                3e-7,
            ),
        ];
        for (name, error, bound) in found {
            assert!(error <= bound, "{name}: {error:e}, bound {bound:e}");
        }
    }

    #[test]
    fn ends() {
        assert_eq!([exp(-1e9), exp(0.0), exp(1e9)], [0.0, 1.0, f32::INFINITY]);
        assert_eq!([exp(f32::NEG_INFINITY), exp(f32::INFINITY)], [0.0, f32::INFINITY]);
        assert_eq!([exp_m1(-1e9), exp_m1(0.0)], [-1.0, 0.0]);
        assert_eq!([tanh(-1e9), tanh(-0.0), tanh(1e9)], [-1.0, 0.0, 1.0]);
        assert_eq!([sigmoid(-1e9), sigmoid(0.0), sigmoid(1e9)], [0.0, 0.5, 1.0]);
        assert_eq!([normal_distribution(-1e9), normal_distribution(1e9)], [0.0, 1.0]);
        assert!(ln(f32::INFINITY).is_nan());
        for function in [exp, exp_m1, ln, tanh, sigmoid, normal_distribution] {
            assert!(function(f32::NAN).is_nan());
        }
    }
}
