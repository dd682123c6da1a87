//! Generated code, compiled as a build script or a reader of `vggc expand` would compile it: it must give no
//! warning. `tests/generated.rs` writes it.

#![deny(warnings)]
#![allow(unreachable_pub, reason = "what is generated may be meant for other crates")]

#[path = "../zoo/mod.rs"]
mod zoo;

use vgg::TrainSettings;
use vgg::data::{Augmentation, Normalisation};
use vgg::optim::{Clip, Convention, Decay, Optimizer};
use vgg::train::{EarlyStopping, Monitor, Plateau, Schedule, Shape};
use vgg_spec::emit::summary;
use vgg_spec::plan::Plan;

/// The modules beside this file, and the network in each.
macro_rules! goldens {
    ($($module:ident::$network:ident),* $(,)?) => {
        $(mod $module;)*

        /// Name, parameters and summary of each.
        const COMPILED: &[(&str, usize, &str)] =
            &[$((stringify!($module), $module::$network::PARAMETERS, $module::$network::SUMMARY)),*];

        /// How each is trained, and on what.
        fn trainings() -> Vec<(&'static str, TrainSettings, &'static [Augmentation], Normalisation)> {
            vec![$((
                stringify!($module),
                $module::$network::TRAIN,
                $module::$network::AUGMENTATIONS,
                $module::$network::normalisation(),
            )),*]
        }
    };
}

goldens! {
    alex_net::AlexNet,
    digits::Digits,
    everything::Everything,
    extended::Extended,
    fashion::Fashion,
    frozen::Frozen,
    small_adaptive::SmallAdaptive,
    small_average::SmallAverage,
    small_gap::SmallGap,
    small_grouped::SmallGrouped,
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

/// Whoever compiles a network trains it as `vggc train` does.
#[test]
fn compiled_code_trains_as_the_command_line_does() {
    let models = zoo::models();
    for (module, settings, augmentations, normalisation) in trainings() {
        let model = &models[module];
        assert_eq!(settings, vggc::settings::of_spec(model.train()), "{module}");
        assert_eq!(augmentations, vggc::settings::augmentations(model.train()), "{module}");
        let expected = model.preprocess().map(vggc::settings::normalisation).unwrap_or_default();
        assert_eq!(normalisation, expected, "{module}");
    }
}

/// The spec with everything in it leaves no setting as it is.
#[test]
fn the_language_says_every_setting() {
    let (said, usual) = (everything::Everything::TRAIN, TrainSettings::DEFAULT);
    let TrainSettings { epochs, batch, seed, optimizer, schedule, targets, mixup, .. } = said;
    assert!(epochs != usual.epochs && batch != usual.batch && seed != usual.seed);
    assert_eq!(
        optimizer,
        Optimizer::sgd(0.05)
            .with_momentum(0.8)
            .with_nesterov()
            .with_weight_decay(5e-4)
            .with_decay(Decay::Decoupled)
            .with_convention(Convention::Keras)
    );
    assert_eq!(schedule, Schedule { warmup: 0.5, shape: Shape::Step { every: 2, factor: 0.5 } });
    assert_eq!((targets.smoothing, targets.class_weights.len(), mixup), (0.1, 10, Some(0.3)));
    let TrainSettings { clip, average, plateau, early_stopping, best, .. } = said;
    assert_eq!((clip, average, best), (Clip::Norm(1.5), Some(0.99), Monitor::Loss));
    let expected = Plateau {
        monitor: Monitor::Accuracy,
        factor: 0.5,
        patience: 2,
        min_delta: 0.001,
        cooldown: 1,
        min_share: 0.001 / 0.05,
    };
    assert_eq!(plateau, Some(expected));
    let expected = EarlyStopping { min_delta: 0.002, restore_best: false, start: 1, ..EarlyStopping::new(3) };
    assert_eq!(early_stopping, Some(expected));
}
