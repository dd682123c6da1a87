//! Whether an image file is whole, by its structure alone: decoders fill up what is missing with grey.

use flate2::Crc;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Whether a JPEG goes on to its end marker.
pub(super) fn is_whole_jpeg(file: &[u8]) -> bool {
    // Behind the marker that begins the file.
    let mut at = 2;
    while let Some(found) = file.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == 0xff)) {
        at += found + 1;
        match file.get(at) {
            Some(0xd9) => return true,
            // A byte of data, a restart, or filling: data goes on.
            Some(0x00 | 0x01 | 0xd0..=0xd7) => at += 1,
            Some(0xff) => {}
            Some(_) => match file.get(at + 1..at + 3) {
                Some(&[high, low]) => at += 1 + usize::from(u16::from_be_bytes([high, low])),
                _ => return false,
            },
            None => return false,
        }
    }
    false
}

/// What is wrong with the chunks of a PNG: each must have its checksum, and the last is the end.
pub(super) fn png_damage(file: &[u8]) -> Option<&'static str> {
    const SHORT: Option<&str> = Some("the file ends before the image does");
    let mut rest = file.strip_prefix(PNG).unwrap_or_default();
    loop {
        let Some((length, behind)) = rest.split_first_chunk::<4>() else { return SHORT };
        let length = u32::from_be_bytes(*length) as usize;
        let Some((chunk, behind)) = behind.split_at_checked(length + 4) else { return SHORT };
        let Some((checksum, behind)) = behind.split_first_chunk::<4>() else { return SHORT };
        let mut crc = Crc::new();
        crc.update(chunk);
        if crc.sum() != u32::from_be_bytes(*checksum) {
            return Some("a checksum in the file is wrong");
        }
        if chunk.starts_with(b"IEND") {
            return None;
        }
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageBuffer, ImageFormat, Rgb};
    use std::io::Cursor;

    fn encoded(format: ImageFormat) -> Vec<u8> {
        let noise = |x: u32, y: u32| ((x * 7919 + y * 104_729) % 251) as u8;
        let image =
            ImageBuffer::<Rgb<u8>, _>::from_fn(40, 30, |x, y| Rgb([noise(x, y), noise(y, x), noise(x, x)]));
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn every_cut_is_noticed() {
        let (png, jpeg) = (encoded(ImageFormat::Png), encoded(ImageFormat::Jpeg));
        assert!(is_whole_jpeg(&jpeg));
        assert_eq!(png_damage(&png), None);
        assert!((0..jpeg.len()).all(|length| !is_whole_jpeg(&jpeg[..length])));
        assert!((0..png.len()).all(|length| png_damage(&png[..length]).is_some()));
    }

    #[test]
    fn a_flipped_bit_of_a_png_is_noticed() {
        let png = encoded(ImageFormat::Png);
        for byte in 8..png.len() {
            let mut damaged = png.clone();
            damaged[byte] ^= 4;
            assert!(png_damage(&damaged).is_some(), "{byte}");
        }
    }

    #[test]
    fn what_follows_the_end_is_of_no_concern() {
        let (mut png, mut jpeg) = (encoded(ImageFormat::Png), encoded(ImageFormat::Jpeg));
        png.extend(b"more");
        jpeg.extend(b"more");
        assert!(is_whole_jpeg(&jpeg) && png_damage(&png).is_none());
    }
}
