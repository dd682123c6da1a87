//! Image files for a network.

use crate::console;
use crate::failure::Failure;
use crate::preparation::Preparation;
use ndarray::Array3;
use std::path::Path;
use vgg_runtime::MapShape;
use vgg_runtime::data::Picture;
use vgg_spec::ir::{self, Model};

/// Checks that an image file can be made to fit.
pub(crate) fn check_channels(model: &Model) -> Result<(), Failure> {
    match model.input().channels {
        1 | 3 => Ok(()),
        channels => Err(Failure::unusable(format_args!(
            "`{}` reads images of {channels} channels, but image files have 1 (grey) or 3 (colour)",
            model.name()
        ))),
    }
}

/// Reads an image and makes it fit. What was done to it is said.
pub(crate) fn read(path: &Path, model: &Model) -> Result<Array3<f32>, Failure> {
    let framing = Preparation::of_spec(model)?.framing;
    let ir::MapShape { channels, height, width } = model.input();
    let picture = Picture::read(path).map_err(Failure::unusable)?;
    let fitted = picture.framed(MapShape::new(channels, height, width), framing);
    let fitted = fitted.ok_or_else(|| Failure::unusable(format_args!("{} does not fit", path.display())))?;
    if fitted.is_changed() {
        console::note(format_args!("{}: {fitted}", path.display()));
    }
    Ok(fitted.pixels)
}
