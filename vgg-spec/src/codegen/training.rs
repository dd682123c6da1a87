//! How a spec wants its network to be trained, as constants of the runtime's types.

use super::{Network, literal};
use crate::ir::{Colours, Configured, Preprocess, Train};
use proc_macro2::TokenStream;
use quote::quote;

/// The constant of all settings, and the functions that prepare images.
pub(super) fn items(network: &Network<'_>) -> TokenStream {
    let train = network.model.train();
    let settings = settings(train);
    let augmentations = train.augment.iter().filter_map(augmentation);
    let normalisation = network.model.preprocess().map_or_else(usual, normalisation);
    quote! {
        /// How the spec wants the network to be trained.
        pub const TRAIN: TrainSettings = #settings;

        /// How the spec wants images to learn from to be varied, one way after the other.
        pub const AUGMENTATIONS: &'static [Augmentation] = &[#(#augmentations),*];

        /// What becomes of pixels in \[0, 1\] before the network sees them.
        pub fn normalisation() -> Normalisation {
            #normalisation
        }

        /// Images with pixels in \[0, 1\], to judge by, as the network wants to see them.
        pub fn prepared<D: Dataset>(images: D) -> Prepared<D> {
            Prepared::new(images, Self::normalisation())
        }

        /// Images with pixels in \[0, 1\], to learn from, varied anew in each epoch.
        pub fn varied<D: Dataset>(images: D, seed: u64) -> Prepared<D> {
            Self::prepared(images).augmented(Self::AUGMENTATIONS.to_vec(), seed)
        }
    }
}

