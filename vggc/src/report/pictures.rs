//! Pictures within the page: images that the network got wrong, and its first filters.

use super::html::escape;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, GrayImage, ImageFormat, RgbImage};
use std::fmt::Write;
use std::io::Cursor;
use vgg_runtime::kernels::softmax;
use vgg_runtime::loss::{argmax, rank};
use vgg_runtime::network::{Network, Role};

/// How many mistakes are shown.
const MOST: usize = 24;

/// Images with more pixels are stored as photographs are.
const MOST_EXACT: usize = 96 * 96;

const QUALITY: u8 = 85;

/// No more filters are shown.
const MOST_FILTERS: usize = 128;

/// An image that was taken for another class.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mistake {
    pub(crate) image: usize,
    pub(crate) label: usize,
    pub(crate) taken: usize,
    /// How sure the network was of its mistake.
    pub(crate) probability: f32,
    /// What it left for the truth.
    pub(crate) truth: f32,
    /// The image as a data URI, once it has been looked up.
    pub(crate) picture: String,
}

/// Keeps the worst mistakes of an evaluation.
#[derive(Debug, Default)]
pub(crate) struct Mistakes {
    worst: Vec<Mistake>,
}

impl Mistakes {
    /// Looks at the logits of an image.
    pub(crate) fn add(&mut self, image: usize, label: usize, logits: &[f32]) {
        if rank(logits, label) == 0 {
            return;
        }
        let mut probabilities = logits.to_vec();
        softmax::forward(logits.len(), &mut probabilities);
        let taken = argmax(logits);
        let (probability, truth) = (probabilities[taken], probabilities[label]);
        let mistake = Mistake { image, label, taken, probability, truth, picture: String::new() };
        let place = self.worst.partition_point(|other| other.truth.total_cmp(&truth).is_le());
        self.worst.insert(place, mistake);
        self.worst.truncate(MOST);
    }

    /// The worst first.
    pub(crate) fn into_worst(self) -> Vec<Mistake> {
        self.worst
    }
}

/// Images with what they are and what they were taken for.
pub(super) fn mistakes(mistakes: &[Mistake], classes: &[String]) -> String {
    let mut html = "<div class=\"pictures\">\n".to_owned();
    for mistake in mistakes {
        let (class, taken) = (escape(&classes[mistake.label]), escape(&classes[mistake.taken]));
        let _ = writeln!(
            html,
            "<figure><img src=\"{}\" alt=\"{class}\"><figcaption><b>{class}</b><br>taken for {taken}, \
             {:.0}%</figcaption></figure>",
            mistake.picture,
            100.0 * mistake.probability
        );
    }
    html + "</div>\n"
}

/// An image as a data URI: planes with values in \[0, 1\], of which three are colours and others grey.
pub(crate) fn data_uri([channels, height, width]: [usize; 3], planes: &[f32]) -> Option<String> {
    let (columns, rows) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    let plane = height * width;
    let byte = |value: f32| (value * 255.0).round().clamp(0.0, 255.0) as u8;
    let grey = |place: usize| (0..channels).map(|channel| planes[channel * plane + place]).sum::<f32>();
    let image = match channels {
        3 => {
            let pixels =
                (0..plane).flat_map(|place| [0, 1, 2].map(|channel| byte(planes[channel * plane + place])));
            DynamicImage::from(RgbImage::from_raw(columns, rows, pixels.collect())?)
        }
        _ => {
            let pixels = (0..plane).map(|place| byte(grey(place) / channels as f32));
            DynamicImage::from(GrayImage::from_raw(columns, rows, pixels.collect())?)
        }
    };
    let mut bytes = Cursor::new(Vec::new());
    let kind = match plane <= MOST_EXACT {
        true => image.write_to(&mut bytes, ImageFormat::Png).ok().map(|()| "png")?,
        false => {
            JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&image).ok().map(|()| "jpeg")?
        }
    };
    Some(format!("data:image/{kind};base64,{}", STANDARD.encode(bytes.into_inner())))
}

/// The filters of the first convolution.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Filters {
    /// The name of the layer.
    pub(crate) layer: String,
    pub(crate) count: usize,
    /// Data URIs.
    pub(crate) pictures: Vec<String>,
}

/// The filters of the first convolution of a network, each stretched to the whole range from black to white.
pub(crate) fn filters(network: &impl Network) -> Option<Filters> {
    let mut found = None;
    network.visit(&mut |tensor| {
        let &[count, channels, height, width] = tensor.shape else { return };
        if found.is_some() || tensor.role != Role::Weight || height * width < 2 {
            return;
        }
        let size = channels * height * width;
        let filters = tensor.values.chunks_exact(size.max(1)).take(MOST_FILTERS);
        let pictures = filters.filter_map(|filter| data_uri([channels, height, width], &stretched(filter)));
        let layer = tensor.name.split('.').next().unwrap_or_default().to_owned();
        found = Some(Filters { layer, count, pictures: pictures.collect() });
    });
    found
}

/// Values moved and scaled to [0, 1].
fn stretched(values: &[f32]) -> Vec<f32> {
    let least = values.iter().copied().fold(f32::INFINITY, f32::min);
    let room = values.iter().copied().fold(f32::NEG_INFINITY, f32::max) - least;
    values.iter().map(|value| if room > 0.0 { (value - least) / room } else { 0.5 }).collect()
}

/// Filters side by side.
pub(super) fn tiles(filters: &Filters) -> String {
    let mut html = "<div class=\"filters\">\n".to_owned();
    for (index, picture) in filters.pictures.iter().enumerate() {
        let _ = writeln!(html, "<img src=\"{picture}\" alt=\"filter {index}\" title=\"filter {index}\">");
    }
    let more = filters.count - filters.pictures.len();
    html += "</div>\n<p class=\"note\">";
    let _ = write!(
        html,
        "The filters of <code>{}</code>, each from its smallest weight (black) to its largest",
        escape(&filters.layer)
    );
    if more > 0 {
        let _ = write!(html, "; {more} more are not shown");
    }
    html + ".</p>\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_mistakes_are_kept() {
        let mut mistakes = Mistakes::default();
        mistakes.add(0, 1, &[0.0, 5.0]);
        for image in 1..40 {
            mistakes.add(image, 0, &[0.0, ((image * 7) % 40) as f32]);
        }
        let worst = mistakes.into_worst();
        assert_eq!(worst.len(), MOST);
        assert!(worst.is_sorted_by(|a, b| a.truth <= b.truth));
        assert_eq!((worst[0].label, worst[0].taken, worst[0].image), (0, 1, 17));
        assert!(worst.iter().all(|mistake| mistake.image != 0), "what is right is no mistake");
    }

    #[test]
    fn pictures_are_what_they_were() {
        let uri = data_uri([3, 1, 2], &[0.0, 1.0, 0.2, 0.4, 1.0, 0.0]).unwrap();
        let bytes = STANDARD.decode(uri.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
        let image = image::load_from_memory(&bytes).unwrap().to_rgb8();
        assert_eq!(image.into_raw(), [0, 51, 255, 255, 102, 0]);
        let grey = data_uri([2, 1, 1], &[0.0, 1.0]).unwrap();
        let bytes = STANDARD.decode(grey.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
        assert_eq!(image::load_from_memory(&bytes).unwrap().to_luma8().into_raw(), [128]);
        assert!(data_uri([3, 200, 200], &[0.5; 120_000]).unwrap().starts_with("data:image/jpeg"));
    }
}
