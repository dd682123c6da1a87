//! Folders of images on the command line.

mod common;

use common::run;
use image::{ImageBuffer, ImageFormat, Luma, Rgb};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Images of two classes: a light square on the left, or on the right.
fn squares(folder: &Path, count: u32) {
    for (class, left) in [("left", 0), ("right", 4)] {
        fs::create_dir_all(folder.join(class)).unwrap();
        for number in 0..count {
            let image = ImageBuffer::<Rgb<u8>, _>::from_fn(16, 16, |x, y| {
                let inside = (x / 2).wrapping_sub(left) < 4 && y / 2 >= number % 4;
                Rgb([if inside { 255 - number as u8 } else { 10 }; 3])
            });
            let (name, format) = match number % 2 {
                0 => (format!("{number:02}.png"), ImageFormat::Png),
                _ => (format!("{number:02}.jpg"), ImageFormat::Jpeg),
            };
            image.save_with_format(folder.join(class).join(name), format).unwrap();
        }
    }
}

const SPEC: &str = "model Squares {
    input 1 x 8 x 8;
    block { conv 8; pool none; }
    block { conv 8; }
    head { flatten; dense 2 softmax; }
    train { epochs 8; batch 4; optimizer adam rate 0.01; }
}
";

/// A folder with a spec and images in it.
fn scene(count: u32) -> (TempDir, impl Fn(&str) -> String) {
    let folder = TempDir::new().unwrap();
    squares(&folder.path().join("photos"), count);
    fs::write(folder.path().join("squares.vgg"), SPEC).unwrap();
    let root = folder.path().to_owned();
    (folder, move |name: &str| root.join(name).to_str().unwrap().to_owned())
}

#[test]
fn from_a_folder_to_a_report() {
    let (_folder, at) = scene(20);
    let (spec, photos, out) = (at("squares.vgg"), at("photos"), at("run"));
    let trained = run(&["train", &spec, "--data", &photos, "--out", &out, "--tensorboard"]);
    trained.is_well();
    assert!(trained.err.contains("on 32 images, 8 held out"), "{}", trained.err);
    let events = fs::read_dir(at("run/tensorboard")).unwrap().next().unwrap().unwrap().path();
    let events = fs::read(events).unwrap();
    let tag = b"accuracy/validation";
    assert_eq!(events.windows(tag.len()).filter(|window| window == tag).count(), 8);

    let weights = at("run/best.safetensors");
    let eval = run(&["eval", &spec, "--weights", &weights, "--data", &photos, "--format", "json"]);
    let json = &eval.lines()[0];
    assert_eq!(json["accuracy"], 1.0, "{json}");
    assert_eq!(json["classes"][1]["class"], "right");
    assert_eq!(json["classes"][0]["images"], 4);
    assert_eq!(json["classes"][0]["recall"], 1.0);
    let eval = run(&["eval", &spec, "--weights", &weights, "--data", &photos]);
    assert!(eval.is_well().contains("left         4    100.00%   100.00%"), "{}", eval.out);

    let predicted =
        run(&["predict", &spec, "--weights", &weights, &photos, "--top", "1", "--cam", &at("seen")]);
    assert_eq!(predicted.is_well().lines().filter(|line| line.contains('%')).count(), 40);
    let overlay = image::open(at("seen/00.png.cam.png")).unwrap();
    assert_eq!((overlay.width(), overlay.height()), (224, 224));
    assert!(Path::new(&at("seen/00.png.2.cam.png")).exists(), "a name that is there twice gets a number");

    assert_eq!(run(&["report", &out]).is_well().trim(), at("run/report.html"));
    let html = fs::read_to_string(at("run/report.html")).unwrap();
    for id in ["curves", "network", "confusion", "classes", "filters", "timings", "settings"] {
        assert!(html.contains(&format!("<section id=\"{id}\">")), "{id}");
    }
    assert!(!html.contains("<script"), "the page needs nothing else");

    let again = at("again");
    run(&["train", &spec, "--data", &photos, "--out", &again, "--epochs", "2"]).is_well();
    run(&["report", &out, &again, "--out", &at("both.html")]).is_well();
    let html = fs::read_to_string(at("both.html")).unwrap();
    assert!(html.contains("<mark>8</mark>") && html.contains("<mark>2</mark>"), "settings that differ");
}

#[test]
fn the_same_seed_gives_the_same_bytes_whatever_the_threads() {
    let (_folder, at) = scene(6);
    let trained = |out: &str, threads: &str| {
        let (spec, data, folder) = (at("squares.vgg"), at("photos"), at(out));
        let args = ["--out", &folder, "--epochs", "2", "--threads", threads];
        run(&[&["train", spec.as_str(), "--data", &data], &args[..]].concat()).is_well();
        fs::read(at(&format!("{out}/last.safetensors"))).unwrap()
    };
    assert!(trained("one", "1") == trained("two", "2"));
}

