//! The network as a picture: feature maps as boxes, in the manner of the well-known figures of VGG.
//!
//! A box is as high and as deep as its maps, and as thick as it has channels. Sides are drawn to the power of
//! 0.62 and thickness to the power of 0.5, one scale for all boxes of a picture: a true scale would make the last
//! maps of a VGG a thirtieth of the first, too small to see.

mod canvas;

use crate::ir::{Layer, Model, Op, PoolMode, Shape};
use crate::quantity::{grouped, macs};
use canvas::{Canvas, Extents, Paint};

/// The side of the largest maps, in pixels.
const LARGEST: f64 = 210.0;
const MARGIN: f64 = 28.0;
/// Space between two boxes of one block, and between two blocks.
const GAPS: [f64; 2] = [3.0, 20.0];
/// Width of an average letter of a label.
const LETTER: f64 = 6.3;
/// Boxes drawn of one block; the label says how many there are.
const MAX_BOXES: usize = 8;
/// Parts drawn of a network; those in the middle of a longer one are left out.
const MAX_PARTS: usize = 40;

/// The picture as SVG. It has no background, and colours for light and dark pages.
///
/// ```
/// use vgg_spec::source::{Source, Syntax};
/// use vgg_spec::{check, emit::svg};
///
/// let text = "model Tiny { input 3 x 8 x 8; block { conv 4; } head { gap; dense 10 softmax; } }";
/// let model = check(&Source::new("tiny.vgg", text, Syntax::Dsl), &[]).model.unwrap();
/// assert!(svg::draw(&model).starts_with("<svg xmlns="));
/// ```
pub fn draw(model: &Model) -> String {
    let parts = parts(model);
    let scale = Scale::of(model);
    let tallest = parts.iter().flat_map(|part| &part.boxes).map(|one| scale.extents(one.shape));
    let reach = tallest.map(|size| (size.height + size.rise()) / 2.0).fold(40.0, f64::max);
    let axis = 78.0 + reach;
    let mut canvas = Canvas::default();
    canvas.text("title", MARGIN, 34.0, model.name());
    canvas.text("soft", MARGIN, 54.0, &facts(model));
    let (mut x, mut lowest) = (MARGIN, axis);
    let mut walls: Vec<Wall> = Vec::new();
    for part in &parts {
        let label = part.label.iter().map(|line| line.chars().count() as f64 * LETTER).fold(0.0, f64::max);
        let sizes: Vec<Extents> = part.boxes.iter().map(|one| scale.extents(one.shape)).collect();
        let thick: f64 = sizes.iter().map(|size| size.thickness + GAPS[0]).sum::<f64>() - GAPS[0];
        // A label may stand below the sides of its boxes, which lean to the right.
        let wide = thick + sizes.iter().map(|size| size.lean()).fold(0.0, f64::max) * 0.5;
        let indent = ((label - wide) / 2.0).max(0.0);
        let below = |size: &Extents| axis + (size.height + size.rise()) / 2.0;
        let bottom = sizes.iter().map(below).fold(axis, f64::max);
        // The label starts where no box before it stands behind it.
        let free = walls.iter().map(|wall| wall.ends_at(bottom)).fold(0.0, f64::max);
        x += (free - (x + indent + (wide - label) / 2.0)).max(0.0);
        let mut left = x + indent;
        let middle = left + wide / 2.0;
        for (one, size) in part.boxes.iter().zip(&sizes) {
            canvas.cuboid(one.paint, left, axis, *size, &one.tooltip);
            walls.push(Wall { x: left + size.thickness, bottom: below(size), size: *size });
            left += size.thickness + GAPS[0];
        }
        for (index, line) in part.label.iter().enumerate() {
            let class = match index {
                0 => "name middle",
                _ if index > 1 && index + 1 == part.label.len() => "soft middle",
                _ => "text middle",
            };
            canvas.text(class, middle, bottom + 18.0 + 15.0 * index as f64, line);
        }
        lowest = lowest.max(bottom + 18.0 + 15.0 * part.label.len() as f64);
        x += wide.max(label) + GAPS[1];
    }
    let width = legend(&mut canvas, model, lowest + 24.0).max(x - GAPS[1]) + MARGIN;
    let title = format!("The network {}", model.name());
    canvas.finish(width, lowest + 24.0 + MARGIN, &title, &in_words(&parts))
}

/// The right side of a box, which leans to the right and so rises.
struct Wall {
    x: f64,
    /// Where it stands at its left end.
    bottom: f64,
    size: Extents,
}

