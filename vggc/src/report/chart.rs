//! Curves, drawn as SVG.

use super::html::escape;
use std::fmt::Write;
use std::ops::RangeInclusive;

const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 250.0;
const LEFT: f64 = 54.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 34.0;

/// A curve.
pub(super) struct Curve {
    pub(super) name: String,
    /// Which colour, from 0.
    pub(super) colour: usize,
    pub(super) is_dashed: bool,
    /// Epoch and value. What is not finite leaves a gap.
    pub(super) points: Vec<(f64, f64)>,
}

/// Draws curves over epochs, with a legend. `mark` draws a line at an epoch.
pub(super) fn chart(title: &str, curves: &[Curve], mark: Option<f64>, label: fn(f64) -> String) -> String {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let finite = || points().filter(|(_, value)| value.is_finite());
    if finite().next().is_none() {
        return String::new();
    }
    let bounds = |values: &mut dyn Iterator<Item = f64>| {
        values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
    };
    let epochs = bounds(&mut points().map(|(epoch, _)| *epoch));
    let ticks = ticks(bounds(&mut finite().map(|(_, value)| *value)), 5);
    let frame = Frame { epochs: epochs.0..=epochs.1, values: ticks[0]..=ticks[ticks.len() - 1] };
    let mut svg = format!(
        "<figure class=\"chart\"><figcaption>{}</figcaption>\n<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-label=\"{}\">\n",
        escape(title),
        escape(title)
    );
    frame.grid(&ticks, label, &mut svg);
    if let Some(epoch) = mark {
        let x = frame.x(epoch);
        let _ = writeln!(
            svg,
            "<line class=\"mark\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{:.1}\"><title>best epoch \
             {epoch}</title></line>",
            HEIGHT - BOTTOM
        );
    }
    curves.iter().for_each(|curve| frame.curve(curve, label, &mut svg));
    svg += "</svg>\n<p class=\"legend\">";
    for curve in curves {
        let dash = if curve.is_dashed { " dashed" } else { "" };
        let _ = write!(svg, "<span class=\"c{}{dash}\">{}</span> ", curve.colour, escape(&curve.name));
    }
    svg + "</p></figure>\n"
}

/// What the drawing area stands for.
struct Frame {
    epochs: RangeInclusive<f64>,
    values: RangeInclusive<f64>,
}

impl Frame {
    fn x(&self, epoch: f64) -> f64 {
        let room = self.epochs.end() - self.epochs.start();
        let share = if room > 0.0 { (epoch - self.epochs.start()) / room } else { 0.5 };
        LEFT + share * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        let share = (value - self.values.start()) / (self.values.end() - self.values.start());
        HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
    }

    /// Lines and numbers.
    fn grid(&self, values: &[f64], label: fn(f64) -> String, svg: &mut String) {
        for &value in values {
            let y = self.y(value);
            let _ = writeln!(
                svg,
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text x=\"{:.1}\" \
                 y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                WIDTH - RIGHT,
                LEFT - 8.0,
                y + 4.0,
                label(value)
            );
        }
        let whole = |value: f64| value.fract() == 0.0 && self.epochs.contains(&value);
        let epochs = ticks((*self.epochs.start(), *self.epochs.end()), 6);
        for epoch in epochs.into_iter().filter(|&epoch| whole(epoch)) {
            let _ = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{epoch}</text>",
                self.x(epoch),
                HEIGHT - BOTTOM + 20.0
            );
        }
    }

    fn curve(&self, curve: &Curve, label: fn(f64) -> String, svg: &mut String) {
        let dash = if curve.is_dashed { " dashed" } else { "" };
        for run in curve.points.split(|(_, value)| !value.is_finite()).filter(|run| !run.is_empty()) {
            let places: Vec<String> = run
                .iter()
                .map(|&(epoch, value)| format!("{:.1},{:.1}", self.x(epoch), self.y(value)))
                .collect();
            let _ = writeln!(
                svg,
                "<polyline class=\"curve c{}{dash}\" points=\"{}\"/>",
                curve.colour,
                places.join(" ")
            );
            for &(epoch, value) in run {
                let _ = writeln!(
                    svg,
                    "<circle class=\"c{}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"{}\"><title>{}, epoch {epoch}: {}</title></circle>",
                    curve.colour,
                    self.x(epoch),
                    self.y(value),
                    if run.len() > 60 { 1.5 } else { 3.0 },
                    escape(&curve.name),
                    label(value)
                );
            }
        }
    }
}

/// Round numbers that reach from below the least to above the greatest, about `count` of them; at least two.
fn ticks((least, greatest): (f64, f64), count: usize) -> Vec<f64> {
    // A line that does not rise or fall lies in the middle, over zero.
    let (least, greatest) = match greatest - least {
        room if room > 0.0 => (least, greatest),
        _ if least == 0.0 => (0.0, 1.0),
        _ => (least.min(0.0) * 2.0, least.max(0.0) * 2.0),
    };
    let room = greatest - least;
    let rough = room / count as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|factor| factor * power);
    let step = step.into_iter().find(|&step| step >= rough * 0.999).unwrap_or(10.0 * power);
    let first = (least / step).floor();
    let last = (greatest / step).ceil().max(first + 1.0);
    (0..=(last - first) as usize).map(|index| round((first + index as f64) * step)).collect()
}

/// Without what binary fractions leave over.
fn round(value: f64) -> f64 {
    format!("{value:.12}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_enclose_the_values() {
        assert_eq!(ticks((0.13, 0.98), 5), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        assert_eq!(ticks((1.0, 20.0), 8), [0.0, 2.5, 5.0, 7.5, 10.0, 12.5, 15.0, 17.5, 20.0]);
        for bounds in [(0.5, 0.5), (0.0, 0.0), (-3.0, -3.0), (1e-5, 1.1e-5), (0.0, 1e9)] {
            let ticks = ticks(bounds, 5);
            assert!((2..=8).contains(&ticks.len()), "{ticks:?}");
            assert!(ticks[0] <= bounds.0 && ticks[ticks.len() - 1] >= bounds.1, "{bounds:?}: {ticks:?}");
        }
    }

    #[test]
    fn a_gap_divides_a_curve() {
        let curve = Curve {
            name: "<loss>".into(),
            colour: 0,
            is_dashed: false,
            points: vec![(1.0, 0.5), (2.0, f64::NAN), (3.0, 0.4), (4.0, 0.3)],
        };
        let svg = chart("Loss", &[curve], Some(4.0), |value| format!("{value}"));
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert_eq!(svg.matches("<circle").count(), 3);
        assert!(svg.contains("&lt;loss&gt;") && !svg.contains("NaN"));
        assert_eq!(chart("Loss", &[], None, |value| format!("{value}")), "");
    }
}
