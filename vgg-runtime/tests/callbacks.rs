//! Callbacks against those of Keras over sequences of epochs. `tests/reference/keras_callbacks.py` says how
//! they were recorded.

use serde_json::Value;
use vgg_runtime::train::{EarlyState, EarlyStopping, Monitor, Plateau, PlateauState};

const CASES: &str = include_str!("../../tests/fixtures/keras/callbacks.json");

/// The rate that Keras began with.
const RATE: f64 = 0.5;

struct Case {
    json: Value,
    monitor: Monitor,
    /// What epochs are judged by.
    values: Vec<f64>,
}

fn cases(kind: &str) -> Vec<Case> {
    let cases: Vec<Value> = serde_json::from_str(CASES).unwrap();
    let cases: Vec<Case> = cases
        .into_iter()
        .filter(|case| case["kind"] == kind)
        .map(|json| {
            let monitor = match json["monitor"].as_str().unwrap() {
                "val_loss" => Monitor::Loss,
                _ => Monitor::Accuracy,
            };
            let losses = json["losses"].as_array().unwrap().iter().map(|loss| loss.as_f64().unwrap());
            let values = losses.map(|loss| monitor.of(loss, 1.0 - loss / 4.0)).collect();
            Case { json, monitor, values }
        })
        .collect();
    assert!(cases.len() >= 10);
    cases
}

impl Case {
    fn setting(&self, key: &str) -> f64 {
        self.json["settings"][key].as_f64().unwrap()
    }
}

#[test]
fn rates_fall_when_they_do_in_keras() {
    for case in cases("plateau") {
        let settings = Plateau {
            monitor: case.monitor,
            factor: case.setting("factor"),
            patience: case.setting("patience") as u64,
            min_delta: case.setting("min_delta"),
            cooldown: case.setting("cooldown") as u64,
            min_share: case.setting("min_rate") / RATE,
        };
        let mut state = PlateauState::default();
        for (&value, rate) in case.values.iter().zip(case.json["rates"].as_array().unwrap()) {
            state.epoch(&settings, value);
            let (found, expected) = (RATE * state.share, rate.as_f64().unwrap());
            assert!((found - expected).abs() <= 1e-6 * expected, "{found} {}", case.json);
        }
    }
}

#[test]
fn training_ends_when_it_does_in_keras() {
    for case in cases("stop") {
        let settings = EarlyStopping {
            monitor: case.monitor,
            patience: case.setting("patience") as u64,
            min_delta: case.setting("min_delta"),
            restore_best: case.json["settings"]["restore_best"] == true,
            start: case.setting("start") as u64,
        };
        let mut state = EarlyState::default();
        let (mut last, mut kept, mut stopped) = (0, None, None);
        for (epoch, &value) in case.values.iter().enumerate() {
            let verdict = state.epoch(&settings, epoch as u64, value);
            last = epoch;
            if verdict.keep && settings.restore_best {
                kept = Some(epoch);
            }
            if verdict.stop {
                stopped = Some(epoch as u64);
                break;
            }
        }
        assert_eq!(stopped, case.json["stopped"].as_u64(), "{}", case.json);
        assert_eq!(Some(kept.unwrap_or(last) as u64), case.json["weights_of"].as_u64(), "{}", case.json);
    }
}

#[test]
fn the_best_are_those_that_keras_saves() {
    for case in cases("best") {
        let (mut best, mut saved) = (None, Vec::new());
        for (epoch, &value) in case.values.iter().enumerate() {
            if case.monitor.is_better(value, best, 0.0) {
                best = Some(value);
                saved.push(Value::from(epoch));
            }
        }
        assert_eq!(Value::from(saved), case.json["saved"], "{}", case.json);
    }
}
