//! `vggc train`, `eval` and `predict`: a whole way, and all that can go wrong on it.

mod common;

use common::{Ran, file, run, vggc};
use image::{GrayImage, Luma};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;
use vgg_runtime::data::digits;

/// Trains on the digits for an epoch or a few.
fn train(out: &Path, more: &[&str]) -> Ran {
    let out = out.to_str().unwrap();
    run(&[&["train", "specs/digits.yaml", "--data", "digits", "--out", out], more].concat())
}

fn eval(weights: &Path) -> serde_json::Value {
    let weights = weights.to_str().unwrap();
    let ran =
        run(&["eval", "specs/digits.yaml", "--weights", weights, "--data", "digits", "--format", "json"]);
    serde_json::from_str(ran.is_well()).unwrap()
}

fn metrics(run: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A held-out digit as a PNG.
fn digit(folder: &Path, index: usize) -> (String, u32) {
    let held_out = digits().held_out;
    let pixels = held_out.pixels();
    let image = GrayImage::from_fn(8, 8, |x, y| {
        Luma([(pixels[[index, 0, y as usize, x as usize]] * 255.0).round() as u8])
    });
    let path = folder.join(format!("digit{index}.png"));
    image.save(&path).unwrap();
    (path.to_str().unwrap().to_owned(), held_out.labels()[index])
}

#[test]
fn a_run_leaves_what_it_promises() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("run");
    let ran = train(&out, &["--epochs", "4", "--threads", "2"]);
    assert!(ran.is_well().starts_with("Digits: 4 epochs in"), "{}", ran.out);
    assert!(ran.err.contains("epoch  4/4  loss"), "{}", ran.err);

    let epochs = metrics(&out);
    assert_eq!(epochs.iter().map(|epoch| epoch["epoch"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2, 3, 4]);
    for key in ["train_loss", "train_accuracy", "val_loss", "val_accuracy", "lr", "seconds"] {
        assert!(epochs.iter().all(|epoch| epoch[key].is_f64()), "{key}");
    }
    assert_eq!(
        fs::read(out.join("spec.yaml")).unwrap(),
        fs::read(common::root().join("specs/digits.yaml")).unwrap()
    );
    let settings: serde_json::Value =
        serde_json::from_slice(&fs::read(out.join("settings.json")).unwrap()).unwrap();
    assert_eq!(
        (&settings["epochs"], &settings["batch"], &settings["seed"]),
        (&4.into(), &64.into(), &7.into())
    );

    // What is evaluated is what training printed.
    let evaluated = eval(&out.join("last.safetensors"));
    assert_eq!(evaluated["accuracy"], epochs[3]["val_accuracy"]);
    assert_eq!(evaluated["loss"], epochs[3]["val_loss"]);
    let best = epochs.iter().map(|epoch| epoch["val_accuracy"].as_f64().unwrap()).fold(0.0, f64::max);
    assert_eq!(eval(&out.join("best.safetensors"))["accuracy"], best);
    let confusion = evaluated["confusion"].as_array().unwrap();
    let right: u64 = (0..10).map(|class| confusion[class][class].as_u64().unwrap()).sum();
    assert_eq!(right, (359.0 * evaluated["accuracy"].as_f64().unwrap()).round() as u64);

    predicts(&out.join("best.safetensors"));

    train(&out, &[]).fails(2, "is there already");
    train(&out, &["--overwrite", "--epochs", "1"]).is_well();
    assert_eq!(metrics(&out).len(), 1);
}

/// Images of the digits, and files that are none.
fn predicts(weights: &Path) {
    let folder = TempDir::new().unwrap();
    let weights = weights.to_str().unwrap();
    let images: Vec<(String, u32)> = (0..20).map(|index| digit(folder.path(), index)).collect();
    let mut arguments =
        vec!["predict", "specs/digits.yaml", "--weights", weights, "--format", "json", "--top", "3"];
    arguments.extend(images.iter().map(|(path, _)| path.as_str()));
    let ran = run(&arguments);
    ran.is_well();
    let mut right = 0;
    for (line, (path, label)) in ran.lines().iter().zip(&images) {
        assert_eq!(line["file"].as_str(), Some(path.as_str()));
        let top = line["top"].as_array().unwrap();
        assert_eq!(top.len(), 3);
        let probability = |guess: usize| top[guess]["probability"].as_f64().unwrap();
        assert!(probability(0) >= probability(1) && probability(0) <= 1.0);
        right += u32::from(top[0]["class"].as_str() == Some(label.to_string().as_str()));
    }
    assert!(right >= 15, "{right} of 20");

    let text = folder.path().join("text.jpg");
    fs::write(&text, "no photograph").unwrap();
    let big = folder.path().join("big.png");
    image::RgbImage::from_pixel(40, 30, image::Rgb([255, 0, 0])).save(&big).unwrap();
    let [text, big] = [text, big].map(|path| path.to_str().unwrap().to_owned());
    let ran = run(&["predict", "specs/digits.yaml", "--weights", weights, &text, &big, "missing.png"]);
    ran.fails(2, "text.jpg: this is neither a PNG nor a JPEG");
    assert!(ran.err.contains("missing.png"), "{}", ran.err);
    assert!(ran.err.contains("40x30 in colour, resized to 8x8, made grey"), "{}", ran.err);
    assert!(ran.out.contains("big.png") && ran.out.contains('%'), "{}", ran.out);
}

#[test]
fn the_same_seed_gives_the_same_weights_whatever_the_threads() {
    let folder = TempDir::new().unwrap();
    let weights = |name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        train(&out, &[&["--epochs", "1"], more].concat()).is_well();
        fs::read(out.join("last.safetensors")).unwrap()
    };
    let one = weights("one", &["--threads", "1"]);
    assert!(one == weights("two", &["--threads", "2"]));
    assert!(one != weights("seed", &["--seed", "8"]));
}

