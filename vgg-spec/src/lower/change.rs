//! Changes of layers and blocks by their names.

use super::options::ConvSettings;
use super::{Lowering, codes};
use crate::ast::Change;
use crate::diagnostic::Diagnostic;
use crate::names;
use crate::span::Span;
use std::collections::{HashMap, HashSet};

/// The changes of a spec.
#[derive(Debug, Default)]
pub(super) struct Changes<'a> {
    by_name: HashMap<&'a str, Vec<&'a Change>>,
    /// Names of which there is such a layer or block.
    met: HashSet<&'a str>,
}

impl<'a> Changes<'a> {
    pub(super) fn new(changes: &'a [Change]) -> Self {
        let mut by_name: HashMap<&str, Vec<&Change>> = HashMap::new();
        for change in changes {
            by_name.entry(change.name.value.as_str()).or_default().push(change);
        }
        Changes { by_name, met: HashSet::new() }
    }
}

/// What of a change a layer takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Changed {
    Conv,
    Block,
    Pool,
    Dense,
    Dropout,
}

impl Changed {
    fn takes(self, key: &str) -> bool {
        match self {
            Changed::Conv => !matches!(key, "units" | "rate" | "pool"),
            Changed::Block => !matches!(key, "units" | "rate" | "filters"),
            Changed::Pool => key == "pool",
            Changed::Dense => matches!(key, "units" | "activation" | "bias" | "trainable"),
            Changed::Dropout => key == "rate",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Changed::Conv => "a convolution",
            Changed::Block => "a block",
            Changed::Pool => "a pool",
            Changed::Dense => "a dense layer",
            Changed::Dropout => "a dropout",
        }
    }
}

impl<'a> Lowering<'a> {
    /// The changes for a name, the strongest first. Reports what does not fit.
    pub(super) fn changes(&mut self, name: Option<&str>, changed: Changed) -> Vec<&'a Change> {
        let Some((name, found)) = name.and_then(|name| self.changes.by_name.get_key_value(name)) else {
            return Vec::new();
        };
        let found: Vec<&'a Change> = found.iter().rev().copied().collect();
        if !self.changes.met.insert(*name) {
            return found;
        }
        for change in &found {
            for (key, span) in given(change) {
                if !changed.takes(key) {
                    let message = format!("`{key}` cannot be changed in {}", changed.name());
                    let label = format!("`{}` is {}", change.name.value, changed.name());
                    self.report(
                        Diagnostic::error(codes::CHANGE_DOES_NOT_FIT, message, span, "does not fit")
                            .also(change.name.span, label),
                    );
                }
            }
        }
        found
    }

    /// What changes say of the options of a convolution or block.
    pub(super) fn changed_settings(&mut self, changes: &[&'a Change]) -> ConvSettings {
        let mut settings = ConvSettings::default();
        for change in changes {
            settings = settings.or(&self.conv_settings(&change.options));
        }
        settings
    }

    /// Reports changes of layers that are not there.
    pub(super) fn unknown_layers(&mut self) {
        let mut unknown: Vec<&'a Change> = Vec::new();
        for (name, changes) in &self.changes.by_name {
            if !self.changes.met.contains(name) {
                unknown.extend(changes.last().copied());
            }
        }
        unknown.sort_by_key(|change| change.name.span);
        for change in unknown {
            let name = change.name.value.as_str();
            if self.layer_names.contains(name) {
                let message = format!("nothing can be changed in the layer `{name}`");
                let label = "comes from another layer or block, or has no settings";
                let finding = Diagnostic::error(codes::CHANGE_DOES_NOT_FIT, message, change.name.span, label);
                self.report(
                    finding.help("change convolutions, blocks and their pools, dense layers and dropouts"),
                );
                continue;
            }
            let message = format!("there is no layer or block `{}` to change", names::shortened(name));
            let mut finding =
                Diagnostic::error(codes::UNKNOWN_LAYER, message, change.name.span, "no such name");
            /// No reader gets further than this, and looking for suggestions takes time.
            const SUGGESTED: usize = 100;
            if self.findings.len() < SUGGESTED
                && let Some(close) = self.layer_names.closest(name)
            {
                finding = finding.help(format!("did you mean `{close}`?")).fix(change.name.span, close);
            }
            self.report(finding);
        }
    }
}

/// What a change says, with the places where it does.
fn given(change: &Change) -> Vec<(&'static str, Span)> {
    let options = &change.options;
    let spans = [
        ("filters", change.filters.as_ref().map(|given| given.span)),
        ("units", change.units.as_ref().map(|given| given.span)),
        ("rate", change.rate.as_ref().map(|given| given.span)),
        ("pool", change.pool.as_ref().map(|given| given.span)),
        ("kernel", options.kernel.as_ref().map(|given| given.span)),
        ("stride", options.stride.as_ref().map(|given| given.span)),
        ("padding", options.padding.as_ref().map(|given| given.span)),
        ("groups", options.groups.as_ref().map(|given| given.span)),
        ("dilation", options.dilation.as_ref().map(|given| given.span)),
        ("activation", options.activation.as_ref().map(|given| given.span)),
        ("norm", options.norm.as_ref().map(|given| given.span)),
        ("bias", options.bias.as_ref().map(|given| given.span)),
        ("dropout", options.dropout.as_ref().map(|given| given.span)),
        ("trainable", options.trainable.as_ref().map(|given| given.span)),
    ];
    spans.into_iter().filter_map(|(key, span)| Some((key, span?))).collect()
}
