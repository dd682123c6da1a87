//! Boxes in oblique projection, and text: what a drawing is made of.

use std::fmt::Write;

/// How far one unit of depth goes to the right and up.
const DEPTH: [f64; 2] = [0.42, 0.30];

/// The style of everything: colours for a light page, and those for a dark one.
const STYLE: &str = "\
text{font-family:ui-sans-serif,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;fill:#1f2937}
.title{font-size:20px;font-weight:600}.name{font-size:12px;font-weight:600}.text{font-size:11px}
.soft{font-size:11px;fill:#6b7280}.middle{text-anchor:middle}
path{stroke:#fff;stroke-width:.8;stroke-linejoin:round}
.input .f{fill:#cbd5e1}.input .s{fill:#94a3b8}.input .t{fill:#e2e8f0}
.conv .f{fill:#6ea8fe}.conv .s{fill:#3b78d8}.conv .t{fill:#a9ccff}
.pool .f{fill:#fb8a7a}.pool .s{fill:#d9523f}.pool .t{fill:#ffbdb3}
.vector .f{fill:#c4a7f5}.vector .s{fill:#9b72e0}.vector .t{fill:#dccbfa}
.dense .f{fill:#6fcf97}.dense .s{fill:#369a63}.dense .t{fill:#a8e6c1}
.softmax .f{fill:#f6c453}.softmax .s{fill:#cf962a}.softmax .t{fill:#fbe0a0}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.soft{fill:#9aa5b1}path{stroke:#0d1117}
.input .f{fill:#64748b}.input .s{fill:#475569}.input .t{fill:#7f8ea3}
.conv .f{fill:#4f8ae0}.conv .s{fill:#2f62b3}.conv .t{fill:#78abf2}
.pool .f{fill:#e0705f}.pool .s{fill:#b3402f}.pool .t{fill:#f2988b}
.vector .f{fill:#a583e0}.vector .s{fill:#7a54bd}.vector .t{fill:#c0a5ee}
.dense .f{fill:#4fb37a}.dense .s{fill:#2b7d4f}.dense .t{fill:#7fd0a2}
.softmax .f{fill:#d9a63a}.softmax .s{fill:#a87a20}.softmax .t{fill:#ecc675}}";

/// What a box stands for: the class of its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    Input,
    Conv,
    Pool,
    Vector,
    Dense,
    Softmax,
}

impl Paint {
    pub(super) fn class(self) -> &'static str {
        match self {
            Paint::Input => "input",
            Paint::Conv => "conv",
            Paint::Pool => "pool",
            Paint::Vector => "vector",
            Paint::Dense => "dense",
            Paint::Softmax => "softmax",
        }
    }
}

/// The extents of a box in pixels: along the network, upwards, and away from the eye.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Extents {
    pub(super) thickness: f64,
    pub(super) height: f64,
    pub(super) depth: f64,
}

impl Extents {
    /// How far its depth reaches to the right.
    pub(super) fn lean(self) -> f64 {
        self.depth * DEPTH[0]
    }

    /// How far its depth reaches up.
    pub(super) fn rise(self) -> f64 {
        self.depth * DEPTH[1]
    }
}

/// The elements drawn so far.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    elements: String,
}

impl Canvas {
    /// A box whose front face has its lower left corner at `x` and whose middle lies on the line `axis`.
    pub(super) fn cuboid(&mut self, paint: Paint, x: f64, axis: f64, size: Extents, tooltip: &str) {
        let Extents { thickness, height, .. } = size;
        let (lean, rise) = (size.lean(), size.rise());
        let top = axis - (height - rise) / 2.0;
        let _ = writeln!(
            self.elements,
            "<g class=\"{class}\"><title>{title}</title>\
             <path class=\"t\" d=\"M{x:.1} {top:.1}l{lean:.1} {up:.1}h{thickness:.1}l{back:.1} {rise:.1}z\"/>\
             <path class=\"s\" d=\"M{right:.1} {top:.1}l{lean:.1} {up:.1}v{height:.1}l{back:.1} {rise:.1}z\"/>\
             <path class=\"f\" d=\"M{x:.1} {top:.1}h{thickness:.1}v{height:.1}h{left:.1}z\"/></g>",
            class = paint.class(),
            title = escaped(tooltip),
            right = x + thickness,
            up = -rise,
            back = -lean,
            left = -thickness,
        );
    }

    /// A line of text.
    pub(super) fn text(&mut self, class: &str, x: f64, y: f64, text: &str) {
        let text = escaped(text);
        let _ = writeln!(self.elements, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>");
    }

    /// The whole picture.
    pub(super) fn finish(self, width: f64, height: f64, title: &str, description: &str) -> String {
        let (title, description) = (escaped(title), escaped(description));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
             width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" aria-labelledby=\"title desc\">\n\
             <title id=\"title\">{title}</title>\n<desc id=\"desc\">{description}</desc>\n\
             <style>\n{STYLE}\n</style>\n{}</svg>\n",
            self.elements
        )
    }
}

/// Text that is no markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}
