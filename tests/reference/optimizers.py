"""Record ten steps of every optimiser of PyTorch and of Keras over the same gradients.

Writes a list of cases: whose formulas, the rule with its settings, the weights before the first step, the
gradients of each step, and the weights behind each. The rate is halved behind the fifth step, because
the two libraries differ in what that does to velocities. Everything is float32.
"""

import argparse
import json
import os
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["KERAS_BACKEND"] = "torch"  # TensorFlow does not share a process with PyTorch

import keras  # noqa: E402
import numpy  # noqa: E402
import torch  # noqa: E402

DEFAULT_OUTPUT = Path(__file__).resolve().parents[1] / "fixtures" / "optimizers.json"
STEPS = 10
RATE = 0.05


def cases():
    """Rules with their settings."""
    for nesterov, decay in [(False, 0.0), (True, 0.0), (False, 0.1), (True, 0.1)]:
        yield "sgd", {"momentum": 0.9, "nesterov": nesterov, "weight_decay": decay}
    for decay, epsilon in [(0.0, 1e-8), (0.1, 1e-7), (0.0, 1e-2)]:
        yield "adam", {"beta1": 0.9, "beta2": 0.999, "epsilon": epsilon, "weight_decay": decay}
    yield "adamw", {"beta1": 0.8, "beta2": 0.99, "epsilon": 1e-3, "weight_decay": 0.1}
    for momentum, decay, epsilon in [(0.0, 0.0, 1e-8), (0.9, 0.0, 1e-2), (0.5, 0.1, 1e-7)]:
        yield "rmsprop", {"rho": 0.9, "momentum": momentum, "epsilon": epsilon, "weight_decay": decay}


def in_pytorch(rule, s, weights, gradients):
    weight = torch.nn.Parameter(torch.tensor(weights))
    common = {"lr": RATE, "weight_decay": s["weight_decay"]}
    if rule == "sgd":
        optimizer = torch.optim.SGD([weight], momentum=s["momentum"], nesterov=s["nesterov"], **common)
    elif rule == "rmsprop":
        optimizer = torch.optim.RMSprop(
            [weight], alpha=s["rho"], momentum=s["momentum"], eps=s["epsilon"], **common
        )
    else:
        kind = torch.optim.AdamW if rule == "adamw" else torch.optim.Adam
        optimizer = kind([weight], betas=(s["beta1"], s["beta2"]), eps=s["epsilon"], **common)
    behind = []
    for step, gradient in enumerate(gradients):
        if step == STEPS // 2:
            optimizer.param_groups[0]["lr"] = RATE / 2
        weight.grad = torch.tensor(gradient)
        optimizer.step()
        behind.append(weight.detach().numpy().copy())
    return behind


def in_keras(rule, s, weights, gradients):
    common = {"learning_rate": RATE, "weight_decay": s["weight_decay"] or None}
    if rule == "sgd":
        optimizer = keras.optimizers.SGD(momentum=s["momentum"], nesterov=s["nesterov"], **common)
    elif rule == "rmsprop":
        optimizer = keras.optimizers.RMSprop(
            rho=s["rho"], momentum=s["momentum"], epsilon=s["epsilon"], **common
        )
    else:
        kind = keras.optimizers.AdamW if rule == "adamw" else keras.optimizers.Adam
        optimizer = kind(beta_1=s["beta1"], beta_2=s["beta2"], epsilon=s["epsilon"], **common)
    weight = keras.Variable(weights)
    optimizer.build([weight])
    behind = []
    for step, gradient in enumerate(gradients):
        if step == STEPS // 2:
            optimizer.learning_rate = RATE / 2
        with torch.no_grad():
            optimizer.apply([keras.ops.convert_to_tensor(gradient)])
        behind.append(keras.ops.convert_to_numpy(weight).copy())
    return behind


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, help="file to write")
    output = parser.parse_args().output
    random = numpy.random.default_rng(3)
    weights = random.normal(size=6).astype("float32")
    gradients = (random.normal(size=(STEPS, 6)) * [1, 10, 1e-1, 1e-3, 1, 1]).astype("float32")
    gradients[3:6, 4] = 0
    written = []
    for rule, settings in cases():
        for library, run in [("pytorch", in_pytorch), ("keras", in_keras)]:
            behind = run(rule, settings, weights, gradients)
            written.append({
                "library": library, "rule": rule, "rate": RATE, **settings,
                "weights": weights.tolist(), "gradients": gradients.tolist(),
                "behind": [step.tolist() for step in behind],
            })
    output.write_text("[\n" + ",\n".join(json.dumps(case) for case in written) + "\n]\n")
    print(f"{len(written)} cases")


if __name__ == "__main__":
    main()
