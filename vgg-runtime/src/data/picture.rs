//! Image files: PNG and JPEG, made to fit what a network reads.

use crate::geometry::MapShape;
use image::error::ImageError;
use image::imageops::{self, FilterType};
use image::metadata::Orientation;
use image::{DynamicImage, ImageBuffer, ImageDecoder, ImageFormat, ImageReader, Limits, Pixel};
use ndarray::Array3;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

/// No image with more pixels is decoded: more than any camera takes.
const MOST_PIXELS: u64 = 1 << 28;

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
        let pixels = match shape.channels {
            1 => resized(&self.image.to_luma32f(), shape)?,
            3 => resized(&self.image.to_rgb32f(), shape)?,
            _ => return None,
        };
        Some(Fitted { pixels, original: self.shape() })
    }
}

/// An image of other extents, as `[channel, row, column]`.
fn resized<P>(image: &ImageBuffer<P, Vec<f32>>, shape: MapShape) -> Option<Array3<f32>>
where
    P: Pixel<Subpixel = f32> + 'static,
{
    let (width, height) = (u32::try_from(shape.width).ok()?, u32::try_from(shape.height).ok()?);
    let values = match image.dimensions() == (width, height) {
        true => image.as_raw().clone(),
        false => imageops::resize(image, width, height, FilterType::Triangle).into_raw(),
    };
    let rows = Array3::from_shape_vec((shape.height, shape.width, shape.channels), values).ok()?;
    Some(rows.permuted_axes([2, 0, 1]).as_standard_layout().mapv(|value| value.clamp(0.0, 1.0)))
}

fn decode(path: &Path) -> Result<Picture, PictureProblem> {
    // Opening a FIFO would wait for a writer.
    if !fs::metadata(path)?.is_file() {
        return Err(PictureProblem::NoRegularFile);
    }
    let mut reader = ImageReader::new(BufReader::new(File::open(path)?)).with_guessed_format()?;
    if !matches!(reader.format(), Some(ImageFormat::Png | ImageFormat::Jpeg)) {
        return Err(PictureProblem::Format);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(PictureProblem::TooLarge { width, height });
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(Picture { image })
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
    /// The file ends early, or is damaged.
    #[error("the image is damaged: {0}")]
    Damaged(#[from] ImageError),
}
