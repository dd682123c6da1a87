//! What is done to images before the network sees them.

use super::super::tree::{Node, Value};
use super::Reader;
use crate::ast::{Colours, Preprocess};
use crate::span::{Span, Spanned};

const KEYS: [&str; 6] = ["resize", "crop", "channels", "scale", "mean", "std"];
const PRESETS: [&str; 2] = ["torchvision", "keras"];
const COLOURS: [&str; 2] = ["rgb", "bgr"];

impl Reader<'_> {
    pub(super) fn preprocess(&mut self, node: &Node) -> Spanned<Preprocess> {
        let read = match &node.value {
            Value::Plain(word) | Value::Quoted(word) => {
                let word = Spanned::new(word.clone(), node.span);
                self.preset(&word)
            }
            _ => self.fields(node, "`preprocess`", &KEYS).map(|fields| Preprocess {
                resize: fields.get("resize").and_then(|node| self.whole(node, "the size to resize to")),
                crop: fields.get("crop").and_then(|node| self.whole(node, "the size of the crop")),
                channels: fields.get("channels").and_then(|node| self.colours(node)),
                scale: fields.get("scale").and_then(|node| self.real(node, "the scale")),
                mean: fields.get("mean").and_then(|node| self.reals(node, "a mean")),
                std: fields.get("std").and_then(|node| self.reals(node, "a standard deviation")),
            }),
        };
        Spanned::new(read.unwrap_or_default(), node.span)
    }

    fn preset(&mut self, word: &Spanned<String>) -> Option<Preprocess> {
        match word.value.as_str() {
            "torchvision" => Some(Preprocess::torchvision(word.span)),
            "keras" => Some(Preprocess::keras(word.span)),
            _ => {
                self.unknown_choice(word, "preset", &PRESETS);
                None
            }
        }
    }

    fn colours(&mut self, node: &Node) -> Option<Spanned<Colours>> {
        let colours =
            self.choice(node, "`channels`", &COLOURS, |reader, choice| match choice.word.value.as_str() {
                "rgb" => reader.without_settings(&choice, Colours::Rgb),
                "bgr" => reader.without_settings(&choice, Colours::Bgr),
                _ => {
                    reader.unknown_choice(choice.word, "order of colours", &COLOURS);
                    None
                }
            })?;
        Some(Spanned::new(colours, node.span))
    }

    /// One number, or a list of them.
    pub(super) fn reals(&mut self, node: &Node, what: &str) -> Option<Spanned<Vec<Spanned<f64>>>> {
        let items = match &node.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let values: Option<Vec<Spanned<f64>>> = items.iter().map(|item| self.real(item, what)).collect();
        values.map(|values| Spanned::new(values, node.span))
    }
}

impl Preprocess {
    /// As the weights of torchvision want it.
    fn torchvision(span: Span) -> Preprocess {
        Preprocess {
            resize: Some(Spanned::new(256, span)),
            crop: Some(Spanned::new(224, span)),
            channels: Some(Spanned::new(Colours::Rgb, span)),
            scale: Some(Spanned::new(1.0 / 255.0, span)),
            mean: Some(channels(&[0.485, 0.456, 0.406], span)),
            std: Some(channels(&[0.229, 0.224, 0.225], span)),
        }
    }

    /// As the weights of Keras want it.
    fn keras(span: Span) -> Preprocess {
        Preprocess {
            resize: None,
            crop: None,
            channels: Some(Spanned::new(Colours::Bgr, span)),
            scale: Some(Spanned::new(1.0, span)),
            mean: Some(channels(&[103.939, 116.779, 123.68], span)),
            std: Some(channels(&[1.0], span)),
        }
    }
}

/// Values for the channels that a preset stands for: all of them are where its name is.
fn channels(values: &[f64], span: Span) -> Spanned<Vec<Spanned<f64>>> {
    Spanned::new(values.iter().map(|value| Spanned::new(*value, span)).collect(), span)
}
