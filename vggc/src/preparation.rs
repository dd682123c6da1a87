//! What a spec wants done to images, in the runtime's terms.

use crate::failure::Failure;
use crate::training_data::Data;
use vgg_runtime::data::{Augmentation, Colours, Framing, Normalisation, Prepared};
use vgg_spec::ir::{self, Model};
use vgg_spec::settings::Configured;

/// What is done to images before the network sees them.
#[derive(Debug, Clone)]
pub(crate) struct Preparation {
    /// How pictures are brought to the shape that the network reads.
    pub(crate) framing: Framing,
    /// How pictures to learn from are, if otherwise.
    pub(crate) jitter: Option<Framing>,
    pub(crate) normalisation: Normalisation,
    augmentations: Vec<Augmentation>,
}

impl Preparation {
    /// That of a spec; pictures are stretched and pixels lie in \[0, 1\] if it says nothing.
    pub(crate) fn of_spec(model: &Model) -> Result<Preparation, Failure> {
        let preprocess = model.preprocess();
        let ir::MapShape { height, width, .. } = model.input();
        if let Some(crop) = preprocess.and_then(|preprocess| preprocess.crop)
            && (crop, crop) != (height, width)
        {
            let failure = Failure::unusable(format_args!(
                "`preprocess` cuts out {crop}x{crop}, but `{}` reads images of {height}x{width}",
                model.name()
            ));
            return Err(failure.help("make `crop` and the input of the network the same"));
        }
        let augmentations: Vec<Augmentation> =
            model.train().augment.iter().filter_map(augmentation).collect();
        let jitter = augmentations.iter().find_map(|augmentation| match *augmentation {
            Augmentation::ScaleJitter { least, most } => Some(Framing::Jitter { least, most }),
            _ => None,
        });
        Ok(Preparation {
            framing: preprocess.map_or(Framing::Stretch, framing),
            jitter,
            normalisation: preprocess.map_or_else(Normalisation::default, normalisation),
            augmentations,
        })
    }

    /// Images to judge by.
    pub(crate) fn plain(&self, images: Data) -> Data {
        match self.normalisation.is_identity() {
            true => images,
            false => Box::new(Prepared::new(images, self.normalisation.clone())),
        }
    }

    /// Images to learn from. Those out of files are framed at random already, if they are to be.
    pub(crate) fn varied(&self, images: Data, is_framed: bool, seed: u64) -> Data {
        let mut augmentations = self.augmentations.clone();
        augmentations
            .retain(|augmentation| !is_framed || !matches!(augmentation, Augmentation::ScaleJitter { .. }));
        match augmentations.is_empty() {
            true => self.plain(images),
            false => {
                Box::new(Prepared::new(images, self.normalisation.clone()).augmented(augmentations, seed))
            }
        }
    }
}

fn framing(preprocess: &ir::Preprocess) -> Framing {
    match (preprocess.resize, preprocess.crop) {
        (None, None) => Framing::Stretch,
        (shorter, _) => Framing::Middle { shorter },
    }
}

fn normalisation(preprocess: &ir::Preprocess) -> Normalisation {
    let floats = |values: &[f64]| values.iter().map(|&value| value as f32).collect();
    Normalisation {
        colours: match preprocess.channels {
            ir::Colours::Rgb => Colours::Rgb,
            ir::Colours::Bgr => Colours::Bgr,
        },
        // The spec's factor is of bytes, the runtime's of pixels in [0, 1].
        scale: (preprocess.scale * 255.0) as f32,
        mean: floats(&preprocess.mean),
        std: floats(&preprocess.std),
    }
}

/// `None` for a word that is no way to vary images, which the compiler would not have let through.
fn augmentation(configured: &Configured) -> Option<Augmentation> {
    let real = |key: &str| configured.get(key).unwrap_or(0.0) as f32;
    let whole = |key: &str| configured.get(key).unwrap_or(0.0) as usize;
    Some(match configured.name() {
        "flip" => Augmentation::Flip { probability: real("probability") },
        "crop" => Augmentation::Crop { padding: whole("padding") },
        "scale_jitter" => Augmentation::ScaleJitter { least: whole("least"), most: whole("most") },
        "rotate" => Augmentation::Rotate { degrees: real("degrees") },
        "brightness" => Augmentation::Brightness { share: real("share") },
        "contrast" => Augmentation::Contrast { share: real("share") },
        "cutout" => Augmentation::Cutout { size: whole("size") },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use vgg_spec::settings::AUGMENTATIONS;

    #[test]
    fn every_word_of_the_language_is_an_augmentation() {
        // Of `mixup` the compiler says that it is not put to use.
        for kind in AUGMENTATIONS.iter().filter(|kind| kind.name != "mixup") {
            assert!(augmentation(&Configured::usual(kind)).is_some(), "{}", kind.name);
        }
    }
}
