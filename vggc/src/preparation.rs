//! What a spec wants done to images, in the runtime's terms.

use crate::failure::Failure;
use crate::settings;
use crate::training_data::Data;
use vgg_runtime::data::{Augmentation, Framed, Framing, Normalisation, Prepared};
use vgg_spec::ir::{self, Model};

/// What is done to images before the network sees them.
#[derive(Debug, Clone)]
pub(crate) struct Preparation {
    /// How pictures are brought to the shape that the network reads.
    pub(crate) framing: Framing,
    /// How pictures to learn from are, if otherwise.
    pub(crate) jitter: Option<Framing>,
    pub(crate) normalisation: Normalisation,
    /// Rows and columns that the network reads.
    extents: [usize; 2],
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
        let augmentations = settings::augmentations(model.train());
        let jitter = augmentations.iter().find_map(|augmentation| match *augmentation {
            Augmentation::ScaleJitter { least, most } => Some(Framing::Jitter { least, most }),
            _ => None,
        });
        Ok(Preparation {
            framing: preprocess.map_or(Framing::Stretch, framing),
            jitter,
            normalisation: preprocess.map_or_else(Normalisation::default, settings::normalisation),
            extents: [height, width],
            augmentations,
        })
    }

    /// Whether images of these rows and columns have to be brought to those of the network, in the way that the
    /// spec says. If it says none, they are left alone.
    pub(crate) fn frames(&self, extents: [usize; 2]) -> bool {
        match self.framing {
            Framing::Middle { shorter } => {
                extents != self.extents
                    || shorter.is_some_and(|shorter| shorter != extents[0].min(extents[1]))
            }
            Framing::Stretch | Framing::Jitter { .. } => false,
        }
    }

    /// Images in memory, brought to the extents of the network.
    pub(crate) fn framed(&self, images: Data, framing: Framing, seed: u64) -> Data {
        Box::new(Framed::new(images, self.extents, framing, seed))
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
