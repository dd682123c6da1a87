//! Folders of images, as they are and as they should not be.

use image::{ImageBuffer, ImageFormat, Luma, Rgb};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use vgg_runtime::MapShape;
use vgg_runtime::data::folder::{FolderProblemKind, Scan, scan};
use vgg_runtime::data::{DataError, Dataset, Folder, FolderError, Framing, PictureProblem};

const SHAPE: MapShape = MapShape::new(3, 6, 8);

/// An image of one colour.
fn save(path: &Path, value: u8, format: ImageFormat) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let image = ImageBuffer::<Rgb<u8>, _>::from_pixel(10, 12, Rgb([value, 0, 255]));
    image.save_with_format(path, format).unwrap();
}

/// `count` images a class, each of a colour of its own.
fn classes(folder: &Path, names: &[&str], count: u8) {
    for (class, name) in names.iter().enumerate() {
        for image in 0..count {
            let value = class as u8 * count + image;
            save(&folder.join(name).join(format!("{image:02}.png")), value, ImageFormat::Png);
        }
    }
}

fn colour(folder: &Folder, image: usize) -> u8 {
    let mut pixels = vec![0.0; SHAPE.elements()];
    folder.fill(image, 0, &mut pixels).unwrap();
    (pixels[0] * 255.0).round() as u8
}

#[test]
fn classes_are_folders_in_the_order_of_their_names() {
    let folder = TempDir::new().unwrap();
    classes(folder.path(), &["ant", "bee", "cat"], 5);
    let Scan { parts, problems, left_out } = scan(folder.path(), SHAPE).unwrap();
    assert!(problems.is_empty() && left_out.is_empty() && parts.validation.is_none() && parts.test.is_none());
    let images = parts.train;
    assert_eq!((images.count(), images.shape()), (15, [3, 6, 8]));
    assert_eq!(images.classes(), ["ant", "bee", "cat"]);
    for image in 0..15 {
        assert_eq!((colour(&images, image), images.label(image)), (image as u8, image as u32 / 5));
    }
    let [train, held_out] = images.split(0.2, 1).unwrap();
    assert_eq!((train.count(), held_out.count()), (12, 3));
    let mut colours: Vec<u8> = (0..12).map(|image| colour(&train, image)).collect();
    colours.extend((0..3).map(|image| colour(&held_out, image)));
    colours.sort_unstable();
    assert!(colours.into_iter().eq(0..15));
    assert!(matches!(images.split(0.0, 1), Err(DataError::Empty { .. })));
    assert!(matches!(images.fill(15, 0, &mut [0.0; 144]), Err(DataError::Index { .. })));
    assert!(matches!(images.fill(0, 0, &mut [0.0; 143]), Err(DataError::Room { .. })));
}

#[test]
fn parts_are_told_by_their_folders() {
    for validation in ["val", "valid", "validation"] {
        let folder = TempDir::new().unwrap();
        classes(&folder.path().join("train"), &["ant", "bee", "cat"], 2);
        classes(&folder.path().join(validation), &["ant", "cat"], 1);
        classes(&folder.path().join("test"), &["bee", "cat"], 3);
        let Scan { parts, problems, .. } = scan(folder.path(), SHAPE).unwrap();
        assert!(problems.is_empty(), "{problems:?}");
        let (validation, test) = (parts.validation.unwrap(), parts.test.unwrap());
        assert_eq!((parts.train.count(), validation.count(), test.count()), (6, 2, 6));
        assert_eq!(validation.labels(), [0, 2]);
        assert_eq!(test.labels(), [1, 1, 1, 2, 2, 2]);
        assert_eq!(test.classes(), parts.train.classes());
    }
}

#[test]
fn train_alone_is_a_class() {
    let folder = TempDir::new().unwrap();
    classes(folder.path(), &["train", "tram"], 1);
    assert_eq!(scan(folder.path(), SHAPE).unwrap().parts.train.classes(), ["train", "tram"]);
}

/// What is wrong with each file, by the last two parts of its path.
fn wrong(folder: &Path) -> Vec<(String, FolderProblemKind)> {
    let problems = match scan(folder, SHAPE) {
        Ok(scan) => scan.problems,
        Err(FolderError::Problems(problems)) => problems,
        Err(error) => panic!("{error}"),
    };
    let name = |path: PathBuf| path.strip_prefix(folder).unwrap().display().to_string();
    problems.into_iter().map(|problem| (name(problem.path), problem.kind)).collect()
}