impl Wall {
    /// From where on nothing of it reaches below a line.
    fn ends_at(&self, y: f64) -> f64 {
        let reach = (self.bottom - y).clamp(0.0, self.size.rise()) / self.size.rise();
        self.x + reach * self.size.lean()
    }
}

/// The numbers of a network in a line.
fn facts(model: &Model) -> String {
    format!(
        "{} parameters · {} · {} in",
        grouped(model.parameters()),
        macs(model.macs()),
        sides(Shape::Maps(model.input()))
    )
}

/// The picture for those who cannot see it.
fn in_words(parts: &[Part]) -> String {
    parts.iter().map(|part| part.label.join(", ")).collect::<Vec<String>>().join("; ")
}

/// Something with a label of its own: the input, a block, a layer of the head.
struct Part {
    boxes: Vec<Cuboid>,
    label: Vec<String>,
}

struct Cuboid {
    paint: Paint,
    shape: Shape,
    tooltip: String,
}

impl Cuboid {
    fn of(paint: Paint, layer: &Layer) -> Cuboid {
        let parameters = match layer.parameters() {
            0 => String::new(),
            count => format!(", {} parameters", grouped(count)),
        };
        let tooltip = format!("{}: {}{parameters}", layer.name, sides(layer.output));
        Cuboid { paint, shape: layer.output, tooltip }
    }
}

fn parts(model: &Model) -> Vec<Part> {
    let input = Shape::Maps(model.input());
    let tooltip = format!("input: {}", sides(input));
    let label = vec!["input".to_owned(), sides(input)];
    let mut parts = vec![Part { boxes: vec![Cuboid { paint: Paint::Input, shape: input, tooltip }], label }];
    for block in model.blocks() {
        parts.push(self::block(&block.name, &model.layers()[block.layers.clone()]));
    }
    parts.extend(model.layers()[model.head()].iter().filter_map(head_layer));
    if parts.len() > MAX_PARTS {
        let left_out = parts.len() - MAX_PARTS;
        let middle = MAX_PARTS / 2;
        parts.drain(middle..middle + left_out);
        parts.insert(middle, Part { boxes: Vec::new(), label: vec![format!("… {left_out} more …")] });
    }
    parts
}

fn block(name: &str, layers: &[Layer]) -> Part {
    let mut boxes: Vec<Cuboid> = Vec::new();
    let mut runs: Vec<(String, usize)> = Vec::new();
    let mut pool = None;
    for layer in layers {
        match &layer.op {
            Op::Conv(conv) => {
                if boxes.len() < MAX_BOXES {
                    boxes.push(Cuboid::of(Paint::Conv, layer));
                }
                let [height, width] = conv.window.kernel;
                let run = format!("{height}×{width}, {}", conv.filters);
                match runs.last_mut().filter(|(last, _)| *last == run) {
                    Some((_, count)) => *count += 1,
                    None => runs.push((run, 1)),
                }
            }
            Op::Pool(_) => pool = Some(Cuboid::of(Paint::Pool, layer)),
            _ => {}
        }
    }
    let mut label = vec![name.to_owned()];
    let run =
        |(run, count): &(String, usize)| if *count == 1 { run.clone() } else { format!("{count} × {run}") };
    label.extend(runs.iter().take(3).map(run));
    if runs.len() > 3 {
        label.push("…".to_owned());
    }
    label.extend(layers.last().map(|layer| sides(layer.output)));
    boxes.extend(pool);
    Part { boxes, label }
}

fn head_layer(layer: &Layer) -> Option<Part> {
    let units = layer.output.elements() as u64;
    let (paint, label) = match &layer.op {
        Op::Dense(_) => (Paint::Dense, vec![layer.name.clone(), grouped(units)]),
        Op::Softmax => (Paint::Softmax, vec![layer.name.clone(), grouped(units)]),
        Op::Conv(_) => (Paint::Conv, vec![layer.name.clone(), sides(layer.output)]),
        Op::Pool(_) | Op::AdaptiveAveragePool => (Paint::Pool, vec![layer.name.clone(), sides(layer.output)]),
        Op::BatchNorm(_) | Op::Lrn(_) | Op::Activation(_) | Op::Dropout { .. } => return None,
        // Whatever else there is changes the shape.
        _ if layer.output == layer.input => return None,
        _ => (Paint::Vector, vec![layer.name.clone(), sides(layer.output)]),
    };
    Some(Part { boxes: vec![Cuboid::of(paint, layer)], label })
}

/// `64×112×112`, `4,096`.
fn sides(shape: Shape) -> String {
    match shape {
        Shape::Maps(maps) => format!("{}×{}×{}", maps.channels, maps.height, maps.width),
        Shape::Vector(features) => grouped(features as u64),
    }
}

