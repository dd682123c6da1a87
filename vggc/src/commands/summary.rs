//! `vggc summary`: a network as a table.

use crate::console;
use crate::failure::Failure;
use crate::spec::{self, SpecArgs};
use clap::{Parser, ValueEnum};
use vgg_spec::emit::summary::TableStyle;
use vgg_spec::emit::{keras, summary};

/// Shows the layers of a network: shapes, parameters, operations, memory
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    spec: SpecArgs,

    /// How the table is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Which table: all that is known, or to the letter what Keras prints
    #[arg(long, value_enum, default_value_t = Style::Full)]
    style: Style,

    /// Images in a batch, for which memory is stated
    #[arg(long, default_value_t = 1, value_name = "IMAGES", value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    batch: u64,
}

const EXAMPLES: &str = "\
Examples:
  vggc summary specs/vgg16-gap.yaml
  vggc summary specs/vgg16-gap.yaml --style keras
  vggc summary specs/vgg16.yaml --batch 64 --set classes=200
  vggc summary specs/vgg16.yaml --format json | jq .totals

A convolution's or dense layer's activation has no row of its own. MACs and the receptive field
are those of one image; memory is that of a batch.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Markdown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Style {
    Full,
    Keras,
}

/// The columns of a terminal that Keras assumes when there is none.
const KERAS_WIDTH: usize = 80;

/// Prints the summary.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    if args.style == Style::Keras && args.format != Format::Text {
        return Err(Failure::unusable("Keras prints text: `--style keras` goes with `--format text` only"));
    }
    let network = spec::network(&args.spec)?;
    let (model, plan, batch) = (&network.model, &network.plan, args.batch);
    console::print(&match (args.format, args.style) {
        (Format::Json, _) => summary::json(model, plan, batch),
        (Format::Markdown, _) => summary::markdown(model, plan, batch),
        (Format::Text, Style::Keras) => {
            keras::summary(model, console::terminal_width().unwrap_or(KERAS_WIDTH))
        }
        (Format::Text, Style::Full) => {
            summary::text(model, plan, batch, TableStyle { width: console::width(), ascii: false })
        }
    })
}