#[test]
fn every_file_that_cannot_be_used_is_named() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    classes(folder.path(), &["ant", "bee"], 2);
    save(&path("ant/whole.jpg"), 7, ImageFormat::Jpeg);
    let jpeg = fs::read(path("ant/whole.jpg")).unwrap();
    fs::write(path("ant/cut.jpg"), &jpeg[..jpeg.len() - 9]).unwrap();
    let png = fs::read(path("ant/00.png")).unwrap();
    fs::write(path("bee/cut.png"), &png[..png.len() - 9]).unwrap();
    fs::write(path("bee/text.jpg"), "not a photograph").unwrap();
    fs::write(path("bee/empty.png"), "").unwrap();
    fs::create_dir(path("cow")).unwrap();
    fs::create_dir(path("bee/more")).unwrap();
    fs::write(path("notes.txt"), "").unwrap();
    fs::write(path("ant/.hidden"), "").unwrap();
    fs::write(path("Thumbs.db"), "").unwrap();
    // Sixteen bits and grey are as good as any.
    let deep = ImageBuffer::<Luma<u16>, _>::from_pixel(5, 5, Luma([40_000]));
    deep.save(path("ant/deep.png")).unwrap();

    let wrong = wrong(folder.path());
    let names: Vec<&str> = wrong.iter().map(|(name, _)| name.as_str()).collect();
    let expected =
        ["ant/cut.jpg", "bee/cut.png", "bee/empty.png", "bee/more", "bee/text.jpg", "cow", "notes.txt"];
    assert_eq!(names, expected);
    assert!(matches!(wrong[0].1, FolderProblemKind::Picture(PictureProblem::Cut(_))), "{wrong:?}");
    assert!(matches!(wrong[1].1, FolderProblemKind::Picture(PictureProblem::Cut(_))), "{wrong:?}");
    assert!(matches!(wrong[3].1, FolderProblemKind::Nested), "{wrong:?}");
    assert!(matches!(wrong[4].1, FolderProblemKind::Picture(PictureProblem::Format)), "{wrong:?}");
    assert!(matches!(wrong[5].1, FolderProblemKind::EmptyClass), "{wrong:?}");
    assert!(matches!(wrong[6].1, FolderProblemKind::Stray), "{wrong:?}");

    let Scan { parts, problems, left_out } = scan(folder.path(), SHAPE).unwrap();
    assert_eq!(parts.train.count(), 6, "what is fine can be used");
    assert_eq!(left_out, [path("Thumbs.db"), path("ant/.hidden")]);
    let message = FolderError::Problems(problems).to_string();
    assert!(message.starts_with("7 files or folders cannot be used:\n  "), "{message}");
    assert!(message.contains("cow: this class has no images"), "{message}");
}

#[test]
fn classes_that_nothing_was_learned_of_are_named() {
    let folder = TempDir::new().unwrap();
    classes(&folder.path().join("train"), &["ant", "bee"], 1);
    classes(&folder.path().join("val"), &["ant", "wasp"], 1);
    classes(&folder.path().join("extra"), &["ant"], 1);
    let wrong = wrong(folder.path());
    assert_eq!(wrong.len(), 2, "{wrong:?}");
    assert!(matches!(&wrong[0], (name, FolderProblemKind::Part) if name == "extra"));
    assert!(matches!(&wrong[1], (name, FolderProblemKind::UnknownClass) if name == "val/wasp"));
}

#[test]
fn folders_without_images_are_errors() {
    let folder = TempDir::new().unwrap();
    let error = |path: &Path| scan(path, SHAPE).unwrap_err();
    assert!(matches!(error(folder.path()), FolderError::NoClasses { .. }));
    assert!(matches!(error(&folder.path().join("missing")), FolderError::Io { .. }));
    fs::create_dir(folder.path().join("ant")).unwrap();
    fs::write(folder.path().join("notes.txt"), "of no class").unwrap();
    let FolderError::Problems(problems) = error(folder.path()) else { panic!("an empty class is a problem") };
    let kinds: Vec<_> = problems.into_iter().map(|problem| problem.kind).collect();
    assert!(
        matches!(kinds[..], [FolderProblemKind::Stray, FolderProblemKind::EmptyClass]),
        "each once: {kinds:?}"
    );
    let channels = scan(folder.path(), MapShape::new(2, 6, 8)).unwrap_err();
    assert!(matches!(channels, FolderError::Channels { channels: 2 }));
}

#[test]
fn a_file_that_vanishes_is_an_error_of_its_image() {
    let folder = TempDir::new().unwrap();
    classes(folder.path(), &["ant"], 2);
    let images = scan(folder.path(), SHAPE).unwrap().parts.train;
    fs::remove_file(images.path(1).unwrap()).unwrap();
    assert_eq!(colour(&images, 0), 0);
    let error = images.fill(1, 0, &mut [0.0; 144]).unwrap_err();
    assert!(error.to_string().contains("01.png"), "{error}");
}

#[test]
fn random_framing_depends_on_epoch_and_seed_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ant/steep.png");
    fs::create_dir(folder.path().join("ant")).unwrap();
    ImageBuffer::<Rgb<u8>, _>::from_fn(40, 30, |x, y| Rgb([x as u8 * 6, y as u8 * 8, 0])).save(path).unwrap();
    let images = scan(folder.path(), SHAPE).unwrap().parts.train;
    let view = |seed, epoch| {
        let images = images.clone().framed(Framing::Jitter { least: 8, most: 24 }, seed);
        let mut pixels = vec![0.0; SHAPE.elements()];
        images.fill(0, epoch, &mut pixels).unwrap();
        pixels
    };
    assert_eq!(view(1, 2), view(1, 2));
    assert_ne!(view(1, 2), view(1, 3));
    assert_ne!(view(1, 2), view(2, 2));
}
