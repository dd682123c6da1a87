//! Networks by chance, as YAML. Most of them make sense: numbers are small and settings within their ranges. Names
//! and comments hold whatever comes.

use arbitrary::Arbitrary;
use std::fmt::{self, Display, Formatter};
use vgg_spec::settings::{AUGMENTATIONS, CALLBACKS, CLIPS, Kind, LOSSES, OPTIMIZERS, SCHEDULES, Values};

/// A whole spec.
#[derive(Debug, Arbitrary)]
pub struct Net {
    comment: String,
    params: [u8; 2],
    share: u8,
    size: [u8; 3],
    hwc: bool,
    defaults: Options,
    blocks: Vec<Block>,
    flatten: Collapse,
    head: Vec<Layer>,
    softmax: bool,
    preprocess: Option<[u8; 3]>,
    train: Option<Train>,
}

#[derive(Debug, Arbitrary)]
struct Block {
    name: Option<String>,
    convs: Vec<Conv>,
    options: Options,
    pool: Option<Pool>,
}

#[derive(Debug, Arbitrary)]
struct Conv {
    name: Option<String>,
    filters: Count,
    repeat: Option<u8>,
    options: Options,
}

#[derive(Debug, Arbitrary)]
enum Count {
    Written(u8),
    Width,
    Share(u8),
}

#[derive(Debug, Arbitrary)]
struct Options {
    kernel: Option<Extent>,
    stride: Option<Extent>,
    padding: Option<Padding>,
    activation: Option<Activation>,
    norm: Option<Norm>,
    groups: Option<Count>,
    bias: Option<bool>,
    dropout: Option<u8>,
    trainable: Option<bool>,
}

#[derive(Debug, Arbitrary)]
enum Extent {
    Square(u8),
    Rectangle(u8, u8),
}

#[derive(Debug, Arbitrary)]
enum Padding {
    Same,
    Valid,
    Explicit(Extent),
}

#[derive(Debug, Arbitrary)]
enum Activation {
    None,
    Relu,
    LeakyRelu(u8),
    Elu(u8),
    Gelu,
    Silu,
    Sigmoid,
    Tanh,
}

#[derive(Debug, Arbitrary)]
enum Norm {
    None,
    Batch(u8, u8),
    Lrn([u8; 4]),
}

#[derive(Debug, Arbitrary)]
enum Pool {
    None,
    Window { average: bool, size: Extent, stride: Option<Extent>, padding: Option<Padding>, ceil: bool },
}

#[derive(Debug, Arbitrary)]
enum Collapse {
    Flatten,
    Gap,
    Gmp,
    Adaptive(Extent),
}

#[derive(Debug, Arbitrary)]
enum Layer {
    Dense { name: Option<String>, units: Count, activation: Option<Activation>, bias: bool, trainable: bool },
    Dropout(u8),
    Activation(Activation),
    Norm(Norm),
}

#[derive(Debug, Arbitrary)]
struct Train {
    epochs: u8,
    batch: u8,
    seed: u64,
    optimizer: Setting,
    loss: Setting,
    clip: Setting,
    schedule: Setting,
    augment: Vec<Setting>,
    callbacks: Vec<Setting>,
}

/// A word of a table, and values for its settings.
#[derive(Debug, Arbitrary)]
struct Setting {
    kind: u8,
    values: Vec<u8>,
}

/// How many parts of a kind are written.
const MOST: usize = 5;

