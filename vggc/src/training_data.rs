//! `--data`: images with their classes.

use crate::console;
use crate::failure::Failure;
use crate::preparation::Preparation;
use std::path::{Path, PathBuf};
use vgg_runtime::MapShape;
use vgg_runtime::data::{Dataset, Folder, FolderError, IdxError, Split, cifar, digits, folder, idx};
use vgg_spec::ir::{self, Amount, Model};

/// What stands for the digits that are built in; a folder of this name is `./digits`.
const DIGITS: &str = "digits";

/// The share of a folder of images that is held out unless another is asked for.
const HELD_OUT: f64 = 0.2;

/// The same images are held out always, so that an evaluation finds those that training did not see.
const SEED: u64 = 0;

/// Where images come from.
#[derive(Debug, clap::Args)]
pub(crate) struct DataArgs {
    /// The images: `digits` for those that are built in; a folder with a folder of PNG or JPEG files for
    /// each class, or with `train`, `val` and `test` that hold such folders; the binary files of CIFAR-10 or
    /// CIFAR-100; the four IDX files of MNIST and its kin, plain or gzipped
    #[arg(long, value_name = "DATA")]
    pub(crate) data: PathBuf,

    #[command(flatten)]
    pub(crate) how: HowArgs,
}

/// How images are taken.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct HowArgs {
    /// Holds out this share of the training images of each class, from 0 to 1, for validation. Unless given:
    /// 0.2 of a folder of images without `val`, and of others none, which are validated on their test images
    #[arg(long, value_name = "SHARE", value_parser = parse_share)]
    pub(crate) validation: Option<f64>,

    /// Goes on without files of a folder that are no images or damaged, and names them
    #[arg(long)]
    pub(crate) skip_broken: bool,
}

fn parse_share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| *share > 0.0 && *share < 1.0);
    share.ok_or_else(|| format!("`{text}` is no number between 0 and 1"))
}

/// Images, wherever they are.
pub(crate) type Data = Box<dyn Dataset + Send>;

/// Images for each purpose.
pub(crate) struct Parts {
    /// To learn from.
    pub(crate) train: Data,
    /// To choose weights by.
    pub(crate) validation: Data,
    /// To judge the result by, if there are such.
    pub(crate) test: Option<Data>,
}

impl Parts {
    /// The images to judge by: those that nothing was chosen by, if there are such.
    pub(crate) fn into_judge(self) -> Data {
        self.test.unwrap_or(self.validation)
    }
}

/// Finds the images, and checks that they go into a network. They are prepared as the spec wants it, and those
/// to learn from are varied by `seed`.
pub(crate) fn load(args: &DataArgs, model: &Model, seed: u64) -> Result<Parts, Failure> {
    let preparation = Preparation::of_spec(model)?;
    let (mut parts, mut is_framed) = read(args, model, &preparation, seed)?;
    let [_, height, width] = parts.train.shape();
    if !is_framed && preparation.frames([height, width]) {
        (parts, is_framed) = (framed(parts, &preparation, seed), true);
    }
    check_shape(&args.data, &parts.train, model)?;
    check_classes(&args.data, &parts.train, model)?;
    Ok(Parts {
        train: preparation.varied(parts.train, is_framed, seed),
        validation: preparation.plain(parts.validation),
        test: parts.test.map(|test| preparation.plain(test)),
    })
}

/// The same images as named from any folder.
pub(crate) fn anywhere(data: &Path) -> Result<PathBuf, Failure> {
    if data == Path::new(DIGITS) {
        return Ok(data.into());
    }
    std::path::absolute(data).map_err(|error| Failure::io(data, &error))
}

/// The images as they are, and whether they were framed as the spec wants it.
fn read(
    args: &DataArgs,
    model: &Model,
    preparation: &Preparation,
    seed: u64,
) -> Result<(Parts, bool), Failure> {
    let data = args.data.as_path();
    if data == Path::new(DIGITS) {
        return Ok((in_memory(digits(), args)?, false));
    }
    let failure =
        |what: &str| Failure::unusable(format_args!("{}: {what}", data.display())).help(looked_for());
    if !data.exists() {
        return Err(failure("there is no such folder"));
    }
    if !data.is_dir() {
        return Err(failure("this is no folder"));
    }
    if cifar::is_here(data) {
        return Ok((in_memory(cifar::load(data).map_err(Failure::unusable)?, args)?, false));
    }
    if has_folders(data) && !idx::is_here(data) {
        return Ok((in_folders(args, model, preparation, seed)?, true));
    }
    let split = idx::load(data).map_err(|error| match error {
        IdxError::Missing { .. } => Failure::unusable(error).help(looked_for()),
        other => Failure::unusable(other),
    });
    Ok((in_memory(split?, args)?, false))
}

fn looked_for() -> String {
    "`--data` takes `digits`; a folder with a folder of images for each class; a folder with data_batch_1.bin \
     and the others of CIFAR-10, or train.bin and test.bin of CIFAR-100; or a folder with the files \
     train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each \
     plain or with .gz behind its name"
        .to_owned()
}

