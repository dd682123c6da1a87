//! Image files: PNG and JPEG, made to fit what a network reads.

use super::draws::Draws;
use super::resample::{Raster, resample};
use super::{Framing, intact};
use crate::geometry::MapShape;
use image::error::ImageError;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use ndarray::Array3;
use std::fmt;
use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

/// No image with more pixels is decoded: more than any camera takes.
const MOST_PIXELS: u64 = 1 << 28;

/// No larger file is read.
const MOST_FILE: u64 = 1 << 30;

/// Bytes that decoding may take.
const MOST_BYTES: u64 = 4 << 30;

/// An image out of a file, upright.
#[derive(Debug, Clone)]
pub struct Picture {
    image: DynamicImage,
}

/// An image that fits a network: pixels in \[0, 1\] as `[channel, row, column]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// The pixels.
    pub pixels: Array3<f32>,
    /// The shape that the file had.
    pub original: MapShape,
}

impl Picture {
    /// Reads a PNG or a JPEG, whatever the name of the file ends in. A JPEG that says how its camera was
    /// held is turned upright.
    ///
    /// # Errors
    /// If the file is no regular file, cannot be read, is neither PNG nor JPEG, is damaged, or has more
    /// pixels than are ever decoded; the header is looked at before memory is taken.
    pub fn read(path: &Path) -> Result<Picture, PictureError> {
        decode(path).map_err(|problem| PictureError { path: path.into(), problem })
    }

    /// Channels, rows and columns. A channel of opacity counts.
    pub fn shape(&self) -> MapShape {
        let channels = usize::from(self.image.color().channel_count());
        MapShape::new(channels, self.image.height() as usize, self.image.width() as usize)
    }

    /// The image with other extents and channels: resized without regard to its proportions, each new
    /// pixel a weighted mean of those around it (a triangle filter); grey by luminance, or grey in all three
    /// channels; without its opacity. `None` unless `shape` has one channel, or three.
    pub fn fit(&self, shape: MapShape) -> Option<Fitted> {
        self.framed(shape, Framing::Stretch)
    }

    /// Does what [`fit`](Picture::fit) does with another framing; a random one gives what epoch 0 sees of the
    /// first image by seed 0.
    pub fn framed(&self, shape: MapShape, framing: Framing) -> Option<Fitted> {
        let MapShape { channels, height, width } = shape;
        let mut pixels = Array3::zeros((channels, height, width));
        let draws = Draws::new(0, 0, 0, 0);
        self.put(shape, framing, draws, pixels.as_slice_mut().unwrap_or_default())?;
        Some(Fitted { pixels, original: self.shape() })
    }

    /// Puts the image into its place, plane by plane. `None` unless `shape` has one channel, or three.
    pub(super) fn put(
        &self,
        shape: MapShape,
        framing: Framing,
        draws: Draws,
        planes: &mut [f32],
    ) -> Option<()> {
        let (height, width) = (self.image.height() as usize, self.image.width() as usize);
        let cut = framing.cut([height, width], [shape.height, shape.width], draws);
        match (shape.channels, &self.image) {
            (1, DynamicImage::ImageLuma8(image)) => {
                resample(Raster::<_, 1> { values: image.as_raw(), height, width }, cut, planes);
            }
            (3, DynamicImage::ImageRgb8(image)) => {
                resample(Raster::<_, 3> { values: image.as_raw(), height, width }, cut, planes);
            }
            (1, image) => {
                resample(Raster::<_, 1> { values: image.to_luma32f().as_raw(), height, width }, cut, planes);
            }
            (3, image) => {
                resample(Raster::<_, 3> { values: image.to_rgb32f().as_raw(), height, width }, cut, planes);
            }
            _ => return None,
        }
        planes.iter_mut().for_each(|value| *value = value.clamp(0.0, 1.0));
        Some(())
    }
}

/// Checks the headers and the structure of an image file, without decoding it.
pub(super) fn check(path: &Path) -> Result<(), PictureProblem> {
    let file = read(path)?;
    let format = decoder(&file)?.1;
    match format {
        ImageFormat::Png => {
            intact::png_damage(&file).map_or(Ok(()), |damage| Err(PictureProblem::Cut(damage)))
        }
        _ => Ok(()),
    }
}

fn decode(path: &Path) -> Result<Picture, PictureProblem> {
    let file = read(path)?;
    let (mut decoder, _) = decoder(&file)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(Picture { image })
}

/// The bytes of a regular file.
fn read(path: &Path) -> Result<Vec<u8>, PictureProblem> {
    // Opening a FIFO would wait for a writer.
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(PictureProblem::NoRegularFile);
    }
    if metadata.len() > MOST_FILE {
        return Err(PictureProblem::LargeFile { bytes: metadata.len() });
    }
    Ok(fs::read(path)?)
}

/// Reads the headers.
fn decoder(file: &[u8]) -> Result<(impl ImageDecoder + '_, ImageFormat), PictureProblem> {
    let mut reader = ImageReader::new(Cursor::new(file)).with_guessed_format()?;
    let format = match reader.format() {
        Some(format @ (ImageFormat::Png | ImageFormat::Jpeg)) => format,
        _ => return Err(PictureProblem::Format),
    };
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits);
    let decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(PictureProblem::TooLarge { width, height });
    }
    match format {
        ImageFormat::Jpeg if !intact::is_whole_jpeg(file) => {
            Err(PictureProblem::Cut("the file ends before the image does"))
        }
        _ => Ok((decoder, format)),
    }
}

/// `RGB 640x480 resized to 28x28, made grey`: what was done, or nothing.
impl fmt::Display for Fitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MapShape { channels, height, width } = self.original;
        let (now, rows, columns) = self.pixels.dim();
        let (kind, opacity) = match channels {
            1 => ("grey", false),
            2 => ("grey", true),
            3 => ("colour", false),
            _ => ("colour", true),
        };
        write!(f, "{width}x{height} in {kind}")?;
        if (height, width) != (rows, columns) {
            write!(f, ", resized to {columns}x{rows}")?;
        }
        match (channels >= 3, now >= 3) {
            (true, false) => write!(f, ", made grey")?,
            (false, true) => write!(f, ", grey put into all {now} channels")?,
            _ => {}
        }
        if opacity { write!(f, ", opacity left out") } else { Ok(()) }
    }
}

impl Fitted {
    /// Whether something had to be done to the image.
    pub fn is_changed(&self) -> bool {
        let (channels, height, width) = self.pixels.dim();
        self.original != MapShape::new(channels, height, width)
    }
}

/// An image file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct PictureError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub problem: PictureProblem,
}

/// What is wrong with an image file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureProblem {
    /// A folder, a device, a pipe.
    #[error("this is no regular file")]
    NoRegularFile,
    /// The system gave an error.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Neither PNG nor JPEG.
    #[error("this is neither a PNG nor a JPEG")]
    Format,
    /// More pixels than are ever decoded.
    #[error("{width}x{height} pixels are more than are decoded, which is {MOST_PIXELS}")]
    TooLarge {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// A file larger than any that is read.
    #[error("the file has {bytes} bytes, more than the {MOST_FILE} that are read")]
    LargeFile {
        /// Bytes of the file.
        bytes: u64,
    },
    /// The file is not as it was written.
    #[error("the image is damaged: {0}")]
    Cut(&'static str),
    /// The file cannot be decoded.
    #[error("the image is damaged: {0}")]
    Damaged(#[from] ImageError),
}