impl Display for Net {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for line in self.comment.lines().filter(|line| !line.contains(char::is_control)).take(MOST) {
            writeln!(f, "# {line}")?;
        }
        let [classes, width] = self.params;
        writeln!(
            f,
            "model: Net\nparams: {{classes: {}, width: {}, share: {}}}",
            small(classes),
            small(width),
            share(self.share)
        )?;
        let [channels, height, columns] = self.size.map(|size| 1 + usize::from(size));
        let channels = 1 + channels % 4;
        match self.hwc {
            true => writeln!(f, "input: {{shape: [{height}, {columns}, {channels}], order: hwc}}")?,
            false => writeln!(f, "input: {{shape: [{channels}, {height}, {columns}]}}")?,
        }
        writeln!(f, "defaults: {{{}}}", self.defaults)?;
        writeln!(f, "blocks:")?;
        self.blocks.iter().take(MOST).try_for_each(|block| writeln!(f, "  - {block}"))?;
        writeln!(f, "head:\n  - {}", self.flatten)?;
        if let Collapse::Adaptive(_) = self.flatten {
            writeln!(f, "  - flatten")?;
        }
        self.head.iter().take(MOST).try_for_each(|layer| writeln!(f, "  - {layer}"))?;
        writeln!(f, "  - dense: $classes")?;
        if self.softmax {
            writeln!(f, "  - softmax")?;
        }
        if let Some([resize, crop, std]) = self.preprocess {
            let (resize, crop, std) = (1 + usize::from(resize), 1 + usize::from(crop), small(std));
            writeln!(f, "preprocess: {{resize: {resize}, crop: {crop}, mean: 0.5, std: {std}}}")?;
        }
        self.train.as_ref().map_or(Ok(()), |train| writeln!(f, "train:\n{train}"))
    }
}

impl Display for Block {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let convs: Vec<String> = self.convs.iter().take(MOST).map(Conv::to_string).collect();
        write!(f, "{{conv: [{}], {}", convs.join(", "), self.options)?;
        entry(f, "name", &self.name.as_deref().map(name))?;
        entry(f, "pool", &self.pool)?;
        write!(f, "}}")
    }
}

impl Display for Conv {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{{filters: {}, {}", self.filters, self.options)?;
        match self.repeat {
            Some(repeat) => write!(f, "repeat: {}}}", 1 + repeat % 4),
            None => entry(f, "name", &self.name.as_deref().map(name)).and_then(|()| write!(f, "}}")),
        }
    }
}

impl Display for Count {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Count::Written(count) => small(*count).fmt(f),
            Count::Width => write!(f, "$width"),
            Count::Share(count) => write!(f, "{} * $share", small(*count)),
        }
    }
}

impl Display for Options {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        entry(f, "kernel", &self.kernel)?;
        entry(f, "stride", &self.stride)?;
        entry(f, "padding", &self.padding)?;
        entry(f, "activation", &self.activation)?;
        entry(f, "norm", &self.norm)?;
        entry(f, "groups", &self.groups)?;
        entry(f, "bias", &self.bias)?;
        entry(f, "dropout", &self.dropout.map(share))?;
        entry(f, "trainable", &self.trainable)
    }
}

impl Display for Extent {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Extent::Square(size) => write!(f, "{}", 1 + size % 8),
            Extent::Rectangle(height, width) => write!(f, "[{}, {}]", 1 + height % 8, 1 + width % 8),
        }
    }
}

impl Display for Padding {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Padding::Same => write!(f, "same"),
            Padding::Valid => write!(f, "valid"),
            Padding::Explicit(extent) => extent.fmt(f),
        }
    }
}

impl Display for Activation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Activation::None => write!(f, "none"),
            Activation::Relu => write!(f, "relu"),
            Activation::LeakyRelu(slope) => write!(f, "{{leaky_relu: {{slope: {}}}}}", share(*slope)),
            Activation::Elu(alpha) => write!(f, "{{elu: {{alpha: {}}}}}", share(*alpha)),
            Activation::Gelu => write!(f, "gelu"),
            Activation::Silu => write!(f, "silu"),
            Activation::Sigmoid => write!(f, "sigmoid"),
            Activation::Tanh => write!(f, "tanh"),
        }
    }
}

impl Display for Norm {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Norm::None => write!(f, "none"),
            Norm::Batch(epsilon, momentum) => {
                write!(f, "{{batch: {{epsilon: {}, momentum: {}}}}}", share(*epsilon), share(*momentum))
            }
            Norm::Lrn([n, k, alpha, beta]) => {
                let (n, k, alpha, beta) = (n % 8 * 2 + 1, small(*k), share(*alpha), share(*beta));
                write!(f, "{{lrn: {{n: {n}, k: {k}, alpha: {alpha}, beta: {beta}}}}}")
            }
        }
    }
}

