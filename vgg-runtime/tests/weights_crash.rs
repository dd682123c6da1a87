//! A process that is killed while it saves leaves a whole file, the old one or the new one.

mod linear;

use linear::Linear;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};
use tempfile::TempDir;
use vgg_runtime::weights::{self, Metadata};

const KILLS: u64 = 20;
const TARGET: &str = "VGG_TEST_SAVES_TO";

fn network(seed: u64) -> Linear {
    Linear::init(64, 10, seed)
}

/// Saves one network after the other, each with its seed, until it is killed.
#[test]
#[ignore = "does not end: the test below runs it in a process of its own"]
fn saves_without_end() {
    let Some(path) = env::var_os(TARGET) else { return };
    let mut metadata = Metadata::default();
    for seed in 0.. {
        metadata.set("seed", &seed.to_string());
        weights::save(&network(seed), path.as_ref(), &metadata).unwrap();
    }
}

#[test]
fn a_killed_save_leaves_a_whole_file() {
    for kill in 0..KILLS {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("weights.safetensors");
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--ignored", "--exact", "saves_without_end"])
            .env(TARGET, &path)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let begin = Instant::now();
        while !path.exists() && begin.elapsed() < Duration::from_secs(30) {
            thread::sleep(Duration::from_millis(1));
        }
        // Not in step with the saving: from 1 to 10 ms, in tenths that do not repeat.
        thread::sleep(Duration::from_micros(1000 + kill * 7919 % 9000));
        child.kill().unwrap();
        child.wait().unwrap();

        let mut loaded = network(u64::MAX);
        let metadata = weights::load(&mut loaded, &path).unwrap();
        assert_eq!(loaded, network(metadata.get("seed").unwrap().parse().unwrap()));
        assert!(fs::read_dir(folder.path()).unwrap().count() <= 2, "at most one file was begun");
    }
}
