//! Specs that extend others: `extends: vgg16.yaml`.
//!
//! What the extending spec says wins. Maps of options are merged key by key; `blocks` and `head` are
//! lists, and are replaced as a whole. To change one layer of a list there is `override`.

use crate::ast::{ConvOptions, Defaults, Param, Preprocess, Spec, Train};
use crate::diagnostic::Diagnostic;
use crate::parse::{codes, parse};
use crate::source::Source;
use crate::span::{Span, Spanned};
use std::collections::HashMap;

/// Specs that may extend one another in a row.
const MAX_DEPTH: usize = 8;

/// A spec with those it extends merged into it, and the texts they were read from.
pub(crate) struct Extended {
    /// Several specs in one, if there are several.
    merged: Option<Spec>,
    /// Whether all of the texts are well formed.
    whole: bool,
    /// What each of the texts says by itself, up to the first that is not well formed.
    pub(crate) written: Vec<Spec>,
    /// The first text, the one it extends, and so on.
    pub(crate) sources: Vec<Source>,
    pub(crate) findings: Vec<Diagnostic>,
    /// Where each text names the next one.
    links: Vec<Span>,
}

/// Reads a text and all that it extends.
pub(crate) fn read(source: &Source) -> Extended {
    let mut sources = vec![source.clone()];
    let (first, mut findings) = parse(source);
    let mut chain = Vec::from_iter(first);
    let mut links: Vec<Span> = Vec::new();
    let mut whole = !chain.is_empty();
    while let Some(extends) = chain.last().and_then(|spec| spec.extends.clone()) {
        if extends.value.contains(char::is_control) {
            // Has been reported.
            whole = false;
            break;
        }
        match next(&extends, &sources) {
            Ok(parent) => {
                links.push(extends.span);
                let (spec, more) = parse(&parent);
                findings.extend(more.into_iter().map(|finding| linked(finding, &links)));
                sources.push(parent);
                whole &= spec.is_some();
                let Some(spec) = spec else { break };
                chain.push(spec);
            }
            Err(finding) => {
                findings.push(linked(*finding, &links));
                whole = false;
                break;
            }
        }
    }
    let merged = (chain.len() > 1).then(|| chain.iter().cloned().reduce(Spec::over)).flatten();
    Extended { merged, whole, written: chain, sources, findings, links }
}

impl Extended {
    /// What all texts say together; `None` if one of them is not well formed.
    pub(crate) fn spec(&self) -> Option<&Spec> {
        self.merged.as_ref().or(self.written.first()).filter(|_| self.whole)
    }

    /// Adds to a finding in an extended text the way that leads there.
    pub(crate) fn link(&self, finding: Diagnostic) -> Diagnostic {
        let place = finding.primary.span;
        let depth = self.sources.iter().position(|source| source.contains(place)).unwrap_or(0);
        linked(finding, &self.links[..depth])
    }
}

fn linked(finding: Diagnostic, links: &[Span]) -> Diagnostic {
    links.iter().rev().fold(finding, |finding, link| finding.also(*link, "extended here"))
}

/// The text that a spec extends.
fn next(extends: &Spanned<String>, sources: &[Source]) -> Result<Source, Box<Diagnostic>> {
    let error = |code, message: String, label: &str| {
        Err(Box::new(Diagnostic::error(code, message, extends.span, label)))
    };
    let Some(last) = sources.last() else { return error(codes::CANNOT_EXTEND, String::new(), "") };
    if sources.len() > MAX_DEPTH {
        let message = format!("more than {MAX_DEPTH} specs extend one another");
        return error(codes::CANNOT_EXTEND, message, "one too many");
    }
    let parent = match last.related(&extends.value, last.next_base()) {
        Ok(parent) => parent,
        Err(why) => return error(codes::CANNOT_EXTEND, format!("cannot extend: {why}"), "this file"),
    };
    if sources.iter().any(|source| source.is_same_file(&parent)) {
        return error(
            codes::EXTENDS_ITSELF,
            "a spec extends itself".to_owned(),
            "leads back to where it started",
        );
    }
    Ok(parent)
}

