//! From the tree to what the author wrote: one file for each part of a spec.
//!
//! Every mistake is reported and reading goes on. Of what cannot be read, a trace remains in the result
//! ([`Number::Unreadable`](crate::ast::Number), [`HeadKind::Unreadable`](crate::ast::HeadKind)), so that
//! lowering neither takes it for something else nor reports what follows from it.

mod blocks;
mod change;
mod choices;
mod fields;
mod head;
mod preprocess;
mod train;
mod values;

pub(super) use choices::ACTIVATIONS;
pub(super) use fields::list;
pub(super) use head::KINDS;

use super::tree::{Node, Value};
use super::{Findings, codes, steers};
use crate::ast::{Amount, Defaults, Input, Number, Order, Param, Spec};
use crate::diagnostic::Diagnostic;
use crate::lint;
use crate::source::{Source, Syntax};
use crate::span::Spanned;

const SPEC: [&str; 11] = [
    "model",
    "extends",
    "params",
    "input",
    "defaults",
    "blocks",
    "head",
    "override",
    "allow",
    "preprocess",
    "train",
];
const DEFAULTS: [&str; 11] = with_options(["pool"]);

/// Options of convolutions, which may also be said of blocks, in `defaults` and in overrides.
const OPTIONS: [&str; 10] = [
    "kernel",
    "stride",
    "padding",
    "groups",
    "dilation",
    "activation",
    "norm",
    "bias",
    "dropout",
    "trainable",
];

/// These keys, and behind them the options.
const fn with_options<const OWN: usize, const ALL: usize>(own: [&'static str; OWN]) -> [&'static str; ALL] {
    const { assert!(ALL == OWN + OPTIONS.len()) };
    let (mut all, mut index) = ([""; ALL], 0);
    while index < ALL {
        all[index] = if index < OWN { own[index] } else { OPTIONS[index - OWN] };
        index += 1;
    }
    all
}

/// Reads a whole spec.
pub(super) fn spec(tree: &Node, source: &Source, findings: &mut Findings) -> Spec {
    let mut spec = Reader { findings, syntax: source.syntax() }.spec(tree);
    spec.description = description(source);
    spec
}

struct Reader<'f> {
    findings: &'f mut Findings,
    syntax: Syntax,
}

