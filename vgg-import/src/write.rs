//! A chain as the text of a spec: blocks are recognised, and what is usual is left out.

mod blocks;
mod options;
mod words;

use crate::chain::{Chain, Layer, Op};
use crate::error::Problem;
use blocks::{Body, body};
use options::{Settings, common};
use std::fmt::Write;
use vgg_spec::ir::{Padding, PoolMode};
use vgg_spec::names::Named;
use words::{activation, batch_norm, lrn, number};

/// The spec of a chain, in YAML.
///
/// # Errors
/// If it is no VGG: a layer stands where the language has no place for it.
pub fn spec(chain: &Chain, fallback_name: &str) -> Result<String, Problem> {
    let Body { blocks, head, notes } = body(chain)?;
    let name = [chain.name.as_str(), fallback_name].into_iter().find_map(type_name);
    let [channels, height, width] = chain.input;
    let classes = head.iter().rev().find_map(|layer| match &layer.op {
        Op::Dense { weight, .. } => weight.shape().first().copied(),
        _ => None,
    });

    let mut text = format!("# {}\n", one_line(&chain.origin));
    for note in &notes {
        let _ = writeln!(text, "# {}", one_line(note));
    }
    let _ = writeln!(text, "model: {}", name.as_deref().unwrap_or("Imported"));
    if let Some(classes) = classes {
        let _ = writeln!(text, "params: {{classes: {classes}}}");
    }
    let _ = writeln!(text, "input: {{shape: [{channels}, {height}, {width}]}}");

    let settings: Vec<Vec<Settings>> = blocks
        .iter()
        .map(|block| block.units.iter().map(Settings::of).collect())
        .collect::<Result<_, Problem>>()?;
    let defaults = common(settings.iter().flatten());
    let pools: Vec<String> = blocks.iter().map(options::pool).collect::<Result<_, Problem>>()?;
    let pool = options::mode(pools.iter().map(String::as_str), options::USUAL_POOL);
    let mut given = defaults.differences(&Settings::default());
    given.extend((pool != options::USUAL_POOL).then(|| format!("pool: {pool}")));
    if !given.is_empty() {
        let _ = writeln!(text, "defaults: {{{}}}", given.join(", "));
    }

    text += "blocks:\n";
    for ((index, block), (settings, own_pool)) in blocks.iter().enumerate().zip(settings.iter().zip(&pools)) {
        let names = block.units.iter().enumerate().map(|(unit, layer)| {
            let usual = format!("block{}_conv{}", index + 1, unit + 1);
            layer.name.filter(|&name| name != usual && Named::Layer.check(name).is_ok())
        });
        let names: Vec<Option<&str>> = names.collect();
        let _ = writeln!(text, "  - {}", options::block(block, settings, &names, &defaults, own_pool, pool));
    }
    text += "head:\n";
    text += &head_text(&head)?;
    Ok(text)
}

/// The layers of the head, a line each; an activation joins the dense layer before it.
fn head_text(head: &[&Layer]) -> Result<String, Problem> {
    let last_dense = head.iter().rposition(|layer| matches!(layer.op, Op::Dense { .. }));
    let mut text = String::new();
    let mut layers = head.iter().enumerate().peekable();
    while let Some((index, layer)) = layers.next() {
        let line = match &layer.op {
            Op::Flatten => "flatten".to_owned(),
            Op::GlobalAverage => "gap".to_owned(),
            Op::GlobalMax => "gmp".to_owned(),
            Op::AdaptiveAverage(size) => format!("adaptive: {}", words::extent(*size)),
            Op::Dropout(rate) => format!("dropout: {}", number(*rate)),
            Op::Activation(function) => activation(*function),
            Op::Norm(values) => format!("norm: {}", batch_norm(values)),
            Op::Softmax => "softmax".to_owned(),
            Op::Dense { weight, bias } => {
                let units = match last_dense {
                    Some(last) if last == index => "$classes".to_owned(),
                    _ => weight.shape().first().copied().unwrap_or(0).to_string(),
                };
                let mut fields = Vec::new();
                let name = layer.name.as_deref().filter(|name| Named::Layer.check(name).is_ok());
                fields.extend(name.map(|name| format!("name: {name}")));
                fields.push(format!("units: {units}"));
                if let Some((_, next)) = layers.peek()
                    && let Op::Activation(function) = next.op
                {
                    fields.push(format!("activation: {}", activation(function)));
                    layers.next();
                }
                fields.extend(bias.is_none().then(|| "bias: false".to_owned()));
                match fields.as_slice() {
                    [_] => format!("dense: {units}"),
                    fields => format!("dense: {{{}}}", fields.join(", ")),
                }
            }
            Op::Lrn(values) => format!("norm: {}", lrn(*values)),
            Op::Pool { .. } => match adaptive(layer) {
                Some(size) => format!("adaptive: {}", words::extent(size)),
                None => return Err(behind_the_maps(layer)),
            },
            Op::Conv { .. } => return Err(behind_the_maps(layer)),
        };
        let _ = writeln!(text, "  - {line}");
    }
    Ok(text)
}

/// The height and width to which a pool brings maps, if it is the average of windows that lie side by side and
/// leave nothing over: that is what exporters make of adaptive pools.
fn adaptive(layer: &Layer) -> Option<[usize; 2]> {
    let Op::Pool { mode: PoolMode::Average, window, ceil: false } = layer.op else { return None };
    let [_, height, width] = layer.input;
    let [rows, columns] = window.kernel;
    let is_even = window.stride == window.kernel
        && window.padding == Padding::default()
        && height.is_multiple_of(rows)
        && width.is_multiple_of(columns);
    is_even.then(|| [height / rows, width / columns])
}

fn behind_the_maps(layer: &Layer) -> Problem {
    Problem::layer(&layer.source, "it stands behind the end of the feature maps")
}

/// A name as the name of a type; `None` if nothing is left of it.
fn type_name(name: &str) -> Option<String> {
    let mut typed = String::new();
    for word in name.split(|letter: char| !letter.is_ascii_alphanumeric()) {
        let mut letters = word.chars();
        typed.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        typed.extend(letters);
    }
    typed.truncate(60);
    Named::Model.check(&typed).is_ok().then_some(typed)
}

/// No line breaks and no other control characters.
fn one_line(text: &str) -> String {
    let line: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_names_of_types() {
        assert_eq!(type_name("vgg16").as_deref(), Some("Vgg16"));
        assert_eq!(type_name("vgg16-gap_v2.1").as_deref(), Some("Vgg16GapV21"));
        assert_eq!(type_name("main graph").as_deref(), Some("MainGraph"));
        for name in ["", "16", "Ω", "--"] {
            assert_eq!(type_name(name), None, "{name}");
        }
    }
}