impl Display for Pool {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Pool::Window { average, size, stride, padding, ceil } = self else { return write!(f, "none") };
        write!(f, "{{{}: {{size: {size}, ceil: {ceil}, ", if *average { "average" } else { "max" })?;
        entry(f, "stride", stride)?;
        entry(f, "padding", padding)?;
        write!(f, "}}}}")
    }
}

impl Display for Collapse {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Collapse::Flatten => write!(f, "flatten"),
            Collapse::Gap => write!(f, "gap"),
            Collapse::Gmp => write!(f, "gmp"),
            Collapse::Adaptive(size) => write!(f, "adaptive: {size}"),
        }
    }
}

impl Display for Layer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Layer::Dense { name: named, units, activation, bias, trainable } => {
                write!(f, "dense: {{units: {units}, bias: {bias}, trainable: {trainable}, ")?;
                entry(f, "name", &named.as_deref().map(name))?;
                entry(f, "activation", activation)?;
                write!(f, "}}")
            }
            Layer::Dropout(rate) => write!(f, "dropout: {}", share(*rate)),
            Layer::Activation(activation) => write!(f, "activation: {activation}"),
            Layer::Norm(norm) => write!(f, "norm: {norm}"),
        }
    }
}

impl Display for Train {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "  epochs: {}\n  batch: {}\n  seed: {}", self.epochs, small(self.batch), self.seed)?;
        let one = [
            ("optimizer", &self.optimizer, &OPTIMIZERS[..]),
            ("loss", &self.loss, &LOSSES[..]),
            ("clip", &self.clip, &CLIPS[..]),
            ("schedule", &self.schedule, &SCHEDULES[..]),
        ];
        for (key, setting, kinds) in one {
            writeln!(f, "  {key}: {}", setting.of(kinds))?;
        }
        let several =
            [("augment", &self.augment, &AUGMENTATIONS[..]), ("callbacks", &self.callbacks, &CALLBACKS[..])];
        for (key, settings, kinds) in several {
            let settings: Vec<String> = settings.iter().take(MOST).map(|setting| setting.of(kinds)).collect();
            writeln!(f, "  {key}: [{}]", settings.join(", "))?;
        }
        Ok(())
    }
}

impl Setting {
    fn of(&self, kinds: &[Kind]) -> String {
        let kind = &kinds[usize::from(self.kind) % kinds.len()];
        let pairs = kind.settings.iter().zip(&self.values);
        let pairs: Vec<String> = pairs
            .map(|(setting, value)| format!("{}: {}", setting.key, within(setting.values, *value)))
            .collect();
        format!("{{{}: {{{}}}}}", kind.name, pairs.join(", "))
    }
}

/// A value that a setting may have.
fn within(values: Values, by: u8) -> String {
    let between = |least: f64, most: f64| least + (most - least) * f64::from(by) / 255.0;
    match values {
        Values::Real { least, most } => format!("{:?}", between(least, most)),
        Values::Whole { least, most } => format!("{:.0}", between(least, most)),
        Values::Flag => (by % 2 == 1).to_string(),
        Values::Word(words) => words[usize::from(by) % words.len()].to_owned(),
    }
}

/// `key: value, ` if there is a value.
fn entry(f: &mut Formatter<'_>, key: &str, value: &Option<impl Display>) -> fmt::Result {
    value.as_ref().map_or(Ok(()), |value| write!(f, "{key}: {value}, "))
}

/// What of a text may stand in a name.
fn name(text: &str) -> String {
    let letters = text.chars().filter(|letter| letter.is_alphanumeric() || *letter == '_');
    format!("\"{}\"", letters.collect::<String>())
}

/// From 1 to 64.
fn small(number: u8) -> u8 {
    1 + number % 64
}

/// Between 0 and 1.
fn share(number: u8) -> f64 {
    (1.0 + f64::from(number)) / 257.0
}
