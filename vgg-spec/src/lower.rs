//! From what the author wrote to a network that is known to be right.
//!
//! [`lower`] walks the spec once, in the order in which data flows. It resolves params, inherits
//! options, gives names and infers shapes, and it reports every mistake it meets: behind a mistake it
//! goes on with what is still known, and a shape that is not known is checked against nothing. So one
//! cause gives one finding, and independent mistakes are found together.

mod blocks;
mod chain;
mod change;
pub(crate) mod codes;
mod head;
mod limits;
mod naming;
mod numbers;
mod options;
mod preprocess;
mod train;
mod windows;

use crate::ast::{Amount, Order, Spec};
use crate::diagnostic::{Diagnostic, Severity};
use crate::ir::{MapShape, Model};
use crate::names::{Named, Taken};
use crate::span::Span;
use chain::{Chain, Flow};
use change::Changes;
use numbers::Params;
use options::PoolSettings;

/// A value for a param that replaces its default.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    /// The param, without `$`.
    pub name: String,
    /// The value to use.
    pub value: Amount,
}

/// Checks a spec and builds the network it describes.
///
/// The model is there exactly if no finding is an error. The findings are in the order in which they
/// were met, not in that of the text.
pub fn lower(spec: &Spec, overrides: &[Override]) -> (Option<Model>, Vec<Diagnostic>) {
    let mut lowering = Lowering::default();
    let model = lowering.spec(spec, overrides);
    let failed = lowering.findings.iter().any(|finding| finding.severity == Severity::Error);
    debug_assert!(failed || lowering.unreadable || model.is_some(), "a layer was dropped without a finding");
    (model.filter(|_| !failed), lowering.findings)
}

/// What is known while a spec is walked.
#[derive(Debug, Default)]
struct Lowering<'a> {
    findings: Vec<Diagnostic>,
    params: Params<'a>,
    changes: Changes<'a>,
    layer_names: Taken,
    chain: Chain,
    /// Something could not be read, which the parser has reported: there will be no model.
    unreadable: bool,
    warned_of_bias: bool,
}

impl<'a> Lowering<'a> {
    fn report(&mut self, finding: Diagnostic) {
        self.findings.push(finding);
    }

    fn spec(&mut self, spec: &'a Spec, overrides: &[Override]) -> Option<Model> {
        let anchor = anchor(spec);
        self.params(&spec.params, overrides, anchor);
        let name = self.model_name(spec, anchor);
        let input = self.input(spec, anchor);
        self.changes = Changes::new(&spec.overrides);
        let defaults = self.conv_settings(&spec.defaults.conv);
        let pool = spec.defaults.pool.as_ref().map_or(PoolSettings::USUAL, |pool| self.pool_settings(pool));
        if spec.blocks.is_empty() {
            self.missing("blocks", "`blocks`: one at least, of convolutions and a pool", anchor);
        }
        let blocks = self.blocks(&spec.blocks, &defaults, pool);
        if spec.head.is_empty() {
            self.missing("head", "a `head`: from feature maps to one value a class", anchor);
        } else {
            self.head(&spec.head);
        }
        let preprocess = self.preprocess(spec.preprocess.as_ref(), input);
        let train = self.train(spec.train.as_ref());
        // Of a network that is cut short, not every number has been looked at.
        if !self.chain.full() {
            self.unknown_layers();
            self.unused_params();
        }
        Some(Model {
            name: name?,
            description: spec.description.clone(),
            params: self.params.values(),
            input: input?,
            order: spec.input.as_ref().map_or(Order::Chw, |input| input.value.order),
            layers: std::mem::take(&mut self.chain).into_layers()?,
            blocks,
            preprocess,
            train,
        })
    }

    fn model_name(&mut self, spec: &Spec, anchor: Span) -> Option<String> {
        let Some(name) = &spec.name else {
            self.missing("name", "a `model` name, such as `Vgg16`", anchor);
            return None;
        };
        let fine = self.check_name(name, Named::Model);
        fine.then(|| name.value.clone())
    }

    fn input(&mut self, spec: &Spec, anchor: Span) -> Option<MapShape> {
        let Some(input) = &spec.input else {
            self.missing("input", "an `input`: channels, height and width of an image", anchor);
            return None;
        };
        let [first, second, third] = &input.value.shape;
        let [channels, height, width] = match input.value.order {
            Order::Chw => [first, second, third],
            Order::Hwc => [third, first, second],
        };
        let channels = self.number(channels, limits::CHANNELS);
        let size = [self.number(height, limits::INPUT[0]), self.number(width, limits::INPUT[1])];
        self.chain = Chain::new(Flow::Maps { channels, size }, input.span);
        Some(MapShape { channels: channels?, height: size[0]?, width: size[1]? })
    }

    fn missing(&mut self, part: &str, needed: &str, anchor: Span) {
        let message = format!("the network has no {part}");
        self.report(
            Diagnostic::error(codes::MISSING_PART, message, anchor, "in this spec")
                .help(format!("a spec needs {needed}")),
        );
    }
}

/// Where to point when something is missing: the first thing that is there.
fn anchor(spec: &Spec) -> Span {
    let name = spec.name.as_ref().map(|name| name.span);
    let input = spec.input.as_ref().map(|input| input.span);
    let block = spec.blocks.first().map(|block| block.span);
    name.or(input).or(block).unwrap_or(Span::new(0, 0))
}