impl Reader<'_> {
    fn report(&mut self, finding: Diagnostic) {
        self.findings.report(finding);
    }

    fn spec(&mut self, tree: &Node) -> Spec {
        let mut spec = Spec::default();
        let Some(fields) = self.fields(tree, "a spec", &SPEC) else { return spec };
        spec.name = fields.get("model").and_then(|node| self.name(node, "the name of the model"));
        spec.params = fields.get("params").map_or_else(Vec::new, |node| self.params(node));
        spec.input = fields.get("input").map(|node| self.input(node));
        spec.defaults = fields.get("defaults").map_or_else(Defaults::default, |node| self.defaults(node));
        spec.blocks = fields.get("blocks").map_or_else(Vec::new, |node| self.blocks(node));
        spec.head = fields.get("head").map_or_else(Vec::new, |node| self.head(node));
        spec.extends = fields.get("extends").and_then(|node| self.path(node));
        spec.overrides = fields.get("override").map_or_else(Vec::new, |node| self.changes(node));
        spec.allow = fields.get("allow").map_or_else(Vec::new, |node| self.codes(node));
        spec.preprocess = fields.get("preprocess").map(|node| self.preprocess(node));
        spec.train = fields.get("train").map(|node| self.train(node));
        spec
    }

    /// Repeated params are left to lowering: it is the same mistake in both spellings.
    fn params(&mut self, node: &Node) -> Vec<Param> {
        let entries = match &node.value {
            Value::Map(entries) => entries,
            Value::Unreadable => return Vec::new(),
            _ => {
                self.wrong_type(node, "`params` must be a map", Some("such as `params: {classes: 10}`"));
                return Vec::new();
            }
        };
        let mut params = Vec::with_capacity(entries.len());
        for entry in entries {
            let default = self.amount(&entry.value, "the value of a param");
            // Any value will do for what has been reported: there will be no model.
            let default = Spanned::new(default.unwrap_or(Amount::Whole(1)), entry.value.span);
            params.push(Param { name: entry.key.clone(), default });
        }
        params
    }

    fn input(&mut self, node: &Node) -> Spanned<Input> {
        if !matches!(node.value, Value::Map(_)) {
            return self.shape(node);
        }
        let unreadable = Spanned::new(Input::unreadable(node.span), node.span);
        let Some(fields) = self.fields(node, "`input`", &["shape", "order"]) else { return unreadable };
        let order = fields.get("order").map_or(Order::Chw, |node| self.order(node));
        let Some(shape) = fields.require(self, "shape") else { return unreadable };
        let input = self.shape(shape);
        Spanned::new(Input { order, ..input.value }, input.span)
    }

    fn order(&mut self, node: &Node) -> Order {
        const ORDERS: [&str; 2] = ["chw", "hwc"];
        let order =
            self.choice(node, "the order", &ORDERS, |reader, choice| match choice.word.value.as_str() {
                "chw" => reader.without_settings(&choice, Order::Chw),
                "hwc" => reader.without_settings(&choice, Order::Hwc),
                _ => {
                    reader.unknown_choice(choice.word, "order", &ORDERS);
                    None
                }
            });
        order.unwrap_or_default()
    }

    fn shape(&mut self, node: &Node) -> Spanned<Input> {
        let shape = match &node.value {
            Value::List(items) if items.len() == 3 => {
                [0, 1, 2].map(|index| self.number(&items[index], "a dimension of the input"))
            }
            _ => {
                let help = match self.syntax {
                    Syntax::Yaml => "such as `shape: [3, 224, 224]`",
                    Syntax::Dsl => "such as `input 3 x 224 x 224;`",
                };
                self.wrong_type(
                    node,
                    "the shape of the input must be channels, height and width",
                    Some(help),
                );
                return Spanned::new(Input::unreadable(node.span), node.span);
            }
        };
        Spanned::new(Input { shape, order: Order::Chw }, node.span)
    }

    /// Codes of warnings, or a single one.
    fn codes(&mut self, node: &Node) -> Vec<Spanned<String>> {
        let items = match &node.value {
            Value::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut codes = Vec::with_capacity(items.len());
        for item in items {
            let Some(code) = self.name(item, "the code of a warning") else { continue };
            if lint::CODES.contains(&code.value.as_str()) {
                codes.push(code);
            } else {
                self.unknown_choice(&code, "warning", lint::CODES);
            }
        }
        codes
    }

    fn defaults(&mut self, node: &Node) -> Defaults {
        let mut defaults = Defaults::default();
        let Some(fields) = self.fields(node, "`defaults`", &DEFAULTS) else { return defaults };
        defaults.pool = fields.get("pool").map(|node| self.pool(node));
        defaults.conv = self.conv_options(&fields);
        defaults
    }
}

impl Input {
    /// Stands for a shape that could not be read.
    fn unreadable(span: crate::span::Span) -> Input {
        Input { shape: [(); 3].map(|()| Spanned::new(Number::Unreadable, span)), order: Order::Chw }
    }
}

/// The comment at the head of a text, on one line.
fn description(source: &Source) -> String {
    /// What fits into the documentation of a type.
    const LONGEST: usize = 500;
    let mark = match source.syntax() {
        Syntax::Yaml => "#",
        Syntax::Dsl => "//",
    };
    let mut description = String::new();
    for line in source.text().lines().map(str::trim).skip_while(|line| line.is_empty()) {
        let Some(comment) = line.strip_prefix(mark) else { break };
        for word in comment.split(|letter: char| letter.is_whitespace() || steers(letter)) {
            if !word.is_empty() && !description.is_empty() {
                description.push(' ');
            }
            description.push_str(word);
        }
        if description.len() > LONGEST {
            description.truncate(description.floor_char_boundary(LONGEST));
            break;
        }
    }
    description
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_at_the_head_is_the_description() {
        let of = |text: &str, syntax| description(&Source::new("x", text, syntax));
        assert_eq!(
            of("\n# A  net\n#\twith two blocks\n\n# not this\nmodel: A", Syntax::Yaml),
            "A net with two blocks"
        );
        assert_eq!(of("// A net\r\nmodel A {", Syntax::Dsl), "A net");
        assert_eq!(of("model: A # not this", Syntax::Yaml), "");
        assert!(of(&format!("# {}", "ä".repeat(5000)), Syntax::Yaml).len() <= 500);
    }
}
