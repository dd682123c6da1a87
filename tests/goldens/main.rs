//! Generated code, compiled as a build script or a reader of `vggc expand` would compile it: it must give no
//! warning. `tests/generated.rs` writes it.

#![deny(warnings)]
#![allow(unreachable_pub, reason = "what is generated may be meant for other crates")]

#[path = "../zoo/mod.rs"]
mod zoo;

use vgg_spec::emit::summary;
use vgg_spec::plan::Plan;

/// The modules beside this file, and the network in each.
macro_rules! goldens {
    ($($module:ident::$network:ident),* $(,)?) => {
        $(mod $module;)*

        /// Name, parameters and summary of each.
        const COMPILED: &[(&str, usize, &str)] =
            &[$((stringify!($module), $module::$network::PARAMETERS, $module::$network::SUMMARY)),*];
    };
}

goldens! {
    alex_net::AlexNet,
    digits::Digits,
    everything::Everything,
    extended::Extended,
    fashion::Fashion,
    frozen::Frozen,
    small_average::SmallAverage,
    small_gap::SmallGap,
    small_lrn::SmallLrn,
    small_norm::SmallNorm,
    small_plain::SmallPlain,
    vgg11::Vgg11,
    vgg11_bn::Vgg11Bn,
    vgg11_lrn::Vgg11Lrn,
    vgg13::Vgg13,
    vgg13_bn::Vgg13Bn,
    vgg16::Vgg16,
    vgg16_bn::Vgg16Bn,
    vgg16_c::Vgg16C,
    vgg16_cifar::Vgg16Cifar,
    vgg16_gap::Vgg16Gap,
    vgg19::Vgg19,
    vgg19_bn::Vgg19Bn,
}

#[test]
fn every_spec_is_compiled() {
    let expected: Vec<String> = zoo::models().into_keys().collect();
    let compiled: Vec<&str> = COMPILED.iter().map(|(module, ..)| *module).collect();
    assert_eq!(compiled, expected, "list the networks of all specs in `goldens!`");
}

#[test]
fn compiled_code_knows_what_the_compiler_knew() {
    let models = zoo::models();
    for (module, parameters, text) in COMPILED {
        let model = &models[*module];
        assert_eq!(*parameters as u64, model.parameters(), "{module}");
        let expected = summary::text(model, &Plan::new(model), 1, summary::TableStyle::default());
        assert_eq!(*text, expected, "{module}");
    }
}
