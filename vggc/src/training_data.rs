//! `--data`: images with their classes.

use crate::failure::Failure;
use std::path::{Path, PathBuf};
use vgg_runtime::data::{IdxError, Split, digits, idx};
use vgg_runtime::{Images, MapShape};
use vgg_spec::ir::{self, Model};

/// What stands for the digits that are built in; a folder of this name is `./digits`.
const DIGITS: &str = "digits";

/// Where images come from.
#[derive(Debug, clap::Args)]
pub(crate) struct DataArgs {
    /// The images: `digits` for those that are built in, or a folder with the four IDX files of MNIST and
    /// its kin, plain or gzipped
    #[arg(long, value_name = "DATA")]
    pub(crate) data: PathBuf,
}

/// Reads the images, and checks that they go into a network.
pub(crate) fn load(data: &Path, model: &Model) -> Result<Split, Failure> {
    let split = read(data)?;
    check(data, &split.train, model)?;
    Ok(split)
}

fn read(data: &Path) -> Result<Split, Failure> {
    if data == Path::new(DIGITS) {
        return Ok(digits());
    }
    if !data.exists() {
        let failure = Failure::unusable(format_args!("{}: there is no such folder", data.display()));
        return Err(failure.help(looked_for()));
    }
    if !data.is_dir() {
        let failure = Failure::unusable(format_args!("{}: this is no folder", data.display()));
        return Err(failure.help(looked_for()));
    }
    idx::load(data).map_err(|error| match error {
        IdxError::Missing { .. } => Failure::unusable(error).help(looked_for()),
        other => Failure::unusable(other),
    })
}

fn looked_for() -> String {
    "`--data` takes `digits`, or a folder with the files train-images-idx3-ubyte, train-labels-idx1-ubyte, \
     t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each plain or with .gz behind its name"
        .to_owned()
}

/// Checks shape and classes of the images.
fn check(data: &Path, images: &Images, model: &Model) -> Result<(), Failure> {
    let ir::MapShape { channels, height, width } = model.input();
    let [found_channels, found_height, found_width] = images.shape();
    if [channels, height, width] != images.shape() {
        let found = MapShape::new(found_channels, found_height, found_width);
        let failure = Failure::unusable(format_args!(
            "`{}` reads images of {}, but those of {} are of {found}",
            model.name(),
            model.input(),
            data.display(),
        ));
        return Err(failure.help(format!(
            "with `input: {{shape: [{found_channels}, {found_height}, {found_width}]}}` the network would read \
             these images"
        )));
    }
    let (outputs, classes) = (model.classes(), images.classes().len());
    if outputs != classes {
        let failure = Failure::unusable(format_args!(
            "`{}` tells {outputs} classes apart, but the images of {} are of {classes}",
            model.name(),
            data.display(),
        ));
        let settable =
            model.params().iter().any(|(param, value)| param == "classes" && *value == outputs as u64);
        return Err(failure.help(match settable {
            true => format!("set the param of the spec: `--set classes={classes}`"),
            false => format!("give the last dense layer of the spec {classes} units"),
        }));
    }
    Ok(())
}