fn has_folders(folder: &Path) -> bool {
    let entries = folder.read_dir().into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.path().is_dir())
}

/// Images that come with a test set.
fn in_memory(split: Split, args: &DataArgs) -> Result<Parts, Failure> {
    let Split { train, held_out } = split;
    let Some(share) = args.how.validation else {
        return Ok(Parts { train: Box::new(train), validation: Box::new(held_out), test: None });
    };
    let Split { train, held_out: validation } =
        train.split(share, SEED).map_err(|error| too_few(args, share, &error))?;
    Ok(Parts { train: Box::new(train), validation: Box::new(validation), test: Some(Box::new(held_out)) })
}

/// Images in memory, brought to the extents of the network as the spec says.
fn framed(parts: Parts, preparation: &Preparation, seed: u64) -> Parts {
    let plain = |images| preparation.framed(images, preparation.framing, seed);
    Parts {
        train: preparation.framed(parts.train, preparation.jitter.unwrap_or(preparation.framing), seed),
        validation: plain(parts.validation),
        test: parts.test.map(plain),
    }
}

/// Images in class folders.
fn in_folders(
    args: &DataArgs,
    model: &Model,
    preparation: &Preparation,
    seed: u64,
) -> Result<Parts, Failure> {
    let ir::MapShape { channels, height, width } = model.input();
    let scan = folder::scan(&args.data, MapShape::new(channels, height, width));
    let scan = scan.map_err(|error| broken(error, &args.data))?;
    if !scan.left_out.is_empty() {
        console::note(format_args!(
            "{}: {} hidden files were not looked at, such as {}",
            args.data.display(),
            scan.left_out.len(),
            scan.left_out[0].display()
        ));
    }
    if !scan.problems.is_empty() {
        let problems = FolderError::Problems(scan.problems);
        if !args.how.skip_broken {
            return Err(broken(problems, &args.data));
        }
        console::warning(format_args!(
            "{problems}\nthese files are left out; a folder without images still counts as a class"
        ));
    }
    let parts = scan.parts;
    let [train, validation] = match (parts.validation, args.how.validation) {
        (None, share) => {
            let share = share.unwrap_or(HELD_OUT);
            parts.train.split(share, SEED).map_err(|error| too_few(args, share, &error))?
        }
        (Some(validation), None) => [parts.train, validation],
        (Some(_), Some(_)) => {
            let failure = Failure::unusable(format_args!(
                "{} has a folder of validation images, so no other share can be held out",
                args.data.display()
            ));
            return Err(failure.help("leave `--validation` out, or rename the folder `val`"));
        }
    };
    let framed = |folder: Folder| Box::new(folder.framed(preparation.framing, seed)) as Data;
    let train = train.framed(preparation.jitter.unwrap_or(preparation.framing), seed);
    Ok(Parts { train: Box::new(train), validation: framed(validation), test: parts.test.map(framed) })
}

fn too_few(args: &DataArgs, share: f64, error: &dyn std::error::Error) -> Failure {
    let failure = Failure::unusable(format_args!(
        "{}: cannot hold out {share} of the images of each class: {error}",
        args.data.display()
    ));
    failure.help("each part needs images: choose another `--validation`, or make folders `train` and `val`")
}

fn broken(error: FolderError, data: &Path) -> Failure {
    match error {
        FolderError::Problems(_) => Failure::unusable(format_args!("{}: {error}", data.display()))
            .help("mend or remove what is named, or go on without it with `--skip-broken`"),
        _ => Failure::unusable(error).help(looked_for()),
    }
}

/// Checks the shape of images.
fn check_shape(data: &Path, images: &Data, model: &Model) -> Result<(), Failure> {
    let ir::MapShape { channels, height, width } = model.input();
    let [found_channels, found_height, found_width] = images.shape();
    if [channels, height, width] == images.shape() {
        return Ok(());
    }
    let found = MapShape::new(found_channels, found_height, found_width);
    let failure = Failure::unusable(format_args!(
        "`{}` reads images of {}, but those of {} are of {found}",
        model.name(),
        model.input(),
        data.display(),
    ));
    let help = format!(
        "with `input: {{shape: [{found_channels}, {found_height}, {found_width}]}}` the network would read \
         these images"
    );
    Err(failure.help(match (found_channels == channels, height.min(width)) {
        (true, shorter) => format!("{help}, with `preprocess: {{resize: {shorter}}}` they would be scaled"),
        (false, _) => help,
    }))
}

/// Checks the number of classes.
fn check_classes(data: &Path, images: &Data, model: &Model) -> Result<(), Failure> {
    let (outputs, classes) = (model.classes(), images.classes().len());
    if outputs == classes {
        return Ok(());
    }
    let failure = Failure::unusable(format_args!(
        "`{}` tells {outputs} classes apart, but the images of {} are of {classes}",
        model.name(),
        data.display(),
    ));
    let settable = model
        .params()
        .iter()
        .any(|(param, value)| param == "classes" && *value == Amount::Whole(outputs as u64));
    Err(failure.help(match settable {
        true => format!("set the param of the spec: `--set classes={classes}`"),
        false => format!("give the last dense layer of the spec {classes} units"),
    }))
}