#[test]
fn data_that_does_not_fit_is_named() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("run");
    let with = |spec: &str, data: &str, more: &[&str]| {
        run(&[&["train", spec, "--data", data, "--out", out.to_str().unwrap()], more].concat())
    };
    let ran = with("specs/digits.yaml", "missing", &[]);
    ran.fails(2, "missing");
    assert!(ran.err.contains("train-images-idx3-ubyte"), "{}", ran.err);
    let ran = with("specs/digits.yaml", "specs", &[]);
    ran.fails(2, "specs");
    assert!(ran.err.contains("t10k-labels-idx1-ubyte"), "{}", ran.err);
    let ran = with("specs/fashion.yaml", "digits", &[]);
    ran.fails(2, "reads images of 1x28x28, but those of digits are of 1x8x8");
    let ran = with("specs/digits.yaml", "digits", &["--set", "classes=3"]);
    ran.fails(2, "tells 3 classes apart");
    assert!(ran.err.contains("`--set classes=10`"), "{}", ran.err);
    with("specs/digits.yaml", "digits", &["--batch", "0"]).fails(2, "--batch");
    with("specs/digits.yaml", "digits", &["--epochs", "0"]).fails(2, "--epochs");
    assert!(!out.exists(), "nothing is made before it is known that training can start");
    let ran = with("specs/digits.yaml", "digits", &["--batch", "1048576"]);
    ran.fails(2, "of memory at batches of 1048576");
    assert!(ran.err.contains("`--batch "), "{}", ran.err);
}

#[test]
fn weights_that_do_not_fit_are_named() {
    let of = |weights: &str| run(&["eval", "specs/digits.yaml", "--weights", weights, "--data", "digits"]);
    of("missing.safetensors").fails(2, "missing.safetensors");
    of("specs").fails(2, "specs: this is no regular file");
    of("specs/digits.yaml").fails(2, "no intact safetensors file");
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("run");
    train(&out, &["--epochs", "1"]).is_well();
    let weights = out.join("last.safetensors");
    let path = weights.to_str().unwrap();
    run(&["eval", "specs/digits.yaml", "--weights", path, "--data", "digits", "--set", "classes=3"])
        .fails(2, "dense2");
    run(&["predict", "specs/fashion.yaml", "--weights", path, "shoe.png"])
        .fails(2, "the file holds the weights of `Digits`, but the spec describes `Fashion`");
    let mut damaged = fs::read(&weights).unwrap();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    let (_other, path) = file("damaged.safetensors", damaged);
    of(&path).fails(2, "the file is damaged");
}

#[test]
fn divergence_is_told() {
    let spec = fs::read_to_string(common::root().join("specs/digits.yaml")).unwrap();
    let spec = spec.replace("rate: 0.0005", "rate: 1.0e+6").replace("norm: batch, ", "");
    let (folder, path) = file("wild.yaml", spec);
    let out = folder.path().join("run");
    let ran = run(&["train", &path, "--data", "digits", "--out", out.to_str().unwrap()]);
    ran.fails(1, "training diverged in step");
    assert!(ran.err.contains("because what `") && ran.err.contains("` gives is not finite"), "{}", ran.err);
    let last = out.join("last.safetensors");
    run(&["eval", &path, "--weights", last.to_str().unwrap(), "--data", "digits"]).is_well();
}