/// Pixels for values.
struct Scale {
    /// Pixels for one row or column to the power of [`SIDES`].
    side: f64,
    /// Pixels for one channel to the power of [`CHANNELS`].
    channel: f64,
    /// Pixels for one feature to the power of [`FEATURES`].
    feature: f64,
}

const SIDES: f64 = 0.62;
const CHANNELS: f64 = 0.5;
const FEATURES: f64 = 0.38;

impl Scale {
    fn of(model: &Model) -> Scale {
        let (mut side, mut channels, mut features) = (1_usize, 1_usize, 1_usize);
        for shape in model.layers().iter().map(|layer| layer.output).chain([Shape::Maps(model.input())]) {
            match shape {
                Shape::Maps(maps) => {
                    side = side.max(maps.height).max(maps.width);
                    channels = channels.max(maps.channels);
                }
                Shape::Vector(count) => features = features.max(count),
            }
        }
        // Small images make a smaller picture.
        let largest = LARGEST * (side as f64 / 224.0).powf(0.18).min(1.0);
        Scale {
            side: largest / (side as f64).powf(SIDES),
            channel: 30.0 / (channels as f64).powf(CHANNELS),
            feature: largest * 0.9 / (features as f64).powf(FEATURES),
        }
    }

    fn extents(&self, shape: Shape) -> Extents {
        match shape {
            Shape::Maps(maps) => Extents {
                thickness: (self.channel * (maps.channels as f64).powf(CHANNELS)).max(3.0),
                height: (self.side * (maps.height as f64).powf(SIDES)).max(5.0),
                depth: (self.side * (maps.width as f64).powf(SIDES)).max(5.0),
            },
            Shape::Vector(count) => Extents {
                thickness: 11.0,
                height: (self.feature * (count as f64).powf(FEATURES)).max(8.0),
                depth: 14.0,
            },
        }
    }
}

/// Draws what the colours mean, and returns where it ends.
fn legend(canvas: &mut Canvas, model: &Model, y: f64) -> f64 {
    let entries = [
        (Paint::Conv, convolutions(model)),
        (Paint::Pool, pools(model)),
        (Paint::Dense, has(model, |op| matches!(op, Op::Dense(_))).then(|| "fully connected".to_owned())),
        (Paint::Softmax, has(model, |op| matches!(op, Op::Softmax)).then(|| "softmax".to_owned())),
    ];
    let mut x = MARGIN;
    for (paint, text) in entries {
        let Some(text) = text else { continue };
        let size = Extents { thickness: 10.0, height: 10.0, depth: 8.0 };
        canvas.cuboid(paint, x, y - 4.0, size, &text);
        canvas.text("text", x + 20.0, y, &text);
        x += 38.0 + text.chars().count() as f64 * LETTER;
    }
    x
}

fn has(model: &Model, wanted: impl Fn(&Op) -> bool) -> bool {
    model.layers().iter().any(|layer| wanted(&layer.op))
}

/// `convolution + batch norm + relu`; what stands behind some convolutions only is left out.
fn convolutions(model: &Model) -> Option<String> {
    let is_conv = |layer: &&Layer| matches!(layer.op, Op::Conv(_));
    let starts = model.layers().iter().enumerate().filter(|(_, layer)| is_conv(layer));
    let mut followed = starts.map(|(index, _)| followed_by(&model.layers()[index + 1..]));
    let first = followed.next()?;
    let same = followed.all(|other| other == first);
    Some(format!("convolution{}", if same { first } else { String::new() }))
}

/// ` + batch norm + relu`.
fn followed_by(layers: &[Layer]) -> String {
    let mut text = String::new();
    for layer in layers {
        match &layer.op {
            Op::BatchNorm(_) => text += " + batch norm",
            Op::Lrn(_) => text += " + LRN",
            Op::Activation(activation) => text += &format!(" + {}", activation.name()),
            _ => break,
        }
    }
    text
}

/// `max pool`, `average pool`, `max and average pool`.
fn pools(model: &Model) -> Option<String> {
    let is_max = |op: &Op| matches!(op, Op::Pool(pool) if pool.mode == PoolMode::Max);
    let is_average = |op: &Op| match op {
        Op::Pool(pool) => pool.mode == PoolMode::Average,
        op => matches!(op, Op::AdaptiveAveragePool),
    };
    let kinds = [("max", has(model, is_max)), ("average", has(model, is_average))];
    let kinds: Vec<&str> = kinds.into_iter().filter(|(_, there)| *there).map(|(kind, _)| kind).collect();
    (!kinds.is_empty()).then(|| format!("{} pool", kinds.join(" and ")))
}
