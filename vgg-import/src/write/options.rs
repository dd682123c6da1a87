//! The options of convolutions and pools: said once where they are shared, and not at all where they are
//! usual.

use super::blocks::{Block, Unit, UnitNorm};
use super::words::{activation, batch_norm, extent, lrn, number};
use crate::build::same_padding;
use crate::chain::Op;
use crate::error::Problem;
use std::collections::BTreeMap;
use vgg_spec::ir::{Padding, PoolMode, Window};

/// The pool of a block that names none.
pub(super) const USUAL_POOL: &str = "max";

/// The options in the order in which they are written, with the values that need not be.
const USUAL: [(&str, &str); 8] = [
    ("kernel", "3"),
    ("stride", "1"),
    ("padding", "same"),
    ("groups", "1"),
    ("norm", "none"),
    ("activation", "relu"),
    ("bias", "true"),
    (DROPOUT, ""),
];
const DROPOUT: &str = "dropout";

/// One value for each of the options.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Settings([String; USUAL.len()]);

impl Default for Settings {
    fn default() -> Settings {
        Settings(USUAL.map(|(_, value)| value.to_owned()))
    }
}

impl Settings {
    pub(super) fn of(unit: &Unit<'_>) -> Result<Settings, Problem> {
        let size = [unit.layer.input[1], unit.layer.input[2]];
        Ok(Settings([
            extent(unit.window.kernel),
            extent(unit.window.stride),
            padding(unit.window, size, "same")
                .map_err(|reason| Problem::layer(&unit.layer.source, reason))?,
            unit.groups.to_string(),
            match unit.norm {
                None => "none".to_owned(),
                Some(UnitNorm::Batch(norm)) => batch_norm(norm),
                Some(UnitNorm::Lrn(values)) => lrn(values),
            },
            activation(unit.activation),
            unit.bias.to_string(),
            unit.dropout.map_or_else(String::new, number),
        ]))
    }

    /// What must be said if `outer` holds around it.
    pub(super) fn differences(&self, outer: &Settings) -> Vec<String> {
        let options = USUAL.iter().zip(self.0.iter().zip(&outer.0));
        let differ = options.filter(|(_, (own, outer))| own != outer);
        differ.map(|((key, _), (own, _))| format!("{key}: {own}")).collect()
    }
}

/// The most frequent value of each option. A dropout is never a default: nothing could take it back.
pub(super) fn common<'s>(all: impl Iterator<Item = &'s Settings> + Clone) -> Settings {
    let mut common = Settings::default();
    for (index, (key, usual)) in USUAL.into_iter().enumerate().filter(|(_, (key, _))| *key != DROPOUT) {
        debug_assert_ne!(key, DROPOUT);
        common.0[index] = mode(all.clone().map(|settings| settings.0[index].as_str()), usual).to_owned();
    }
    common
}

/// The most frequent of several values; `usual` if it is as frequent.
pub(super) fn mode<'s>(values: impl Iterator<Item = &'s str>, usual: &'s str) -> &'s str {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let most = counts.values().max().copied().unwrap_or(0);
    if counts.get(usual) == Some(&most) {
        return usual;
    }
    counts.into_iter().find(|&(_, count)| count == most).map_or(usual, |(value, _)| value)
}

/// One line: `conv: [64, 64]`, or a map of all that is not usual.
pub(super) fn block(
    block: &Block<'_>,
    settings: &[Settings],
    names: &[Option<&str>],
    defaults: &Settings,
    pool: &str,
    default_pool: &str,
) -> String {
    let mut shared = defaults.clone();
    for (index, value) in shared.0.iter_mut().enumerate() {
        let mut values = settings.iter().map(|settings| &settings.0[index]);
        if let Some(first) = values.next().filter(|first| values.all(|other| other == *first)) {
            value.clone_from(first);
        }
    }
    let convs: Vec<String> = block
        .units
        .iter()
        .zip(settings.iter().zip(names))
        .map(|(unit, (settings, name))| {
            let own = settings.differences(&shared);
            if own.is_empty() && name.is_none() {
                return unit.filters.to_string();
            }
            let name = name.map(|name| format!("name: {name}"));
            let fields: Vec<String> =
                name.into_iter().chain([format!("filters: {}", unit.filters)]).chain(own).collect();
            format!("{{{}}}", fields.join(", "))
        })
        .collect();
    let mut fields = vec![format!("conv: [{}]", convs.join(", "))];
    fields.extend(shared.differences(defaults));
    fields.extend((pool != default_pool).then(|| format!("pool: {pool}")));
    match fields.as_slice() {
        [conv] => conv.clone(),
        fields => format!("{{{}}}", fields.join(", ")),
    }
}

/// The pool of a block.
pub(super) fn pool(block: &Block<'_>) -> Result<String, Problem> {
    let Some(layer) = block.pool else { return Ok("none".to_owned()) };
    let Op::Pool { mode, window, ceil } = layer.op else { return Ok("none".to_owned()) };
    let mode = match mode {
        PoolMode::Max => "max",
        PoolMode::Average => "average",
    };
    let size = [layer.input[1], layer.input[2]];
    let padding = padding(window, size, "valid").map_err(|reason| Problem::layer(&layer.source, reason))?;
    let mut fields = Vec::new();
    fields.extend((window.kernel != [2, 2]).then(|| format!("size: {}", extent(window.kernel))));
    fields.extend((window.stride != window.kernel).then(|| format!("stride: {}", extent(window.stride))));
    fields.extend((padding != "valid").then(|| format!("padding: {padding}")));
    fields.extend(ceil.then(|| "ceil: true".to_owned()));
    Ok(match fields.as_slice() {
        [] => mode.to_owned(),
        [_] if window.kernel != [2, 2] => format!("{{{mode}: {}}}", extent(window.kernel)),
        fields => format!("{{{mode}: {{{}}}}}", fields.join(", ")),
    })
}

/// A padding in words; of several words that mean the same here, the usual one.
fn padding(window: Window, size: [usize; 2], usual: &str) -> Result<String, String> {
    let Padding { top, bottom, left, right } = window.padding;
    let valid = window.padding == Padding::default();
    let same = same_padding(size, window.kernel, window.stride) == Some(window.padding);
    match (valid, same) {
        (true, true) => Ok(usual.to_owned()),
        (true, false) => Ok("valid".to_owned()),
        (false, true) => Ok("same".to_owned()),
        (false, false) if top == bottom && left == right => Ok(extent([top, left])),
        (false, false) => Err(format!(
            "its padding of {top} above, {bottom} below, {left} left and {right} right cannot be said: both \
             sides must be equal, or those of `same`"
        )),
    }
}
