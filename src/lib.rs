//! Declare a VGG network, train it, run it.
//!
//! A network is declared in a file, in YAML or in a spelling of its own, or right in the code. It becomes
//! an ordinary type: a struct with one field for each layer that has weights. Shapes are part of the types,
//! so a batch of the wrong shape does not compile, and nor does a network whose layers do not fit.
//!
//! ```
//! use vgg::prelude::*;
//!
//! vgg! {
//!     model Tiny {
//!         param classes = 10;
//!         input 1 x 8 x 8;
//!
//!         block { conv 8; }
//!         block { conv 16; }
//!
//!         head {
//!             flatten;
//!             dense classes softmax;
//!         }
//!     }
//! }
//!
//! let digits = data::digits();
//! let settings = TrainSettings { epochs: 5, batch: 16, ..Tiny::TRAIN };
//! let mut trainer = Trainer::new(Tiny::init(7), settings);
//! trainer.fit(&digits.train, &digits.held_out)?;
//!
//! let mut predictor = trainer.into_best().predictor(64);
//! let accuracy = evaluate(&mut predictor, &digits.held_out)?.accuracy();
//! assert!(accuracy > 0.5, "{accuracy}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The same from a file, with another name and another number of classes:
//!
//! ```
//! use vgg::prelude::*;
//!
//! vgg!("specs/vgg16-gap.yaml" as Birds, classes = 200);
//!
//! assert_eq!(Birds::layers().len(), 38);
//! println!("{}", Birds::SUMMARY);
//! # fn use_it(net: Birds, images: FeatureMaps<3, 224, 224>) {
//! let logits: Logits<200> = net.forward(&images);
//! # }
//! ```
//!
//! # What is where
//!
//! - [`vgg!`] is the macro; [`prelude`] holds what most programs use.
//! - [`data`] reads images, [`train`] and [`optim`] learn from them, [`evaluate`](mod@evaluate) and
//!   [`predict`] use what was learned, [`weights`] keeps it in files.
//! - [`tensor`] has the types at the border of a network, [`network`] the trait that all networks share.
//! - [`layers`], [`ops`] and [`kernels`] are what generated code is made of.

#[doc(hidden)]
pub use vgg_macros as __macros;
pub use vgg_runtime::*;

/// Declares a network, and with it a type.
///
/// # A spec in a file
///
/// ```
/// # use vgg::vgg;
/// vgg!("specs/vgg16-gap.yaml");
/// vgg!("specs/vgg16-gap.yaml" as Birds, classes = 200);
///
/// assert_eq!(Vgg16Gap::PARAMETERS, 14_777_458);
/// assert_eq!(Birds::PARAMETERS, 14_777_458 + 190 * 121);
/// ```
///
/// The path starts at the folder of the `Cargo.toml` of the crate that calls the macro, and the file lies
/// inside that folder. `as` names the type, which otherwise has the name that the spec gives. Behind a
/// comma stand values for the params of the spec. When the file changes, the crate is built anew.
///
/// # Weights in the program
///
/// ```
/// # use vgg::vgg;
/// vgg!("tests/specs/batch_norm.yaml" as Small, weights = "tests/fixtures/parity/weights.safetensors");
///
/// let net = Small::pretrained();
/// # assert_eq!(Small::WEIGHTS.len(), 7376);
/// ```
///
/// The file is embedded, and that it holds the weights of this network is checked when the program is compiled:
/// names, shapes, numbers and checksum. An edit of it has the crate rebuilt.
///
/// # A spec in the code
///
/// ```
/// # use vgg::vgg;
/// vgg! {
///     /// Two blocks and a dense layer
///     model Tiny {
///         input 3 x 32 x 32;
///         block { conv 16 x 2; }
///         block { conv 32 x 2; }
///         head { gap; dense 10 softmax; }
///     }
/// }
/// assert_eq!(Tiny::layers().len(), 13);
/// ```
///
/// This is the `.vgg` spelling of a spec, with Rust's comments.
///
/// # What is generated
///
/// For a network `Net` of images `C x H x W` and `K` classes:
///
/// | item | is |
/// | --- | --- |
/// | `Net::init(seed)` | a network with random weights (He et al., 2015) |
/// | `net.forward(&images)` | `FeatureMaps<C, H, W>` to `Logits<K>`, for a batch of any size |
/// | `net.predictor(batch)` | a [`Predictor`], which keeps its memory between calls |
/// | `net.save(path)`, `Net::load(path)` | weights as safetensors |
/// | `Net::pretrained()` | with `weights = "file"`: the network with the weights that are part of the program |
/// | `Net::TRAIN` | the [`TrainSettings`] of the spec, for a [`Trainer`] |
/// | `Net::varied(images, seed)` | images to learn from, varied and normalised as the spec says |
/// | `Net::prepared(images)` | images to judge by, normalised as the spec says |
/// | `Net::AUGMENTATIONS`, `Net::normalisation()` | what these two do |
/// | `Net::SUMMARY`, `Net::PARAMETERS`, `Net::layers()` | what is known at compile time |
///
/// `Net` also implements [`Network`]. `vggc expand` prints the code.
///
/// # Errors
///
/// Errors of a spec are errors of the compiler: inline on the very token, for a file as a snippet of it. A
/// warning of a spec shows as the use of a deprecated constant that is named after its code.
#[macro_export]
macro_rules! vgg {
    ($($spec:tt)*) => {
        $crate::__macros::network! { [$crate] $($spec)* }
    };
}

/// What most programs use.
pub mod prelude {
    pub use crate::data;
    pub use crate::evaluate::evaluate;
    pub use crate::network::Network;
    pub use crate::predict::Predictor;
    pub use crate::tensor::{FeatureMaps, Logits};
    pub use crate::train::{Observer, TrainSettings, Trainer};
    pub use crate::vgg;
}
