//! What can be said of generated code without compiling it.

mod built;

use built::{at, dense, model, vgg};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use vgg_spec::ast::{Activation, HeadKind, Norm, Spec};
use vgg_spec::codegen::{self, Settings};
use vgg_spec::plan::Plan;

/// A network with a step of every kind but lone pools.
fn varied() -> Spec {
    let head = vec![
        HeadKind::GlobalAveragePool,
        HeadKind::Dropout(at(0.25)),
        dense(120, Activation::Gelu),
        HeadKind::Norm(at(Norm::Batch { epsilon: 1e-3, momentum: 0.1 })),
        HeadKind::Activation(at(Activation::LeakyRelu { slope: 0.2 })),
        dense(10, Activation::None),
        HeadKind::Softmax,
    ];
    let mut spec = vgg(&[(64, 2), (128, 1)], head);
    spec.defaults.conv.norm = Some(at(Norm::Batch { epsilon: 1e-5, momentum: 0.1 }));
    spec.defaults.conv.bias = Some(at(false));
    spec
}

fn tokens(spec: &Spec, settings: &Settings) -> TokenStream {
    let model = model(spec);
    codegen::generate(&model, &Plan::new(&model), settings)
}

fn code(spec: &Spec) -> String {
    codegen::format(tokens(spec, &Settings::default()))
}

/// The text of every token but commas at the end of a list.
fn plain(tokens: TokenStream, into: &mut Vec<String>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => {
                into.push(format!("{:?}", group.delimiter()));
                plain(group.stream(), into);
                into.push("end".to_owned());
            }
            TokenTree::Punct(punct) if punct.as_char() == ',' && tokens.peek().is_none() => {}
            // A doc comment may be any kind of literal.
            TokenTree::Literal(literal) => into.push(match syn::parse_str(&literal.to_string()) {
                Ok(syn::Lit::Str(text)) => text.value(),
                _ => literal.to_string(),
            }),
            token => into.push(token.to_string()),
        }
    }
}

#[test]
fn formatting_changes_nothing_but_white_space() {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    plain(tokens(&varied(), &Settings::default()), &mut before);
    plain(code(&varied()).parse().expect("Rust"), &mut after);
    let difference = before.iter().zip(&after).find(|(before, after)| before != after);
    assert_eq!((difference, before.len()), (None, after.len()));
}

#[test]
fn lines_fit_a_screen() {
    for line in code(&varied()).lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn steps_are_fused_and_documented() {
    let code = code(&varied());
    let step = "
    /// 3x3 convolution without bias, batch norm, ReLU, 2x2 max-pool.
    pub(super) const BLOCK1_CONV2: ConvStep<Maps<64, 224, 224>, Maps<64, 112, 112>> =
        ConvStep::reads(BLOCK1_CONV1.output())
            .keeps(";
    assert!(code.contains(step), "{code}");
    let block = "
    /// `block1`: 3x224x224 to 64x112x112.
    fn block1(&self, pass: &mut Pass<'_>, x: Maps<3, 224, 224>) -> Maps<64, 112, 112> {
        let weights = (&self.block1_conv1, &self.block1_bn1);
        let x = steps::BLOCK1_CONV1.forward(pass, x, weights);
        let weights = (&self.block1_conv2, &self.block1_bn2);
        steps::BLOCK1_CONV2.forward(pass, x, weights)
    }
";
    assert!(code.contains(block), "{code}");
}

/// Nothing is named that a prelude or a surrounding module would have to provide.
#[test]
fn paths_are_absolute() {
    let code = code(&varied());
    for name in ["Clone", "Debug", "Result<", "AsRef", "FnMut", "Path", "Default"] {
        for (at, _) in code.match_indices(name) {
            assert!(
                code[..at].ends_with("::"),
                "{name} is not absolute: {}",
                &code[at.saturating_sub(40)..at]
            );
        }
    }
    for name in ["Option", "Some(", "None,", "Ok(", "Vec", "Box", "String", "!["] {
        assert!(!code.contains(name), "{name}");
    }
}

#[test]
fn settings_rename_the_type_and_the_runtime() {
    let settings = Settings {
        name: Some(Ident::new("Birds", Span::call_site())),
        runtime: "crate::nets".parse().expect("a path"),
        weights: None,
    };
    let code = codegen::format(tokens(&varied(), &settings));
    assert!(code.contains("pub struct Birds {") && code.contains("use crate::nets::layers::{"), "{code}");
    assert!(!code.contains("::vgg::"), "{code}");
    // What the weights file and the summary say is the name of the model.
    assert!(code.contains("\"Net\"") && code.contains("Net: 3x224x224"), "{code}");
}
