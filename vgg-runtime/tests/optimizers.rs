//! Every rule over ten steps against PyTorch and Keras. `tests/reference/optimizers.py` says how they were
//! recorded.

mod linear;

use linear::Linear;
use serde_json::Value;
use vgg_runtime::network::Network;
use vgg_runtime::optim::{Clip, Convention, Decay, Optimizer, OptimizerState, Rule};

const CASES: &str = include_str!("../../tests/fixtures/optimizers.json");

fn number(case: &Value, key: &str) -> f64 {
    case[key].as_f64().unwrap_or_else(|| panic!("{key} of {case}"))
}

fn floats(values: &Value) -> Vec<f32> {
    values.as_array().unwrap().iter().map(|value| value.as_f64().unwrap() as f32).collect()
}

fn optimizer(case: &Value) -> Optimizer {
    let number = |key| number(case, key);
    let rule = match case["rule"].as_str().unwrap() {
        "sgd" => Rule::Sgd { momentum: number("momentum"), nesterov: case["nesterov"] == true },
        "rmsprop" => {
            Rule::RmsProp { rho: number("rho"), momentum: number("momentum"), epsilon: number("epsilon") }
        }
        _ => Rule::Adam { beta1: number("beta1"), beta2: number("beta2"), epsilon: number("epsilon") },
    };
    let (convention, is_keras) = match case["library"].as_str().unwrap() {
        "keras" => (Convention::Keras, true),
        _ => (Convention::PyTorch, false),
    };
    let decoupled = is_keras || case["rule"] == "adamw";
    Optimizer::sgd(number("rate"))
        .with_rule(rule)
        .with_weight_decay(number("weight_decay"))
        .with_decay(if decoupled { Decay::Decoupled } else { Decay::Coupled })
        .with_convention(convention)
}

/// A network whose six weights have these values; its biases are 0.
fn network(weights: &[f32]) -> Linear {
    let mut network = Linear::new(1, 6);
    network.visit_mut(&mut |tensor| match tensor.values.len() == 6 && tensor.name.ends_with("weight") {
        true => tensor.values.copy_from_slice(weights),
        false => tensor.values.fill(0.0),
    });
    network
}

fn weights(network: &Linear) -> Vec<f32> {
    let mut weights = Vec::new();
    network.visit(&mut |tensor| {
        if tensor.name.ends_with("weight") {
            weights = tensor.values.to_vec();
        }
    });
    weights
}

#[test]
fn ten_steps_of_every_rule() {
    let cases: Vec<Value> = serde_json::from_str(CASES).unwrap();
    assert_eq!(cases.len(), 22);
    for case in &cases {
        let optimizer = optimizer(case);
        let mut network = network(&floats(&case["weights"]));
        let mut state = OptimizerState::new(optimizer, &network);
        let steps = case["gradients"].as_array().unwrap().iter().zip(case["behind"].as_array().unwrap());
        for (step, (gradients, behind)) in steps.enumerate() {
            if step == 5 {
                state.set_rate(optimizer.rate / 2.0);
            }
            state.step(&mut network, &self::network(&floats(gradients)));
            for (found, expected) in weights(&network).into_iter().zip(floats(behind)) {
                let error = (found - expected).abs();
                assert!(error <= 1e-5 * expected.abs().max(0.1), "{optimizer:?} {step}: {found} {expected}");
            }
        }
    }
}

#[test]
fn gradients_are_shortened() {
    let clipped = |clip: Clip| {
        let mut gradients = network(&[3.0, 4.0, 0.0, 0.0, 0.0, -12.0]);
        clip.apply(&mut gradients);
        weights(&gradients)
    };
    assert_eq!(clipped(Clip::None), [3.0, 4.0, 0.0, 0.0, 0.0, -12.0]);
    assert_eq!(clipped(Clip::Norm(13.1)), [3.0, 4.0, 0.0, 0.0, 0.0, -12.0]);
    assert_eq!(clipped(Clip::Value(3.5)), [3.0, 3.5, 0.0, 0.0, 0.0, -3.5]);
    for (found, expected) in clipped(Clip::Norm(1.3)).into_iter().zip([0.3, 0.4, 0.0, 0.0, 0.0, -1.2]) {
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }
    assert!(Clip::Norm(0.0).check().is_err() && Clip::Value(f64::NAN).check().is_err());
}
