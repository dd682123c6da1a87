//! What is done to images before the network sees them.

use super::limits::{Bound, MAX_EXTENT};
use super::{Lowering, codes};
use crate::ast::{self, Number};
use crate::diagnostic::Diagnostic;
use crate::ir::{MapShape, Preprocess};
use crate::span::Spanned;

const RESIZE: Bound = Bound { what: "the size to resize to", least: 1, most: MAX_EXTENT };
const CROP: Bound = Bound { what: "the size of the crop", least: 1, most: MAX_EXTENT };

/// The numbers of a list.
pub(super) fn values(list: &Spanned<Vec<Spanned<f64>>>) -> Vec<f64> {
    list.value.iter().map(|number| number.value).collect()
}

impl Lowering<'_> {
    /// Checks the settings; `None` where the spec has none.
    pub(super) fn preprocess(
        &mut self,
        preprocess: Option<&Spanned<ast::Preprocess>>,
        input: Option<MapShape>,
    ) -> Option<Preprocess> {
        let given = preprocess?;
        let ast::Preprocess { resize, crop, channels, scale, mean, std } = &given.value;
        let resize = resize.and_then(|resize| self.number(&resize.map(Number::Literal), RESIZE));
        let crop_size = crop.and_then(|crop| self.number(&crop.map(Number::Literal), CROP));
        if let Some(scale) = scale {
            self.in_range("the scale of images", scale.value, 1e-9..=1e9, scale.span);
        }
        for mean in mean.iter().flat_map(|means| &means.value) {
            self.in_range("a mean", mean.value, -1e9..=1e9, mean.span);
        }
        for std in std.iter().flat_map(|stds| &stds.value) {
            self.in_range("a standard deviation", std.value, 1e-9..=1e9, std.span);
        }
        if let Some(input) = input {
            self.one_a_channel("mean", mean.as_ref(), input.channels);
            self.one_a_channel("std", std.as_ref(), input.channels);
        }
        if let (Some(resize), Some(crop), Some(place)) = (resize, crop_size, crop)
            && crop > resize
        {
            let message = format!("a crop of {crop} does not fit into images whose shorter side is {resize}");
            self.report(
                Diagnostic::error(codes::CROP_TOO_LARGE, message, place.span, "larger than `resize`")
                    .help(format!("crop at most {resize}")),
            );
        }
        Some(Preprocess {
            resize,
            crop: crop_size,
            channels: channels.map_or_else(Default::default, |channels| channels.value),
            scale: scale.map_or(1.0 / 255.0, |scale| scale.value),
            mean: mean.as_ref().map_or_else(|| vec![0.0], values),
            std: std.as_ref().map_or_else(|| vec![1.0], values),
        })
    }

    /// Checks that there is one value for all channels, or one for each.
    fn one_a_channel(&mut self, what: &str, values: Option<&Spanned<Vec<Spanned<f64>>>>, channels: usize) {
        let Some(values) = values.filter(|values| ![1, channels].contains(&values.value.len())) else {
            return;
        };
        let count = values.value.len();
        let message = format!("`{what}` has {count} values, but the input has {channels} channels");
        self.report(
            Diagnostic::error(codes::CHANNELS_DIFFER, message, values.span, format!("{count} values"))
                .also(self.chain.input_span, format!("{channels} channels"))
                .help("give one value, or one for each channel"),
        );
    }
}
