//! `vggc emit`: the model for another engine.

use crate::console;
use crate::failure::Failure;
use crate::interp::Interpreter;
use crate::spec::{self, Network, SpecArgs};
use crate::weights;
use clap::{Parser, ValueEnum};
use safetensors::tensor::{Dtype, TensorView};
use std::collections::HashMap;
use std::path::PathBuf;
use vgg_runtime::weights::Metadata;
use vgg_runtime::{Network as _, atomic};
use vgg_spec::codegen::{self, Settings};
use vgg_spec::emit::naming::{self, Naming};
use vgg_spec::emit::{keras_model, onnx, pytorch, svg};
use vgg_spec::tensors::{Tensor, Tensors};

/// Writes the model for another engine
#[derive(Debug, Parser)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// For which engine
    format: Format,

    #[command(flatten)]
    spec: SpecArgs,

    /// The file to write [default: standard output, for text]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Weights for the formats that hold them (onnx, safetensors) [default: random ones]
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,

    /// Whose names and axes tensors have in a safetensors file
    #[arg(long, value_enum, value_name = "NAMING")]
    naming: Option<Names>,

    /// The seed of random weights
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// The engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A file for ONNX Runtime and its like, with weights
    Onnx,
    /// A Python file: the module for PyTorch, and a program that trains it
    Pytorch,
    /// A Python file: the model for Keras 3, and a program that trains it
    Keras,
    /// The Rust that `vgg!` stands for
    Rust,
    /// The network drawn: feature maps as boxes, for light and dark pages
    Svg,
    /// Weights alone
    Safetensors,
}

/// Names of tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Names {
    /// `block1_conv1.weight`, as `vggc train` writes them
    Ours,
    /// `features.0.weight`, as torchvision's VGG and AlexNet have them
    Torchvision,
    /// `block1_conv1/kernel`, channels last, as Keras has them
    Keras,
}

impl Names {
    fn naming(self) -> Naming {
        match self {
            Names::Ours => Naming::Ours,
            Names::Torchvision => Naming::Torchvision,
            Names::Keras => Naming::Keras,
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  vggc emit onnx specs/digits.yaml --weights runs/digits/best.safetensors --out digits.onnx
  vggc emit pytorch specs/fashion.yaml --out fashion.py
  vggc emit svg specs/vgg16-gap.yaml --out vgg16-gap.svg
  vggc emit keras specs/vgg16-gap.yaml --set classes=200
  vggc emit safetensors specs/digits.yaml --seed 7 --out start.safetensors
  vggc emit safetensors specs/vgg16.yaml --naming torchvision --out vgg16.safetensors

The Python files read and write the weights of `vggc train`; their --help says how. Of the spec's
training settings they take optimiser, epochs, batch and seed.";

/// Writes the file.
pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let spec = spec::network(&args.spec)?;
    let holds_weights = matches!(args.format, Format::Onnx | Format::Safetensors);
    if args.weights.is_some() && !holds_weights {
        return Err(Failure::unusable("a file of this format holds no weights")
            .help("leave --weights out; the emitted program takes it"));
    }
    if args.naming.is_some() && args.format != Format::Safetensors {
        return Err(Failure::unusable("only a safetensors file can have other names than ours")
            .help("leave --naming out"));
    }
    match args.format {
        Format::Pytorch => write_text(args, &pytorch::file(&spec.model)),
        Format::Keras => write_text(args, &keras_model::file(&spec.model)),
        Format::Svg => write_text(args, &svg::draw(&spec.model)),
        Format::Rust => {
            let code = codegen::generate(&spec.model, &spec.plan, &Settings::default());
            write_text(args, &codegen::format(code))
        }
        Format::Onnx => {
            let (network, metadata) = weighted(args, &spec)?;
            let facts: Vec<(String, String)> =
                metadata.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
            let bytes = onnx::file(&spec.model, &tensors(&network), &facts).map_err(Failure::unusable)?;
            write(args, &bytes)
        }
        Format::Safetensors => {
            let (network, metadata) = weighted(args, &spec)?;
            let path = args.out.as_ref().ok_or_else(needs_file)?;
            match args.naming.map(Names::naming) {
                None | Some(Naming::Ours) => {
                    vgg_runtime::weights::save(&network, path, &metadata).map_err(Failure::unusable)
                }
                Some(naming) => write(args, &renamed(&spec, &network, naming)?),
            }
        }
    }
}

/// The network with the weights of the file, or with random ones; and what is known of its classes.
fn weighted(args: &Args, spec: &Network) -> Result<(Interpreter, Metadata), Failure> {
    let mut metadata = Metadata::default();
    metadata.set_model(spec.model.name());
    let network = match &args.weights {
        Some(path) => {
            let trained = weights::load(spec, path)?;
            metadata.set_classes(&trained.classes);
            trained.network
        }
        None => Interpreter::init(&spec.model, &spec.plan, args.seed),
    };
    Ok((network, metadata))
}

/// A safetensors file with the names and axes of another engine.
fn renamed(spec: &Network, network: &Interpreter, naming: Naming) -> Result<Vec<u8>, Failure> {
    let tensors = naming::named(&spec.model, &tensors(network), naming).map_err(Failure::unusable)?;
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(_, tensor)| tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect())
        .collect();
    let mut views = Vec::new();
    for ((name, tensor), bytes) in tensors.iter().zip(&bytes) {
        let view = TensorView::new(Dtype::F32, tensor.shape.clone(), bytes).map_err(Failure::unusable)?;
        views.push((name, view));
    }
    // Readers of PyTorch's world ask for it.
    let format = (naming == Naming::Torchvision).then(|| HashMap::from([("format".into(), "pt".into())]));
    safetensors::serialize(views, format).map_err(Failure::unusable)
}

/// The tensors of a network, by name.
fn tensors(network: &Interpreter) -> Tensors {
    let mut tensors = Tensors::new();
    network.visit(&mut |tensor| {
        let values = Tensor { shape: tensor.shape.to_vec(), values: tensor.values.to_vec() };
        tensors.insert(tensor.name.to_owned(), values);
    });
    tensors
}

fn write_text(args: &Args, text: &str) -> Result<(), Failure> {
    if args.out.is_some() { write(args, text.as_bytes()) } else { console::print(text) }
}

fn write(args: &Args, bytes: &[u8]) -> Result<(), Failure> {
    let path = args.out.as_ref().ok_or_else(needs_file)?;
    atomic::replace(path, |file| file.write_all(bytes)).map_err(|error| Failure::io(path, &error))
}

fn needs_file() -> Failure {
    Failure::unusable("a file of this format is no text").help("say where it goes with --out FILE")
}
