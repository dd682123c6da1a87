"""Run what `vggc emit` writes of given specs in PyTorch, Keras and ONNX Runtime, and compare.

    cargo build --release -p vggc
    python tests/reference/emitted.py tests/specs/*.yaml specs/digits.yaml specs/fashion.yaml

Needs onnx and onnxruntime besides what requirements.txt lists. Every error is relative to the largest
element of PyTorch's result. Weights must come back from each engine unchanged.
"""

import argparse
import importlib.util
import os
import subprocess
import tempfile
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np  # noqa: E402  (the environment hides any accelerator)
import onnx  # noqa: E402
import onnxruntime  # noqa: E402
import torch  # noqa: E402
from safetensors.numpy import load_file  # noqa: E402

VGGC = Path(__file__).resolve().parents[2] / "target" / "release" / "vggc"
BOUND = 1e-5


def emit(vggc, form, spec, path):
    subprocess.run([vggc, "emit", form, spec, "--out", path], check=True)
    return path


def module(path):
    found = importlib.util.spec_from_file_location(path.stem, path)
    loaded = importlib.util.module_from_spec(found)
    found.loader.exec_module(loaded)
    return loaded


def error(found, expected):
    return np.abs(np.asarray(found) - expected).max() / np.abs(expected).max()


def compare(vggc, spec, folder):
    """Return the errors of ONNX Runtime and Keras on a random batch."""
    weights = emit(vggc, "safetensors", spec, folder / "weights.safetensors")
    model = emit(vggc, "onnx", spec, folder / "model.onnx")
    onnx.checker.check_model(str(model), full_check=True)
    pytorch = module(emit(vggc, "pytorch", spec, folder / "pytorch_model.py"))
    keras = module(emit(vggc, "keras", spec, folder / "keras_model.py"))

    network = pytorch.load(weights).eval()
    images = torch.rand(3, *pytorch.INPUT_SHAPE, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        logits = network(images)
    session = onnxruntime.InferenceSession(model)
    (probabilities,) = session.run(None, {session.get_inputs()[0].name: images.numpy()})
    keras_model = keras.load(weights, probabilities=False)
    keras_logits = keras_model(images.numpy().transpose(0, 2, 3, 1), training=False)

    pytorch.save(network, folder / "pytorch.safetensors")
    keras.save(keras_model, folder / "keras.safetensors")
    ours = load_file(weights)
    for engine in ("pytorch", "keras"):
        theirs = load_file(folder / f"{engine}.safetensors")
        assert ours.keys() == theirs.keys(), engine
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours), engine
    return error(probabilities, logits.softmax(1).numpy()), error(keras_logits, logits.numpy())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("specs", nargs="+", type=Path)
    parser.add_argument("--vggc", type=Path, default=VGGC)
    arguments = parser.parse_args()
    print(f"{'':32}{'onnx':>10}{'keras':>10}")
    for spec in arguments.specs:
        with tempfile.TemporaryDirectory() as folder:
            errors = compare(arguments.vggc, spec, Path(folder))
        print(f"{spec!s:32}" + "".join(f"{error:10.1e}" for error in errors), flush=True)
        assert max(errors) < BOUND, spec


if __name__ == "__main__":
    main()
