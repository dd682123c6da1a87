//! Specs built by hand, for tests that do not go through a parser.

#![allow(dead_code, reason = "each test file uses some of them")]

use vgg_spec::ast::*;
use vgg_spec::ir::Model;
use vgg_spec::lower::lower;
use vgg_spec::span::Span;
pub(crate) use vgg_spec::span::Spanned;

pub(crate) fn at<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::new(0, 0))
}

pub(crate) fn literal(value: u64) -> Spanned<Number> {
    at(Number::Literal(value))
}

pub(crate) fn vgg(blocks: &[(u64, u64)], head: Vec<HeadKind>) -> Spec {
    let conv = |filters| {
        at(Conv { name: None, filters: literal(filters), repeat: None, options: ConvOptions::default() })
    };
    Spec {
        description: String::new(),
        name: Some(at("Net".to_owned())),
        params: Vec::new(),
        input: Some(at(Input { shape: [3, 224, 224].map(literal), order: Order::Chw })),
        defaults: Defaults::default(),
        blocks: blocks
            .iter()
            .map(|&(filters, convs)| {
                at(Block {
                    name: None,
                    convs: (0..convs).map(|_| conv(filters)).collect(),
                    options: ConvOptions::default(),
                    pool: None,
                })
            })
            .collect(),
        head: head.into_iter().map(|kind| at(HeadLayer { name: None, kind })).collect(),
        train: None,
        ..Spec::default()
    }
}

pub(crate) fn dense(units: u64, activation: Activation) -> HeadKind {
    HeadKind::Dense(Dense {
        units: literal(units),
        activation: Some(at(activation)),
        bias: None,
        trainable: None,
    })
}

pub(crate) fn model(spec: &Spec) -> Model {
    let (model, findings) = lower(spec, &[]);
    model.unwrap_or_else(|| panic!("{findings:#?}"))
}

pub(crate) fn square(extent: u64) -> Extent {
    Extent { height: literal(extent), width: literal(extent) }
}
