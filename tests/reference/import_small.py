"""Small networks in the formats that `vggc import` reads, with the logits that their own engines compute.

Writes `tests/fixtures/import/`. Every network takes images of 3x8x8 and has 3 classes. `torch.*` are one
network with random weights and statistics, as `torch.yaml` describes it; `keras*` are another one, in every
format that Keras has, and with its weights deflated in chunks and as new versions of HDF5 lay them out.
`grouped_*` convolve in groups, `adaptive.keras` pools to 3x2 pixels, and `nested*` are models of Keras that hold
models. `keras_export_*.onnx` are what Keras exports itself, with TensorFlow and, in a process of its own, with PyTorch.
`torch_external.onnx` has its weights in a file beside it, `keras_large.zip` in an archive, as tf2onnx has those of large models.
"""

import os
import subprocess
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import h5py
import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx
import torch
from keras import layers
from safetensors.torch import save_file

OUT = Path(__file__).resolve().parents[1] / "fixtures" / "import"


def torch_network():
    torch.manual_seed(1)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3, padding=1),
        torch.nn.BatchNorm2d(4),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(4, 6, 3, padding=1),
        torch.nn.BatchNorm2d(6),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.AdaptiveAvgPool2d((2, 2)),
        torch.nn.Flatten(),
        torch.nn.Linear(24, 5),
        torch.nn.ReLU(),
        torch.nn.Dropout(0.5),
        torch.nn.Linear(5, 3),
    )
    for layer in net:
        if isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(layer.weight, 0.5, 1.5)
            torch.nn.init.normal_(layer.bias)
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.5, 1.5)
    return net.eval()


def write_torch(images):
    net = torch_network()
    torch.onnx.export(
        net, images[:1], OUT / "torch_script.onnx", dynamo=False, opset_version=17,
        input_names=["images"], dynamic_axes={"images": {0: "n"}},
    )
    torch.onnx.export(
        net, images[:2], OUT / "torch_dynamo.onnx", dynamo=True, external_data=False,
        dynamic_shapes=({0: torch.export.Dim("n")},),
    )
    onnx.save_model(
        onnx.load(OUT / "torch_script.onnx"), OUT / "torch_external.onnx",
        save_as_external_data=True, location="torch_external.bin", size_threshold=0,
    )
    torch.save(net.state_dict(), OUT / "torch.pth")
    torch.save(net.state_dict(), OUT / "torch_legacy.pth", _use_new_zipfile_serialization=False)
    save_file(net.state_dict(), OUT / "torch.safetensors")
    with torch.no_grad():
        return net(images)


def write_shared(images):
    """Write a network with equal biases, of which the exporter keeps one."""
    torch.manual_seed(4)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(4, 4, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Flatten(), torch.nn.Linear(16, 3),
    ).eval()
    for layer in net[0], net[3]:
        torch.nn.init.zeros_(layer.bias)
    torch.onnx.export(
        net, images[:1], OUT / "torch_shared.onnx", dynamo=False, opset_version=17,
        input_names=["images"], dynamic_axes={"images": {0: "n"}},
    )
    with torch.no_grad():
        return net(images)


def write_grouped_torch(images):
    """Write a network with groups, a depthwise convolution, and a local response norm."""
    torch.manual_seed(5)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(3, 6, 3, padding=1, groups=3), torch.nn.ReLU(), torch.nn.LocalResponseNorm(3, 0.5, 0.75, 2.0),
        torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(6, 12, 3, padding=1, groups=6), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Flatten(), torch.nn.Linear(48, 3),
    ).eval()
    torch.onnx.export(
        net, images[:1], OUT / "grouped_script.onnx", dynamo=False, opset_version=17,
        input_names=["images"], dynamic_axes={"images": {0: "n"}},
    )
    torch.onnx.export(
        net, images[:2], OUT / "grouped_dynamo.onnx", dynamo=True, external_data=False,
        dynamic_shapes=({0: torch.export.Dim("n")},),
    )
    with torch.no_grad():
        return net(images)


def keras_logits(net, images):
    return torch.from_numpy(net(images.permute(0, 2, 3, 1).numpy(), training=False).numpy())


def with_biases(net):
    """Replace biases of zero, which would be the same in any order."""
    random = np.random.default_rng(6)
    net.set_weights([random.uniform(0.5, 1.5, w.shape) if w.ndim == 1 else w for w in net.get_weights()])
    return net


def write_grouped_keras(images):
    keras.utils.set_random_seed(6)
    net = with_biases(keras.Sequential([
        keras.Input((8, 8, 3)),
        layers.Conv2D(6, 3, padding="same", activation="relu", groups=3),
        layers.MaxPooling2D(2),
        layers.DepthwiseConv2D(3, padding="same", activation="relu", depth_multiplier=2),
        layers.Conv2D(8, 1, activation="relu", groups=4),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(3),
    ]))
    net.save(OUT / "grouped.keras")
    net.save(OUT / "grouped.h5")
    return keras_logits(net, images)


