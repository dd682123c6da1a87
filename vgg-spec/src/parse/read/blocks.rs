//! Blocks and their convolutions.

use super::super::tree::{Node, Value};
use super::fields::Fields;
use super::{Reader, with_options};
use crate::ast::{Block, Conv, ConvOptions, Extent, Number, Pool};
use crate::source::Syntax;
use crate::span::{Span, Spanned};

const FILTERS: &str = "the number of filters";

const BLOCK: [&str; 13] = with_options(["name", "conv", "pool"]);
const CONV: [&str; 13] = with_options(["name", "filters", "repeat"]);

impl Reader<'_> {
    pub(super) fn blocks(&mut self, node: &Node) -> Vec<Spanned<Block>> {
        let Value::List(items) = &node.value else {
            self.wrong_type(node, "`blocks` must be a list", Some("such as `- conv: [64, 64]`"));
            return vec![Spanned::new(Block::unreadable(node.span), node.span)];
        };
        items.iter().map(|item| Spanned::new(self.block(item), item.span)).collect()
    }

    fn block(&mut self, node: &Node) -> Block {
        let Some(fields) = self.fields(node, "a block", &BLOCK) else { return Block::unreadable(node.span) };
        let name = fields.get("name").and_then(|node| self.name(node, "the name of a block"));
        let convs = match (fields.get("conv"), self.syntax) {
            (Some(node), _) => self.convs(node),
            // The statements of a block are its convolutions: lowering reports that there are none.
            (None, Syntax::Dsl) => Vec::new(),
            (None, Syntax::Yaml) => {
                fields.require(self, "conv");
                Block::unreadable(node.span).convs
            }
        };
        let pool = fields.get("pool").map(|node| self.pool(node));
        let options = self.conv_options(&fields);
        Block { name, convs, options, pool }
    }

    fn convs(&mut self, node: &Node) -> Vec<Spanned<Conv>> {
        match &node.value {
            Value::List(items) => items.iter().map(|item| self.conv(item)).collect(),
            Value::Plain(_) | Value::Map(_) => vec![self.conv(node)],
            _ => {
                self.wrong_type(node, "`conv` must be a list of filters", Some("such as `conv: [64, 64]`"));
                vec![Spanned::new(Conv::unreadable(node.span), node.span)]
            }
        }
    }

    fn conv(&mut self, node: &Node) -> Spanned<Conv> {
        let conv = match &node.value {
            Value::Map(_) => {
                self.fields(node, "a convolution", &CONV).map(|fields| self.conv_of(&fields, node.span))
            }
            Value::Plain(_) => Some(Conv::plain(self.number(node, FILTERS))),
            _ => {
                self.wrong_type(node, "a convolution must be a number of filters or a map", None);
                None
            }
        };
        Spanned::new(conv.unwrap_or_else(|| Conv::unreadable(node.span)), node.span)
    }

    fn conv_of(&mut self, fields: &Fields<'_>, span: Span) -> Conv {
        let name = fields.get("name").and_then(|node| self.name(node, "the name of a layer"));
        let filters = fields.require(self, "filters").map(|node| self.number(node, FILTERS));
        let repeat = fields.get("repeat").map(|node| self.number(node, "the number of repeats"));
        let options = self.conv_options(fields);
        let filters = filters.unwrap_or(Spanned::new(Number::Unreadable, span));
        Conv { name, filters, repeat, options }
    }

    /// The options that a convolution, a block and the defaults share.
    pub(super) fn conv_options(&mut self, fields: &Fields<'_>) -> ConvOptions {
        ConvOptions {
            kernel: fields.get("kernel").map(|node| self.extent(node, "the kernel size")),
            stride: fields.get("stride").map(|node| self.extent(node, "the stride")),
            padding: fields.get("padding").map(|node| self.padding(node)),
            groups: fields.get("groups").map(|node| self.number(node, "the number of groups")),
            dilation: fields.get("dilation").map(|node| self.number(node, "the dilation")),
            activation: fields.get("activation").and_then(|node| self.activation(node)),
            norm: fields.get("norm").and_then(|node| self.norm(node)),
            bias: fields.get("bias").and_then(|node| self.flag(node, "`bias`")),
            trainable: fields.get("trainable").and_then(|node| self.flag(node, "`trainable`")),
            dropout: fields.get("dropout").and_then(|node| self.real(node, "the rate of a dropout")),
        }
    }
}

impl Conv {
    fn plain(filters: Spanned<Number>) -> Conv {
        Conv { name: None, filters, repeat: None, options: ConvOptions::default() }
    }

    /// Stands for a convolution that could not be read: nothing is known of what it puts out.
    fn unreadable(span: Span) -> Conv {
        let unknown = Spanned::new(Number::Unreadable, span);
        let kernel = Some(Spanned::new(Extent::both(unknown.clone()), span));
        Conv { options: ConvOptions { kernel, ..ConvOptions::default() }, ..Conv::plain(unknown) }
    }
}

impl Block {
    /// Stands for a block that could not be read.
    fn unreadable(span: Span) -> Block {
        Block {
            name: None,
            convs: vec![Spanned::new(Conv::unreadable(span), span)],
            options: ConvOptions::default(),
            pool: Some(Spanned::new(Pool::None, span)),
        }
    }
}