#[test]
fn files_that_cannot_be_used_are_named_and_left_out_only_when_asked() {
    let (_folder, at) = scene(6);
    fs::write(at("photos/left/text.jpg"), "this is no photograph").unwrap();
    let whole = fs::read(at("photos/right/01.jpg")).unwrap();
    fs::write(at("photos/right/cut.jpg"), &whole[..whole.len() / 2]).unwrap();
    ImageBuffer::<Luma<u16>, _>::from_pixel(9, 9, Luma([50_000])).save(at("photos/left/deep.png")).unwrap();
    let (spec, photos) = (at("squares.vgg"), at("photos"));
    let train = |out: &str, more: &[&str]| {
        let out = at(out);
        run(&[&["train", &spec, "--data", &photos, "--epochs", "1", "--out", &out], more].concat())
    };
    let refused = train("run", &[]);
    refused.fails(2, "2 files or folders cannot be used");
    refused.fails(2, "left/text.jpg: this is neither a PNG nor a JPEG");
    refused.fails(2, "right/cut.jpg: the image is damaged");
    refused.fails(2, "--skip-broken");
    assert!(!Path::new(&at("run")).exists());
    let skipped = train("run", &["--skip-broken"]);
    skipped.is_well();
    assert!(skipped.err.contains("left/text.jpg"), "{}", skipped.err);
    assert!(skipped.err.contains("on 11 images, 2 held out"), "{}", skipped.err);

    fs::create_dir(at("photos/middle")).unwrap();
    train("other", &[]).fails(2, "photos/middle: this class has no images");
    let ran = train("other", &["--skip-broken"]);
    ran.fails(2, "tells 2 classes apart, but the images of");
    assert!(ran.err.contains("a folder without images still counts as a class"), "{}", ran.err);
}

#[test]
fn images_in_memory_are_scaled_when_the_spec_says_so() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let spec = SPEC.replace("1 x 8 x 8", "1 x 12 x 12").replace("dense 2", "dense 10");
    let train = |spec: String, out: &str, threads: &str| {
        fs::write(at("spec.vgg"), spec).unwrap();
        let (spec, out) = (at("spec.vgg"), at(out));
        let more = ["--epochs", "1", "--batch", "64", "--threads", threads];
        run(&[&["train", &spec, "--data", "digits", "--out", &out], &more[..]].concat())
    };
    let refused = train(spec.clone(), "run", "1");
    refused.fails(2, "reads images of 1x12x12, but those of digits are of 1x8x8");
    assert!(refused.err.contains("with `preprocess: {resize: 12}` they would be scaled"), "{}", refused.err);

    let scaled = spec.replace("    train", "    preprocess { resize 12; }\n    train");
    train(scaled.clone(), "one", "1").is_well();
    train(scaled, "two", "2").is_well();
    let weights = |run: &str| fs::read(at(&format!("{run}/last.safetensors"))).unwrap();
    assert!(weights("one") == weights("two"), "threads change nothing");
    let (spec, weights) = (at("spec.vgg"), at("one/best.safetensors"));
    let eval = run(&["eval", &spec, "--weights", &weights, "--data", "digits", "--format", "json"]);
    assert!(eval.lines()[0]["accuracy"].as_f64().unwrap() > 0.6, "{}", eval.out);
    run(&["report", &at("one")]).is_well();
}

#[test]
fn shares_that_leave_nothing_are_refused() {
    let (_folder, at) = scene(2);
    let train = |share: &str| {
        let (spec, data, out) = (at("squares.vgg"), at("photos"), at("run"));
        run(&["train", &spec, "--data", &data, "--out", &out, &format!("--validation={share}")])
    };
    for share in ["0", "1", "-0.5", "half"] {
        train(share).fails(2, "is no number between 0 and 1");
    }
    train("0.1").fails(2, "cannot hold out 0.1");
}

#[test]
fn what_the_spec_wants_done_to_images_is_done() {
    let (_folder, at) = scene(12);
    let (photos, prepared) = (at("photos"), at("prepared.vgg"));
    let more = "augment flip probability 0.0; augment crop padding 1; augment brightness; augment contrast;
        augment cutout size 2; augment rotate degrees 5; augment scale_jitter least 8 most 10;";
    let preprocess = "preprocess { resize 8; crop 8; mean 0.5; std 0.25; }";
    let spec = SPEC
        .replace("optimizer", &format!("{more}\n    optimizer"))
        .replace("    train", &format!("    {preprocess}\n    train"));
    fs::write(&prepared, spec).unwrap();
    let trained = |spec: &str, out: &str, threads: &str| {
        let folder = at(out);
        let ran =
            run(&["train", spec, "--data", &photos, "--out", &folder, "--threads", threads, "--epochs", "2"]);
        ran.is_well();
        assert!(!ran.err.contains("put to use"), "{}", ran.err);
        fs::read(at(&format!("{out}/last.safetensors"))).unwrap()
    };
    let one = trained(&prepared, "one", "1");
    assert!(one == trained(&prepared, "two", "2"), "threads change nothing");
    assert!(one != trained(&at("squares.vgg"), "plain", "1"));
    let weights = at("one/best.safetensors");
    run(&["predict", &prepared, "--weights", &weights, &photos, "--cam", &at("seen")]).is_well();
    run(&["report", &at("one")]).is_well();

    let other = fs::read_to_string(&prepared).unwrap().replace("crop 8", "crop 7");
    fs::write(&prepared, other).unwrap();
    run(&["train", &prepared, "--data", &photos, "--out", &at("other")]).fails(2, "cuts out 7x7");
}
