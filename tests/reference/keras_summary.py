"""Record what Keras reports about two networks: the summary table and the counts.

For each network NAME this writes NAME.txt, the text of `model.summary()` in an
80-column terminal, and NAME.json, the same facts as data:

    {"layers": [{"name", "kind", "output", "parameters"}, ...],
     "total": ..., "trainable": ..., "non_trainable": ...}

`kind` is the Keras class name and `output` leaves out the batch dimension:
[height, width, channels] or [features].
"""

import argparse
import json
import math
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ["COLUMNS"] = "80"  # Keras fits the table to the terminal

import keras  # noqa: E402  (the backend is chosen by the environment)
from keras import layers  # noqa: E402

DEFAULT_OUTPUT = Path(__file__).resolve().parents[1] / "fixtures" / "keras"
VGG16_GAP_PARAMETERS = 14_777_458


def vgg16_gap():
    """Return VGG-16 with global average pooling and two dense layers as its classifier."""
    model = keras.Sequential([keras.Input((224, 224, 3))], name="vgg16_gap")
    blocks = zip((2, 2, 3, 3, 3), (64, 128, 256, 512, 512))
    for block, (convolutions, filters) in enumerate(blocks, start=1):
        for index in range(1, convolutions + 1):
            name = f"block{block}_conv{index}"
            model.add(layers.Conv2D(filters, 3, padding="same", activation="relu", name=name))
        model.add(layers.MaxPooling2D(2, strides=2, name=f"block{block}_pool"))
    model.add(layers.GlobalAveragePooling2D(name="gap"))
    model.add(layers.Dropout(0.5, name="dropout1"))
    model.add(layers.Dense(120, activation="relu", name="dense1"))
    model.add(layers.Dropout(0.5, name="dropout2"))
    model.add(layers.Dense(10, name="dense2"))
    model.add(layers.Activation("softmax", name="softmax"))
    assert model.count_params() == VGG16_GAP_PARAMETERS, model.count_params()
    return model


def batch_norm():
    """Return a small network with batch normalization after each convolution."""
    model = keras.Sequential([keras.Input((10, 10, 2))], name="batch_norm")

    def add_normalized_convolution(block, index, filters):
        model.add(
            layers.Conv2D(
                filters, 3, padding="same", use_bias=False, name=f"block{block}_conv{index}"
            )
        )
        model.add(layers.BatchNormalization(name=f"block{block}_bn{index}"))
        model.add(layers.Activation("relu", name=f"block{block}_relu{index}"))

    add_normalized_convolution(1, 1, 6)
    add_normalized_convolution(1, 2, 10)
    model.add(layers.MaxPooling2D(2, strides=2, name="block1_pool"))
    add_normalized_convolution(2, 1, 8)
    model.add(layers.GlobalAveragePooling2D(name="gap"))
    model.add(layers.Dense(4, name="dense1"))
    model.add(layers.Activation("softmax", name="softmax"))
    return model


def summary_text(model):
    """Return what `model.summary()` prints, without terminal styling."""
    lines = []
    model.summary(print_fn=lambda line, **_: lines.append(line))
    return "\n".join(lines).rstrip("\n") + "\n"


def count_elements(variables):
    """Return the number of scalars that the variables hold together."""
    return sum(math.prod(variable.shape) for variable in variables)


def summary_data(model):
    """Return the layers and parameter counts of a model as plain data."""
    return {
        "layers": [
            {
                "name": layer.name,
                "kind": type(layer).__name__,
                "output": list(layer.output.shape[1:]),
                "parameters": layer.count_params(),
            }
            for layer in model.layers
        ],
        "total": model.count_params(),
        "trainable": count_elements(model.trainable_weights),
        "non_trainable": count_elements(model.non_trainable_weights),
    }


def json_text(data):
    """Format summary data with one layer a line."""
    rows = ",\n".join("    " + json.dumps(layer) for layer in data["layers"])
    totals = ("total", "trainable", "non_trainable")
    counts = ",\n".join(f'  "{key}": {data[key]}' for key in totals)
    return f'{{\n  "layers": [\n{rows}\n  ],\n{counts}\n}}\n'


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, help="folder to write to")
    output = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)
    for file_name, build in (("vgg16-gap", vgg16_gap), ("batch-norm", batch_norm)):
        model = build()
        data = summary_data(model)
        (output / f"{file_name}.txt").write_text(summary_text(model), encoding="utf-8")
        (output / f"{file_name}.json").write_text(json_text(data), encoding="utf-8")
        print(f"{file_name}: {len(data['layers'])} layers, {data['total']:,} parameters")


if __name__ == "__main__":
    main()
