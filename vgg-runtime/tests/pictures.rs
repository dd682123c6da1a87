//! Image files, as they are and as they should not be.

use image::{DynamicImage, ImageBuffer, ImageFormat, Luma, Rgb, Rgba};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;
use vgg_runtime::MapShape;
use vgg_runtime::data::{Picture, PictureProblem};

/// A folder with one file of this name in it.
fn file(name: &str, contents: &[u8]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, contents).unwrap();
    (folder, path)
}

fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn picture(name: &str, contents: &[u8]) -> Picture {
    Picture::read(&file(name, contents).1).unwrap_or_else(|error| panic!("{error}"))
}

fn colors() -> ImageBuffer<Rgb<u8>, Vec<u8>> {
    ImageBuffer::from_fn(3, 2, |x, y| Rgb([51 * x as u8, 102 * y as u8, 255]))
}

/// A chunk of a PNG.
fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(data);
    [&(data.len() as u32).to_be_bytes(), &kind[..], data, &crc.sum().to_be_bytes()].concat()
}

/// The beginning of a PNG that announces so many pixels of 3 bytes.
fn png_header(width: u32, height: u32) -> Vec<u8> {
    let extents = [width.to_be_bytes(), height.to_be_bytes()].concat();
    let header = chunk(b"IHDR", &[extents.as_slice(), &[8, 2, 0, 0, 0]].concat());
    [b"\x89PNG\r\n\x1a\n", header.as_slice(), &chunk(b"IDAT", &[0x78, 0x9c])].concat()
}

#[test]
fn pixels_of_the_right_shape_are_taken_as_they_are() {
    let (_folder, path) = file("colors.png", &encoded(colors(), ImageFormat::Png));
    let fitted = Picture::read(&path).unwrap().fit(MapShape::new(3, 2, 3)).unwrap();
    assert!(!fitted.is_changed());
    for ((channel, row, column), &pixel) in fitted.pixels.indexed_iter() {
        let expected = [51 * column, 102 * row, 255][channel] as f32 / 255.0;
        assert_eq!(pixel, expected, "{channel} {row} {column}");
    }
    assert!(fitted.pixels.is_standard_layout());
}

#[test]
fn sixteen_bits_keep_their_precision() {
    let grey = ImageBuffer::<Luma<u16>, _>::from_fn(2, 1, |x, _| Luma([if x == 0 { 1 } else { 65_535 }]));
    let (_folder, path) = file("deep.png", &encoded(grey, ImageFormat::Png));
    let fitted = Picture::read(&path).unwrap().fit(MapShape::new(1, 1, 2)).unwrap();
    assert_eq!(fitted.pixels.as_slice().unwrap(), [1.0 / 65_535.0, 1.0]);
}

#[test]
fn what_was_done_is_said() {
    let opaque = ImageBuffer::<Rgba<u8>, _>::from_pixel(640, 480, Rgba([255, 255, 255, 0]));
    let said = |contents: &[u8], shape| {
        let (_folder, path) = file("image", contents);
        let fitted = Picture::read(&path).unwrap().fit(shape).unwrap();
        (fitted.is_changed(), fitted.to_string())
    };
    let grey = ImageBuffer::<Luma<u8>, _>::from_pixel(28, 28, Luma([7]));
    let grey = encoded(grey, ImageFormat::Png);
    assert_eq!(said(&grey, MapShape::new(1, 28, 28)), (false, "28x28 in grey".into()));
    assert_eq!(
        said(&grey, MapShape::new(3, 28, 28)),
        (true, "28x28 in grey, grey put into all 3 channels".into())
    );
    assert_eq!(
        said(&encoded(opaque, ImageFormat::Png), MapShape::new(1, 24, 32)),
        (true, "640x480 in colour, resized to 32x24, made grey, opacity left out".into())
    );
}

#[test]
fn a_photograph_is_resized_by_means() {
    let halves = ImageBuffer::<Rgb<u8>, _>::from_fn(64, 64, |x, _| Rgb([if x < 32 { 0 } else { 200 }; 3]));
    let (_folder, path) = file("halves.jpeg", &encoded(halves, ImageFormat::Jpeg));
    let fitted = Picture::read(&path).unwrap().fit(MapShape::new(1, 4, 4)).unwrap();
    for row in fitted.pixels.outer_iter().next().unwrap().outer_iter() {
        assert!(row[0] < 0.02 && row[3] > 0.76, "{row}");
        assert!(row[1] < row[2], "{row}");
    }
}

#[test]
fn networks_of_other_channels_take_no_pictures() {
    let (_folder, path) = file("colors.png", &encoded(colors(), ImageFormat::Png));
    assert!(Picture::read(&path).unwrap().fit(MapShape::new(2, 2, 3)).is_none());
}

#[test]
fn what_is_no_image_is_named() {
    let problem = |name: &str, contents: &[u8]| {
        let (_folder, path) = file(name, contents);
        let error = Picture::read(&path).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
        error.problem
    };
    assert!(matches!(problem("text.jpg", b"this is no photograph"), PictureProblem::Format));
    assert!(matches!(problem("empty.png", b""), PictureProblem::Format));
    assert!(matches!(problem("other.png", b"GIF89a\x01\x00\x01\x00"), PictureProblem::Format));
    for (name, format) in [("cut.png", ImageFormat::Png), ("cut.jpg", ImageFormat::Jpeg)] {
        let whole = encoded(colors(), format);
        for length in [20, whole.len() / 2] {
            let problem = problem(name, &whole[..length]);
            let is_damaged = matches!(problem, PictureProblem::Damaged(_) | PictureProblem::Cut(_));
            assert!(is_damaged, "{name} {length}: {problem}");
        }
    }
    let folder = TempDir::new().unwrap();
    let error = Picture::read(folder.path()).unwrap_err();
    assert!(matches!(error.problem, PictureProblem::NoRegularFile), "{error}");
    let error = Picture::read(&folder.path().join("missing.png")).unwrap_err();
    assert!(matches!(error.problem, PictureProblem::Io(_)), "{error}");
}

#[test]
fn a_header_alone_takes_no_memory() {
    for (width, height) in [(100_000, 100_000), (u32::MAX >> 1, 1), (1 << 20, 1 << 20)] {
        let (_folder, path) = file("huge.png", &png_header(width, height));
        let error = Picture::read(&path).unwrap_err();
        let is_refused =
            matches!(error.problem, PictureProblem::TooLarge { .. } | PictureProblem::Damaged(_));
        assert!(is_refused, "{error}");
    }
    let (_folder, path) = file("huge.png", &png_header(100_000, 100_000));
    let error = Picture::read(&path).unwrap_err();
    assert!(error.to_string().contains("100000x100000 pixels are more"), "{error}");
}

#[test]
fn a_name_says_nothing_of_the_format() {
    assert_eq!(picture("picture.txt", &encoded(colors(), ImageFormat::Png)).shape(), MapShape::new(3, 2, 3));
}