/// The program, in training for a few epochs.
fn training(arguments: &[&str]) -> Command {
    let mut command = vggc(&["train"]);
    command.args(arguments).args(["--save-every", "0"]);
    command
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_goes_on() {
    let folder = TempDir::new().unwrap();
    let out: PathBuf = folder.path().join("run");
    let path = out.to_str().unwrap();
    let mut child = training(&["specs/digits.yaml", "--data", "digits", "--out", path, "--epochs", "1000"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut messages = BufReader::new(child.stderr.take().unwrap()).lines();
    messages.find(|line| line.as_ref().unwrap().contains("epoch  2/")).unwrap().unwrap();
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
    let rest: Vec<String> = messages.map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest:?}");
    assert!(rest.iter().any(|line| line.contains(&format!("vggc train --resume {path}"))), "{rest:?}");
    assert!(eval(&out.join("last.safetensors"))["accuracy"].as_f64().unwrap() > 0.5);

    let done = metrics(&out).len();
    let ran = run(&["train", "--resume", path, "--epochs", &(done + 1).to_string()]);
    assert!(ran.is_well().starts_with(&format!("Digits: {} epochs in", done + 1)), "{}", ran.out);
    assert_eq!(metrics(&out).len(), done + 1);
    // There is nothing left to do, and that is no error.
    run(&["train", "--resume", path, "--epochs", &(done + 1).to_string()]).is_well();
    run(&["train", "--resume", path, "--seed", "3"]).fails(2, "--seed");
    run(&["train", "--resume", "specs"]).fails(2, "a run that `vggc train` has begun");
    run(&["train", "specs/digits.yaml"]).fails(2, "--data");
}

/// What a run told of its epochs, without times.
fn told(run: &Path) -> Vec<serde_json::Value> {
    let without_times = |mut epoch: serde_json::Value| {
        let fields = epoch.as_object_mut().unwrap();
        fields.remove("seconds");
        fields.remove("images_per_second");
        epoch
    };
    metrics(run).into_iter().map(without_times).collect()
}

/// A run that is killed again and again ends with the bytes of one that is left alone, also if it has another
/// number of threads each time. `VGG_KILLS` sets how often: `VGG_KILLS=200 cargo test -p vggc --test train killed`.
#[test]
fn a_killed_run_loses_nothing() {
    let kills: u64 = std::env::var("VGG_KILLS").map_or(6, |kills| kills.parse().unwrap());
    let folder = TempDir::new().unwrap();
    let [alone, killed] = ["alone", "killed"].map(|name| folder.path().join(name));
    train(&alone, &["--epochs", "2"]).is_well();
    let ends_alike = || {
        for file in ["last.safetensors", "best.safetensors"] {
            assert!(fs::read(alone.join(file)).unwrap() == fs::read(killed.join(file)).unwrap(), "{file}");
        }
        assert_eq!(told(&alone), told(&killed));
    };
    let out = killed.to_str().unwrap();
    let (mut done, mut ended, mut delay) = (0, 0, 100);
    while done < kills {
        let begun = killed.join("settings.json").exists();
        let arguments: &[&str] = match begun {
            false => &["specs/digits.yaml", "--data", "digits", "--out", out, "--epochs", "2", "--overwrite"],
            true => &["--resume", out],
        };
        let threads = if done % 2 == 0 { "1" } else { "2" };
        let mut child =
            training(arguments).args(["--threads", threads]).stderr(Stdio::null()).spawn().unwrap();
        // Another moment each time.
        delay = 40 + (delay + 371) % 600;
        std::thread::sleep(std::time::Duration::from_millis(delay));
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            // It came to its end before: once more from the beginning.
            ends_alike();
            fs::remove_dir_all(&killed).unwrap();
            ended += 1;
        } else {
            done += 1;
        }
    }
    match killed.join("settings.json").exists() {
        true => run(&["train", "--resume", out]),
        false => train(&killed, &["--epochs", "2", "--overwrite"]),
    }
    .is_well();
    ends_alike();
    println!("killed {done} times, came to an end {} times", ended + 1);
}
