//! `vggc compare`: two networks side by side.

use crate::console;
use crate::failure::Failure;
use crate::spec::{self, Network, SetArgs, SpecArgs};
use clap::{Parser, ValueEnum};
use std::path::PathBuf;
use vgg_spec::emit::compare::{self, Side, TableStyle};

/// Compares two networks: layer by layer, and in total
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The first spec: a YAML file, or a `.vgg` file
    a: PathBuf,

    /// The second spec
    b: PathBuf,

    #[command(flatten)]
    set: SetArgs,

    /// How the comparison is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Images in a batch, for which memory is stated
    #[arg(long, default_value_t = 1, value_name = "IMAGES", value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    batch: u64,
}

const EXAMPLES: &str = "\
Examples:
  vggc compare specs/vgg16.yaml specs/vgg16-gap.yaml
  vggc compare specs/vgg16.yaml specs/vgg16-bn.yaml --format markdown
  vggc compare before.yaml after.yaml --batch 64 --format json | jq .totals

Layers are paired by what they are, by their names and by their shapes. `--set` holds for both
specs; the receptive field is that of the last feature maps.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Markdown,
}

/// Prints the comparison.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let network = |path: &PathBuf| spec::network(&SpecArgs { spec: path.clone(), set: args.set.clone() });
    let (a, b) = (network(&args.a)?, network(&args.b)?);
    let sides = [side(&a), side(&b)];
    console::print(&match args.format {
        Format::Text => {
            compare::text(sides, args.batch, TableStyle { width: console::width(), ascii: false })
        }
        Format::Json => compare::json(sides, args.batch),
        Format::Markdown => compare::markdown(sides, args.batch),
    })
}

fn side(network: &Network) -> Side<'_> {
    Side { label: network.source.name(), model: &network.model, plan: &network.plan }
}
