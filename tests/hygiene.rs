//! Generated code stands anywhere: it needs no prelude, and nothing around it can come between it and what
//! it means.

#![deny(warnings)]

/// Nothing is in scope that was not named.
#[no_implicit_prelude]
mod without_prelude {
    ::vgg::vgg!("tests/specs/batch_norm.yaml");
    ::vgg::vgg! {
        model Inline {
            input 3 x 8 x 8;
            block { conv 4; }
            head { flatten; dense 2 softmax; }
        }
    }
}

/// Everything that generated code mentions means something else here.
#[allow(
    dead_code,
    non_camel_case_types,
    unused_macros,
    reason = "what is here is only there to be in the way"
)]
mod shadowed {
    mod core {}
    mod std {}
    mod alloc {}
    mod vgg {}
    mod steps {}
    struct Option;
    struct Result;
    struct Vec;
    struct String;
    struct Box;
    struct Maps;
    struct Network;
    struct usize;
    struct u8;
    struct u64;
    struct f32;
    struct str;
    trait Clone {}
    trait Debug {}
    trait AsRef {}
    fn blank() {}
    const INPUT: () = ();
    const ARENA: () = ();
    macro_rules! concat {
        () => {};
    }
    macro_rules! include_bytes {
        () => {};
    }

    ::vgg::vgg!("tests/specs/batch_norm.yaml");
    ::vgg::vgg!("tests/specs/batch_norm.yaml" as ConvStep);
}

/// Networks may stand in a function, and have names that the runtime and generated code have, too.
#[test]
fn anywhere_and_by_any_name() {
    use vgg::vgg;

    vgg!("tests/specs/gap.yaml" as Network);
    vgg!("tests/specs/gap.yaml" as INPUT);
    vgg!("tests/specs/gap.yaml" as Vgg);
    vgg!("tests/specs/gap.yaml" as Ok);
    assert_eq!(Network::PARAMETERS, INPUT::PARAMETERS);
    assert_eq!(Vgg::PARAMETERS, Ok::PARAMETERS);
    assert_eq!(without_prelude::SmallNorm::PARAMETERS, shadowed::ConvStep::PARAMETERS);
    assert_eq!(shadowed::SmallNorm::PARAMETERS, shadowed::ConvStep::PARAMETERS);
    assert_eq!(without_prelude::Inline::layers().len(), 6);
}

/// Layers may be called what generated code calls its variables, functions and modules.
#[test]
fn layers_by_any_name() {
    vgg::vgg! {
        model Names {
            allow W0303 W0315;
            input 1 x 8 x 8;
            block steps { conv 2 name pass; }
            block x { conv 2 name weights; pool none; }
            block blank { conv 2 name network; pool none; }
            head { flatten; dense 4 name into; dense 2 name gradients softmax; }
        }
    }
    let net = Names::init(0);
    let images = vgg::FeatureMaps::zeros(3);
    let logits: vgg::Logits<2> = net.forward(&images);
    assert_eq!(logits.batch(), 3);
}

/// A `macro_rules!` macro may make a spec out of its arguments.
#[test]
fn specs_come_out_of_macros() {
    macro_rules! wide {
        ($name:ident, $filters:literal) => {
            vgg::vgg! {
                model $name {
                    input 1 x 8 x 8;
                    block { conv $filters; }
                    head { flatten; dense 2 softmax; }
                }
            }
        };
    }
    wide!(Eight, 8);
    wide!(Sixteen, 16);
    assert_ne!(Eight::SUMMARY, Sixteen::SUMMARY);
}

#[test]
fn params_and_names_are_those_of_the_call() {
    vgg::vgg!("specs/vgg16-gap.yaml" as Birds, classes = 200,);
    assert_eq!(Birds::PARAMETERS, 14_777_458 + 190 * 121);
    assert_eq!(Birds::layers().last().expect("a layer").output, [200]);
    assert_eq!(vgg::Network::classes(&Birds::init(0)), 200);
}