impl Spec {
    /// This spec, and what another one says where this one says nothing.
    pub(crate) fn over(self, parent: Spec) -> Spec {
        Spec {
            description: if self.description.is_empty() { parent.description } else { self.description },
            name: self.name.or(parent.name),
            extends: parent.extends,
            params: merged_params(self.params, parent.params),
            input: self.input.or(parent.input),
            defaults: self.defaults.over(parent.defaults),
            blocks: if self.blocks.is_empty() { parent.blocks } else { self.blocks },
            head: if self.head.is_empty() { parent.head } else { self.head },
            // The nearer one comes later, and wins.
            overrides: parent.overrides.into_iter().chain(self.overrides).collect(),
            allow: self.allow.into_iter().chain(parent.allow).collect(),
            preprocess: merged(self.preprocess, parent.preprocess, Preprocess::over),
            train: merged(self.train, parent.train, Train::over),
        }
    }
}

/// The params of the parent with the child's values, and the child's own.
fn merged_params(child: Vec<Param>, parent: Vec<Param>) -> Vec<Param> {
    let mut params = parent;
    let names = params.iter().enumerate().map(|(index, param)| (param.name.value.clone(), index));
    let mut inherited: HashMap<String, usize> = names.collect();
    for param in child {
        // A second one of the same name is kept, to be reported.
        match inherited.remove(&param.name.value) {
            Some(index) => params[index] = param,
            None => params.push(param),
        }
    }
    params
}

fn merged<T>(
    child: Option<Spanned<T>>,
    parent: Option<Spanned<T>>,
    over: impl FnOnce(T, T) -> T,
) -> Option<Spanned<T>> {
    match (child, parent) {
        (Some(child), Some(parent)) => Some(Spanned::new(over(child.value, parent.value), child.span)),
        (child, parent) => child.or(parent),
    }
}

impl Defaults {
    fn over(self, parent: Defaults) -> Defaults {
        Defaults { conv: self.conv.over(parent.conv), pool: self.pool.or(parent.pool) }
    }
}

impl ConvOptions {
    fn over(self, parent: ConvOptions) -> ConvOptions {
        ConvOptions {
            kernel: self.kernel.or(parent.kernel),
            stride: self.stride.or(parent.stride),
            padding: self.padding.or(parent.padding),
            activation: self.activation.or(parent.activation),
            norm: self.norm.or(parent.norm),
            bias: self.bias.or(parent.bias),
            dropout: self.dropout.or(parent.dropout),
            groups: self.groups.or(parent.groups),
            dilation: self.dilation.or(parent.dilation),
            trainable: self.trainable.or(parent.trainable),
        }
    }
}

impl Preprocess {
    fn over(self, parent: Preprocess) -> Preprocess {
        Preprocess {
            resize: self.resize.or(parent.resize),
            crop: self.crop.or(parent.crop),
            channels: self.channels.or(parent.channels),
            scale: self.scale.or(parent.scale),
            mean: self.mean.or(parent.mean),
            std: self.std.or(parent.std),
        }
    }
}

impl Train {
    fn over(self, parent: Train) -> Train {
        Train {
            epochs: self.epochs.or(parent.epochs),
            batch: self.batch.or(parent.batch),
            seed: self.seed.or(parent.seed),
            optimizer: self.optimizer.or(parent.optimizer),
            loss: self.loss.or(parent.loss),
            class_weights: self.class_weights.or(parent.class_weights),
            clip: self.clip.or(parent.clip),
            average: self.average.or(parent.average),
            schedule: self.schedule.or(parent.schedule),
            augment: self.augment.or(parent.augment),
            callbacks: self.callbacks.or(parent.callbacks),
        }
    }
}