def write_adaptive_keras(images):
    keras.utils.set_random_seed(8)
    net = with_biases(keras.Sequential([
        keras.Input((8, 8, 3)),
        layers.Conv2D(4, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.AdaptiveAveragePooling2D((3, 2)),
        layers.Flatten(),
        layers.Dense(3),
    ]))
    net.save(OUT / "adaptive.keras")
    return keras_logits(net, images)


def write_large_keras(images):
    """Have tf2onnx write weights of more than 1024 numbers outside of their messages."""
    keras.utils.set_random_seed(9)
    net = with_biases(keras.Sequential([
        keras.Input((8, 8, 3)),
        layers.Conv2D(12, 3, padding="same", activation="relu"),
        layers.Conv2D(12, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(3),
    ]))
    function = tf.function(lambda x: net(x, training=False), input_signature=[tf.TensorSpec((None, 8, 8, 3))])
    # tf2onnx knows it by the name that it had before NumPy 2.
    np.product = np.prod
    tf2onnx.convert.from_function(
        function, function.input_signature, opset=17, large_model=True, output_path=str(OUT / "keras_large.zip")
    )
    return keras_logits(net, images)


def export(backend):
    """Have Keras export the model it has saved, with the backend that `KERAS_BACKEND` names."""
    assert keras.backend.backend() == backend, backend
    net = keras.saving.load_model(OUT / "keras.keras")
    net(np.zeros((1, 8, 8, 3), "float32"))
    net.export(str(OUT / f"keras_export_{backend}.onnx"), format="onnx", verbose=False)


def write_nested(images):
    """Write models in models: a Sequential in a Sequential, and both kinds in a Functional."""
    keras.utils.set_random_seed(7)

    def body():
        return keras.Sequential([
            keras.Input((8, 8, 3)),
            layers.Conv2D(4, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
        ], name="body")

    def features():
        data = inputs = keras.Input((4, 4, 4))
        data = layers.Conv2D(6, 3, padding="same", activation="relu", name="last")(data)
        return keras.Model(inputs, layers.MaxPooling2D(2)(data), name="features")

    head = keras.Sequential([keras.Input((24,)), layers.Dense(5, activation="relu"), layers.Dense(3)], name="head")
    sequential = with_biases(keras.Sequential([keras.Input((8, 8, 3)), body(), features(), layers.Flatten(), head]))
    inputs = keras.Input((8, 8, 3))
    data = layers.Dense(3)(layers.Flatten()(features()(body()(inputs))))
    functional = with_biases(keras.Model(inputs, data))
    for name, net in (("sequential", sequential), ("functional", functional)):
        net.save(OUT / f"nested_{name}.keras")
        net.save(OUT / f"nested_{name}.h5")
    branch = layers.Add()([layers.Conv2D(3, 3, padding="same", name="left")(inputs), inputs])
    inner = keras.Model(inputs, branch, name="branching")
    keras.Sequential([inner, layers.Flatten(), layers.Dense(3)]).save(OUT / "nested_branching.keras")
    return {"nested_sequential": keras_logits(sequential, images), "nested_functional": keras_logits(functional, images)}


def write_keras(images):
    keras.utils.set_random_seed(2)
    inputs = keras.Input((8, 8, 3))
    data = layers.Conv2D(4, 3, padding="same", activation="relu", name="block1_conv1")(inputs)
    data = layers.Conv2D(4, 3, padding="same", use_bias=False)(data)
    data = layers.BatchNormalization()(data)
    data = layers.ReLU()(data)
    data = layers.MaxPooling2D(2)(data)
    data = layers.Conv2D(6, 3, padding="same", activation="relu")(data)
    data = layers.AveragePooling2D(2)(data)
    data = layers.Flatten()(data)
    data = layers.Dense(5, activation="relu", name="fc1")(data)
    data = layers.Dropout(0.5)(data)
    net = keras.Model(inputs, layers.Dense(3, name="predictions")(data), name="small")
    random = np.random.default_rng(3)
    # Not as initialised: exporters leave out biases of zero and norms that change nothing.
    net.set_weights([random.uniform(0.5, 1.5, w.shape) if w.ndim == 1 else w for w in net.get_weights()])
    net.save(OUT / "keras.keras")
    net.save(OUT / "keras.h5")
    net.save_weights(OUT / "keras.weights.h5")
    for backend in ("tensorflow", "torch"):
        environment = os.environ | {"KERAS_BACKEND": backend}
        subprocess.run([sys.executable, __file__, backend], env=environment, check=True)
    write_rearranged(net)
    function = tf.function(lambda x: net(x, training=False), input_signature=[tf.TensorSpec((None, 8, 8, 3))])
    tf2onnx.convert.from_function(
        function, input_signature=function.input_signature, opset=17, output_path=str(OUT / "keras_tf2onnx.onnx")
    )
    return keras_logits(net, images)


def write_rearranged(net):
    """Write weights under legacy names: once deflated in chunks, once in the newest version of the format."""
    chunks = {"chunks": True, "compression": "gzip", "shuffle": True}
    for name, libver, options in (("keras_chunked.h5", None, chunks), ("keras_latest.h5", "latest", {})):
        with h5py.File(OUT / name, "w", libver=libver) as file:
            for variable in net.variables:
                if variable.dtype == "float32":
                    file.create_dataset(variable.path, data=variable.numpy(), **options)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    images = torch.randn(20, 3, 8, 8)
    logits = {"torch": write_torch(images), "keras": write_keras(images), "shared": write_shared(images)}
    logits |= {"grouped_torch": write_grouped_torch(images), "grouped_keras": write_grouped_keras(images)}
    logits |= {"adaptive_keras": write_adaptive_keras(images), "large_keras": write_large_keras(images)}
    logits |= write_nested(images)
    save_file({"images": images} | logits, OUT / "logits.safetensors")


if __name__ == "__main__":
    export(sys.argv[1]) if len(sys.argv) > 1 else main()
