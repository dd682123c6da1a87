//! The head: from feature maps to one logit a class.

use super::chain::Flow;
use super::change::Changed;
use super::limits::{ADAPTIVE_SIZE, UNITS};
use super::naming::Naming;
use super::options::ConvSettings;
use super::windows::{WindowKind, Windowed};
use super::{Lowering, codes};
use crate::ast::{self, Activation, HeadKind, HeadLayer, Norm};
use crate::diagnostic::Diagnostic;
use crate::ir::{Dense, Op, Pool, PoolMode};
use crate::names::Named;
use crate::shape::{Axis, AxisPadding};
use crate::span::{Span, Spanned};
use std::collections::HashMap;

/// How many layers of each kind there were, named ones included: the third dense layer is `dense3`
/// whatever the others are called.
type Counts = HashMap<&'static str, usize>;

impl Lowering<'_> {
    /// Appends the head and checks what it ends in.
    pub(super) fn head(&mut self, head: &[Spanned<HeadLayer>]) {
        let mut counts = Counts::new();
        for (index, layer) in head.iter().enumerate() {
            if self.chain.full() {
                return;
            }
            if layer.value.kind == HeadKind::Unreadable {
                self.unreadable(&head[index + 1..]);
                continue;
            }
            let next = head.get(index + 1).map(|next| next.span);
            self.head_layer(layer, next, &mut counts);
        }
        let Some(last) = head.last() else { return };
        match self.chain.flow {
            Flow::Maps { .. } => self.report(
                Diagnostic::error(
                    codes::ENDS_IN_MAPS,
                    "the network ends in feature maps, not in one value for each class",
                    last.span,
                    "the last layer",
                )
                .help("add `flatten` or `gap`, and a `dense` layer with one unit a class"),
            ),
            Flow::Vector(Some(1)) => self.report(
                Diagnostic::warning(
                    codes::ONE_CLASS,
                    "the network tells one class from none: its only probability is always 1",
                    last.span,
                    "one logit",
                )
                .help("give the last layer one unit a class, two at least"),
            ),
            Flow::Vector(_) => {}
        }
    }

    fn head_layer(&mut self, layer: &Spanned<HeadLayer>, next: Option<Span>, counts: &mut Counts) {
        let span = layer.span;
        match &layer.value.kind {
            HeadKind::Flatten => self.collapse(layer, "flatten", Op::Flatten),
            HeadKind::GlobalAveragePool => self.collapse(layer, "gap", Op::GlobalAveragePool),
            HeadKind::GlobalMaxPool => self.global_max(layer),
            HeadKind::AdaptiveAveragePool(size) => {
                let naming = self.head_naming(layer, "adaptive", counts);
                self.adaptive(size, naming, layer);
            }
            HeadKind::Dense(dense) => {
                let naming = self.head_naming(layer, "dense", counts);
                self.dense(dense, naming, layer);
            }
            HeadKind::Dropout(rate) => {
                let name = self.head_naming(layer, "dropout", counts).layer("dropout");
                let changes = self.changes(name.as_deref(), Changed::Dropout);
                let changed = changes.iter().find_map(|change| change.rate.as_ref());
                let rate = self.dropout_rate(changed.unwrap_or(rate));
                self.dropout_layer(rate, name, span);
            }
            HeadKind::Activation(activation) => {
                let activation = self.activation(activation);
                let name = self.head_naming(layer, activation.name(), counts).layer(activation.name());
                self.activation_layer(activation, name, span);
            }
            HeadKind::Norm(norm) => {
                let norm = self.norm(norm);
                match norm {
                    Norm::None => {}
                    Norm::Batch { .. } => {
                        let name = self.head_naming(layer, "bn", counts).layer("bn");
                        self.batch_norm_layer(norm, name, span);
                    }
                    Norm::Lrn { .. } => {
                        let name = self.head_naming(layer, "lrn", counts).layer("lrn");
                        match self.chain.flow {
                            Flow::Maps { .. } => self.lrn_layer(norm, name, span),
                            Flow::Vector(_) => self.needs_maps("lrn", span),
                        }
                    }
                }
            }
            HeadKind::Softmax => self.softmax(layer, next),
            HeadKind::Unreadable => {}
        }
    }

    /// Passes over a layer of which nothing is known: the layers behind it tell what it put out.
    fn unreadable(&mut self, behind: &[Spanned<HeadLayer>]) {
        self.chain.flow = if behind.iter().any(|layer| layer.value.collapses()) {
            Flow::Maps { channels: None, size: [None; 2] }
        } else {
            Flow::Vector(None)
        };
        self.chain.break_off();
        self.unreadable = true;
    }

    /// The naming of a head layer: its own name, or its kind with a number.
    fn head_naming(&mut self, layer: &Spanned<HeadLayer>, kind: &'static str, counts: &mut Counts) -> Naming {
        let number = counts.entry(kind).or_default();
        *number += 1;
        let numbered = format!("{kind}{number}");
        self.own_name(layer, numbered)
    }

    fn own_name(&mut self, layer: &Spanned<HeadLayer>, otherwise: String) -> Naming {
        match &layer.value.name {
            None => Naming::Own(otherwise),
            Some(name) => {
                let fine = self.check_name(name, Named::Layer);
                if fine { Naming::Own(name.value.clone()) } else { Naming::Unknown }
            }
        }
    }

    fn collapse(&mut self, layer: &Spanned<HeadLayer>, kind: &str, op: Op) {
        let naming = self.own_name(layer, kind.to_owned());
        let Flow::Maps { channels, size: [height, width] } = self.chain.flow else {
            return self.needs_maps(kind, layer.span);
        };
        let features = match op {
            Op::GlobalAveragePool => channels,
            _ => (|| channels?.checked_mul(height?)?.checked_mul(width?))(),
        };
        let name = self.claim(naming.layer(kind), name_span(layer));
        self.push(name, Some(op), Flow::Vector(features), layer.span);
    }

    fn dense(&mut self, dense: &ast::Dense, naming: Naming, layer: &Spanned<HeadLayer>) {
        let changes = self.changes(naming.layer("dense").as_deref(), Changed::Dense);
        let changed = changes.iter().find_map(|change| change.units.as_ref());
        let units = self.number(changed.unwrap_or(&dense.units), UNITS);
        let settings = self.changed_settings(&changes).or(&self.dense_settings(dense));
        let bias = settings.bias();
        self.chain.trainable = settings.trainable();
        if matches!(self.chain.flow, Flow::Maps { .. }) {
            self.needs_vector("a dense layer", layer.span);
        }
        let name = self.claim(naming.layer("dense"), name_span(layer));
        let naming = if name.is_some() { naming } else { Naming::Unknown };
        let op = units.map(|units| Op::Dense(Dense { units, bias }));
        self.push(name, op, Flow::Vector(units), layer.span);
        self.chain.trainable = true;
        let activation = settings.activation_or(Activation::None);
        self.activation_layer(activation, naming.behind(activation.name()), layer.span);
    }

    /// What a dense layer says of itself, as of a convolution.
    fn dense_settings(&mut self, dense: &ast::Dense) -> ConvSettings {
        self.conv_settings(&ast::ConvOptions {
            activation: dense.activation,
            bias: dense.bias,
            trainable: dense.trainable,
            ..ast::ConvOptions::default()
        })
    }

    /// A global max-pool is a pool whose only window is the whole map, and a flatten.
    fn global_max(&mut self, layer: &Spanned<HeadLayer>) {
        let naming = self.own_name(layer, "gmp".to_owned());
        let Flow::Maps { channels, size } = self.chain.flow else {
            return self.collapse(layer, "gmp", Op::Flatten);
        };
        let name = self.claim(naming.layer("gmp"), name_span(layer));
        let whole = size.map(|extent| {
            extent.map(|extent| Axis { kernel: extent, stride: extent, padding: AxisPadding::Each(0) })
        });
        self.pool_layer(PoolMode::Max, whole, name, layer.span);
        let name = self.claim(naming.behind("flatten"), name_span(layer));
        self.push(name, Some(Op::Flatten), Flow::Vector(channels), layer.span);
    }

    /// An adaptive pool is a pool where the windows come out all alike.
    fn adaptive(&mut self, size: &Spanned<ast::Extent>, naming: Naming, layer: &Spanned<HeadLayer>) {
        let wanted = self.extent(&size.value, ADAPTIVE_SIZE);
        let Flow::Maps { channels, size: given } = self.chain.flow else {
            return self.needs_maps("adaptive", layer.span);
        };
        let name = self.claim(naming.layer("adaptive"), name_span(layer));
        let is_even = |direction: usize| {
            given[direction].zip(wanted[direction]).is_none_or(|(given, wanted)| given % wanted == 0)
        };
        let axes = [0, 1].map(|direction| {
            let (given, wanted) = (given[direction]?, wanted[direction]?);
            Some(shares(given, wanted))
        });
        if is_even(0) && is_even(1) {
            return self.pool_layer(PoolMode::Average, axes, name, layer.span);
        }
        self.chain.pass_through(axes);
        self.push(name, Some(Op::AdaptiveAveragePool), Flow::Maps { channels, size: wanted }, layer.span);
    }

    /// Appends a pool of the head, which always has a place where its window is known.
    fn pool_layer(&mut self, mode: PoolMode, axes: [Option<Axis>; 2], name: Option<String>, span: Span) {
        let Flow::Maps { channels, .. } = self.chain.flow else { return };
        let owner = name.clone().unwrap_or_else(|| "this pool".to_owned());
        let windowed = Windowed { kind: WindowKind::Pool, owner: &owner, span, size_span: None };
        let (window, size) = self.lay(axes, &windowed);
        let op = window.map(|window| Op::Pool(Pool { mode, window }));
        self.push(name, op, Flow::Maps { channels, size }, span);
    }

    fn softmax(&mut self, layer: &Spanned<HeadLayer>, next: Option<Span>) {
        let naming = self.own_name(layer, "softmax".to_owned());
        if let Some(next) = next {
            self.report(
                Diagnostic::error(
                    codes::SOFTMAX_NOT_LAST,
                    "a softmax must be the last layer",
                    layer.span,
                    "turns logits into probabilities",
                )
                .also(next, "comes behind it")
                .help("move it to the end"),
            );
            return;
        }
        if matches!(self.chain.flow, Flow::Maps { .. }) {
            self.needs_vector("a softmax", layer.span);
        }
        let name = self.claim(naming.layer("softmax"), name_span(layer));
        self.push(name, Some(Op::Softmax), self.chain.flow, layer.span);
    }

    /// Reports a layer that cannot read a vector.
    fn needs_maps(&mut self, kind: &str, span: Span) {
        let message = format!("`{kind}` needs feature maps, but receives a vector");
        let label = "the data is a vector already";
        self.report(Diagnostic::error(codes::VECTOR_NOT_MAPS, message, span, label).help("remove it"));
    }

    /// Reports a layer that cannot read maps, and goes on as if they had been made a vector.
    fn needs_vector(&mut self, what: &str, span: Span) {
        self.report(
            Diagnostic::error(
                codes::MAPS_NOT_VECTOR,
                format!("{what} needs a vector, but receives feature maps"),
                span,
                match self.chain.flow.shape() {
                    Some(shape) => format!("receives {shape}"),
                    None => "receives feature maps".to_owned(),
                },
            )
            .help("put `flatten` or `gap` in front of it"),
        );
        self.chain.flow = Flow::Vector(None);
    }
}

/// The largest of the windows that share `given` cells out among `wanted` means, and about how far apart they are.
fn shares(given: usize, wanted: usize) -> Axis {
    let covers = |index: usize| ((index + 1) * given).div_ceil(wanted) - index * given / wanted;
    let kernel = (0..wanted).map(covers).max().unwrap_or(given);
    Axis { kernel, stride: (given / wanted).max(1), padding: AxisPadding::Each(0) }
}

fn name_span(layer: &Spanned<HeadLayer>) -> Span {
    layer.value.name.as_ref().map_or(layer.span, |name| name.span)
}
