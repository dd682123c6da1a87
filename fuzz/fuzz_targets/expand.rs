//! A network by chance: both spellings agree about it, the code generated for it is Rust, and everything else that is
//! written of it can be.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vgg_fuzz::net::Net;
use vgg_fuzz::{answer, meaning};
use vgg_spec::codegen::{Settings, generate};
use vgg_spec::emit::{keras, keras_model, onnx, pytorch, summary, svg};
use vgg_spec::plan::Plan;
use vgg_spec::source::{Source, Syntax};
use vgg_spec::tensors::Tensor;
use vgg_spec::write::convert;

fuzz_target!(|net: Net| {
    let text = net.to_string();
    let Some(model) = answer(&text, Syntax::Yaml) else { return };
    let dsl = convert(&Source::new("net", text.as_str(), Syntax::Yaml), Syntax::Dsl).expect("can be said");
    let same = answer(&dsl, Syntax::Dsl).expect("is as good");
    assert_eq!(meaning(&same), meaning(&model), "{text}\n{dsl}");

    let plan = Plan::new(&model);
    let code = generate(&model, &plan, &Settings::default());
    if let Err(error) = syn::parse2::<syn::File>(code.clone()) {
        panic!("no Rust: {error}\n{text}\n{code}");
    }
    summary::json(&model, &plan, 1);
    keras::summary(&model, 80);
    pytorch::file(&model);
    keras_model::file(&model);
    svg::draw(&model);
    // Zeros are as good as any weights, but many of them take long.
    if model.parameters() < 1 << 16 {
        let zeros = |shape: Vec<usize>| Tensor { values: vec![0.0; shape.iter().product()], shape };
        let weights = model.tensors().map(|(name, shape)| (name, zeros(shape))).collect();
        onnx::file(&model, &weights, &[]).expect("these are its tensors");
    }
});
