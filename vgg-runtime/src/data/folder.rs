//! Images in a folder of class folders, read as they are needed.

mod problem;
mod scan;

pub use problem::{FolderError, FolderProblem, FolderProblemKind};
pub use scan::{FolderParts, Scan, scan};

use super::draws::Draws;
use super::{DataError, Dataset, FRAME, Framing, Picture, stratified};
use crate::geometry::MapShape;
use std::path::{Path, PathBuf};

/// Images in a folder with a folder of PNG or JPEG files for each class, brought to one shape. Pixels are
/// in \[0, 1\]. Files are decoded as they are needed; [`scan`] looks at all of them beforehand.
#[derive(Debug, Clone)]
pub struct Folder {
    files: Vec<(PathBuf, u32)>,
    classes: Vec<String>,
    shape: MapShape,
    framing: Framing,
    seed: u64,
}

impl Folder {
    /// Brings pictures to the shape of the images in another way than to [stretch](Framing::Stretch) them;
    /// random framing depends on `seed`.
    pub fn framed(self, framing: Framing, seed: u64) -> Folder {
        Folder { framing, seed, ..self }
    }

    /// The file of an image.
    pub fn path(&self, image: usize) -> Option<&Path> {
        self.files.get(image).map(|(path, _)| path.as_path())
    }

    /// The same with only the images `indices`, in their order.
    ///
    /// # Errors
    /// If there are none, or an index is out of range.
    pub fn select(&self, indices: &[usize]) -> Result<Folder, DataError> {
        let MapShape { channels, height, width } = self.shape;
        if indices.is_empty() {
            return Err(DataError::Empty { shape: [0, channels, height, width] });
        }
        let file = |&index: &usize| {
            let count = self.files.len();
            self.files.get(index).cloned().ok_or(DataError::Index { index, count })
        };
        let files = indices.iter().map(file).collect::<Result<_, _>>()?;
        Ok(Folder { files, classes: self.classes.clone(), ..*self })
    }

    /// Holds out a share of the images of each class, as [`stratified`] does; gives the images to learn
    /// from, then those held out.
    ///
    /// # Errors
    /// If one of the parts would be empty.
    pub fn split(&self, held_out: f64, seed: u64) -> Result<[Folder; 2], DataError> {
        let parts = stratified(&self.labels(), &[held_out], seed);
        Ok([self.select(&parts[0])?, self.select(&parts[1])?])
    }
}

impl Dataset for Folder {
    fn count(&self) -> usize {
        self.files.len()
    }

    fn shape(&self) -> [usize; 3] {
        [self.shape.channels, self.shape.height, self.shape.width]
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn label(&self, image: usize) -> u32 {
        self.files[image].1
    }

    fn fill(&self, image: usize, epoch: u64, pixels: &mut [f32]) -> Result<(), DataError> {
        let count = self.files.len();
        let (path, _) = self.files.get(image).ok_or(DataError::Index { index: image, count })?;
        let found = [pixels.len(), 1];
        if pixels.len() != self.shape.elements() {
            return Err(DataError::Room { needed: [self.shape.elements(), 1], found });
        }
        let draws = Draws::new(self.seed, epoch, image, FRAME);
        // The channels were looked at when the folder was.
        let _ = Picture::read(path)?.put(self.shape, self.framing, draws, pixels);
        Ok(())
    }
}