/// `TrainSettings`: what is as usual is left out.
fn settings(train: &Train) -> TokenStream {
    let [epochs, batch, seed] = [train.epochs, train.batch, train.seed].map(literal::integer);
    let optimizer = optimizer(&train.optimizer);
    let mixup = train.augment.iter().find(|augmentation| augmentation.name() == "mixup");
    let rate = train.optimizer.number("rate");
    let others = [
        schedule(&train.schedule).map(|schedule| quote!(schedule: #schedule,)),
        targets(train).map(|targets| quote!(targets: #targets,)),
        mixup.map(|mixup| {
            let alpha = number(mixup, "alpha");
            quote!(mixup: ::core::option::Option::Some(#alpha),)
        }),
        clip(&train.clip).map(|clip| quote!(clip: #clip,)),
        train.average.map(|average| {
            let average = literal::double(average);
            quote!(average: ::core::option::Option::Some(#average),)
        }),
    ];
    let callbacks = train.callbacks.iter().map(|callback| self::callback(callback, rate));
    let others = others.into_iter().chain(callbacks).flatten();
    quote! {
        TrainSettings {
            epochs: #epochs,
            batch: #batch,
            seed: #seed,
            optimizer: #optimizer,
            #(#others)*
            ..TrainSettings::DEFAULT
        }
    }
}

fn number(configured: &Configured, key: &str) -> TokenStream {
    literal::double(configured.number(key))
}

fn whole(configured: &Configured, key: &str) -> TokenStream {
    literal::integer(configured.number(key) as u64)
}

/// An optimiser by its constructor, and what differs from what that gives.
fn optimizer(optimizer: &Configured) -> TokenStream {
    let rate = number(optimizer, "rate");
    let is_usual = |keys: &[&str]| keys.iter().all(|key| optimizer.get(key) == usual_of(optimizer, key));
    let [momentum, beta1, beta2, rho, epsilon] =
        ["momentum", "beta1", "beta2", "rho", "epsilon"].map(|key| number(optimizer, key));
    let mut made = match optimizer.name() {
        "sgd" => {
            let momentum = (!is_usual(&["momentum"])).then(|| quote!(.with_momentum(#momentum)));
            let nesterov = optimizer.is("nesterov").then(|| quote!(.with_nesterov()));
            quote!(Optimizer::sgd(#rate) #momentum #nesterov)
        }
        "rmsprop" => {
            let rule = quote!(Rule::RmsProp { rho: #rho, momentum: #momentum, epsilon: #epsilon });
            let rule = (!is_usual(&["rho", "momentum", "epsilon"])).then(|| quote!(.with_rule(#rule)));
            quote!(Optimizer::rmsprop(#rate) #rule)
        }
        name => {
            let name = super::ident(name);
            let rule = quote!(Rule::Adam { beta1: #beta1, beta2: #beta2, epsilon: #epsilon });
            let rule = (!is_usual(&["beta1", "beta2", "epsilon"])).then(|| quote!(.with_rule(#rule)));
            quote!(Optimizer::#name(#rate) #rule)
        }
    };
    if !is_usual(&["weight_decay"]) {
        let decay = number(optimizer, "weight_decay");
        made.extend(quote!(.with_weight_decay(#decay)));
    }
    if optimizer.is("decoupled") {
        made.extend(quote!(.with_decay(Decay::Decoupled)));
    }
    if optimizer.word("convention") == Some("keras") {
        made.extend(quote!(.with_convention(Convention::Keras)));
    }
    made
}

/// The value of a setting unless given.
fn usual_of(configured: &Configured, key: &str) -> Option<f64> {
    Configured::usual(configured.kind).get(key)
}

/// `None` for a rate that stays as it is.
fn schedule(schedule: &Configured) -> Option<TokenStream> {
    let (warmup, shape) = match schedule.name() {
        "step" => {
            let (every, factor) = (whole(schedule, "every"), number(schedule, "factor"));
            (schedule.number("warmup"), quote!(Shape::Step { every: #every, factor: #factor }))
        }
        "cosine" => {
            let floor = number(schedule, "floor");
            (schedule.number("warmup"), quote!(Shape::Cosine { floor: #floor }))
        }
        "warmup" => (schedule.number("epochs"), quote!(Shape::Constant)),
        _ if schedule.is("warmup") => (schedule.number("warmup"), quote!(Shape::Constant)),
        _ => return None,
    };
    let warmup = literal::double(warmup);
    Some(quote!(Schedule { warmup: #warmup, shape: #shape }))
}

/// `None` if all of the probability belongs to the label, and all classes count the same.
fn targets(train: &Train) -> Option<TokenStream> {
    let smoothing = train.loss.number("smoothing");
    let weights = train.class_weights.iter().map(|&weight| literal::double(weight));
    let smoothing = literal::double(smoothing);
    (train.loss.is("smoothing") || !train.class_weights.is_empty())
        .then(|| quote!(Targets { smoothing: #smoothing, class_weights: &[#(#weights),*] }))
}

fn clip(clip: &Configured) -> Option<TokenStream> {
    let most = number(clip, "most");
    match clip.name() {
        "norm" => Some(quote!(Clip::Norm(#most))),
        "value" => Some(quote!(Clip::Value(#most))),
        _ => None,
    }
}

/// A field of `TrainSettings`; `None` for a callback that is as usual.
fn callback(callback: &Configured, rate: f64) -> Option<TokenStream> {
    let monitor = match callback.word("monitor") {
        Some("accuracy") => quote!(Monitor::Accuracy),
        _ => quote!(Monitor::Loss),
    };
    let (patience, min_delta) = (whole(callback, "patience"), number(callback, "min_delta"));
    Some(match callback.name() {
        "reduce_on_plateau" => {
            let (factor, cooldown) = (number(callback, "factor"), whole(callback, "cooldown"));
            let min_share = literal::double(callback.number("min_rate") / rate);
            quote! {
                plateau: ::core::option::Option::Some(Plateau {
                    monitor: #monitor,
                    factor: #factor,
                    patience: #patience,
                    min_delta: #min_delta,
                    cooldown: #cooldown,
                    min_share: #min_share,
                }),
            }
        }
        "early_stopping" => {
            let (restore_best, start) = (callback.is("restore"), whole(callback, "start"));
            quote! {
                early_stopping: ::core::option::Option::Some(EarlyStopping {
                    monitor: #monitor,
                    patience: #patience,
                    min_delta: #min_delta,
                    restore_best: #restore_best,
                    start: #start,
                }),
            }
        }
        _ if callback.word("monitor") == Some("loss") => quote!(best: #monitor,),
        _ => return None,
    })
}

/// `None` for mixup, which is a setting of the step.
fn augmentation(augmentation: &Configured) -> Option<TokenStream> {
    let single = |key: &str| literal::single(augmentation.number(key));
    let whole = |key: &str| whole(augmentation, key);
    Some(match augmentation.name() {
        "flip" => {
            let probability = single("probability");
            quote!(Augmentation::Flip { probability: #probability })
        }
        "crop" => {
            let padding = whole("padding");
            quote!(Augmentation::Crop { padding: #padding })
        }
        "scale_jitter" => {
            let (least, most) = (whole("least"), whole("most"));
            quote!(Augmentation::ScaleJitter { least: #least, most: #most })
        }
        "rotate" => {
            let degrees = single("degrees");
            quote!(Augmentation::Rotate { degrees: #degrees })
        }
        "brightness" => {
            let share = single("share");
            quote!(Augmentation::Brightness { share: #share })
        }
        "contrast" => {
            let share = single("share");
            quote!(Augmentation::Contrast { share: #share })
        }
        "cutout" => {
            let size = whole("size");
            quote!(Augmentation::Cutout { size: #size })
        }
        _ => return None,
    })
}

/// Pixels that stay as they are.
fn usual() -> TokenStream {
    quote!(::core::default::Default::default())
}

fn normalisation(preprocess: &Preprocess) -> TokenStream {
    let colours = match preprocess.channels {
        Colours::Rgb => quote!(Colours::Rgb),
        Colours::Bgr => quote!(Colours::Bgr),
    };
    // The spec's factor is of bytes, the runtime's of pixels in [0, 1].
    let scale = literal::single(preprocess.scale * 255.0);
    let mean = preprocess.mean.iter().map(|&mean| literal::single(mean));
    let std = preprocess.std.iter().map(|&std| literal::single(std));
    quote! {
        Normalisation {
            colours: #colours,
            scale: #scale,
            mean: ::std::vec![#(#mean),*],
            std: ::std::vec![#(#std),*],
        }
    }
}
